from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.accounts.models import Contact, OptOut
from apps.activities.models import Activity, Notification
from apps.mail.models import Suppression
from apps.sequences.models import Touch
from apps.sequences.services import complete_touch, enroll, pause_enrollment, receive
from tests.factories import A_TUESDAY, make_sequence


@pytest.fixture
def running(world):
    """Two contacts of one account on their way."""
    sequence = make_sequence(("call", 0), ("call", 3), owner=world.rep, schedule=world.schedule)
    result = enroll(
        contacts=[world.contact, world.colleague],
        sequence=sequence,
        dream_client=world.dream_client,
        by=world.rep,
        now=A_TUESDAY,
    )
    return result.entered


def reload(rows):
    for row in rows:
        row.refresh_from_db()
    return [row.state for row in rows]


def test_a_reply_stops_the_contact_pauses_the_others_and_climbs(world, running):
    touch = Touch.objects.get(contact=world.contact)
    complete_touch(touch=touch, by=world.rep, outcome="no_answer", now=A_TUESDAY)
    later = A_TUESDAY + timedelta(hours=3)

    activity = receive(
        kind="reply", contact=world.contact, at=later, text="Tell me more", sentiment="positive", now=later
    )

    assert reload(running) == ["exited", "paused"]
    assert running[0].reason == f"{world.contact} replied"
    assert not Touch.objects.open().exists()
    world.dream_client.refresh_from_db()
    assert world.dream_client.rung == "engaged"
    assert (activity.kind, activity.source, activity.by, activity.body) == (
        "reply",
        "contact",
        world.rep,
        "Tell me more",
    )
    assert activity.data["sentiment"] == "positive"
    assert activity.data["touch"] == touch.pk
    assert Notification.objects.filter(user=world.rep, text__contains="replied").exists()


def test_a_sequence_may_go_on_after_a_reply(world, running):
    running[0].sequence.__class__.objects.update(exit_on_reply=False)
    receive(kind="reply", contact=world.contact, by=world.rep, now=A_TUESDAY)
    assert reload(running) == ["active", "paused"]


def test_an_automatic_reply_changes_nothing(world, running):
    activity = receive(kind="auto_reply", contact=world.contact, text="Ticket 12", now=A_TUESDAY)
    assert activity.kind == "auto_reply"
    assert reload(running) == ["active", "active"]
    world.dream_client.refresh_from_db()
    assert world.dream_client.rung == "targeted"


def test_an_out_of_office_pauses_until_the_day_after_the_return(world, running):
    Contact.objects.filter(pk=world.contact.pk).update(time_zone="America/New_York")
    receive(kind="out_of_office", contact=world.contact, returns_on=date(2026, 3, 20), now=A_TUESDAY)
    assert reload(running) == ["paused", "active"]
    assert running[0].paused_until == datetime(2026, 3, 21, tzinfo=ZoneInfo("America/New_York"))
    assert running[0].reason == "out of office"


def test_an_out_of_office_without_a_date_pauses_for_five_business_days(world, running):
    receive(kind="out_of_office", contact=world.contact, now=A_TUESDAY)
    reload(running)
    assert running[0].paused_until == A_TUESDAY.replace(day=17, hour=9)


@pytest.mark.parametrize("until", [None, A_TUESDAY + timedelta(days=90)])
def test_an_out_of_office_shortens_no_pause(world, running, until):
    pause_enrollment(enrollment=running[0], by=world.rep, until=until, now=A_TUESDAY)
    receive(kind="out_of_office", contact=world.contact, returns_on=date(2026, 3, 20), now=A_TUESDAY)
    running[0].refresh_from_db()
    assert (running[0].paused_until, running[0].reason) == (until, "paused by hand")


def test_a_bounce_suppresses_the_address_and_ends(world, running):
    receive(kind="bounce", contact=world.contact, text="550 5.1.1 no such user", now=A_TUESDAY)
    assert reload(running) == ["exited", "active"]
    assert Suppression.objects.get().address == world.contact.email
    assert Activity.objects.filter(kind="bounce").count() == 1


def test_an_opt_out_is_kept_for_ever_and_ends(world, running):
    receive(kind="opt_out", contact=world.contact, by=world.rep, text="by phone", now=A_TUESDAY)
    receive(kind="opt_out", contact=world.contact, by=world.rep, now=A_TUESDAY)
    assert reload(running) == ["exited", "active"]
    assert (OptOut.objects.get().channel, OptOut.objects.get().by) == ("all", world.rep)
    assert Suppression.objects.get().reason == "opted_out"


def test_an_opt_out_of_calls_leaves_the_address(world, running):
    receive(kind="opt_out", contact=world.contact, channel="call", by=world.rep, now=A_TUESDAY)
    assert reload(running) == ["exited", "active"]
    assert not Suppression.objects.exists()


def test_an_unknown_kind_is_an_error(world):
    with pytest.raises(ValueError, match="smoke"):
        receive(kind="smoke", contact=world.contact)
