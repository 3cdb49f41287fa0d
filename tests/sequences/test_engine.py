import threading
from datetime import timedelta

import pytest
from django.db import connection

from apps.accounts.models import Contact
from apps.activities.models import Activity, Notification
from apps.mail.models import OutboundEmail, Suppression
from apps.sequences import touches
from apps.sequences.engine import is_bounce, tick
from apps.sequences.models import Enrollment, Sequence, Touch
from apps.sequences.services import (
    complete_touch,
    exit_enrollment,
    pause_enrollment,
    send_manual_email,
    skip_touch,
)
from tests.factories import A_TUESDAY, make_activity, make_contact
from tests.sequences.world import SOON, end, start

Mail = OutboundEmail.State
NOTHING = dict.fromkeys(["taken up", "told", "signals", "woken", "let in", "due", "sent"], 0)


def test_an_automatic_touch_goes_into_the_outbox_once(world, in_outbox):
    assert tick(now=A_TUESDAY) == NOTHING

    email = OutboundEmail.objects.get()
    assert (in_outbox.state, in_outbox.email) == ("due", email)
    assert (email.key, email.to_address) == (f"touch:{in_outbox.pk}", world.contact.email)
    assert (email.is_outreach, email.mailbox, email.user) == (True, world.rep.mailboxes.get(), world.rep)
    assert (email.subject, email.due_at) == ("A figure for Acme", A_TUESDAY)
    assert email.text == "Hello Carla,\n\nthis may help.\n\nAnn"
    assert email.send_until == A_TUESDAY.replace(hour=17)
    assert not Activity.objects.touches().exists()


def test_an_accepted_email_makes_the_touch_done_and_plans_the_next(world, in_outbox):
    end(in_outbox.email, Mail.ACCEPTED)
    assert tick(now=SOON + timedelta(minutes=1))["taken up"] == 1
    assert tick(now=SOON + timedelta(minutes=1)) == NOTHING

    in_outbox.refresh_from_db()
    assert (in_outbox.state, in_outbox.done_at, in_outbox.outcome) == ("done", SOON, "sent")
    activity = Activity.objects.touches().get()
    assert (activity.at, activity.source, activity.by, activity.subject) == (
        SOON,
        "engine",
        world.rep,
        "A figure for Acme",
    )
    following = Touch.objects.get(step__position=2)
    assert following.due_at == (A_TUESDAY + timedelta(days=1)).replace(hour=9)
    world.dream_client.refresh_from_db()
    assert (world.dream_client.rung, world.dream_client.next_touch_at) == ("touched", following.due_at)


def test_a_refused_address_is_a_bounce(world, in_outbox):
    end(in_outbox.email, Mail.REFUSED, answer="550 5.1.1 No such user")
    tick(now=SOON)

    in_outbox.refresh_from_db()
    assert in_outbox.state == "failed"
    assert "No such user" in in_outbox.reason
    assert in_outbox.enrollment.__class__.objects.get().state == "exited"
    assert Suppression.objects.get().reason == "bounced"
    assert set(Activity.objects.values_list("kind", flat=True)) >= {"touch_failed", "bounce", "exited"}


def test_the_address_that_bounced_is_suppressed_and_not_the_one_that_replaced_it(world, in_outbox):
    wrong = world.contact.email
    world.contact.emails.update(address="right@acme.example")
    end(in_outbox.email, Mail.REFUSED, answer="550 5.1.1 No such user")
    tick(now=SOON)
    assert Suppression.objects.get().address == wrong


@pytest.mark.parametrize(
    ("answer", "bounces"),
    [
        ("550 5.1.1 no such user", True),
        ("550 no such user", True),
        ("550 5.2.1 disabled", True),
        ("552 5.2.2 mailbox full", False),
        ("550 5.7.1 looks like spam", False),
        ("554 rejected", False),
        ("554 Your host 85.5.1.20 is on a list", False),
        ("554 5.1.2.3 is on a list", False),
    ],
)
def test_what_a_5xx_says_about_the_address(answer, bounces):
    assert is_bounce(answer) is bounces


@pytest.mark.parametrize(
    ("state", "answer"),
    [(Mail.REFUSED, "554 5.7.1 spam"), (Mail.FAILED, "no route"), (Mail.UNKNOWN, "lost")],
)
def test_what_did_not_arrive_fails_visibly_and_waits_for_a_person(world, in_outbox, state, answer):
    end(in_outbox.email, state, answer=answer)
    tick(now=SOON)
    assert tick(now=SOON) == NOTHING

    in_outbox.refresh_from_db()
    assert in_outbox.state == "failed"
    assert answer in in_outbox.reason
    assert answer in Activity.objects.get(kind="touch_failed").body
    assert Notification.objects.filter(user=world.rep, text__contains=answer).count() == 1
    assert Enrollment.objects.get().state == "active"
    skip_touch(touch=in_outbox, by=world.rep, reason="never mind", now=SOON)
    assert Touch.objects.filter(step__position=2).exists()


