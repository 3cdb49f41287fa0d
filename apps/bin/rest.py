"""What is under way at something that goes into the bin rests there, and goes on when it comes back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from apps.bin.models import Deletion
from apps.mail.models import OutboundEmail
from apps.mail.services import cancel_email
from apps.sequences import flow
from apps.sequences.engine import may_go_on
from apps.sequences.models import Enrollment, EnrollmentQuerySet
from apps.sequences.planner import Planner
from apps.users.models import User

SENT_AFTER_ALL = timedelta(days=1)
"""What was called back leaves after all where it comes back within so long; later it would surprise its reader."""

Mail = OutboundEmail.State
State = Enrollment.State


@dataclass(frozen=True)
class Resting:
    """An enrollment that was put to rest, and how it was before."""

    pk: int
    account: int
    contact: int
    was: dict[str, Any]


def running() -> EnrollmentQuerySet:
    """Enrollments that have not ended, with what planning looks at."""
    rows: EnrollmentQuerySet = flow.whole().running()
    return rows


def enrollments(of: Q, *, by: User, why: str, now: datetime) -> list[Resting]:
    """Pause what runs there, without an end; the engine lets it be. The caller holds the accounts."""
    planner, resting = Planner(now), []
    for row in running().kept().filter(of).order_by("pk"):
        until = row.paused_until.isoformat() if row.paused_until else None
        was = {"state": row.state, "reason": row.reason, "until": until}
        if row.state == State.PAUSED:
            row.reason, row.paused_until = why, None
            row.save(update_fields=["reason", "paused_until"])
        else:
            flow.pause(row, reason=why, until=None, by=by, planner=planner)
        resting.append(Resting(row.pk, row.account_id, row.contact_id, was))
    return resting


def emails(to: Q) -> list[OutboundEmail]:
    """Call back what a person wrote and what still waits in the outbox. What is being handed over cannot be."""
    waiting = OutboundEmail.objects.filter(to, is_outreach=True, state__in=[Mail.SCHEDULED, Mail.CLAIMED])
    rows = waiting.distinct().order_by("pk")
    why = _("Not sent: whom it is to is in the bin.")
    return [email for email in rows if cancel_email(email=email, why=why)]


def undo(
    resting: Sequence[Resting], called_back: Sequence[OutboundEmail], *, account: int = 0, contact: int = 0
) -> dict[str, Any]:
    """What has to come back with one account or contact, or (with neither) with all of it."""
    mine = [
        one
        for one in resting
        if (not account or one.account == account) and (not contact or one.contact == contact)
    ]
    written = [
        email.pk
        for email in called_back
        if (not account or email.account_id == account) and (not contact or email.contact_id == contact)
    ]
    return {"enrollments": {str(one.pk): one.was for one in mine}, "emails": written}


def wake_up(undo: Mapping[str, Any], *, by: User, at: datetime, now: datetime) -> int:
    """What rested since `at` goes on, after the rest of its delay. Returns how many emails stay unsent.

    The caller holds the accounts, and what hid these rows is gone already.
    """
    planner = Planner(now)
    was_of = {int(pk): was for pk, was in undo.get("enrollments", {}).items()}
    rows = list(running().filter(pk__in=was_of).order_by("pk"))
    awake = set(running().kept().filter(pk__in=was_of).values_list("pk", flat=True))
    for row in rows:
        if row.pk in awake:
            _go_on(row, was_of[row.pk], by, planner)
        else:
            _pass_on(row, was_of[row.pk])
    waiting = OutboundEmail.objects.filter(pk__in=undo.get("emails", []), state=Mail.CANCELLED)
    if now - at > SENT_AFTER_ALL:
        return waiting.count()
    waiting.update(state=Mail.SCHEDULED, answer="")
    return 0


def _go_on(row: Enrollment, was: Mapping[str, Any], by: User, planner: Planner) -> None:
    if row.state != State.PAUSED:
        return
    if was["state"] == State.PAUSED:
        row.reason, row.paused_until = was["reason"], parse_datetime(was["until"] or "")
        row.save(update_fields=["reason", "paused_until"])
    elif may_go_on(row, planner=planner):
        if flow.free_places(row.account_id, planner.organisation.active_per_account) < 0:
            row.remaining_days = None  # a colleague of theirs took the place: wait for one
        flow.resume(row, by=by, planner=planner)


def _pass_on(row: Enrollment, was: Mapping[str, Any]) -> None:
    """It hangs on something else in the bin as well: it goes on when that comes back."""
    others = Q(account=row.account_id) | Q(contact=row.contact_id) | Q(list=row.dream_client.list_id)
    other = Deletion.objects.waiting().filter(others).select_for_update(no_key=True).first()
    if other is not None:
        other.undo = {**other.undo, "enrollments": {**other.undo.get("enrollments", {}), str(row.pk): was}}
        other.save(update_fields=["undo"])


def refresh(account_ids: Iterable[int]) -> None:
    """What comes next at these accounts is planned anew where tables read it."""
    flow.refresh_next_touch(account_ids)
