"""The bin as people use it: deleting from a page, the page of the bin, and what is missing because it lies there."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Account, Contact, Note
from apps.bin.models import Deletion
from apps.bin.services import throw_away_accounts, throw_away_contacts
from apps.imports.models import Import
from apps.users.models import Membership, Organisation, User
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep() -> User:
    Organisation.current()
    return make.make_user("Rita Rep", team=make.make_team("North"))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def throw(account: Account, by: User) -> Deletion:
    return throw_away_accounts(ids=[account.pk], by=by, knowingly=True).deletions[account.pk]


class TestDeleting:
    def test_at_once_with_an_undo(self, rep: User) -> None:
        client, account = signed_in(rep), make.make_account("Zoetis")
        answer = client.post(reverse("bin:account", args=[account.pk]), follow=True)
        deletion = Deletion.objects.get()
        undo = reverse("bin:restore", args=[deletion.pk])
        assert f'action="{undo}"' in answer.content.decode()
        answer = client.post(undo, follow=True)
        assert answer.redirect_chain[-1][0] == reverse("record", args=[account.pk])
        assert "Zoetis is back." in answer.content.decode()

    def test_what_is_open_is_named_and_asked_about(self, rep: User) -> None:
        client, account = signed_in(rep), make.make_account("Zoetis")
        make.make_opportunity(account, owner=rep, name="The big one")
        url = reverse("bin:account", args=[account.pk])
        assert "The big one" in client.get(url).content.decode()
        answer = client.post(url)
        assert answer.status_code == 422
        assert "The big one" in answer.content.decode()
        assert not Deletion.objects.exists()
        assert client.post(url, {"knowingly": "on"}).status_code == 302
        assert Deletion.objects.exists()

    def test_an_outsider_finds_nothing_to_delete(self, rep: User) -> None:
        account = make.make_account(team=rep.memberships.get().team)
        client = signed_in(make.make_user("Otto", team=make.make_team()))
        assert client.post(reverse("bin:account", args=[account.pk])).status_code == 404
        assert not Deletion.objects.exists()


class TestTheBin:
    def test_who_sees_what(self, rep: User) -> None:
        north = rep.memberships.get().team
        throw(make.make_account("Mine", team=north), rep)
        manager = make.make_user("Mona", team=north, role=Membership.Role.MANAGER)
        colleague = make.make_user("Carl", team=north)
        outsider = make.make_user("Otto", team=make.make_team())
        admin = make.make_user("Ada", is_admin=True)
        sees = {
            user.name: "Mine" in signed_in(user).get("/bin/").content.decode()
            for user in (rep, manager, colleague, outsider, admin)
        }
        assert sees == {"Rita Rep": True, "Mona": True, "Carl": False, "Otto": False, "Ada": True}

    def test_restoring_many(self, rep: User) -> None:
        deletions = [throw(make.make_account(), rep) for _number in range(3)]
        other = make.make_user("Otto", team=make.make_team())
        foreign = throw(make.make_account(team=other.memberships.get().team), other)
        ids = [row.pk for row in [*deletions[:2], foreign]]
        answer = signed_in(rep).post(reverse("bin:restore_many"), {"selected": ids}, follow=True)
        assert "2 things are back." in answer.content.decode()
        assert Account.objects.kept().count() == 2

    def test_filters_and_nonsense(self, rep: User) -> None:
        throw(make.make_account("Zoetis"), rep)
        client = signed_in(rep)
        assert "Zoetis" in client.get("/bin/?kind=account&q=zoe&who=me").content.decode()
        assert "Zoetis" not in client.get("/bin/?kind=note").content.decode()
        for query in ("kind=x", "cursor=%00", "cursor=bm8", "q=%00", "who=7"):
            assert client.get(f"/bin/?{query}").status_code == 200

    def test_deleting_for_good_asks_for_the_name(self, rep: User) -> None:
        admin = make.make_user("Ada", is_admin=True)
        url = reverse("bin:purge", args=[throw(make.make_account("Zoetis  Inc"), rep).pk])
        assert signed_in(rep).post(url, {"name": "Zoetis Inc"}).status_code == 403
        client = signed_in(admin)
        assert client.post(url, {"name": "Zoe"}).status_code == 422
        assert Account.objects.exists()
        assert client.post(url, {"name": "zoetis inc"}).status_code == 302
        assert not Account.objects.exists()

    def test_as_many_queries_for_many_rows(self, rep: User, django_assert_num_queries: Any) -> None:
        client = signed_in(rep)
        throw(make.make_account(), rep)
        client.get("/bin/")
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as few:
            client.get("/bin/")
        for _number in range(10):
            throw(make.make_account(), rep)
        with CaptureQueriesContext(connection) as many:
            client.get("/bin/")
        assert len(many) == len(few) <= 12


class TestWhatIsMissing:
    def test_an_edit_of_what_a_colleague_deleted_loses_nothing_typed(self, rep: User) -> None:
        account = make.make_account("Zoetis")
        deletion = throw(account, make.make_user("Carl", team=make.make_team()))
        answer = signed_in(rep).post(
            reverse("accounts:edit", args=[account.pk]),
            {"name": "Zoetis <b>Inc</b>", "version": 1, "phone": "", "password": "secret"},
        )
        page = answer.content.decode()
        assert answer.status_code == 404
        assert "Carl" in page
        assert "Zoetis &lt;b&gt;Inc&lt;/b&gt;" in page
        assert reverse("bin:restore", args=[deletion.pk]) in page
        assert "secret" not in page

    @pytest.mark.parametrize("which", ["record", "contact", "task", "touch", "meeting", "dream_client"])
    def test_every_address_of_it_says_where_it_is(self, rep: User, which: str) -> None:
        account = make.make_account("Zoetis", team=rep.memberships.get().team)
        contact = make.make_contact(account)
        urls = {
            "record": ("record", account),
            "contact": ("accounts:contact_edit", contact),
            "task": ("activities:task_edit", make.make_task(rep, account=account)),
            "touch": ("today:work", make.make_touch(contact, owner=rep)),
            "meeting": ("meetings:detail", make.make_meeting(contact, owner=rep)),
            "dream_client": ("dreamclients:edit", make.make_dream_client(account, owner=rep)),
        }
        throw(account, rep)
        name, row = urls[which]
        answer = signed_in(rep).get(reverse(name, args=[row.pk]))
        assert answer.status_code == 404
        assert "Zoetis" in answer.content.decode()
        # To others it says so of the account and its contacts alone: which rows a team has is that team's.
        outsider = signed_in(make.make_user("Otto", team=make.make_team()))
        answer = outsider.get(reverse(name, args=[row.pk]))
        assert ("Zoetis" in answer.content.decode()) == (which in ("record", "contact"))

    def test_a_row_of_others_at_a_free_account_says_nothing_of_itself(self, rep: User) -> None:
        account = make.make_account("Zoetis")
        touch = make.make_touch(make.make_contact(account), owner=rep)
        throw(account, rep)
        outsider = signed_in(make.make_user("Otto", team=make.make_team()))
        assert "Zoetis" not in outsider.get(reverse("today:work", args=[touch.pk])).content.decode()
        assert "Zoetis" in outsider.get(reverse("record", args=[account.pk])).content.decode()

    def test_a_note_of_others_says_nothing_of_itself(self, rep: User) -> None:
        from apps.bin.services import throw_away_written

        account = make.make_account()
        north = rep.memberships.get().team
        note = Note.objects.create(account=account, author=rep, team=north, body="Secret plan")
        throw_away_written(row=note, by=rep)
        outsider = signed_in(make.make_user("Otto", team=make.make_team()))
        page = outsider.get(reverse("activities:note_edit", args=[note.pk])).content.decode()
        assert "Secret plan" not in page
        assert "There is nothing here" in page

    def test_nonsense(self, rep: User) -> None:
        client = signed_in(rep)
        for url in (f"/accounts/{'9' * 30}/", "/accounts/0/edit/", "/nowhere/%00/", "/lists/1/x/"):
            assert client.get(url).status_code == 404


class TestWhatIsThereAlready:
    def test_a_domain_in_the_bin_offers_the_way_back(self, rep: User) -> None:
        account = make.make_account("Zoetis", domain="zoetis.com")
        throw(account, rep)
        answer = signed_in(rep).post("/accounts/new/", {"name": "Zoetis", "domain": "www.zoetis.com"})
        assert answer.status_code == 422
        way_back = reverse("bin:of_account", args=[account.pk])
        assert f'<a href="{way_back}">Restore it</a>' in answer.content.decode()
        assert signed_in(rep).get(way_back, follow=True).status_code == 200

    def test_a_name_in_the_bin_is_free(self, rep: User) -> None:
        throw(make.make_account("Zoetis"), rep)
        assert signed_in(rep).post("/accounts/new/", {"name": "Zoetis"}).status_code == 302

    def test_an_address_in_the_bin_offers_the_way_back(self, rep: User) -> None:
        contact = make.make_contact(email="carla@zoetis.com")
        throw_away_contacts(ids=[contact.pk], by=rep)
        url = reverse("accounts:contact_create", args=[contact.account_id])
        answer = signed_in(rep).post(url, {"last_name": "Diaz", "emails": "Carla@zoetis.com"})
        assert answer.status_code == 422
        assert reverse("bin:of_contact", args=[contact.pk]) in answer.content.decode()

    def test_an_import_makes_a_problem_of_the_row(self, rep: User) -> None:
        from apps.imports.runner import run_next

        throw(make.make_account("Zoetis", domain="zoetis.com"), rep)
        make.make_account("Other")
        content = b"Name,Domain\nZoetis,zoetis.com\nOther,other.com\n"
        row = Import.objects.create(
            owner=rep, team=rep.memberships.get().team, file_name="a.csv", content=content, encoding="utf-8",
            delimiter=",", header=["Name", "Domain"], mapping={"0": "name", "1": "domain"}, total=2,
            state=Import.State.WAITING,
        )  # fmt: skip
        run_next()
        problem = row.problems.get()
        assert "in the bin" in problem.reason
        assert Account.objects.kept().get().domain == "other.com"

    def test_no_form_offers_a_contact_in_the_bin(self, rep: User) -> None:
        dream_client = make.make_dream_client(owner=rep)
        kept = make.make_contact(dream_client.account, last_name="Kept")
        thrown = make.make_contact(dream_client.account, last_name="Thrown")
        throw_away_contacts(ids=[thrown.pk], by=rep)
        client = signed_in(rep)
        make.make_sequence(owner=rep)
        for url in (
            reverse("meetings:book", args=[dream_client.account_id]),
            reverse("pipeline:create", args=[dream_client.account_id]),
            reverse("sequences:enroll", args=[dream_client.pk]),
            reverse("sequences:log_touch", args=[dream_client.account_id]),
            reverse("activities:task_create") + f"?account={dream_client.account_id}",
            reverse("record", args=[dream_client.account_id]),
            "/contacts/",
            "/search/?q=thrown",
        ):
            page = client.get(url).content.decode()
            assert "Thrown" not in page, url
        assert kept in Contact.objects.visible_to(rep)


def test_figures_keep_counting_without_a_name(rep: User) -> None:
    account = make.make_account("Zoetis", team=rep.memberships.get().team)
    contact = make.make_contact(account, last_name="Diaz")
    make.make_activity(account, contact=contact, by=rep, at=timezone.now())
    throw(account, rep)
    page = signed_in(rep).get(reverse("metrics:drill", args=["touches"])).content.decode()
    assert "Deleted account" in page
    assert "Deleted contact" in page
    assert "Zoetis" not in page
    assert "Diaz" not in page


def test_in_a_dialog_it_is_said_in_the_dialog(rep: User) -> None:
    contact = make.make_contact()
    throw(contact.account, rep)
    answer = signed_in(rep).post(
        reverse("accounts:contact_edit", args=[contact.pk]),
        {"last_name": "Typed in vain"},
        headers={"HX-Request": "true", "HX-Target": "dialog#dialog"},
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Typed in vain" in page
    assert "<html" not in page