def test_an_email_that_a_person_settles_or_sends_again_is_taken_up(world, in_outbox):
    end(in_outbox.email, Mail.UNKNOWN)
    tick(now=SOON)
    end(in_outbox.email, Mail.SCHEDULED)
    tick(now=SOON)
    in_outbox.refresh_from_db()
    assert (in_outbox.state, in_outbox.reason) == ("due", "")
    end(in_outbox.email, Mail.ACCEPTED)
    tick(now=SOON)
    in_outbox.refresh_from_db()
    assert in_outbox.state == "done"


def test_a_cancelled_email_skips_the_touch(world, in_outbox):
    end(in_outbox.email, Mail.CANCELLED, answer="not to be written to")
    tick(now=SOON)
    in_outbox.refresh_from_db()
    assert (in_outbox.state, in_outbox.reason) == ("skipped", "not to be written to")


def test_an_exit_calls_the_email_back(world, in_outbox):
    exit_enrollment(enrollment=in_outbox.enrollment, reason="no", by=world.rep, now=SOON)
    in_outbox.refresh_from_db()
    assert (in_outbox.state, in_outbox.email.state) == ("skipped", "cancelled")


def test_what_is_being_handed_over_counts_as_done_when_it_was_accepted(world, in_outbox):
    import uuid

    end(in_outbox.email, Mail.HANDING_OVER, claim_token=uuid.uuid4(), claimed_until=SOON)
    exit_enrollment(enrollment=in_outbox.enrollment, reason="no", by=world.rep, now=SOON)
    in_outbox.refresh_from_db()
    assert in_outbox.state == "due"
    end(in_outbox.email, Mail.ACCEPTED)
    tick(now=SOON)
    in_outbox.refresh_from_db()
    assert in_outbox.state == "done"
    assert not Touch.objects.filter(step__position=2).exists()


def test_a_pause_calls_the_email_back_and_sends_it_anew_after(world, in_outbox):
    until = A_TUESDAY + timedelta(days=1)
    pause_enrollment(enrollment=in_outbox.enrollment, until=until, by=world.rep, now=SOON)
    assert OutboundEmail.objects.get().state == "cancelled"
    assert tick(now=SOON) == NOTHING
    result = tick(now=until)
    assert (result["woken"], result["sent"]) == (1, 1)
    assert OutboundEmail.objects.get(state="scheduled").key != in_outbox.email.key


def test_an_email_of_a_paused_one_that_was_accepted_leaves_the_next_delay_for_later(world, in_outbox):
    import uuid

    end(in_outbox.email, Mail.HANDING_OVER, claim_token=uuid.uuid4(), claimed_until=SOON)
    pause_enrollment(enrollment=in_outbox.enrollment, by=world.rep, now=SOON)
    end(in_outbox.email, Mail.ACCEPTED)
    tick(now=SOON)
    enrollment = Enrollment.objects.get()
    assert (enrollment.state, enrollment.remaining_days) == ("paused", 1)


def test_a_missing_variable_fails_visibly_and_names_itself(world):
    touch = start(world, {"channels": ["auto_email"], "body": "{{ title | x }}"})
    touch.variant.__class__.objects.update(body="You are {{ title }}")
    tick(now=A_TUESDAY)
    touch.refresh_from_db()
    assert touch.state == "failed"
    assert "title" in touch.reason
    assert not OutboundEmail.objects.exists()


def test_nothing_leaves_outside_the_hours_nor_over_a_cap(world):
    touch = start(world, ("auto_email", 0))
    saturday = A_TUESDAY + timedelta(days=4)
    tick(now=saturday)
    touch.refresh_from_db()
    assert touch.due_at == (saturday + timedelta(days=2)).replace(hour=9)
    assert touch.held_back == "Outside sending hours"

    make_activity(world.account, by=world.manager, contact=world.contact, at=touch.due_at)
    tick(now=touch.due_at)
    touch.refresh_from_db()
    assert touch.state == "planned"
    assert touch.held_back == "At most 1 touch a contact a day"
    assert not OutboundEmail.objects.exists()


