from datetime import timedelta

import pytest

from apps.sequences.engine import tick
from apps.sequences.models import Enrollment, Sequence, Touch
from apps.sequences.services import enroll, exit_enrollment, pause_enrollment
from apps.sequences.why import why, with_touches
from tests.factories import A_TUESDAY, make_activity, make_contact, make_sequence


@pytest.fixture
def enrollment(world):
    sequence = make_sequence(("call", 2), owner=world.rep, schedule=world.schedule)
    return enroll(
        contacts=[world.contact],
        sequence=sequence,
        dream_client=world.dream_client,
        by=world.rep,
        now=A_TUESDAY,
    ).entered[0]


def say(enrollment, now=A_TUESDAY):
    found = why(Enrollment.objects.get(pk=enrollment.pk), now)
    return found.text, found.rule, found.at


def test_planned(enrollment):
    at = (A_TUESDAY + timedelta(days=2)).replace(hour=9)
    assert say(enrollment) == ("Step 1, call, is planned", "2 business days after the step before", at)
    assert say(enrollment, at) == ("Step 1, call, is due", "", at)


def test_held_back_by_a_cap(world, enrollment):
    at = Touch.objects.get().due_at
    make_activity(world.account, by=world.manager, contact=world.contact, at=at)
    tick(now=at)
    text, rule, moment = say(enrollment, at)
    assert (text, rule) == ("Step 1, call, is planned", "At most 1 touch a contact a day")
    assert moment == at + timedelta(days=1)


def test_paused_and_ended(world, enrollment):
    until = A_TUESDAY + timedelta(days=9)
    pause_enrollment(enrollment=enrollment, reason="trade fair", until=until, by=world.rep, now=A_TUESDAY)
    assert say(enrollment) == ("Paused: trade fair", "", until)
    pause_enrollment(enrollment=enrollment, reason="asked to", by=world.rep, now=A_TUESDAY)
    assert say(enrollment) == ("Paused: asked to", "A person has to resume it", None)
    exit_enrollment(enrollment=enrollment, reason="wrong person", by=world.rep, now=A_TUESDAY)
    assert say(enrollment) == ("Ended: wrong person", "", None)


def test_what_rests_above_it(world, enrollment):
    world.dream_client.__class__.objects.update(parked_until=A_TUESDAY + timedelta(days=3))
    assert say(enrollment)[0] == "The dream client is parked"
    Sequence.objects.update(status="paused")
    assert say(enrollment)[:2] == ("The sequence is paused", "Somebody has to activate it")


def test_failed(enrollment):
    Touch.objects.update(state="failed", reason="no such variable")
    assert say(enrollment)[:2] == ("Step 1, call, failed", "no such variable")


def test_finished_is_back_on_its_cadence(world, enrollment):
    Enrollment.objects.update(state="finished", ended_at=A_TUESDAY)
    assert say(enrollment)[2] == world.dream_client.cold_at


def test_many_are_told_in_few_queries(world, enrollment, django_assert_max_num_queries):
    for number in range(3):
        contact = make_contact(world.account, first_name=f"N{number}")
        enroll(
            contacts=[contact],
            sequence=enrollment.sequence,
            dream_client=world.dream_client,
            by=world.rep,
            now=A_TUESDAY,
        )
    with django_assert_max_num_queries(2):
        told = [why(row, A_TUESDAY).text for row in with_touches().order_by("id")]
    assert told == ["Step 1, call, is planned"] * 2 + ["Waiting to start"] * 2
