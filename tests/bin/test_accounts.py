"""An account in the bin: what hides, what rests, and what comes back with it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Account, Contact, Note, Tag
from apps.accounts.tables import AccountTable, ContactTable
from apps.activities.models import Activity, Reminder, Task
from apps.bin.bulk import DELETE_ACCOUNTS, DELETE_CONTACTS
from apps.bin.models import Deletion
from apps.bin.services import restore, throw_away_accounts
from apps.dreamclients.models import DreamClient
from apps.mail.services import queue_email
from apps.meetings.models import Meeting
from apps.pipeline.models import Opportunity
from apps.sequences.engine import tick
from apps.sequences.models import Enrollment, Touch
from apps.sequences.services import enroll
from apps.users.models import Organisation, User
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep() -> User:
    Organisation.current()
    return make.make_user("Rita Rep", team=make.make_team("North"))


def worked(rep: User) -> DreamClient:
    """A dream client of `rep` with a contact in a sequence."""
    dream_client = make.make_dream_client(owner=rep)
    contact = make.make_contact(dream_client.account)
    make.make_mailbox(rep)
    sequence = make.make_sequence(("call", 3), ("auto_email", 2), owner=rep)
    enroll(contacts=[contact], sequence=sequence, dream_client=dream_client, by=rep)
    return dream_client


def throw(account: Account, by: User, **options: Any) -> Deletion:
    """The deletion of one account."""
    return throw_away_accounts(ids=[account.pk], by=by, **options).deletions[account.pk]


def back(deletion: Deletion, by: User, **options: Any) -> str:
    """Restore it; what is said about it."""
    restored = restore(deletions=[deletion.pk], by=by, **options)
    assert restored.back == [deletion.pk]
    return restored.said()


def test_everything_of_it_hides_and_comes_back(rep: User) -> None:
    dream_client = worked(rep)
    account, contact = dream_client.account, dream_client.account.contacts.get()
    account.tags.add(Tag.objects.create(name="warm"))
    Note.objects.create(account=account, team=account.team, author=rep, body="They plan by hand.")
    make.make_task(rep, account=account)
    make.make_touch(contact, owner=rep)
    activities = Activity.objects.filter(account=account).count()
    seen = {
        model: model.objects.visible_to(rep).count()
        for model in (Account, Contact, Note, Task, Touch, Enrollment, Activity)
    }
    assert all(seen.values())

    deletion = throw(account, rep)
    for model in seen:
        assert not model.objects.visible_to(rep).exists(), model
        assert not model.objects.editable_by(rep).exists(), model
    assert not DreamClient.objects.current().exists()
    assert Activity.objects.filter(account=account).count() > activities  # the past stays counted

    assert back(deletion, rep) == ""
    for model, count in seen.items():
        if model is not Activity:
            assert model.objects.visible_to(rep).count() == count, model
    dream_client.refresh_from_db()
    assert (dream_client.left_at, dream_client.owner, dream_client.left_reason) == (None, rep, "")
    assert dream_client.next_touch_at is not None
    assert [tag.name for tag in account.tags.all()] == ["warm"]


def test_what_runs_rests_and_goes_on_with_the_rest_of_its_delay(rep: User) -> None:
    dream_client = worked(rep)
    touch = Touch.objects.get()
    deletion = throw(dream_client.account, rep)
    enrollment = Enrollment.objects.get()
    assert (enrollment.state, enrollment.paused_until) == ("paused", None)
    tick(now=timezone.now() + timedelta(days=20))
    enrollment.refresh_from_db()
    assert enrollment.state == "paused"
    assert not Touch.objects.exists()

    back(deletion, rep)
    enrollment.refresh_from_db()
    assert enrollment.state == "active"
    assert abs(Touch.objects.get().due_at - touch.due_at) < timedelta(days=1)


def test_a_pause_of_before_is_a_pause_again(rep: User) -> None:
    dream_client = worked(rep)
    until = timezone.now() + timedelta(days=2)
    Enrollment.objects.update(state="paused", paused_until=until, reason="away", remaining_days=1)
    deletion = throw(dream_client.account, rep)
    tick(now=until + timedelta(days=1))
    assert Enrollment.objects.get().state == "paused"
    back(deletion, rep)
    enrollment = Enrollment.objects.get()
    assert (enrollment.state, enrollment.reason, enrollment.paused_until) == ("paused", "away", until)


def test_what_is_open_asks_first(rep: User) -> None:
    account = make.make_account(team=rep.memberships.get().team)
    make.make_opportunity(account, owner=rep, name="The big one")
    make.make_meeting(make.make_contact(account), owner=rep)
    thrown = throw_away_accounts(ids=[account.pk], by=rep)
    assert "The big one" in thrown.refused[account.pk]
    deletion = throw(account, rep, knowingly=True)
    for model in (Opportunity, Meeting):
        assert not model.objects.visible_to(rep).exists()
    back(deletion, rep)
    for model in (Opportunity, Meeting):
        assert model.objects.visible_to(rep).exists()


def test_what_another_team_has_open_is_in_the_way_but_not_named(rep: User) -> None:
    outsider = make.make_user("Otto", team=make.make_team("South"))
    with_deal, with_meeting = make.make_account(), make.make_account()
    make.make_opportunity(with_deal, owner=rep, name="The big one")
    make.make_meeting(make.make_contact(with_meeting, first_name="Carla"), owner=rep)
    refused = throw_away_accounts(ids=[with_deal.pk, with_meeting.pk], by=outsider).refused
    assert refused[with_deal.pk] == "There is still an open opportunity of another team."
    assert refused[with_meeting.pk] == "There is still a meeting of another team."
    client = Client()
    client.force_login(outsider)
    page = client.get(reverse("bin:account", args=[with_deal.pk])).content.decode()
    assert "The big one" not in page
    assert "opportunity of another team" in page


def test_an_outsider_neither_throws_away_nor_restores(rep: User) -> None:
    outsider = make.make_user("Otto", team=make.make_team("South"))
    account = make.make_account(team=rep.memberships.get().team)
    assert account.pk in throw_away_accounts(ids=[account.pk], by=outsider).refused
    deletion = throw(account, rep)
    assert restore(deletions=[deletion.pk], by=outsider).refused
    assert Account.objects.kept().count() == 0


def test_a_full_book_leaves_it_to_nobody_and_says_so(rep: User) -> None:
    dream_client = make.make_dream_client(owner=rep)
    deletion = throw(dream_client.account, rep)
    Organisation.objects.update(book_cap=1)
    make.make_dream_client(owner=rep)
    assert "no room" in back(deletion, rep)
    dream_client.refresh_from_db()
    assert (dream_client.left_at, dream_client.owner) == (None, None)


def test_an_email_that_waits_is_called_back_and_leaves_after_all(rep: User) -> None:
    contact = make.make_contact(make.make_account())
    email = queue_email(
        key="x", to_address="a@b.test", subject="A", text="B", contact=contact, account=contact.account,
        is_outreach=True,
    )  # fmt: skip
    deletion = throw(contact.account, rep)
    email.refresh_from_db()
    assert email.state == "cancelled"
    back(deletion, rep)
    email.refresh_from_db()
    assert email.state == "scheduled"
    deletion = throw(contact.account, rep)
    assert "unsent" in back(deletion, rep, now=timezone.now() + timedelta(days=3))
    email.refresh_from_db()
    assert email.state == "cancelled"


def test_nobody_is_nudged_about_it(rep: User) -> None:
    from apps.mail.reminders import deliver_due_reminders

    account = make.make_account()
    now = timezone.now()
    Reminder.objects.create(user=rep, about="Call", due_at=now, account=account)
    task = make.make_task(rep, account=account)
    Reminder.objects.create(user=rep, about="Task", due_at=now, task=task)
    deletion = throw(account, rep)
    assert deliver_due_reminders(now=now) == 0
    back(deletion, rep)
    assert deliver_due_reminders(now=now) == 2


def test_many_take_the_same_queries(rep: User, django_assert_max_num_queries: Any) -> None:
    for _number in range(30):
        dream_client = make.make_dream_client(owner=rep, account=make.make_account())
        make.make_contact(dream_client.account)
    ids = list(Account.objects.values_list("pk", flat=True))
    Organisation.objects.update(book_cap=100)
    with django_assert_max_num_queries(22):
        thrown = throw_away_accounts(ids=ids, by=rep)
    assert len(thrown.deletions) == 30
    with django_assert_max_num_queries(42):
        restored = restore(deletions=[row.pk for row in thrown.deletions.values()], by=rep)
    assert len(restored.back) == 30
    assert DreamClient.objects.current().filter(owner=rep).count() == 30
    assert Contact.objects.kept().count() == 30


def test_the_bulk_action_and_its_undo_go_through_json(rep: User) -> None:
    accounts = [make.make_account() for _number in range(3)]
    deal = make.make_opportunity(accounts[0], owner=rep)
    ids = [account.pk for account in accounts]
    done = DELETE_ACCOUNTS.do(ids, {"knowingly": False}, rep)
    assert sorted(done.before) == ids[1:]
    assert deal.name in done.refused[ids[0]]
    before = {int(pk): value for pk, value in json.loads(json.dumps(done.before)).items()}
    restore(deletions=[before[ids[1]]], by=rep)
    assert DELETE_ACCOUNTS.undo is not None
    undone = DELETE_ACCOUNTS.undo(before, {}, rep)
    assert list(undone.before) == [ids[2]]
    assert "not in the bin any more" in undone.refused[ids[1]]
    assert Account.objects.kept().count() == 3
    assert DELETE_ACCOUNTS in AccountTable.actions
    assert DELETE_CONTACTS in ContactTable.actions
