"""Writing sequences. Steps belong to a version; a version that somebody was enrolled on never changes again.

So editing the steps of such a sequence makes the next version, a copy with the change; whoever is on the way keeps the
one they started on. Whoever edits holds the version's row (`FOR UPDATE`), which enrolling has to pass
(`locks.hold_version`), so that nobody enrolls on a version while its steps change.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from apps.sequences.lint import errors_of
from apps.sequences.models import Schedule, Sequence, SequenceVersion, Step, Variant
from apps.users.models import Organisation, User
from apps.users.services import audit

Status = Sequence.Status

MOVES: dict[str, tuple[Status, ...]] = {
    Status.ACTIVE: (Status.DRAFT, Status.PAUSED, Status.ARCHIVED),
    Status.PAUSED: (Status.ACTIVE,),
    Status.ARCHIVED: (Status.DRAFT, Status.ACTIVE, Status.PAUSED),
}
"""From which states a sequence may be activated, paused and archived."""


class NotPossible(Exception):
    """The sequence is not in a state, or not such, that this can be done; `str()` says why."""


@dataclass
class StepText:
    """What a step says and how it goes, as a form has it."""

    channels: list[str]
    delay_days: int
    intent: str
    subject: str = ""
    body: str = ""
    insight_id: int | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """Those that the step's own row holds."""
        return {
            "channels": self.channels,
            "delay_days": self.delay_days,
            "intent": self.intent,
            "insight_id": self.insight_id,
        }


def default_schedule() -> Schedule:
    """The schedule that a sequence has where nobody chose one; made where there is none yet."""
    schedule = Schedule.objects.order_by("id").first()
    if schedule is None:
        organisation = Organisation.current()
        schedule, _made = Schedule.objects.get_or_create(
            name=_("Working days, 9 to 17"),
            defaults={"time_zone": organisation.time_zone, "country": organisation.country},
        )
    return schedule


def create_sequence(*, sequence: Sequence, by: User) -> Sequence:
    """Save a new sequence of `by`, a draft with its first version."""
    with transaction.atomic():
        sequence.owner = by
        sequence.save()
        SequenceVersion.objects.create(sequence=sequence, number=1, created_by=by)
        audit(by=by, action="sequence created", subject=sequence)
    return sequence


def set_status(*, sequence: Sequence, status: str, by: User) -> Sequence:
    """Activate, pause or archive. Raises NotPossible where it cannot be, with what is wrong.

    A paused or archived one sends nothing and plans nothing to be done; whoever is in it stays where they are.
    """
    with transaction.atomic():
        row = Sequence.objects.select_for_update().get(pk=sequence.pk)
        if row.status == status:
            return row
        if row.status not in MOVES.get(status, ()):
            raise NotPossible(_("This sequence is %s.") % row.get_status_display())
        if status == Status.ACTIVE and (wrong := errors_of(current_version(row))):
            raise NotPossible(" ".join(finding.said for finding in wrong))
        before, row.status = row.status, Status(status)
        row.save(update_fields=["status"])
        audit(by=by, action="sequence status", subject=row, detail={"status": [before, row.status]})
    return row


def current_version(sequence: Sequence) -> SequenceVersion:
    """The newest version: what an enrollment of now would start on, and what authors see."""
    return sequence.versions.latest("number")


# --- Steps --------------------------------------------------------------------------------------------------------


@dataclass
class Draft:
    """A version that may be changed, and which of its steps each step of the one before became."""

    version: SequenceVersion
    steps: dict[int, Step] = field(default_factory=dict)

    def in_order(self) -> list[Step]:
        """Its steps, first to last."""
        return sorted(self.steps.values(), key=lambda step: step.position)


