"""What happens to a meeting, and to everything around it."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.activities.models import Activity, Channel, Intent
from apps.dreamclients.models import DreamClient, RungReached
from apps.meetings import services
from apps.meetings.models import Meeting
from apps.sequences.models import Enrollment, Touch
from apps.users.models import User
from tests import factories as make

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 3, 13, 15, 0, tzinfo=UTC)


@pytest.fixture
def rep() -> User:
    return make.make_user(team=make.make_team())


@pytest.fixture
def dream_client(rep: User) -> DreamClient:
    return make.make_dream_client(owner=rep)


def book(dream_client: DreamClient, rep: User, **fields: object) -> Meeting:
    contact = make.make_contact(dream_client.account, phone="+1 555 0100")
    return services.book(
        contact=contact, owner=rep, by=rep, starts_at=make.A_TUESDAY + timedelta(days=2), about="Costs"
    )


def test_booking_climbs_and_tells(rep: User, dream_client: DreamClient) -> None:
    meeting = book(dream_client, rep)
    dream_client.refresh_from_db()
    assert dream_client.rung == "time_committed"
    activity = Activity.objects.get(kind=Activity.Kind.MEETING_BOOKED)
    assert (activity.contact, activity.subject, activity.data["meeting"]) == (
        meeting.contact,
        "Costs",
        meeting.pk,
    )
    assert RungReached.objects.get(rung="time_committed").cause == activity
    assert (meeting.dream_client, meeting.team_id) == (dream_client, dream_client.team_id)


def test_a_form_sent_twice_books_once(rep: User, dream_client: DreamClient) -> None:
    first = book(dream_client, rep)
    again = services.book(contact=first.contact, owner=rep, by=rep, starts_at=first.starts_at)
    assert again == first
    assert Activity.objects.filter(kind=Activity.Kind.MEETING_BOOKED).count() == 1
    services.cancel(meeting=first, by=rep)
    assert services.book(contact=first.contact, owner=rep, by=rep, starts_at=first.starts_at) != first


def test_booking_ends_the_contacts_sequence_and_pauses_the_others(
    rep: User, dream_client: DreamClient
) -> None:
    colleague = make.make_user("Bo")
    sequence = make.make_sequence(owner=rep)
    theirs, others = make.make_contact(dream_client.account), make.make_contact(dream_client.account)
    ending = make.make_enrollment(theirs, sequence, dream_client)
    pausing = make.make_enrollment(others, sequence, dream_client, owner=colleague)
    services.book(contact=theirs, owner=rep, by=rep, starts_at=make.A_TUESDAY, minutes=30)
    ending.refresh_from_db()
    pausing.refresh_from_db()
    assert ending.state == Enrollment.State.EXITED
    assert pausing.state == Enrollment.State.PAUSED
    assert colleague.notifications.count() == 1


def test_booking_with_an_account_that_is_no_dream_client(rep: User) -> None:
    contact = make.make_contact()
    meeting = services.book(contact=contact, owner=rep, by=rep, starts_at=make.A_TUESDAY)
    assert meeting.dream_client is None
    assert meeting.team_id == rep.home_team_id


def test_held_climbs_to_met(rep: User, dream_client: DreamClient) -> None:
    meeting = services.hold(meeting=book(dream_client, rep), notes="They want it by June", by=rep)
    dream_client.refresh_from_db()
    assert (meeting.state, meeting.notes, dream_client.rung) == ("held", "They want it by June", "met")
    assert Activity.objects.get(kind=Activity.Kind.MEETING_HELD).body == "They want it by June"


def test_missed_climbs_nothing_and_plans_a_recovery(rep: User, dream_client: DreamClient) -> None:
    touch = services.miss(meeting=book(dream_client, rep), by=rep, now=FRIDAY)
    dream_client.refresh_from_db()
    assert dream_client.rung == "time_committed"
    assert (touch.owner, touch.intent, touch.channels) == (rep, Intent.GIVE, [Channel.CALL])
    assert touch.due_at == datetime(2026, 3, 16, 9, 0, tzinfo=UTC), "the next business day, Monday"
    assert not touch.is_automatic
    assert dream_client.next_touch_at == touch.due_at


def test_whoever_has_no_phone_is_recovered_by_email(rep: User, dream_client: DreamClient) -> None:
    contact = make.make_contact(dream_client.account)
    meeting = services.book(contact=contact, owner=rep, by=rep, starts_at=make.A_TUESDAY)
    touch = services.miss(meeting=meeting, by=rep)
    assert touch.channels == [Channel.EMAIL]
    assert touch.subject
    assert "{{ first_name | there }}" in touch.body


def test_moving_keeps_the_row(rep: User, dream_client: DreamClient) -> None:
    meeting = book(dream_client, rep)
    moved = services.move(
        meeting=meeting, starts_at=meeting.starts_at + timedelta(days=1), by=rep, minutes=45
    )
    assert (moved.pk, moved.times_moved, moved.minutes, moved.state) == (meeting.pk, 1, 45, "booked")
    assert Activity.objects.filter(kind=Activity.Kind.MEETING_MOVED).count() == 1
    services.move(meeting=moved, starts_at=moved.starts_at, by=rep, place="Room 1")
    assert Activity.objects.filter(kind=Activity.Kind.MEETING_MOVED).count() == 1, (
        "the place alone is no move"
    )


def test_cancelled_stays_committed(rep: User, dream_client: DreamClient) -> None:
    services.cancel(meeting=book(dream_client, rep), by=rep)
    dream_client.refresh_from_db()
    assert dream_client.rung == "time_committed"
    assert not Touch.objects.exists()


@pytest.mark.parametrize("end", [services.hold, services.miss, services.cancel])
def test_nothing_ends_twice(rep: User, dream_client: DreamClient, end: object) -> None:
    meeting = book(dream_client, rep)
    services.hold(meeting=meeting, by=rep)
    with pytest.raises(services.NotPossible):
        end(meeting=meeting, by=rep)  # type: ignore[operator]
    assert Activity.objects.filter(kind__startswith="meeting_").count() == 2


def test_a_missed_one_may_be_corrected(rep: User, dream_client: DreamClient) -> None:
    meeting = book(dream_client, rep)
    other = make.make_touch(meeting.contact, owner=rep)
    recovery = services.miss(meeting=meeting, by=rep)
    services.hold(meeting=meeting, by=rep)
    dream_client.refresh_from_db()
    recovery.refresh_from_db()
    other.refresh_from_db()
    assert dream_client.rung == "met"
    assert (recovery.state, recovery.reason) == ("skipped", "the meeting took place")
    assert other.is_open
    assert dream_client.next_touch_at == other.due_at
