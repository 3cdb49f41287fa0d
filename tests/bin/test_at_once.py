"""Deleting while others write, enroll, edit or send: whoever is second is told, and nothing leaves for the bin."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from time import sleep
from typing import Any

import pytest
from django.db import connections, transaction
from django.http import Http404
from django.utils import timezone

from apps.accounts.models import Account
from apps.bin import purging, rest
from apps.bin.models import Deletion
from apps.bin.services import restore, throw_away_accounts, throw_away_contacts, throw_away_list
from apps.dreamclients.locks import lock_accounts, lock_books
from apps.dreamclients.models import DreamClient
from apps.dreamclients.services import target
from apps.mail.claims import claim
from apps.mail.services import queue_email
from apps.sequences.engine import tick
from apps.sequences.models import Enrollment, Touch
from apps.sequences.services import NotSendable, enroll, send_manual_email
from apps.users.models import Organisation, User
from tests import factories as make


@pytest.fixture
def rep(db: None) -> User:
    Organisation.current()
    return make.make_user("Rita Rep", team=make.make_team("North"))


def throw(account: Account, by: User) -> Deletion:
    return throw_away_accounts(ids=[account.pk], by=by).deletions[account.pk]


def test_an_email_claimed_before_is_stopped_right_before_data(rep: User) -> None:
    contact = make.make_contact()
    queue_email(key="x", to_address="a@b.test", subject="A", text="B", contact=contact, is_outreach=True)
    batch = claim(now=timezone.now(), limit=5)
    (email,) = batch.emails
    type(contact).objects.filter(pk=contact.pk).update(deleted_at=timezone.now())
    assert batch.start_handing_over(email) == "cancelled"
    email.refresh_from_db()
    assert "in the bin" in email.answer


def test_nothing_is_written_to_somebody_in_the_bin(rep: User) -> None:
    contact = make.make_contact()
    make.make_mailbox(rep)
    touch = make.make_touch(contact, owner=rep, channel="email")
    throw_away_contacts(ids=[contact.pk], by=rep)
    with pytest.raises(NotSendable, match="in the bin"):
        send_manual_email(touch=touch, by=rep, subject="A", body="B")


def test_the_engine_lets_manual_and_automatic_touches_rest(rep: User) -> None:
    contact = make.make_contact()
    make.make_mailbox(rep)
    touch = make.make_touch(contact, owner=rep)
    automatic = make.make_touch(contact, owner=rep, channel="auto_email", subject="A", body="B")
    deletion = throw_away_contacts(ids=[contact.pk], by=rep).deletions[contact.pk]
    tick()
    for row in (touch, automatic):
        row.refresh_from_db()
        assert row.state == "planned"
    restore(deletions=[deletion.pk], by=rep)
    tick()
    touch.refresh_from_db()
    assert touch.state == "due"


def test_nobody_targets_or_enrolls_what_is_in_the_bin(rep: User) -> None:
    account = make.make_account()
    throw(account, rep)
    with pytest.raises(Http404):
        target(dream_client_list=make.make_list(owner=rep), account=account, by=rep)
    dream_client = make.make_dream_client(owner=rep)
    contact = make.make_contact(dream_client.account)
    throw_away_contacts(ids=[contact.pk], by=rep)
    result = enroll(
        contacts=[contact], sequence=make.make_sequence(owner=rep), dream_client=dream_client, by=rep
    )
    assert [why for _contact, why in result.refused] == ["Is in the bin."]


def together(*deeds: Callable[[], Any]) -> None:
    """Do all at one moment, each over a connection of its own."""
    barrier, failed = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            deed()
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failed


@pytest.mark.django_db(transaction=True)
class TestAtOneMoment:
    @pytest.fixture
    def rep(self) -> User:
        Organisation.current()
        return make.make_user("Rita Rep", team=make.make_team("North"))

    def test_two_who_delete_the_same(self, rep: User) -> None:
        accounts = [make.make_account() for _number in range(10)]
        ids = [account.pk for account in accounts]
        together(
            lambda: throw_away_accounts(ids=ids, by=rep),
            lambda: throw_away_accounts(ids=list(reversed(ids)), by=rep),
        )
        assert Deletion.objects.waiting().count() == 10

    def test_deleting_while_a_colleague_enrolls_and_the_engine_runs(self, rep: User) -> None:
        for _round in range(3):
            dream_client = make.make_dream_client(owner=rep)
            contacts = [make.make_contact(dream_client.account) for _number in range(2)]
            make.make_mailbox(rep)
            sequence = make.make_sequence(("auto_email", 0), owner=rep)

            def start(
                contacts: Any = contacts, sequence: Any = sequence, dream_client: Any = dream_client
            ) -> None:
                enroll(contacts=contacts, sequence=sequence, dream_client=dream_client, by=rep)

            together(start, partial(throw, dream_client.account, rep), tick)
            running = Enrollment.objects.running().filter(account=dream_client.account)
            assert not running.exclude(state="paused").exists()
            assert not Touch.objects.open().filter(account=dream_client.account, email=None).exists()

    def test_two_who_restore_the_same(self, rep: User) -> None:
        dream_client = make.make_dream_client(owner=rep)
        deletion = throw(dream_client.account, rep)
        together(*[lambda: restore(deletions=[deletion.pk], by=rep)] * 2)
        dream_client.refresh_from_db()
        assert dream_client.left_at is None

    def test_an_edit_waits_and_then_finds_it_in_the_bin(self, rep: User) -> None:
        account = make.make_account()
        found = []
        locked, looked = threading.Event(), threading.Event()

        def delete() -> None:
            with transaction.atomic():
                throw(account, rep)
                locked.set()
                looked.wait(0.3)

        def edit() -> None:
            locked.wait(10)
            with transaction.atomic():
                rows = Account.objects.editable_by(rep).select_for_update(of=("self",))
                found.append(rows.filter(pk=account.pk).first())

        together(delete, edit)
        assert found == [None]

    def test_a_list_comes_back_while_its_account_is_put_on_another(self, rep: User) -> None:
        row = make.make_dream_client(owner=rep)
        deletion = throw_away_list(dream_client_list=row.list, by=rep)
        other = make.make_list(owner=rep)
        made = threading.Event()

        def put() -> None:
            with transaction.atomic():
                target(dream_client_list=other, account=row.account, by=rep)
                made.set()
                sleep(0.5)

        def bring_back() -> None:
            made.wait(10)
            assert restore(deletions=[deletion.pk], by=rep).back

        together(put, bring_back)
        assert DreamClient.objects.current().get().list == other

    def test_many_come_back_and_nobody_waits_in_a_circle(
        self, rep: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row, contact = make.make_dream_client(owner=rep), make.make_contact()
        deletions = [throw(row.account, rep)]
        deletions += throw_away_contacts(ids=[contact.pk], by=rep).deletions.values()
        held, refresh = threading.Event(), rest.refresh

        def slow(ids: Any) -> None:  # between the account, whose owner's book is held by now, and the contact
            refresh(ids)
            held.wait(0.7)
            sleep(0.3)

        monkeypatch.setattr(rest, "refresh", slow)

        def account_then_book() -> None:
            sleep(0.2)
            with transaction.atomic():
                lock_accounts([contact.account_id])
                held.set()
                lock_books([rep.pk])

        together(
            lambda: restore(deletions=[one.pk for one in deletions], by=rep),
            account_then_book,
        )
        assert not Deletion.objects.waiting().exists()

    def test_emptying_the_bin_while_somebody_restores(
        self, rep: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account = make.make_account()
        deletion = throw(account, rep)
        begun, purge_them = threading.Event(), purging._purge

        def slow(rows: Any, now: Any) -> None:
            begun.set()
            sleep(0.7)
            purge_them(rows, now)

        monkeypatch.setattr(purging, "_purge", slow)

        def bring_back() -> None:
            begun.wait(10)
            assert restore(deletions=[deletion.pk], by=rep).refused

        together(lambda: purging.purge_now(deletion=deletion, by=rep), bring_back)
        assert not Account.objects.filter(pk=account.pk).exists()

    def test_the_tick_that_empties_the_bin_waits_in_no_circle_either(self, rep: User) -> None:
        deletions = [throw(make.make_account(), rep) for _number in range(3)]
        later = timezone.now() + timedelta(days=31)
        together(
            lambda: purging.purge(now=later),
            lambda: restore(deletions=[one.pk for one in deletions], by=rep),
            lambda: purging.purge(now=later),
        )
        assert not Deletion.objects.waiting().exists()
