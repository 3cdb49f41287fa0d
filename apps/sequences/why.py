"""Why not today: where an enrollment stands, the rule that holds it back, and the next moment it may move.

It reads what the planning wrote down (`held_back`, `due_at`), so that it says what the engine goes by.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.sequences.checking import is_parked
from apps.sequences.models import Enrollment, EnrollmentQuerySet, Sequence, Touch


@dataclass(frozen=True)
class Why:
    """Where it stands in words, the rule that holds it back ("" for none), and when it may move (None: not by itself)."""

    text: str
    rule: str = ""
    at: datetime | None = None


def why(
    enrollment: Enrollment, now: datetime | None = None, *, touches: Iterable[Touch] | None = None
) -> Why:
    """Why nothing more happens today. Prefetch `touches__step`, `touches__email` (see `with_touches`) for many.

    Whoever has fetched its open and failed touches already gives them as `touches`.
    """
    now = now or timezone.now()
    state = Enrollment.State(enrollment.state)
    if state == Enrollment.State.FINISHED:
        text = _("Finished. The dream client is back on its cadence.")
        return Why(text, at=enrollment.dream_client.cold_at)
    if state == Enrollment.State.EXITED:
        return Why(_("Ended: %(reason)s") % {"reason": enrollment.reason})
    if state == Enrollment.State.PAUSED:
        text = _("Paused: %(reason)s") % {"reason": enrollment.reason}
        return Why(
            text, "" if enrollment.paused_until else _("A person has to resume it"), enrollment.paused_until
        )
    if state == Enrollment.State.WAITING:
        return Why(_("Waiting to start"), _("Other contacts of this account are in sequences"))
    return _sequence_rests(enrollment, now) or _of_touch(current_touch(enrollment, touches), now)


def current_touch(enrollment: Enrollment, touches: Iterable[Touch] | None = None) -> Touch | None:
    """The touch that it stands at: open or failed."""
    given = enrollment.touches.all() if touches is None else touches
    at_hand = [touch for touch in given if touch.is_open or touch.state == Touch.State.FAILED]
    return min(at_hand, key=lambda touch: (touch.due_at, touch.pk), default=None)


def _sequence_rests(enrollment: Enrollment, now: datetime) -> Why | None:
    if enrollment.sequence.status != Sequence.Status.ACTIVE:
        status = enrollment.sequence.get_status_display()
        return Why(_("The sequence is %(status)s") % {"status": status}, _("Somebody has to activate it"))
    if is_parked(enrollment.dream_client, now):
        return Why(_("The dream client is parked"), "", enrollment.dream_client.parked_until)
    return None


def _of_touch(touch: Touch | None, now: datetime) -> Why:
    if touch is None:
        return Why(_("Nothing is planned"))
    names = {"number": touch.step.position if touch.step else "", "channels": touch.channel_names}
    if touch.state == Touch.State.FAILED:
        text = _("Step %(number)s, %(channels)s, failed") % names
        return Why(text, touch.reason)
    if touch.email is not None:
        return Why(_("Step %(number)s, %(channels)s, is on its way") % names, touch.email.answer)
    if touch.state == Touch.State.DUE or (touch.due_at <= now and not touch.is_automatic):
        return Why(_("Step %(number)s, %(channels)s, is due") % names, "", touch.due_at)
    text = _("Step %(number)s, %(channels)s, is planned") % names
    return Why(text, touch.held_back or _delay(touch), touch.due_at)


def _delay(touch: Touch) -> str:
    days = touch.step.delay_days if touch.step else 0
    if not days:
        return ""
    one_or_more = ngettext(
        "%(days)d business day after the step before", "%(days)d business days after the step before", days
    )
    return one_or_more % {"days": days}


@dataclass(frozen=True)
class Line:
    """One enrollment as a record page shows it."""

    enrollment: Enrollment
    why: Why
    touch: Touch | None
    may_edit: bool


def with_touches() -> EnrollmentQuerySet:
    """Enrollments with all that `why` reads, in two queries."""
    touches = Touch.objects.select_related("step", "email").order_by("due_at", "id")
    return Enrollment.objects.select_related(
        "contact__account", "account", "sequence", "owner", "dream_client"
    ).prefetch_related(Prefetch("touches", touches))
