"""Contacts, lists, notes and files in the bin; and what lies there twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import Http404
from django.utils import timezone

from apps.accounts.models import Contact, Note
from apps.bin.models import Deletion
from apps.bin.services import (
    restore,
    throw_away_accounts,
    throw_away_contacts,
    throw_away_list,
    throw_away_written,
)
from apps.dreamclients.models import DreamClient, DreamClientList
from apps.dreamclients.services import target
from apps.sequences import flow
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


def enrolled(rep: User, contacts: int = 1, **fields: Any) -> DreamClient:
    """A dream client of `rep` with contacts in a sequence."""
    dream_client = make.make_dream_client(owner=rep, **fields)
    make.make_mailbox(rep)
    sequence = make.make_sequence(("call", 3), ("call", 2), owner=rep)
    people = [make.make_contact(dream_client.account) for _number in range(contacts)]
    enroll(contacts=people, sequence=sequence, dream_client=dream_client, by=rep)
    return dream_client


def throw_contact(contact: Contact, by: User) -> Deletion:
    return throw_away_contacts(ids=[contact.pk], by=by).deletions[contact.pk]


class TestContacts:
    def test_one_of_them_leaves_a_place_to_a_colleague_and_waits_when_it_is_taken(self, rep: User) -> None:
        Organisation.objects.update(active_per_account=1)
        dream_client = enrolled(rep, contacts=2)
        first, second = Enrollment.objects.order_by("pk")
        assert (first.state, second.state) == ("active", "waiting")
        deletion = throw_contact(first.contact, rep)
        tick(now=timezone.now() + timedelta(minutes=1))
        second.refresh_from_db()
        assert second.state == "active"
        assert flow.free_places(dream_client.account_id, 1) == 0
        restore(deletions=[deletion.pk], by=rep)
        first.refresh_from_db()
        assert first.state == "waiting"

    def test_with_its_account_in_the_bin_it_cannot_come_back_alone(self, rep: User) -> None:
        contact = make.make_contact()
        alone = throw_contact(contact, rep)
        whole = throw_away_accounts(ids=[contact.account_id], by=rep).deletions[contact.account_id]
        assert "restore the account first" in restore(deletions=[alone.pk], by=rep).said()
        restore(deletions=[whole.pk], by=rep)
        assert not Contact.objects.kept().exists(), "it was thrown away by itself"
        assert restore(deletions=[alone.pk], by=rep).back
        assert Contact.objects.kept().exists()

    def test_both_come_back_in_one_go(self, rep: User) -> None:
        contact = enrolled(rep).account.contacts.get()
        alone = throw_contact(contact, rep)
        whole = throw_away_accounts(ids=[contact.account_id], by=rep).deletions[contact.account_id]
        assert len(restore(deletions=[alone.pk, whole.pk], by=rep).back) == 2
        assert Enrollment.objects.get().state == "active"


class TestLists:
    def test_its_dream_clients_leave_it_and_come_back_with_it(self, rep: User) -> None:
        dream_client = enrolled(rep)
        deletion = throw_away_list(dream_client_list=dream_client.list, by=rep)
        assert not DreamClientList.objects.visible_to(rep).exists()
        assert not DreamClient.objects.in_book_of(rep).exists()
        tick(now=timezone.now() + timedelta(hours=1))
        assert Enrollment.objects.get().state == "paused", "nothing ends while it may come back"
        assert not Enrollment.objects.visible_to(rep).exists()

        assert restore(deletions=[deletion.pk], by=rep).said() == ""
        assert DreamClient.objects.in_book_of(rep).get() == dream_client
        assert DreamClientList.objects.visible_to(rep).live().exists()
        assert Enrollment.objects.get().state == "active"
        assert Touch.objects.exists()

    def test_what_comes_back_to_a_list_that_moved_is_its_teams(self, rep: User) -> None:
        dream_client = make.make_dream_client(owner=rep)
        deletion = throw_away_accounts(ids=[dream_client.account_id], by=rep).deletions[
            dream_client.account_id
        ]
        south = make.make_team("South")
        DreamClientList.objects.update(team=south)
        restore(deletions=[deletion.pk], by=rep)
        dream_client.refresh_from_db()
        assert (dream_client.left_at, dream_client.team) == (None, south)

    def test_what_was_targeted_anew_stays_where_it_is(self, rep: User) -> None:
        dream_client = enrolled(rep)
        deletion = throw_away_list(dream_client_list=dream_client.list, by=rep)
        other = make.make_list(owner=rep)
        anew = target(dream_client_list=other, account=dream_client.account, by=rep, owner=rep)
        restore(deletions=[deletion.pk], by=rep)
        assert DreamClient.objects.current().get() == anew
        assert Enrollment.objects.get().state == "exited"

    def test_a_name_that_was_given_again(self, rep: User) -> None:
        row = make.make_list("Wishes", owner=rep)
        deletion = throw_away_list(dream_client_list=row, by=rep)
        make.make_list("Wishes", owner=rep)
        restore(deletions=[deletion.pk], by=rep)
        row.refresh_from_db()
        assert row.name == "Wishes (2)"

    @pytest.mark.parametrize("first", ["list", "account"])
    @pytest.mark.parametrize("back_first", ["list", "account"])
    def test_an_account_and_its_list_in_any_order(self, rep: User, first: str, back_first: str) -> None:
        dream_client = enrolled(rep)
        account = dream_client.account_id
        deletions = {}
        for kind in sorted(["list", "account"], key=lambda kind: kind != first):
            if kind == "list":
                deletions[kind] = throw_away_list(dream_client_list=dream_client.list, by=rep)
            else:
                deletions[kind] = throw_away_accounts(ids=[account], by=rep).deletions[account]
        for kind in sorted(deletions, key=lambda kind: kind != back_first):
            assert restore(deletions=[deletions[kind].pk], by=rep).back
            tick(now=timezone.now())
        dream_client.refresh_from_db()
        assert (dream_client.left_at, dream_client.owner) == (None, rep)
        assert Enrollment.objects.get().state == "active"


class TestWritten:
    def test_a_note_hides_and_comes_back(self, rep: User) -> None:
        account = make.make_account()
        note = Note.objects.create(account=account, team=None, author=rep, body="They\nplan by hand.")
        deletion = throw_away_written(row=note, by=rep)
        assert deletion.label == "They plan by hand."
        assert not Note.objects.visible_to(rep).exists()
        with pytest.raises(Http404):
            throw_away_written(row=note, by=rep)
        outsider = make.make_user("Otto", team=make.make_team())
        assert restore(deletions=[deletion.pk], by=outsider).refused
        assert restore(deletions=[deletion.pk], by=rep).back
        assert Note.objects.visible_to(rep).exists()

    def test_a_note_about_a_contact_goes_with_them(self, rep: User) -> None:
        contact = make.make_contact()
        Note.objects.create(account=contact.account, contact=contact, team=None, author=rep, body="x")
        throw_contact(contact, rep)
        assert not Note.objects.visible_to(rep).exists()


def test_nothing_is_restored_twice(rep: User) -> None:
    account = make.make_account()
    deletion = throw_away_accounts(ids=[account.pk], by=rep).deletions[account.pk]
    assert throw_away_accounts(ids=[account.pk], by=rep).refused
    assert restore(deletions=[deletion.pk], by=rep).back
    assert "not in the bin any more" in restore(deletions=[deletion.pk], by=rep).said()
