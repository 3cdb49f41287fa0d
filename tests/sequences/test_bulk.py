"""Enrolling from the tables of contacts and of dream clients: who goes in, who does not and why, and back."""

from threading import Event
from time import sleep

import pytest
from django.db import transaction
from django.test import Client

from apps.activities.models import Activity, Channel
from apps.dreamclients.locks import lock_accounts, lock_books
from apps.dreamclients.models import DreamClient, DreamClientList
from apps.dreamclients.services import assign
from apps.sequences.models import Enrollment, Sequence
from apps.users.models import Organisation, User
from tests import factories as make
from tests.dreamclients.test_at_once import at_once
from tests.tables.working import act, back, reasons

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep() -> User:
    rep = make.make_user("Rita Rep", team=make.make_team("North"))
    make.make_mailbox(rep)
    return rep


@pytest.fixture
def sequence(rep: User) -> Sequence:
    return make.make_sequence((Channel.EMAIL, 0), (Channel.CALL, 2), owner=rep)


@pytest.fixture
def wishes(rep: User) -> DreamClientList:
    return make.make_list("Wishes", owner=rep)


def dream(wishes: DreamClientList, contacts: int, owner: User | None = None) -> DreamClient:
    row = make.make_dream_client(dream_client_list=wishes, owner=owner)
    for _number in range(contacts):
        make.make_contact(row.account)
    return row


def test_contacts_enter_for_their_dream_client(
    rep: User, sequence: Sequence, wishes: DreamClientList
) -> None:
    ours = dream(wishes, 3)
    colleague = make.make_user("Cara", team=wishes.team)
    theirs = dream(wishes, 1, owner=colleague)
    no_list = make.make_contact(make.make_account())
    mute = make.make_contact(ours.account, email="")
    contacts = [*ours.account.contacts.all(), *theirs.account.contacts.all(), no_list]
    job = act(rep, "contacts", "enroll", contacts, sequence=sequence.pk)
    assert (job.done, job.refused) == (3, 3)
    assert reasons(job) == {
        "Has no email address, and a step is an email.",
        "Cara works this dream client.",
        "The company is on no list of dream clients.",
    }
    assert reasons(job, "done") == {"", "Waits until a colleague of theirs ends."}  # two at once, one waits
    ours.refresh_from_db()
    assert ours.owner == rep  # nobody's is taken with it
    assert not Enrollment.objects.filter(contact=mute).exists()
    taken = back(job)
    assert (taken.undone, taken.kept) == (3, 0)
    assert not Enrollment.objects.running().exists()
    assert set(Enrollment.objects.values_list("reason", flat=True)) == {"taken back"}
    ours.refresh_from_db()
    assert ours.owner is None  # as before


def test_dream_clients_enroll_whoever_can(rep: User, sequence: Sequence, wishes: DreamClientList) -> None:
    two, empty, parked = dream(wishes, 2), dream(wishes, 0), dream(wishes, 1)
    DreamClient.objects.filter(pk=parked.pk).update(parked_until="2099-01-01T00:00Z")
    job = act(rep, "dream_clients", "enroll", [two, empty, parked], sequence=sequence.pk)
    assert (job.done, job.refused) == (1, 2)
    assert reasons(job) == {
        "Nobody is known there.",
        "Nobody there can go in. This dream client is parked.",
    }
    assert Enrollment.objects.filter(dream_client=two).count() == 2
    parked.refresh_from_db()
    assert parked.owner is None  # nobody went in, so it was not taken either
    again = act(rep, "dream_clients", "enroll", [two], sequence=sequence.pk)
    assert "Is in this sequence already." in reasons(again).pop()
    back(job)
    assert not Enrollment.objects.running().exists()


def test_the_check_says_what_would_become_of_each(
    client: Client, rep: User, sequence: Sequence, wishes: DreamClientList
) -> None:
    row = dream(wishes, 1)
    make.make_contact(row.account, first_name="Mute", email="")
    client.force_login(rep)
    given = {"action": "enroll", "selected": [one.pk for one in row.account.contacts.all()]}
    html = client.post("/tables/contacts/bulk/", given).content.decode()
    assert 'value="check"' in html
    assert 'value="start"' not in html
    response = client.post("/tables/contacts/bulk/", {**given, "step": "check", "sequence": sequence.pk})
    html = response.content.decode()
    assert "First touch" in html
    assert "Has no email address" in html
    assert 'value="start"' in html
    assert not Enrollment.objects.exists()
    client.post("/tables/contacts/bulk/", {**given, "step": "start", "sequence": sequence.pk})
    assert Enrollment.objects.count() == 1


def test_an_outsider_enrolls_nobody(rep: User, sequence: Sequence, wishes: DreamClientList) -> None:
    row = dream(wishes, 1)
    outsider = make.make_user("Otto Outsider", team=make.make_team("South"))
    with pytest.raises(AssertionError, match="sequence"):
        act(outsider, "contacts", "enroll", row.account.contacts.all(), sequence=sequence.pk)


def test_taken_back_it_leaves_the_book_where_nothing_else_runs(
    rep: User, sequence: Sequence, wishes: DreamClientList
) -> None:
    free, busy, mine = dream(wishes, 1), dream(wishes, 1), dream(wishes, 1, owner=rep)
    given = dream(wishes, 1)
    job = act(rep, "dream_clients", "enroll", [free, busy, mine, given], sequence=sequence.pk)
    assert job.done == 4
    make.make_enrollment(make.make_contact(busy.account), make.make_sequence(owner=rep), busy)
    colleague = make.make_user("Cara", team=wishes.team)
    assign(dream_client=given, owner=colleague, by=rep)
    back(job)
    for row in (free, busy, mine, given):
        row.refresh_from_db()
    assert [row.owner for row in (free, busy, mine, given)] == [None, rep, rep, colleague]
    assert Activity.objects.filter(account=free.account, kind="let_go", subject="Taken back").exists()


@pytest.mark.django_db(transaction=True)
def test_a_batch_waits_in_no_circle_with_whoever_targets() -> None:
    Organisation.current()
    rep = make.make_user("Rita Rep", team=make.make_team("North"))
    make.make_mailbox(rep)
    sequence = make.make_sequence((Channel.EMAIL, 0), owner=rep)
    wishes = make.make_list("Wishes", owner=rep)
    rows = [dream(wishes, 1) for _number in range(2)]
    held = Event()

    def enroll() -> int:
        held.wait(10)
        return act(rep, "dream_clients", "enroll", rows, sequence=sequence.pk).done

    def account_then_book() -> None:
        with transaction.atomic():
            lock_accounts([rows[1].account_id])
            held.set()
            sleep(0.7)
            lock_books([rep.pk])

    assert at_once(enroll, account_then_book) == [2, None]
