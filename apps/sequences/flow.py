"""How an enrollment moves: the next touch is planned when the one before is done, until it finishes or ends.

The building blocks of the services and the engine. Their callers hold the account (`locks.lock_account`) and are in a
transaction.
"""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Max, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.activities.models import Activity, Channel
from apps.activities.services import record
from apps.dreamclients.models import DreamClient
from apps.mail.models import Mailbox
from apps.mail.services import cancel_email
from apps.sequences.models import Enrollment, Step, Touch, Variant
from apps.sequences.planner import Planner
from apps.sequences.planning import remaining_days
from apps.users.models import User

State = Enrollment.State


def record_url(account_id: int) -> str:
    """The page of an account."""
    return reverse("record", args=[account_id])


def family(channel: str) -> str:
    """Under which channel somebody opts out of this one: an automatic email is an email, a voicemail a call."""
    return {Channel.AUTO_EMAIL: "email", Channel.VOICEMAIL: "call"}.get(Channel(channel), str(channel))


def write(
    kind: str, about: Enrollment | Touch, *, by: User | None, at: datetime, source: str = "", **fields: Any
) -> Activity:
    """Append what happened to an enrollment or a touch. Without a person it was the engine."""
    source = source or (Activity.Source.USER if by else Activity.Source.ENGINE)
    data = fields.pop("data", {}) | _names(about)
    return record(
        kind=kind,
        account=about.account,
        contact=about.contact,
        by=by or about.owner,
        at=at,
        team_id=about.team_id,
        source=source,
        data=data,
        **fields,
    )


def _names(about: Enrollment | Touch) -> dict[str, Any]:
    """What an activity says of where it came from."""
    if isinstance(about, Enrollment):
        return {"enrollment": about.pk, "sequence": about.sequence_id}
    data: dict[str, Any] = {"touch": about.pk}
    if about.enrollment is not None:
        data |= _names(about.enrollment)
    if about.step is not None:
        data |= {"step": about.step.position, "variant": about.variant_id}
    return data


def next_step(enrollment: Enrollment) -> Step | None:
    """The step after the last one that has a touch; None behind the last."""
    last = enrollment.touches.aggregate(last=Max("step__position"))["last"] or 0
    return enrollment.sequence_version.steps.filter(position__gt=last).order_by("position").first()


def advance(
    enrollment: Enrollment, *, planner: Planner, after: datetime, delay: int | None = None
) -> Touch | None:
    """Plan the touch of the next step, the one before done at `after`; finish where there is none.

    Nothing where a touch is still open or failed, or the enrollment is over. A paused one keeps the delay for later.
    """
    if not enrollment.is_running or enrollment.state == State.WAITING:
        return None
    if enrollment.touches.filter(state__in=[*Touch.OPEN, Touch.State.FAILED]).exists():
        return None
    step = next_step(enrollment)
    if step is None:
        end(enrollment, State.FINISHED, reason=_("all steps are done"), by=None, planner=planner)
        return None
    if enrollment.state == State.PAUSED:
        enrollment.remaining_days = step.delay_days
        enrollment.save(update_fields=["remaining_days"])
        return None
    planned = planner.plan_step(enrollment, step, after=after, delay=delay)
    return Touch.objects.create(
        enrollment=enrollment,
        step=step,
        variant=choose_variant(step, enrollment),
        dream_client_id=enrollment.dream_client_id,
        account_id=enrollment.account_id,
        contact_id=enrollment.contact_id,
        team_id=enrollment.team_id,
        owner_id=enrollment.owner_id,
        channels=step.channels,
        is_automatic=step.is_automatic,
        intent=step.intent,
        insight_id=step.insight_id,
        due_at=planned.at,
        held_back=planned.held_back,
    )


def choose_variant(step: Step, enrollment: Enrollment) -> Variant | None:
    """One of the step's texts by weight, the same for the same enrollment."""
    variants = [variant for variant in step.variants.all() if variant.weight > 0]
    if len(variants) < 2:
        return variants[0] if variants else step.variants.first()
    chance = random.Random(f"{enrollment.pk}:{step.pk}")  # noqa: S311 - shares out texts, guards nothing
    return chance.choices(variants, [variant.weight for variant in variants])[0]


def end(
    enrollment: Enrollment, state: Enrollment.State, *, reason: str, by: User | None, planner: Planner
) -> None:
    """Finish or exit: its open touches are skipped, its email cancelled, and whoever waits at the account enters."""
    enrollment.state, enrollment.reason, enrollment.ended_at = state, reason[:200], planner.now
    enrollment.paused_until = enrollment.remaining_days = None
    enrollment.save(update_fields=["state", "reason", "ended_at", "paused_until", "remaining_days"])
    drop_touches(enrollment, why=reason)
    write(
        Activity.Kind.EXITED,
        enrollment,
        by=by,
        at=planner.now,
        subject=enrollment.sequence.name,
        body=reason,
        data={"state": state},
    )
    let_waiting_in(enrollment.account_id, planner=planner)


def drop_touches(enrollment: Enrollment, *, why: str) -> None:
    """Skip what is open.

    An email that is being handed over already cannot be called back: its touch stays due, and is done when the email
    was accepted.
    """
    for touch in enrollment.touches.open().select_related("email"):
        if call_back(touch, why=why):
            touch.state, touch.reason = Touch.State.SKIPPED, why[:300]
            touch.save(update_fields=["state", "reason"])


def call_back(touch: Touch, *, why: str) -> bool:
    """Cancel the touch's email. False where it is too late for that."""
    return touch.email is None or cancel_email(email=touch.email, why=why)


