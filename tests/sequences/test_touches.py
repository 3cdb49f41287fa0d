from datetime import timedelta

import pytest

from apps.accounts.models import OptOut
from apps.activities.models import Activity
from apps.dreamclients.models import InsightGiven
from apps.mail.models import OutboundEmail
from apps.sequences.models import Touch
from apps.sequences.services import (
    HeldBack,
    NotSendable,
    TouchOver,
    complete_touch,
    compose,
    enroll,
    log_touch,
    retry_touch,
    send_manual_email,
    skip_touch,
)
from tests.factories import A_TUESDAY, make_activity, make_sequence, make_touch

TOMORROW = A_TUESDAY + timedelta(days=1)


def start(world, *steps, **fields):
    """The first touch of a sequence of `steps`."""
    sequence = make_sequence(*steps, owner=world.rep, schedule=world.schedule, **fields)
    enroll(
        contacts=[world.contact],
        sequence=sequence,
        dream_client=world.dream_client,
        by=world.rep,
        now=A_TUESDAY,
    )
    return Touch.objects.get(enrollment__sequence=sequence)


def test_a_call_is_done_and_the_next_step_planned(world):
    touch = start(world, ("call", 0), ("email", 2))

    activity = complete_touch(
        touch=touch, by=world.rep, outcome="no_answer", notes="rang twice", now=A_TUESDAY
    )

    touch.refresh_from_db()
    assert (touch.state, touch.done_at, touch.outcome, touch.activity) == (
        "done",
        A_TUESDAY,
        "no_answer",
        activity,
    )
    assert (activity.kind, activity.by, activity.team, activity.body) == (
        "touch",
        world.rep,
        world.team,
        "rang twice",
    )
    assert activity.data["touch"] == touch.pk
    following = Touch.objects.get(step__position=2)
    assert following.due_at == (A_TUESDAY + timedelta(days=2)).replace(hour=9)
    world.dream_client.refresh_from_db()
    assert world.dream_client.last_touch_at == A_TUESDAY
    assert world.dream_client.rung == "touched"
    assert (world.dream_client.next_touch_at, world.dream_client.next_touch_channel) == (
        following.due_at,
        "email",
    )


def test_a_connected_call_is_a_conversation(world):
    complete_touch(touch=start(world, ("call", 0)), by=world.rep, outcome="connected", now=A_TUESDAY)
    world.dream_client.refresh_from_db()
    assert world.dream_client.rung == "engaged"


def test_a_touch_is_done_once(world):
    touch = start(world, ("call", 0))
    complete_touch(touch=touch, by=world.rep, outcome="done", now=A_TUESDAY)
    with pytest.raises(TouchOver):
        complete_touch(touch=touch, by=world.rep, outcome="done", now=A_TUESDAY)
    assert Activity.objects.touches().count() == 1


def test_they_ask_to_be_called_back(world):
    touch = start(world, ("call", 0), ("call", 1))
    at = A_TUESDAY + timedelta(days=3)
    complete_touch(touch=touch, by=world.rep, outcome="callback", next_callback=at, now=A_TUESDAY)
    callback = Touch.objects.get(enrollment=None)
    assert (callback.due_at, callback.owner, callback.channels) == (at, world.rep, ["call"])
    assert Touch.objects.get(step__position=2).due_at > at


def test_an_insight_that_was_given_is_remembered(world):
    from apps.dreamclients.models import Insight

    insight = Insight.objects.create(title="A figure")
    touch = start(world, {"channels": ["call"], "insight": insight})
    complete_touch(touch=touch, by=world.rep, outcome="done", now=A_TUESDAY)
    assert InsightGiven.objects.get().contact == world.contact


def test_a_second_touch_on_a_day_moves_to_the_next_and_says_why(world):
    touch = start(world, ("call", 0), ("call", 0))
    complete_touch(touch=touch, by=world.rep, outcome="done", now=A_TUESDAY)
    following = Touch.objects.get(step__position=2)
    assert following.due_at == TOMORROW.replace(hour=9)
    assert following.held_back == "At most 1 touch a contact a day"


def test_what_a_person_has_to_do_moves_when_a_colleague_touched_the_contact(world):
    touch = start(world, ("call", 0))
    Touch.objects.update(state="due")
    log_touch(
        account=world.account,
        contact=world.contact,
        channels=["visit"],
        intent="give",
        outcome="done",
        by=world.manager,
        now=A_TUESDAY,
    )
    touch.refresh_from_db()
    assert (touch.state, touch.due_at) == ("planned", TOMORROW.replace(hour=9))
    assert touch.held_back


def test_a_callback_stays_when_they_asked_for_it(world):
    callback = make_touch(world.contact, owner=world.rep, due_at=A_TUESDAY + timedelta(hours=2))
    complete_touch(touch=start(world, ("call", 0)), by=world.rep, outcome="done", now=A_TUESDAY)
    callback.refresh_from_db()
    assert callback.due_at == A_TUESDAY + timedelta(hours=2)


