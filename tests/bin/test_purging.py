"""After 30 days what is personal is gone; figures stay, and whoever opted out stays unwritten to."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Account, Contact, ContactEmail, File, Note, OptOut
from apps.activities.models import Activity, Notification, Task
from apps.activities.services import notify
from apps.bin.models import Deletion
from apps.bin.purging import purge, purge_now
from apps.bin.services import restore, throw_away_accounts, throw_away_contacts
from apps.dreamclients import approval
from apps.dreamclients.bulk import Target
from apps.mail.models import OutboundEmail, Suppression
from apps.mail.services import is_suppressed, queue_email, unsubscribe
from apps.users.models import AuditEntry, Organisation, User
from tests import factories as make

pytestmark = pytest.mark.django_db
SECRET = "Quetzalcoatl"


@pytest.fixture
def rep(settings: Any, tmp_path: Any) -> User:
    settings.MEDIA_ROOT = tmp_path
    Organisation.current()
    return make.make_user("Rita Rep", team=make.make_team("North"))


def full(rep: User) -> Account:
    """An account with something personal in every table that may hold it."""
    account = make.make_account(SECRET, domain="quetzalcoatl.test", phone=SECRET, headquarters=SECRET)
    dream_client = make.make_dream_client(account, owner=rep, why_change=SECRET, incumbent=SECRET)
    contact = make.make_contact(account, last_name=SECRET, email=f"{SECRET}@x.test", phone="+1 555 777")
    note = Note.objects.create(account=account, author=rep, body=SECRET)
    file = File(account=account, author=rep, name=SECRET, content_type="text/plain", size=1, sha256="x")
    file.content.save("a.txt", ContentFile(SECRET.encode()))
    make.make_activity(
        account, contact=contact, by=rep, subject=SECRET, body=SECRET, data={"name": SECRET, "touch": 3}
    )
    make.make_activity(account, kind=Activity.Kind.NOTE, by=rep, note=note, body=SECRET)
    make.make_activity(account, kind=Activity.Kind.FILE, by=rep, file=file, subject=SECRET)
    make.make_task(rep, SECRET, account=account)
    sequence = make.make_sequence(owner=rep)
    make.make_enrollment(contact, sequence, dream_client, state="finished", ended_at=timezone.now())
    make.make_touch(contact, owner=rep, state="skipped", subject=SECRET, body=SECRET, reason=SECRET)
    make.make_meeting(contact, owner=rep, state="held", about=SECRET, notes=SECRET, place=SECRET)
    make.make_opportunity(account, owner=rep, name=SECRET, lost_reason=SECRET, closed_at=timezone.now())
    Notification.objects.create(
        user=rep, key="x", text=SECRET, url="/dream-clients/to-approve/", account=account
    )
    queue_email(
        key="x", to_address=f"{SECRET}@x.test", subject=SECRET, text=SECRET, contact=contact,
        account=account, is_outreach=True,
    )  # fmt: skip
    return account


def said_anywhere() -> list[str]:
    """Where the secret still stands, of all tables."""
    from django.apps import apps
    from django.db import connection

    found = []
    for model in apps.get_models(include_auto_created=True):
        with connection.cursor() as cursor:
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ILIKE %s", [f"%{SECRET}%"])
            if cursor.fetchone()[0]:
                found.append(model._meta.label)
    return found


def throw(account: Account, by: User) -> Deletion:
    return throw_away_accounts(ids=[account.pk], by=by, knowingly=True).deletions[account.pk]


def test_nothing_personal_is_left_anywhere(rep: User, django_capture_on_commit_callbacks: Any) -> None:
    account = full(rep)
    path = File.objects.get().content.name
    assert path
    assert default_storage.exists(path)
    assert len(said_anywhere()) > 10
    kinds = sorted(Activity.objects.values_list("kind", flat=True))
    throw(account, rep)
    later = timezone.now() + timedelta(days=31)
    with django_capture_on_commit_callbacks(execute=True):
        assert purge(now=later - timedelta(days=2)) == 0
        assert purge(now=later) == 1
    assert said_anywhere() == []
    assert not default_storage.exists(path)
    account.refresh_from_db()
    assert account.name == f"Deleted account {account.pk}"
    assert not Note.objects.exists()
    assert not File.objects.exists()
    assert not Task.objects.exists()
    left = sorted(kind for kind in Activity.objects.values_list("kind", flat=True) if kind != "let_go")
    assert left == kinds, "the figures count what they counted"
    assert Activity.objects.get(kind="touch").data == {"touch": 3}
    assert purge(now=later) == 0


def test_what_was_told_of_it_goes_wherever_it_leads(rep: User) -> None:
    Organisation.objects.update(approve_targets=True)
    team = rep.memberships.get().team
    account, other = make.make_account(SECRET, team=team), make.make_account("Other")
    make.make_user("Bea", is_admin=True)
    targets = [Target(account, tier="A")]
    wishes = make.make_list(owner=rep, team=team)
    approval.propose_many(dream_client_list=wishes, targets=targets, by=rep, at=timezone.now())
    person, stays = make.make_contact(other, last_name=SECRET), make.make_contact(other, last_name="Stays")
    for one in (person, stays):
        notify(user=rep, key=f"{one.pk}", text=f"{one.name} replied", account_id=other.pk)
    assert Notification.objects.count() == 3
    throw(account, rep)
    throw_away_contacts(ids=[person.pk], by=make.make_user("Ada", is_admin=True))
    purge(now=timezone.now() + timedelta(days=31))
    assert [told.text for told in Notification.objects.all()] == [f"{stays.name} replied"]


def test_many_are_purged_with_the_queries_of_few(rep: User) -> None:
    team = rep.memberships.get().team

    def cost(count: int) -> int:
        for _number in range(count):
            contact = make.make_contact(make.make_account(team=team), email="")
            make.make_activity(contact.account, contact=contact, by=rep)
            throw(contact.account, rep)
        with CaptureQueriesContext(connection) as queries:
            purge(now=timezone.now() + timedelta(days=31))
        return len(queries)

    assert cost(2) == cost(7)


def test_an_account_that_nothing_counts_is_deleted(rep: User) -> None:
    contact = make.make_contact()
    deletion = throw(contact.account, rep)
    purge(now=timezone.now() + timedelta(days=31))
    assert not Account.objects.exists()
    assert not Contact.objects.exists()
    deletion.refresh_from_db()
    assert deletion.purged_at is not None
    assert restore(deletions=[deletion.pk], by=rep).refused


def test_whoever_opted_out_is_never_written_to_again(rep: User) -> None:
    contact = make.make_contact(email="gone@x.test")
    OptOut.objects.create(contact=contact, channel="email")
    bounced = make.make_contact(contact.account, email="bounced@x.test")
    Suppression.objects.create(address="bounced@x.test", reason="bounced")
    assert is_suppressed("gone@x.test")
    throw_away_contacts(ids=[contact.pk, bounced.pk], by=rep)
    purge(now=timezone.now() + timedelta(days=31))
    assert not ContactEmail.objects.exists()
    assert not Suppression.objects.filter(address__endswith="@x.test").exists()
    assert is_suppressed("Gone@x.test")
    assert is_suppressed("bounced@x.test")
    assert not is_suppressed("another@x.test")


def test_a_click_on_an_old_unsubscribe_link_still_counts(rep: User) -> None:
    contact = make.make_contact(email="later@x.test")
    make.make_activity(contact.account, contact=contact)
    email = queue_email(
        key="x", to_address="later@x.test", subject="A", text="B", contact=contact, is_outreach=True
    )
    throw_away_contacts(ids=[contact.pk], by=rep)
    purge(now=timezone.now() + timedelta(days=31))
    assert not is_suppressed("later@x.test")
    assert unsubscribe(email=OutboundEmail.objects.get(pk=email.pk))
    assert is_suppressed("later@x.test")


def test_an_admin_may_not_wait(rep: User) -> None:
    admin = make.make_user("Ada", is_admin=True)
    account = full(rep)
    deletion = throw(account, rep)
    assert purge_now(deletion=deletion, by=admin)
    assert not purge_now(deletion=deletion, by=admin)
    assert said_anywhere() == []
    assert AuditEntry.objects.get().action == "bin.purged"
