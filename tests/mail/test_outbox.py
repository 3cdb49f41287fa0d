"""Every way that an email can take through the outbox, against a server that fails at each stage."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.mail import letters, outbox, services
from apps.mail.claims import BACKOFF_MINUTES, MOST_ATTEMPTS
from apps.mail.models import OutboundEmail
from apps.mail.outbox import send_due
from apps.mail.smtp import Conversation
from tests import factories as make
from tests.mail.peer import DROP, Peer
from tests.mail.rows import make_email, state

pytestmark = pytest.mark.django_db

BEFORE_DATA = ("connect", "mail", "rcpt", "data")


def test_what_is_due_is_accepted(peer: Peer) -> None:
    email = make_email()
    assert send_due() == {"accepted": 1}
    assert state(email) == "accepted"
    assert email.accepted_at
    assert email.answer == "250 Kept"
    assert email.claim_token is None
    [mail] = peer.stored
    assert (mail.sender, mail.recipient) == ("ann@opener.test", "carla@company.test")
    assert mail.message["Message-ID"] == email.message_id
    assert not send_due()
    assert len(peer.stored) == 1


def test_what_is_not_due_waits(peer: Peer) -> None:
    due_at = timezone.now() + timedelta(minutes=1)
    email = make_email(due_at=due_at)
    assert not send_due()
    assert state(email) == "scheduled"
    assert send_due(now=due_at) == {"accepted": 1}
    email.refresh_from_db()
    assert email.accepted_at == due_at


def test_one_connection_carries_a_batch(peer: Peer) -> None:
    for _ in range(60):
        make_email()
    assert send_due() == {"accepted": 60}
    assert peer.connections == 1
    assert len(set(peer.ids)) == 60
    assert peer.commands[-1] == "quit"


def test_accepted_is_stored_before_quit(peer: Peer) -> None:
    email = make_email()
    seen: list[str] = []

    def look(conversation: Conversation) -> None:
        seen.append(state(email))
        original(conversation)

    original = Conversation.close
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Conversation, "close", look)
        send_due()
    assert seen == ["accepted"]


def test_a_queue_is_worked_oldest_first_up_to_the_limit(peer: Peer) -> None:
    late, early = make_email(), make_email(due_at=timezone.now() - timedelta(hours=1))
    assert send_due(limit=1) == {"accepted": 1}
    assert state(early) == "accepted"
    assert state(late) == "scheduled"


def test_when_time_is_over_the_rest_waits_unharmed(peer: Peer) -> None:
    emails = [make_email() for _ in range(5)]
    peer.on("mail", 0.15, always=True)
    assert send_due(seconds=0.3)["accepted"] in (1, 2, 3)
    states = [state(email) for email in emails]
    assert set(states) == {"accepted", "scheduled"}
    assert all(email.attempts == 0 and email.claim_token is None for email in emails)
    peer.always.clear()
    send_due()
    assert sorted(peer.ids) == sorted(email.message_id for email in emails)


def test_without_a_server_everything_waits(settings: Any) -> None:
    settings.SMTP_URL = ""
    email = make_email()
    assert not send_due()
    assert state(email) == "scheduled"


# --- Nothing arrived: again --------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", BEFORE_DATA)
def test_dropped_before_content_is_tried_again_with_the_same_id(peer: Peer, stage: str) -> None:
    email = make_email()
    peer.on(stage, DROP)
    assert send_due() == {"scheduled": 1}
    assert state(email) == "scheduled"
    assert email.attempts == 1
    assert email.claim_token is None
    wait = (email.due_at - timezone.now()).total_seconds()
    assert 0 < wait <= BACKOFF_MINUTES[0] * 60
    assert not peer.stored
    assert not send_due()
    assert send_due(now=email.due_at) == {"accepted": 1}
    assert peer.ids == [email.message_id]


@pytest.mark.parametrize("stage", BEFORE_DATA)
def test_silence_before_content_is_tried_again(peer: Peer, stage: str) -> None:
    email = make_email()
    peer.on(stage, 2.0)
    assert send_due() == {"scheduled": 1}
    assert state(email) == "scheduled"
    assert not peer.stored


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "content"])
def test_a_4xx_is_tried_again(peer: Peer, stage: str) -> None:
    email, other = make_email(), make_email()
    peer.on(stage, "451 4.7.1 Come back later")
    assert send_due() == {"scheduled": 1, "accepted": 1}
    assert state(email) == "scheduled"
    assert email.answer == "451 4.7.1 Come back later"
    assert state(other) == "accepted"
    assert send_due(now=timezone.now() + timedelta(hours=1)) == {"accepted": 1}
    assert sorted(peer.ids) == sorted([email.message_id, other.message_id])


def test_a_421_ends_the_connection_not_the_queue(peer: Peer) -> None:
    email, other = make_email(), make_email()
    peer.on("mail", "421 4.3.2 Going down")
    assert send_due() == {"scheduled": 1, "accepted": 1}
    assert state(email) == "scheduled"
    assert state(other) == "accepted"
    assert peer.connections == 2


@pytest.mark.parametrize("answer", ["421 Too many", "554 No service for you"])
def test_a_server_that_does_not_take_us_refuses_no_mail(peer: Peer, answer: str) -> None:
    emails = [make_email() for _ in range(30)]
    peer.on("connect", answer, always=True)
    assert send_due() == {"scheduled": outbox.BATCH}
    assert peer.connections == 1
    assert {state(email) for email in emails} == {"scheduled"}
    assert OutboundEmail.objects.filter(attempts=1, answer__startswith=answer[:3]).count() == outbox.BATCH


def test_a_connection_that_the_server_ended_between_two_mails_costs_no_attempt(peer: Peer) -> None:
    first, second = make_email(), make_email()
    peer.on("mail", 0.0, DROP)
    assert send_due() == {"accepted": 2}
    assert state(first) == state(second) == "accepted"
    assert second.attempts == 0
    assert peer.connections == 2


def test_nobody_listens(settings: Any) -> None:
    with Peer() as gone:
        settings.SMTP_URL = gone.url
    email = make_email()
    assert send_due() == {"scheduled": 1}
    assert "refused" in OutboundEmail.objects.get(pk=email.pk).answer.lower()


def test_attempts_are_bounded_and_then_a_person_decides(peer: Peer) -> None:
    email = make_email()
    peer.on("rcpt", "450 Busy", always=True)
    moment = timezone.now()
    for attempt in range(1, MOST_ATTEMPTS):
        assert send_due(now=moment) == {"scheduled": 1}, attempt
        email.refresh_from_db()
        assert email.due_at == moment + timedelta(minutes=BACKOFF_MINUTES[attempt - 1])
        moment = email.due_at
    assert send_due(now=moment) == {"failed": 1}
    assert state(email) == "failed"
    assert not send_due(now=moment + timedelta(days=30))
    peer.always.clear()
    services.retry_email(email=email, by=make.make_user())
    assert send_due(now=timezone.now()) == {"accepted": 1}


# --- No, and nobody knows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "content"])
def test_a_5xx_refuses_this_mail_only(peer: Peer, stage: str) -> None:
    email, other = make_email(), make_email()
    peer.on(stage, "550 5.1.1 No such person")
    assert send_due() == {"refused": 1, "accepted": 1}
    assert state(email) == "refused"
    assert email.answer == "550 5.1.1 No such person"
    assert state(other) == "accepted"
    assert not send_due(now=timezone.now() + timedelta(days=30))


@pytest.mark.parametrize("act", [DROP, 2.0])
@pytest.mark.parametrize("stage", ["content", "stored"])
def test_lost_after_content_is_unknown_and_stays_so(peer: Peer, stage: str, act: Any) -> None:
    email, other = make_email(), make_email()
    peer.on(stage, act)
    assert send_due() == {"unknown": 1, "accepted": 1}
    assert state(email) == "unknown"
    assert email.answer.startswith("It may have arrived")
    assert state(other) == "accepted"
    assert not send_due(now=timezone.now() + timedelta(days=30))
    assert peer.ids.count(email.message_id) == (stage == "stored")


def test_an_answer_that_is_no_answer_after_content_is_unknown(peer: Peer) -> None:
    email = make_email()
    peer.on("stored", "???")
    assert send_due() == {"unknown": 1}
    assert state(email) == "unknown"


# --- What comes between claim and DATA ----------------------------------------------------------------------------


def in_another_connection(sql: str, *arguments: Any) -> None:
    """As another process would."""
    with connection.copy().cursor() as cursor:
        cursor.execute(sql, arguments)
        cursor.connection.commit()
        cursor.connection.close()


@pytest.mark.django_db(transaction=True)
def test_cancelled_between_claim_and_data(peer: Peer) -> None:
    email, other = make_email(), make_email()
    peer.on("rcpt", lambda: in_another_connection(*CANCEL, email.pk))
    assert send_due() == {"accepted": 1}
    assert state(email) == "cancelled"
    assert peer.ids == [other.message_id]
    assert peer.connections == 1


CANCEL = ("update mail_outboundemail set state = 'cancelled', claim_token = null where id = %s",)


def test_opted_out_before_the_claim(peer: Peer) -> None:
    contact = make.make_contact(email="carla@company.test")
    contact.opt_outs.create(channel="email")
    outreach, notice = make_email(is_outreach=True), make_email()
    assert send_due() == {"cancelled": 1, "accepted": 1}
    assert state(outreach) == "cancelled"
    assert "not to be written to" in outreach.answer
    assert state(notice) == "accepted"


@pytest.mark.parametrize("address", ["carla@company.test", "company.test"])
def test_suppressed_between_claim_and_data(peer: Peer, address: str) -> None:
    email = make_email(is_outreach=True, to_address="Carla@Company.test")
    with pytest.MonkeyPatch.context() as patch:
        original = Conversation.announce

        def announce(*arguments: Any, **named: Any) -> None:
            original(*arguments, **named)
            services.suppress(address=address, reason="manual")

        patch.setattr(Conversation, "announce", announce)
        assert send_due() == {"cancelled": 1}
    assert state(email) == "cancelled"
    assert not peer.stored


@pytest.mark.django_db(transaction=True)
def test_opted_out_between_claim_and_data(peer: Peer) -> None:
    contact = make.make_contact(email="carla@old-address.test")
    email = make_email(is_outreach=True, contact=contact)
    sql = "insert into accounts_optout (contact_id, channel, reason, at) values (%s, 'email', '', now())"
    peer.on("rcpt", lambda: in_another_connection(sql, contact.pk))
    assert send_due() == {"cancelled": 1}
    assert state(email) == "cancelled"
    assert not peer.stored


def test_a_poisonous_row_does_not_stop_the_others(peer: Peer) -> None:
    poison = make_email(to_address="no address at all")
    strange = make_email(from_address="Ann\r\nBcc: everybody@x.test <ann@opener.test>")
    fine = make_email()
    with pytest.MonkeyPatch.context() as patch:
        original = letters.write

        def write(row: OutboundEmail, at: Any) -> Any:
            if row.pk == boom.pk:
                raise RuntimeError("a bug")
            return original(row, at)

        boom = make_email()
        patch.setattr(letters, "write", write)
        send_due()
    assert state(poison) == "refused"
    assert "no email address" in poison.answer
    assert state(boom) == "scheduled"
    assert boom.attempts == 1
    assert state(fine) == "accepted"
    assert state(strange) in ("accepted", "refused")
    assert all(mail.message["Bcc"] is None for mail in peer.stored)
