"""What happens to a meeting. Booking one is the first commitment: it makes the ladder climb and stops the sequences.

Every function locks the meeting, writes its activity in the same transaction, and raises `NotPossible` where the
meeting has ended meanwhile.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Contact
from apps.activities.models import Activity, Channel, Intent
from apps.activities.services import record
from apps.dreamclients.models import Rung
from apps.dreamclients.services import climb, current_for
from apps.meetings.models import Meeting
from apps.sequences.models import Touch
from apps.sequences.services import lock_account, refresh_next_touch, stop_account
from apps.users.models import Organisation, User
from opener.days import WorkingHours, local_day

State = Meeting.State


class NotPossible(Exception):
    """The meeting is over or cancelled, so this can no longer be done to it."""

    def __init__(self, meeting: Meeting) -> None:
        self.meeting = meeting
        super().__init__(_("This meeting is %s already.") % meeting.get_state_display())


def book(
    *,
    contact: Contact,
    owner: User,
    starts_at: datetime,
    minutes: int = 30,
    place: str = "",
    about: str = "",
    by: User,
    now: datetime | None = None,
) -> Meeting:
    """Book a meeting with `contact`: the first commitment.

    The dream client reaches *time committed*, the contact's sequences end, those of colleagues there pause. A form that
    was sent twice books once: the same person at the same moment is the same meeting.
    """
    now = now or timezone.now()
    account = contact.account
    with transaction.atomic():
        lock_account(account.pk)
        same = Meeting.objects.filter(
            contact=contact, owner=owner, starts_at=starts_at, state=State.BOOKED
        ).first()
        if same is not None:
            return same
        dream_client = current_for(account)
        team_id = dream_client.team_id if dream_client else account.team_id or owner.home_team_id
        meeting = Meeting.objects.create(
            dream_client=dream_client,
            account=account,
            contact=contact,
            owner=owner,
            team_id=team_id,
            starts_at=starts_at,
            minutes=minutes,
            place=place,
            about=about,
            booked_at=now,
        )
        cause = _record(meeting, Activity.Kind.MEETING_BOOKED, by, now)
        _climb(meeting, Rung.TIME_COMMITTED, cause)
        stop_account(
            account=account,
            contact=contact,
            reason=_("meeting booked"),
            by=by,
            pause_others=True,
            cause="meeting",
            now=now,
        )
    return meeting


def move(
    *,
    meeting: Meeting,
    starts_at: datetime,
    by: User,
    minutes: int | None = None,
    place: str | None = None,
    now: datetime | None = None,
) -> Meeting:
    """Give it another time. It stays the same row, so that it counts once."""
    with transaction.atomic():
        row = _locked(meeting, State.PROPOSED, State.BOOKED)
        before = row.starts_at
        row.starts_at = starts_at
        row.minutes = row.minutes if minutes is None else minutes
        row.place = row.place if place is None else place
        row.state = State.BOOKED
        row.times_moved += before != starts_at
        row.save(update_fields=["starts_at", "minutes", "place", "state", "times_moved"])
        if before != starts_at:
            _record(row, Activity.Kind.MEETING_MOVED, by, now, before=before.isoformat())
    return row


def hold(*, meeting: Meeting, notes: str = "", by: User, now: datetime | None = None) -> Meeting:
    """It took place: the dream client reaches *met*. Corrects one that was said to be missed: nothing is recovered then."""
    with transaction.atomic():
        lock_account(meeting.account_id)
        row = _locked(meeting, State.PROPOSED, State.BOOKED, State.MISSED)
        missed_at = row.ended_at
        _end(row, State.HELD, now, notes)
        if missed_at is not None:
            _drop_recovery(row, missed_at)
        cause = _record(row, Activity.Kind.MEETING_HELD, by, row.ended_at, body=notes)
        _climb(row, Rung.MET, cause)
    return row


def miss(*, meeting: Meeting, by: User, notes: str = "", now: datetime | None = None) -> Touch:
    """They did not come. Climbs nothing; plans the recovery touch that is returned."""
    with transaction.atomic():
        lock_account(meeting.account_id)
        row = _locked(meeting, State.PROPOSED, State.BOOKED)
        missed_at = _end(row, State.MISSED, now, notes)
        _record(row, Activity.Kind.MEETING_MISSED, by, missed_at, body=notes)
        return _plan_recovery(row, missed_at)


def cancel(*, meeting: Meeting, by: User, notes: str = "", now: datetime | None = None) -> Meeting:
    """It will not take place. What was reached stays reached."""
    with transaction.atomic():
        row = _locked(meeting, State.PROPOSED, State.BOOKED)
        _end(row, State.CANCELLED, now, notes)
        _record(row, Activity.Kind.MEETING_CANCELLED, by, row.ended_at, body=notes)
    return row


def _locked(meeting: Meeting, *states: Meeting.State) -> Meeting:
    # Locked without its relations: what changed while we waited would no longer match the rows joined before.
    Meeting.objects.select_for_update(no_key=True).get(pk=meeting.pk)
    row = Meeting.objects.select_related("account", "contact__account", "owner", "dream_client").get(
        pk=meeting.pk
    )
    if row.state not in states:
        raise NotPossible(row)
    return row


def _end(row: Meeting, state: Meeting.State, now: datetime | None, notes: str) -> datetime:
    now = now or timezone.now()
    row.state, row.ended_at, row.notes = state, now, notes or row.notes
    row.save(update_fields=["state", "ended_at", "notes"])
    return now


def _record(row: Meeting, kind: str, by: User, at: datetime | None, body: str = "", **data: Any) -> Activity:
    return record(
        kind=kind,
        account=row.account,
        contact=row.contact,
        by=by,
        at=at,
        team_id=row.team_id,
        subject=row.about,
        body=body,
        data={"meeting": row.pk, "starts_at": row.starts_at.isoformat(), **data},
    )


def _climb(row: Meeting, rung: Rung, cause: Activity) -> None:
    """Up the ladder, where the account still is the dream client that it was when the meeting was booked."""
    if row.dream_client is not None and row.dream_client.left_at is None:
        climb(dream_client=row.dream_client, rung=rung, cause=cause)


def _plan_recovery(row: Meeting, missed_at: datetime) -> Touch:
    """A touch by hand on the owner's next business day: something worth their time first, then two new times."""
    can_call = bool(row.contact.phone) and not row.contact.is_opted_out(Channel.CALL)
    touch = Touch.objects.create(
        dream_client=row.dream_client,
        account=row.account,
        contact=row.contact,
        team_id=row.team_id,
        owner=row.owner,
        channels=[Channel.CALL if can_call else Channel.EMAIL],
        intent=Intent.GIVE,
        due_at=_next_business_morning(row.owner, missed_at),
        subject=_("Our meeting"),
        body=_recovery_text(can_call=can_call),
        created_at=missed_at,
    )
    refresh_next_touch([row.account_id])
    return touch


def _drop_recovery(row: Meeting, missed_at: datetime) -> None:
    """The touch that was planned by hand at that very moment has nothing to recover any more."""
    planned = row.contact.touches.open().filter(enrollment=None, owner=row.owner, created_at=missed_at)
    planned.update(state=Touch.State.SKIPPED, reason=_("the meeting took place"))
    refresh_next_touch([row.account_id])


def _recovery_text(*, can_call: bool) -> str:
    if can_call:
        return _(
            "They missed our meeting. Bring the one thing that was worth their time, without reproach, "
            "and offer two new times."
        )
    return _(
        "Hello {{ first_name | there }},\n\nwe missed each other. Here is the point I wanted to bring you:\n\n…\n\n"
        "Would another time suit you better?\n\n{{ sender_first_name }}"
    )


def _next_business_morning(owner: User, after: datetime) -> datetime:
    hours: WorkingHours = owner.working_hours(Organisation.current().country)
    day = hours.add_business_days(local_day(after, owner.time_zone), 1)
    return hours.window(day)[0]