def test_the_week_of_an_account_holds_over_its_contacts_within_one_tick(world):
    from apps.users.models import Organisation

    Organisation.objects.update_or_create(pk=1, defaults={"account_week_cap": 3, "active_per_account": 9})
    contacts = [world.contact, *(make_contact(world.account) for _ in range(5))]
    start(world, ("auto_email", 0), contacts=contacts)
    Touch.objects.update(due_at=A_TUESDAY)
    tick(now=A_TUESDAY)
    assert OutboundEmail.objects.count() == 3
    held = Touch.objects.filter(state="planned")
    assert {touch.held_back for touch in held} == {"At most 3 touches an account a week"}


def test_a_paused_sequence_sends_nothing(world):
    start(world, ("auto_email", 0))
    Sequence.objects.update(status="paused")
    assert tick(now=A_TUESDAY) == NOTHING
    Sequence.objects.update(status="active")
    assert tick(now=A_TUESDAY)["sent"] == 1


def test_a_manual_touch_falls_due_when_its_moment_comes(world):
    touch = start(world, ("call", 1))
    assert tick(now=A_TUESDAY) == NOTHING
    assert tick(now=touch.due_at)["due"] == 1
    touch.refresh_from_db()
    assert touch.state == "due"


def test_a_manual_touch_moves_where_a_cap_is_in_the_way(world):
    touch = start(world, ("call", 0))
    make_activity(world.account, by=world.manager, contact=world.contact, at=A_TUESDAY)
    tick(now=A_TUESDAY)
    touch.refresh_from_db()
    assert (touch.state, touch.due_at) == ("planned", (A_TUESDAY + timedelta(days=1)).replace(hour=9))
    assert touch.held_back


def test_whoever_waits_is_let_in_where_a_place_is_free(world):
    start(world, ("call", 0), contacts=[world.contact, world.colleague, make_contact(world.account)])
    assert tick(now=A_TUESDAY - timedelta(minutes=1))["let in"] == 0
    Enrollment.objects.filter(contact=world.contact).update(state="exited", reason="x", ended_at=A_TUESDAY)
    assert tick(now=A_TUESDAY)["let in"] == 1
    assert tick(now=A_TUESDAY)["let in"] == 0


def test_a_manual_email_that_did_not_arrive_is_told_once(world):
    touch = start(world, ("email", 0), ("call", 1))
    send_manual_email(touch=touch, by=world.rep, subject="Hello", body="A figure", now=A_TUESDAY)
    touch.refresh_from_db()
    end(touch.email, Mail.FAILED, answer="no route")
    tick(now=SOON)
    assert tick(now=SOON) == NOTHING
    touch.refresh_from_db()
    assert touch.state == "done"
    assert "no route" in touch.reason
    assert Activity.objects.filter(kind="touch_failed").count() == 1
    assert Notification.objects.filter(user=world.rep).count() == 1


def test_a_failed_email_that_a_person_calls_done_is_not_told_again(world, in_outbox):
    end(in_outbox.email, Mail.UNKNOWN)
    tick(now=SOON)
    complete_touch(touch=in_outbox, by=world.rep, outcome="sent", now=SOON)
    assert tick(now=SOON) == NOTHING


def test_one_row_that_breaks_does_not_stop_the_others(world, monkeypatch):
    start(world, ("auto_email", 0), contacts=[world.contact, world.colleague])
    Touch.objects.update(due_at=A_TUESDAY)
    compose = touches.compose

    def breaks(touch):
        if touch.contact == world.contact:
            raise RuntimeError("broken")
        return compose(touch)

    monkeypatch.setattr(touches, "compose", breaks)
    assert tick(now=A_TUESDAY)["sent"] == 1
    assert Touch.objects.get(contact=world.contact).state == "failed"
    assert Touch.objects.get(contact=world.colleague).state == "due"


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_send_each_touch_once_and_keep_the_caps(world):
    from apps.users.models import Organisation

    Organisation.objects.update_or_create(pk=1, defaults={"account_week_cap": 4, "active_per_account": 99})
    contacts = [make_contact(world.account) for _ in range(8)]
    start(world, ("auto_email", 0), contacts=contacts)
    Touch.objects.update(due_at=A_TUESDAY)
    Contact.objects.all()
    barrier = threading.Barrier(3)

    def go():
        try:
            barrier.wait()
            tick(now=A_TUESDAY)
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tick(now=A_TUESDAY)  # what a tick passed over because another one held the account

    assert OutboundEmail.objects.count() == 4
    assert Touch.objects.filter(state="due").count() == 4
    assert not Touch.objects.filter(state="failed").exists()


def test_an_idle_tick_asks_few_questions(world, django_assert_max_num_queries):
    start(world, ("auto_email", 5))
    with django_assert_max_num_queries(12):
        assert tick(now=A_TUESDAY) == NOTHING
