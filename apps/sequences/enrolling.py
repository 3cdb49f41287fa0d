"""Contacts enter a sequence, pause, go on and leave it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Account, Contact
from apps.activities.models import Activity
from apps.activities.services import notify
from apps.dreamclients.models import DreamClient
from apps.sequences import flow
from apps.sequences.checking import Refusals, latest_version
from apps.sequences.locks import hold_version, lock_account
from apps.sequences.models import Enrollment, Sequence
from apps.sequences.planner import Planner
from apps.users.models import User

State = Enrollment.State


class NotRunning(Exception):
    """The enrollment has ended meanwhile, or is in a state in which this cannot be done."""

    def __init__(self, enrollment: Enrollment) -> None:
        self.enrollment = enrollment
        super().__init__(_("This is not possible any more: it is %s.") % enrollment.get_state_display())


@dataclass
class EnrollResult:
    """What became of each contact."""

    entered: list[Enrollment] = field(default_factory=list)
    waiting: list[Enrollment] = field(default_factory=list)
    refused: list[tuple[Contact, str]] = field(default_factory=list)


def enroll(
    *,
    contacts: Iterable[Contact],
    sequence: Sequence,
    dream_client: DreamClient,
    by: User,
    now: datetime | None = None,
) -> EnrollResult:
    """Let `contacts` of a dream client into a sequence, as many at once as the account has places; the rest wait.

    Whoever cannot is in `refused` with the reason; the same contact twice at once goes in once.
    """
    planner = Planner(now or timezone.now())
    result = EnrollResult()
    ids = list(dict.fromkeys(contact.pk for contact in contacts))
    with transaction.atomic():
        lock_account(dream_client.account_id)
        # Read anew: what the caller holds may be older than the wait for the lock.
        rows = Contact.objects.select_related("account").prefetch_related("emails", "opt_outs").in_bulk(ids)
        dream_client = DreamClient.objects.select_related("account", "owner", "team").get(pk=dream_client.pk)
        version = latest_version(sequence)
        hold_version(version.pk)  # before its steps are read
        refusals = Refusals(version, dream_client, by, planner.now)
        why_nobody = refusals.of_all()
        room = flow.free_places(dream_client.account_id, planner.organisation.active_per_account)
        for contact in (rows[pk] for pk in ids if pk in rows):
            if why := why_nobody or refusals.of(contact):
                result.refused.append((contact, why))
                continue
            state = State.ACTIVE if room > 0 else State.WAITING
            enrollment = _enter(contact, refusals, state, by, planner)
            if enrollment is None:
                result.refused.append((contact, _("Is in this sequence already.")))
            elif state == State.ACTIVE:
                room -= 1
                result.entered.append(enrollment)
            else:
                result.waiting.append(enrollment)
        flow.refresh_next_touch([dream_client.account_id])
    return result


def _enter(
    contact: Contact, refusals: Refusals, state: Enrollment.State, by: User, planner: Planner
) -> Enrollment | None:
    """The enrollment, its first touch planned unless it waits; None where another way into the table was quicker."""
    version, dream_client = refusals.version, refusals.dream_client
    owner = cast("User", dream_client.owner)  # `of_all` refuses without one
    try:
        with transaction.atomic():
            enrollment = Enrollment.objects.create(
                sequence=version.sequence,
                sequence_version=version,
                dream_client=dream_client,
                contact=contact,
                account=dream_client.account,
                team_id=dream_client.team_id,
                owner=owner,
                mailbox=flow.mailbox_of(owner),
                state=state,
                started_at=planner.now,
            )
    except IntegrityError:
        return None
    flow.write(Activity.Kind.ENROLLED, enrollment, by=by, at=planner.now, subject=version.sequence.name)
    flow.advance(enrollment, planner=planner, after=planner.now)
    return enrollment


def exit_enrollment(
    *, enrollment: Enrollment, reason: str, by: User | None = None, now: datetime | None = None
) -> Enrollment:
    """End an enrollment before its last step, for `reason`. Nothing happens where it has ended already."""
    planner = Planner(now or timezone.now())
    with transaction.atomic():
        row = _held(enrollment)
        if row.is_running:
            flow.end(row, State.EXITED, reason=reason.strip() or _("ended by hand"), by=by, planner=planner)
            flow.refresh_next_touch([row.account_id])
    return row


def pause_enrollment(
    *,
    enrollment: Enrollment,
    by: User | None,
    reason: str = "",
    until: datetime | None = None,
    now: datetime | None = None,
) -> Enrollment:
    """Hold an enrollment until a moment, or until somebody resumes it. Raises NotRunning where it has ended."""
    planner = Planner(now or timezone.now())
    with transaction.atomic():
        row = _held(enrollment)
        if not row.is_running:
            raise NotRunning(row)
        flow.pause(row, reason=reason.strip() or _("paused by hand"), until=until, by=by, planner=planner)
        flow.refresh_next_touch([row.account_id])
    return row


def resume_enrollment(*, enrollment: Enrollment, by: User | None, now: datetime | None = None) -> Enrollment:
    """Let a paused enrollment go on, after the rest of the delay that it had. Raises NotRunning where it is not paused."""
    planner = Planner(now or timezone.now())
    with transaction.atomic():
        row = _held(enrollment)
        if row.state != State.PAUSED:
            raise NotRunning(row)
        flow.resume(row, by=by, planner=planner)
        flow.refresh_next_touch([row.account_id])
    return row


def stop_account(
    *,
    account: Account,
    contact: Contact | None = None,
    reason: str,
    by: User | None,
    pause_others: bool = True,
    cause: str = "",
    now: datetime | None = None,
) -> None:
    """They answered (a reply, a meeting, an opportunity): the contact's enrollments end, the others there pause.

    Those who own what was paused are told, but for `by`. `cause` "reply" or "meeting" spares the sequences that are
    set not to end on it. The pause has no end: a person decides how it goes on.
    """
    planner = Planner(now or timezone.now())
    with transaction.atomic():
        lock_account(account.pk)
        running = flow.whole().running().filter(account=account)
        theirs = running.filter(contact=contact) if contact else running.none()
        if cause in ("reply", "meeting"):
            theirs = theirs.filter(**{f"sequence__exit_on_{cause}": True})
        if pause_others:
            # First, so that nobody who waits slips into the place that the exit below leaves.
            others = running.exclude(contact=contact) if contact else running
            _pause_all(others.exclude(state=State.PAUSED, paused_until=None), reason, by, planner)
        for enrollment in theirs:
            flow.end(enrollment, State.EXITED, reason=reason, by=by, planner=planner)
        flow.refresh_next_touch([account.pk])


def _pause_all(enrollments: Iterable[Enrollment], reason: str, by: User | None, planner: Planner) -> None:
    for enrollment in enrollments:
        flow.pause(enrollment, reason=reason, until=None, by=by, planner=planner)
        if enrollment.owner_id != (by.pk if by else None):
            notify(
                user=enrollment.owner,
                key=f"enrollment-paused:{enrollment.pk}:{planner.now.timestamp():.0f}",
                text=_("%(contact)s at %(account)s is paused in %(sequence)s: %(reason)s")
                % {
                    "contact": enrollment.contact,
                    "account": enrollment.account,
                    "sequence": enrollment.sequence,
                    "reason": reason,
                },
                url=flow.record_url(enrollment.account_id),
                account_id=enrollment.account_id,
            )


def hand_over(enrollment: Enrollment, *, to: User) -> None:
    """Another rep owns the dream client now: what runs and is to be done there becomes theirs.

    What comes leaves from their mailbox, what is in the outbox from the former one. The caller holds the account.
    """
    enrollment.owner, enrollment.mailbox = to, flow.mailbox_of(to)
    enrollment.save(update_fields=["owner", "mailbox"])
    enrollment.touches.open().filter(email=None).update(owner=to)


def _held(enrollment: Enrollment) -> Enrollment:
    """The enrollment as it stands now, its account held."""
    lock_account(enrollment.account_id)
    row: Enrollment = flow.whole().get(pk=enrollment.pk)
    return row