def add_step(*, sequence: Sequence, text: StepText, by: User, after: Step | None = None) -> Step:
    """A new step, at the end or after another one."""
    with transaction.atomic():
        draft = _draft(sequence, by)
        order = draft.in_order()
        place = order.index(_in(draft, after)) + 1 if after else len(order)
        step = Step.objects.create(version=draft.version, position=len(order) + 1, **text.columns)
        Variant.objects.create(step=step, subject=text.subject, body=text.body)
        order.insert(place, step)
        _number(order)
        _changed(sequence, draft, by, "step added", step)
    return step


def change_step(*, step: Step, text: StepText, by: User) -> Step:
    """What a step says and when. Raises NotPossible where it belongs to a version that is no longer the newest."""
    with transaction.atomic():
        draft = _draft(step.version.sequence, by)
        row = _in(draft, step)
        for name, value in text.columns.items():
            setattr(row, name, value)
        row.save(update_fields=["channels", "delay_days", "intent", "insight"])
        variant = row.variants.first() or Variant(step=row)
        variant.subject, variant.body = text.subject, text.body
        variant.save()
        _changed(step.version.sequence, draft, by, "step changed", row)
    return row


def remove_step(*, step: Step, by: User) -> None:
    """Take a step out; those after it move up. Raises NotPossible like `change_step`."""
    with transaction.atomic():
        draft = _draft(step.version.sequence, by)
        row = _in(draft, step)
        _changed(step.version.sequence, draft, by, "step removed", row)
        order = [other for other in draft.in_order() if other != row]
        row.delete()
        _number(order)


def move_step(*, step: Step, by: User, places: int) -> Step:
    """Move a step up (-1) or down (1), as far as it goes. Raises NotPossible like `change_step`."""
    with transaction.atomic():
        draft = _draft(step.version.sequence, by)
        row = _in(draft, step)
        order = draft.in_order()
        place = order.index(row)
        order.insert(max(0, min(place + places, len(order) - 1)), order.pop(place))
        _number(order)
        _changed(step.version.sequence, draft, by, "step moved", row)
    return row


def _draft(sequence: Sequence, by: User) -> Draft:
    """The newest version, held; a copy of it where somebody is or was enrolled on it."""
    # The sequence first: two authors who waited for one version would both make the one after it.
    Sequence.objects.select_for_update(no_key=True).get(pk=sequence.pk)
    newest = SequenceVersion.objects.select_for_update().filter(sequence=sequence).latest("number")
    steps = list(newest.steps.prefetch_related("variants"))
    if not newest.enrollments.exists():
        return Draft(newest, {step.pk: step for step in steps})
    copy = SequenceVersion.objects.create(sequence=sequence, number=newest.number + 1, created_by=by)
    return Draft(copy, {step.pk: _copy(step, copy) for step in steps})


def _copy(step: Step, version: SequenceVersion) -> Step:
    copied = Step.objects.create(
        version=version,
        position=step.position,
        channels=step.channels,
        delay_days=step.delay_days,
        intent=step.intent,
        insight_id=step.insight_id,
    )
    for variant in step.variants.all():
        Variant.objects.create(
            step=copied,
            label=variant.label,
            weight=variant.weight,
            subject=variant.subject,
            body=variant.body,
        )
    return copied


def _in(draft: Draft, step: Step) -> Step:
    if step.pk not in draft.steps:
        raise NotPossible(_("Somebody changed this sequence meanwhile. Open the step again."))
    return draft.steps[step.pk]


def _number(order: Iterable[Step]) -> None:
    """Count the steps from 1. Their uniqueness is checked at the end of the transaction."""
    for position, step in enumerate(order, start=1):
        if step.position != position:
            step.position = position
            step.save(update_fields=["position"])


def _changed(sequence: Sequence, draft: Draft, by: User, action: str, step: Step) -> None:
    Sequence.objects.filter(pk=sequence.pk).update(version=F("version") + 1)
    audit(
        by=by,
        action=f"sequence {action}",
        subject=sequence,
        detail={"version": draft.version.number, "step": str(step)},
    )
