"""Many senders at once, senders that die, and the daily cap of a mailbox."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connections, transaction
from django.db.models import F
from django.utils import timezone

from apps.mail import services
from apps.mail.claims import MOST_ATTEMPTS, Claim, claim, release_expired
from apps.mail.models import Mailbox, OutboundEmail
from apps.mail.outbox import send_due
from apps.users.models import Organisation
from tests import factories as make
from tests.mail.peer import Peer
from tests.mail.rows import make_email, state

pytestmark = pytest.mark.django_db


def at_once(count: int, work: Callable[[], object]) -> None:
    """Run `work` in `count` threads that start together, each with a database connection of its own."""
    barrier = threading.Barrier(count)

    def run() -> None:
        barrier.wait()
        try:
            work()
        finally:
            connections.close_all()

    connections.close_all()
    with ThreadPoolExecutor(count) as pool:
        for future in [pool.submit(run) for _ in range(count)]:
            future.result()


def run_out() -> None:
    """All leases end now."""
    OutboundEmail.objects.exclude(claimed_until=None).update(
        claimed_until=timezone.now() - timedelta(hours=1)
    )


# --- Many senders ------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_each_email_once(peer: Peer) -> None:
    emails = [make_email() for _ in range(80)]
    peer.on("mail", 0.003, always=True)
    at_once(2, send_due)
    assert peer.connections == 2
    assert sorted(peer.ids) == sorted(email.message_id for email in emails)
    assert set(OutboundEmail.objects.values_list("state", "attempts")) == {("accepted", 0)}


@pytest.mark.django_db(transaction=True)
def test_one_row_delivered_fifty_times_is_one_mail(peer: Peer) -> None:
    email = make_email()
    peer.on("rcpt", 0.2)
    at_once(8, lambda: [send_due() for _ in range(7)])
    assert peer.ids == [email.message_id]
    assert state(email) == "accepted"


@pytest.mark.django_db(transaction=True)
def test_one_cause_written_down_fifty_times_is_one_row() -> None:
    rows: list[int] = []
    at_once(8, lambda: rows.extend(make_email(key="touch:1").pk for _ in range(7)))
    assert len(set(rows)) == 1
    assert OutboundEmail.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_another_holds_is_passed_over_without_waiting() -> None:
    emails = [make_email() for _ in range(4)]
    taken: list[list[int]] = []
    ready, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            taken.append([email.pk for email in claim(now=None, limit=2).emails])
            ready.set()
            done.wait(5)
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    ready.wait(5)
    started = time.monotonic()
    taken.append([email.pk for email in claim(now=None, limit=10).emails])
    done.set()
    thread.join()
    assert time.monotonic() - started < 2
    assert taken == [[email.pk for email in emails[:2]], [email.pk for email in emails[2:]]]


@pytest.mark.django_db(transaction=True)
def test_a_sender_stopped_while_claiming_holds_up_the_others_no_longer_than_a_lease(settings: Any) -> None:
    settings.MAIL_LEASE_SECONDS = 1
    make_email()
    stopped, done = threading.Event(), threading.Event()

    ended: list[DatabaseError] = []

    def stop() -> None:
        try:
            with transaction.atomic():
                claim(now=None, limit=1)
                stopped.set()
                done.wait(5)
                claim(now=None, limit=1)
        except DatabaseError as error:
            ended.append(error)
        connections.close_all()

    thread = threading.Thread(target=stop)
    thread.start()
    stopped.wait(5)
    assert not claim(now=None, limit=1).emails
    time.sleep(1.2)
    assert len(claim(now=None, limit=1).emails) == 1
    done.set()
    thread.join()
    assert "idle-in-transaction" in str(ended[0])


# --- Senders that die, or are slow -----------------------------------------------------------------------------


def test_what_a_dead_sender_had_claimed_is_sent_by_another(peer: Peer) -> None:
    email = make_email()
    dead = claim(now=None, limit=10)
    assert not send_due()
    run_out()
    assert send_due() == {"accepted": 1}
    assert email.attempts == 0
    # It was not dead, only slow: nothing that it writes counts any more.
    assert dead.start_handing_over(email) is None
    assert dead.again(email, "late") is None
    assert dead.refused(email, "late") is None
    assert dead.unknown(email, "late") is None
    assert dead.accepted(email, "late") is None
    dead.give_back([email])
    dead.renew()
    assert state(email) == "accepted"
    assert email.answer == "250 Kept"


def test_a_claim_that_is_lost_is_not_the_next_holders(peer: Peer) -> None:
    email = make_email()
    old = claim(now=None, limit=10)
    run_out()
    release_expired()
    new = claim(now=None, limit=10)
    assert [row.pk for row in new.emails] == [email.pk]
    old.give_back([email])
    assert old.start_handing_over(email) is None
    assert state(email) == "claimed"
    assert new.start_handing_over(email) == "handing_over"
    assert old.accepted(email, "not mine") is None
    assert new.accepted(email, "250") == "accepted"


def test_what_a_dead_sender_was_handing_over_is_unknown(peer: Peer) -> None:
    email = make_email()
    assert claim(now=None, limit=1).start_handing_over(email) == "handing_over"
    assert not send_due()
    assert state(email) == "handing_over"
    run_out()
    assert not send_due()
    assert state(email) == "unknown"
    assert not send_due(now=timezone.now() + timedelta(days=1))
    assert not peer.stored


@pytest.mark.parametrize(
    ("ending", "expected"), [("accepted", "accepted"), ("refused", "refused"), ("again", "scheduled")]
)
def test_a_slow_sender_may_still_say_how_it_ended(ending: str, expected: str) -> None:
    email = make_email()
    slow = claim(now=None, limit=1)
    slow.start_handing_over(email)
    run_out()
    release_expired()
    assert state(email) == "unknown"
    assert getattr(slow, ending)(email, "as the server said") == expected
    assert state(email) == expected
    assert slow.accepted(email, "250 Kept") is None


def test_once_a_person_decided_the_slow_sender_has_no_say() -> None:
    email = make_email()
    slow = claim(now=None, limit=1)
    slow.start_handing_over(email)
    run_out()
    release_expired()
    services.retry_email(email=email, by=make.make_user())
    assert slow.accepted(email, "250 Kept") is None
    assert slow.refused(email, "550") is None
    assert state(email) == "scheduled"


def test_a_sender_that_was_stopped_before_data_sends_nothing(peer: Peer, settings: Any) -> None:
    settings.MAIL_LEASE_SECONDS = 0.1
    email = make_email()
    with pytest.MonkeyPatch.context() as patch:
        original = Claim.start_handing_over

        def stopped(self: Claim, email: OutboundEmail) -> Any:
            answer = original(self, email)
            time.sleep(0.2)
            return answer

        patch.setattr(Claim, "start_handing_over", stopped)
        assert send_due() == {"scheduled": 1}
    assert state(email) == "scheduled"
    assert not peer.stored


def test_a_slow_server_does_not_outlast_the_lease(peer: Peer, settings: Any) -> None:
    settings.MAIL_LEASE_SECONDS = 0.6
    emails = [make_email() for _ in range(8)]
    peer.on("mail", 0.15, always=True)
    during: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        original = Claim.start_handing_over

        def look(self: Claim, email: OutboundEmail) -> Any:
            during.append(release_expired())
            return original(self, email)

        patch.setattr(Claim, "start_handing_over", look)
        assert send_due() == {"accepted": 8}
    assert during == [0] * 8
    assert {(state(email), email.attempts) for email in emails} == {("accepted", 0)}


def test_leases_run_by_the_clock_of_the_database() -> None:
    email = make_email()
    with time_machine.travel(timezone.now() + timedelta(days=400), tick=True):
        claim(now=None, limit=1)
        assert release_expired() == 0
    with time_machine.travel(timezone.now() - timedelta(days=400), tick=True):
        assert release_expired() == 0
    assert state(email) == "claimed"
    assert email.claimed_until
    assert timedelta(seconds=100) < email.claimed_until - timezone.now() < timedelta(seconds=130)


def test_a_mail_that_kills_its_senders_fails_in_the_end() -> None:
    email = make_email()
    for _ in range(MOST_ATTEMPTS):
        assert claim(now=None, limit=1).emails
        run_out()
        release_expired()
    assert state(email) == "failed"
    assert not claim(now=None, limit=1).emails


# --- The daily cap ------------------------------------------------------------------------------------------------

TUESDAY = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


def make_box(**fields: Any) -> Mailbox:
    owner = make.make_user(time_zone=fields.pop("time_zone", "UTC"))
    return make.make_mailbox(owner, **fields)


def outreach(box: Mailbox, count: int = 1, **fields: Any) -> list[OutboundEmail]:
    given = {"mailbox": box, "is_outreach": True, "due_at": TUESDAY} | fields
    return [make_email(**given) for _ in range(count)]


@pytest.mark.django_db(transaction=True)
def test_eight_senders_keep_the_cap_exactly(peer: Peer) -> None:
    small, large = make_box(daily_cap=7), make_box(daily_cap=31)
    for _ in range(30):
        outreach(small)
        outreach(large)
    at_once(8, lambda: send_due(now=TUESDAY))
    assert len(peer.stored) == 37
    assert OutboundEmail.objects.filter(mailbox=small, state="accepted").count() == 7
    moved = OutboundEmail.objects.filter(mailbox=small, state="scheduled")
    assert set(moved.values_list("due_at", flat=True)) == {TUESDAY + timedelta(days=1)}
    assert set(moved.values_list("answer", "attempts")) == {
        ("Its mailbox has sent its 7 emails of the day.", 0)
    }


def test_each_day_has_its_share(peer: Peer) -> None:
    box = make_box(daily_cap=2)
    outreach(box, 5)
    for days, accepted in [(0, 2), (1, 2), (2, 1), (3, 0)]:
        assert send_due(now=TUESDAY + timedelta(days=days))["accepted"] == accepted


def test_over_the_weekend_to_monday_at_the_same_time_of_day(peer: Peer) -> None:
    box = make_box(daily_cap=0, time_zone="America/New_York")
    # Friday 9:30 in New York, before its clocks change on Sunday.
    [email] = outreach(box, due_at=datetime(2026, 3, 6, 14, 30, tzinfo=UTC))
    send_due(now=datetime(2026, 3, 6, 15, 0, tzinfo=UTC))
    email.refresh_from_db()
    assert email.due_at == datetime(2026, 3, 9, 13, 30, tzinfo=UTC)


def test_the_day_is_the_owners(peer: Peer) -> None:
    box = make_box(daily_cap=1, time_zone="Asia/Tokyo")
    # 23:30 and 0:30 in Tokyo.
    outreach(box, 2, due_at=datetime(2026, 3, 10, 14, 0, tzinfo=UTC))
    assert send_due(now=datetime(2026, 3, 10, 14, 30, tzinfo=UTC)) == {"accepted": 1}
    outreach(box, due_at=datetime(2026, 3, 10, 15, 0, tzinfo=UTC))
    assert send_due(now=datetime(2026, 3, 10, 15, 30, tzinfo=UTC)) == {"accepted": 1}


@pytest.mark.parametrize("held", ["claimed", "handing_over", "unknown"])
def test_what_is_on_its_way_or_may_have_arrived_takes_a_place(peer: Peer, held: str) -> None:
    box = make_box(daily_cap=1)
    [first] = outreach(box)
    other = claim(now=TUESDAY, limit=1)
    if held != "claimed":
        other.start_handing_over(first)
    if held == "unknown":
        other.unknown(first, "lost")
    [second] = outreach(box)
    assert not send_due(now=TUESDAY)
    assert state(first) == held
    assert state(second) == "scheduled"


def test_what_was_not_sent_after_all_gives_its_place_back(peer: Peer) -> None:
    box = make_box(daily_cap=1)
    outreach(box)
    peer.on("rcpt", "550 No such person")
    assert send_due(now=TUESDAY) == {"refused": 1}
    outreach(box)
    assert send_due(now=TUESDAY) == {"accepted": 1}


def test_other_mail_of_the_mailbox_is_not_counted(peer: Peer) -> None:
    box = make_box(daily_cap=1)
    outreach(box, 3, is_outreach=False)
    outreach(box)
    assert send_due(now=TUESDAY) == {"accepted": 4}


def test_a_mailbox_that_is_off_sends_nothing(peer: Peer) -> None:
    [email] = outreach(make_box(is_active=False))
    assert not send_due(now=TUESDAY)
    assert state(email) == "scheduled"
    assert email.answer == "Its mailbox is switched off."


def test_claiming_costs_the_same_for_more_emails(django_assert_num_queries: Any) -> None:
    Organisation.current()
    boxes = [make_box() for _ in range(10)]
    for box in boxes[:2]:
        outreach(box)
    with django_assert_num_queries(8):
        assert len(claim(now=TUESDAY, limit=25).emails) == 2
    for box in boxes:
        outreach(box, 2)
    with django_assert_num_queries(8):
        assert len(claim(now=TUESDAY, limit=25).emails) == 20


# --- The hours in which it may leave -------------------------------------------------------------------------------


def test_what_missed_its_hours_waits_for_the_same_time_on_the_next_business_day(peer: Peer) -> None:
    box = make_box()
    friday = datetime(2026, 3, 13, 16, 0, tzinfo=UTC)
    [email] = outreach(box, due_at=friday, send_until=friday + timedelta(hours=1))
    assert not send_due(now=friday + timedelta(hours=9))
    email.refresh_from_db()
    assert email.due_at == friday + timedelta(days=3)
    assert email.send_until == friday + timedelta(days=3, hours=1)
    assert "hours were over" in email.answer
    assert send_due(now=email.due_at) == {"accepted": 1}


def test_what_was_put_off_beyond_its_hours_comes_back_within_them(peer: Peer) -> None:
    end = TUESDAY + timedelta(minutes=1)
    [email] = outreach(make_box(), due_at=TUESDAY, send_until=end)
    OutboundEmail.objects.update(due_at=F("due_at") + timedelta(hours=8), attempts=7)
    assert not send_due(now=TUESDAY + timedelta(hours=8))
    email.refresh_from_db()
    assert email.send_until == end + timedelta(days=1)
    assert email.due_at == email.send_until - timedelta(hours=1)