def test_the_text_is_rendered_for_the_contact(world):
    touch = start(
        world,
        {"channels": ["email"], "subject": "{{ company }}", "body": "Hi {{ first_name }}, {{ title | you }}"},
    )
    text = compose(Touch.objects.get(pk=touch.pk))
    assert (text.subject, text.body, text.missing) == ("Acme", "Hi Carla, you", [])


def test_a_manual_email_is_written_down_with_the_touch(world):
    touch = start(world, ("email", 0), ("call", 1))
    world.rep.mailboxes.update(signature="Ann Berg\nOpener")

    activity = send_manual_email(touch=touch, by=world.rep, subject="Hello", body="A figure.", now=A_TUESDAY)

    touch.refresh_from_db()
    email = OutboundEmail.objects.get()
    assert (touch.state, touch.email, touch.subject, touch.body) == ("done", email, "Hello", "A figure.")
    assert (email.key, email.to_address, email.is_outreach) == (
        f"touch:{touch.pk}",
        world.contact.email,
        True,
    )
    assert (email.contact, email.account, email.user) == (world.contact, world.account, world.rep)
    assert email.mailbox == world.rep.mailboxes.get()
    assert email.text == "A figure.\n\n-- \nAnn Berg\nOpener"
    assert (activity.outcome, activity.data["email"]) == ("sent", email.pk)
    assert Touch.objects.filter(step__position=2).exists()
    with pytest.raises(TouchOver):
        send_manual_email(touch=touch, by=world.rep, subject="Hello", body="A figure.", now=A_TUESDAY)
    assert OutboundEmail.objects.count() == 1


@pytest.mark.parametrize(
    ("subject", "body", "why"),
    [("", "x", "subject"), ("x", " ", "text"), ("{{ company }}", "x", "company")],
)
def test_an_email_that_is_not_ready_is_not_sent(world, subject, body, why):
    touch = start(world, ("email", 0))
    with pytest.raises(NotSendable, match=why):
        send_manual_email(touch=touch, by=world.rep, subject=subject, body=body, now=A_TUESDAY)
    assert not OutboundEmail.objects.exists()


def test_who_opted_out_meanwhile_is_not_written_to(world):
    touch = start(world, ("email", 0))
    OptOut.objects.create(contact=world.contact, channel="email")
    with pytest.raises(NotSendable, match="Opted out"):
        send_manual_email(touch=touch, by=world.rep, subject="x", body="x", now=A_TUESDAY)
    touch.refresh_from_db()
    assert touch.is_open


def test_a_cap_holds_a_manual_email_back_and_moves_it(world):
    touch = start(world, ("email", 0))
    make_activity(world.account, by=world.manager, contact=world.contact, at=A_TUESDAY)
    with pytest.raises(HeldBack) as caught:
        send_manual_email(touch=touch, by=world.rep, subject="x", body="x", now=A_TUESDAY)
    touch.refresh_from_db()
    assert touch.due_at == caught.value.plan.at == TOMORROW.replace(hour=9)
    assert touch.held_back == str(caught.value)


def test_a_mailbox_is_made_of_the_users_address_where_there_is_none(world):
    world.rep.mailboxes.all().delete()
    touch = start(world, ("email", 0))
    send_manual_email(touch=touch, by=world.rep, subject="x", body="x", now=A_TUESDAY)
    mailbox = OutboundEmail.objects.get().mailbox
    assert mailbox is not None
    assert mailbox.address == world.rep.email


def test_a_skipped_touch_leads_to_the_next(world):
    touch = start(world, ("call", 0), ("call", 1))
    skip_touch(touch=touch, by=world.rep, reason="on leave", now=A_TUESDAY)
    touch.refresh_from_db()
    assert (touch.state, touch.reason) == ("skipped", "on leave")
    assert Activity.objects.get(kind="touch_skipped").body == "on leave"
    assert Touch.objects.get(step__position=2).due_at == TOMORROW.replace(hour=9)
    world.dream_client.refresh_from_db()
    assert world.dream_client.last_touch_at is None


def test_a_failed_touch_is_tried_again(world):
    touch = start(world, ("auto_email", 0))
    Touch.objects.update(state="failed", reason="missing")
    retry_touch(touch=touch, by=world.rep, now=TOMORROW)
    touch.refresh_from_db()
    assert (touch.state, touch.reason, touch.due_at) == ("planned", "", TOMORROW)


def test_a_touch_by_hand_counts_and_is_written_down(world):
    activity = log_touch(
        account=world.account,
        contact=world.contact,
        channels=["call", "voicemail"],
        intent="ask",
        outcome="voicemail",
        by=world.rep,
        notes="left a message",
        at=A_TUESDAY - timedelta(hours=1),
        now=A_TUESDAY,
    )
    touch = Touch.objects.get()
    assert (touch.state, touch.dream_client, touch.activity) == ("done", world.dream_client, activity)
    assert (activity.channels, activity.intent, activity.at) == (
        ["call", "voicemail"],
        "ask",
        A_TUESDAY - timedelta(hours=1),
    )
    assert start(world, ("call", 0)).held_back == "At most 1 touch a contact a day"