def pause(
    enrollment: Enrollment, *, reason: str, until: datetime | None, by: User | None, planner: Planner
) -> None:
    """Hold an enrollment, keeping the rest of its delay; `until` None waits for a person.

    What was planned is taken back and planned anew when it goes on, so no open touch belongs to a paused enrollment,
    but one whose email is being handed over.
    """
    if enrollment.state == State.ACTIVE:
        enrollment.remaining_days = 0
        hours = planner.calendar(enrollment.contact, enrollment.sequence.schedule).hours
        for touch in enrollment.touches.open().select_related("email"):
            if call_back(touch, why=reason):
                enrollment.remaining_days = remaining_days(touch.due_at, planner.now, hours)
                touch.delete()
    enrollment.state, enrollment.reason, enrollment.paused_until = State.PAUSED, reason[:200], until
    enrollment.save(update_fields=["state", "reason", "paused_until", "remaining_days"])
    write(
        Activity.Kind.PAUSED,
        enrollment,
        by=by,
        at=planner.now,
        subject=enrollment.sequence.name,
        body=reason,
        data={"until": until.isoformat() if until else None},
    )


def resume(enrollment: Enrollment, *, by: User | None, planner: Planner) -> None:
    """Go on after the rest of the delay; whoever had been waiting waits again until there is room."""
    delay = enrollment.remaining_days
    enrollment.state = State.WAITING if delay is None else State.ACTIVE
    enrollment.reason, enrollment.paused_until, enrollment.remaining_days = "", None, None
    enrollment.save(update_fields=["state", "reason", "paused_until", "remaining_days"])
    write(Activity.Kind.RESUMED, enrollment, by=by, at=planner.now, subject=enrollment.sequence.name)
    if delay is None:
        let_waiting_in(enrollment.account_id, planner=planner)
    else:
        advance(enrollment, planner=planner, after=planner.now, delay=delay)


def let_waiting_in(account_id: int, *, planner: Planner) -> None:
    """Start as many of the waiting enrollments of an account as it has room for, first come first."""
    room = free_places(account_id, planner.organisation.active_per_account)
    waiting = whole().kept().filter(account=account_id, state=State.WAITING).order_by("id")
    for enrollment in waiting[: max(room, 0)]:
        enrollment.state, enrollment.started_at = State.ACTIVE, planner.now
        enrollment.save(update_fields=["state", "started_at"])
        advance(enrollment, planner=planner, after=planner.now)


def free_places(account_id: int, at_once: int) -> int:
    """How many more contacts of an account may be on their way. A paused one keeps its place."""
    taken = Enrollment.objects.running().kept().filter(account=account_id).exclude(state=State.WAITING)
    return at_once - taken.exclude(state=State.PAUSED, remaining_days=None).count()


def whole() -> Any:
    """Enrollments with all that planning looks at."""
    return Enrollment.objects.select_related(
        "contact__account",
        "account",
        "sequence__schedule",
        "sequence_version",
        "owner",
        "dream_client",
        "mailbox",
    )


def whole_touches() -> Any:
    """Touches with all that doing them looks at."""
    return Touch.objects.select_related(
        "contact__account",
        "account",
        "owner",
        "step",
        "variant",
        "insight",
        "email",
        "enrollment__sequence__schedule",
        "enrollment__sequence_version",
        "enrollment__contact__account",
        "enrollment__account",
        "enrollment__owner",
        "enrollment__dream_client",
        "enrollment__mailbox",
    )


def mailbox_of(owner: User) -> Mailbox | None:
    """The address that `owner` writes from: their first active mailbox, else one of their own address made now.

    None where that address is a colleague's mailbox, or was switched off.
    """
    mailbox = Mailbox.objects.filter(owner=owner, is_active=True).first()
    if mailbox is not None:
        return mailbox
    mailbox, _made = Mailbox.objects.get_or_create(
        address=owner.email, defaults={"owner": owner, "display_name": owner.name}
    )
    return mailbox if mailbox.owner_id == owner.pk and mailbox.is_active else None


def move_out_of_the_way(account_id: int, *, planner: Planner) -> None:
    """After a touch was done: what a person was to do there next and would now break a cap moves on, and says why."""
    soon = planner.now + timedelta(days=8)
    for touch in whole_touches().open().kept().manual().filter(account=account_id, due_at__lt=soon):
        postpone(touch, planner=planner)


def postpone(touch: Touch, *, planner: Planner) -> bool:
    """Move a touch to the next moment that the caps allow. True where it had to move.

    One planned by hand stays at the moment that a person chose for it (a callback they asked for); it counts, though.
    """
    if touch.enrollment_id is None:
        return False
    free = planner.next_free(touch, earliest=max(touch.due_at, planner.now))
    if free.rule is None or not free.rule.is_cap:
        return False
    touch.state, touch.due_at, touch.held_back = Touch.State.PLANNED, free.at, free.held_back
    touch.save(update_fields=["state", "due_at", "held_back"])
    return True


def refresh_next_touch(account_ids: Iterable[int]) -> None:
    """Write down what comes next at the accounts, where their dream clients' rows say so. One statement."""
    following = Touch.objects.open().kept().filter(account=OuterRef("account")).order_by("due_at", "id")
    at, channel = Subquery(following.values("due_at")[:1]), Subquery(following.values("channels__0")[:1])
    DreamClient.objects.current().filter(account__in=set(account_ids)).update(
        next_touch_at=at, next_touch_channel=Coalesce(channel, Value(""), output_field=CharField())
    )
