"""The tick: what the clock, the outbox and other apps' rows have to say to the enrollments and touches.

What is in the bin rests: only an email that was on its way already is taken up.

Rows are the truth. Every part looks for rows that are due, claims their accounts (`locks.claim_accounts`: whoever
holds one is passed over), reads them again and changes them in one transaction. So a tick that comes twice, late or
from two schedulers changes nothing more than one, and what a killed one leaves behind the next one finds.
"""

import logging
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import OptOut
from apps.activities.models import Activity, Outcome
from apps.activities.services import notify
from apps.dreamclients.insights import given_on, why_not
from apps.mail.models import OutboundEmail
from apps.sequences import flow, inbound, touches
from apps.sequences.checking import is_parked
from apps.sequences.enrolling import hand_over
from apps.sequences.locks import claim_accounts
from apps.sequences.models import Enrollment, Sequence, Touch
from apps.sequences.planner import Planner
from apps.sequences.templating import UnknownVariables

log = logging.getLogger(__name__)

BATCH = 50
"""How many rows one transaction takes; it holds their accounts for that long."""
MOST_BATCHES = 40
"""Where a tick stops and leaves the rest to the next one, which may run on another machine."""
LOOK_BACK = timedelta(days=1)
"""How far back rows of other apps are read. What an outage of the engine made older is seen when a touch falls due."""

PARKED = gettext_lazy("the dream client is parked")
"""Why the engine paused an enrollment; by this it knows its own pauses where the parking is taken back."""

Mail = OutboundEmail.State
State = Touch.State


def tick(*, now: datetime | None = None) -> dict[str, int]:
    """Do all that is due at `now`. Returns how many rows each part changed."""
    now = now or timezone.now()
    parts: dict[str, Callable[[datetime], int]] = {
        "taken up": take_up,
        "told": tell_of_trouble,
        "signals": heed_signals,
        "woken": wake,
        "let in": let_in,
        "due": fall_due,
        "sent": send,
    }
    return {name: _until_done(part, now) for name, part in parts.items()}


def _until_done(part: Callable[[datetime], int], now: datetime) -> int:
    total = 0
    for _batch in range(MOST_BATCHES):
        done = part(now)
        total += done
        if not done:
            break
    return total


# --- The outbox answers -------------------------------------------------------------------------------------------


def take_up(now: datetime) -> int:
    """Touches whose email has ended: accepted is done, refused a bounce or a failure, cancelled skipped."""
    finished = Q(state=State.DUE, email__state__in=OutboundEmail.ENDED)
    settled = Q(state=State.FAILED) & ~Q(email__state__in=[Mail.REFUSED, Mail.FAILED, Mail.UNKNOWN])
    return _each(Touch.objects.filter(finished | settled, email__isnull=False), _take_up, now)


def _take_up(row: Touch, planner: Planner) -> None:
    email = row.email
    if email is None:
        return
    if email.state == Mail.ACCEPTED:
        at = email.accepted_at or planner.now
        touches.mark_done(
            row,
            by=row.owner,
            outcome=Outcome.SENT,
            at=at,
            subject=email.subject,
            body=email.text,
            source=Activity.Source.ENGINE,
        )
        touches.go_on(row, planner=planner, after=at)
    elif email.state == Mail.CANCELLED:
        row.state, row.reason = State.SKIPPED, email.answer[:300]
        row.save(update_fields=["state", "reason"])
        touches.go_on(row, planner=planner, after=planner.now)
    elif not email.is_over():  # a person sends it once more
        row.state, row.reason = State.DUE, ""
        row.save(update_fields=["state", "reason"])
    else:
        fail(row, _in_words(email), planner=planner)
        if email.state == Mail.REFUSED and is_bounce(email.answer):
            _bounced(row, email, planner)


def tell_of_trouble(now: datetime) -> int:
    """Emails that a rep sent, whose touch was done with that, and that did not arrive: the rep is told."""
    trouble = Q(email__state__in=[Mail.REFUSED, Mail.FAILED, Mail.UNKNOWN])
    return _each(Touch.objects.filter(trouble, state=State.DONE, reason=""), _tell, now)


def _tell(row: Touch, planner: Planner) -> None:
    email = row.email
    if email is None:
        return
    row.reason = _in_words(email)[:300]
    row.save(update_fields=["reason"])
    _say_failed(row, row.reason, planner)
    if email.state == Mail.REFUSED and is_bounce(email.answer):
        _bounced(row, email, planner)


def _bounced(row: Touch, email: OutboundEmail, planner: Planner) -> None:
    """It is the address that was written to that bounced: the contact may have a better one by now."""
    inbound.receive(
        kind="bounce", contact=row.contact, address=email.to_address, text=email.answer, now=planner.now
    )


def is_bounce(answer: str) -> bool:
    """True where a 5xx answer says that there is no such mailbox (RFC 3463), and not that it disliked the message."""
    # A status and no part of an IP address, which servers name as well where they dislike ours.
    enhanced = re.search(r"(?<![\d.])5\.(\d{1,3})\.(\d{1,3})(?!\.?\d)", answer)
    if enhanced:
        return enhanced[1] == "1" or (enhanced[1] == "2" and enhanced[2] == "1")
    return bool(re.match(r"(550|551|553)\b", answer))


def _in_words(email: OutboundEmail) -> str:
    texts = {
        Mail.REFUSED: _("The email was refused: %(answer)s"),
        Mail.FAILED: _("The email could not be sent: %(answer)s"),
        Mail.UNKNOWN: _("Nobody knows whether the email arrived: %(answer)s"),
    }
    return texts[Mail(email.state)] % {"answer": email.answer}


def fail(row: Touch, reason: str, *, planner: Planner) -> None:
    """The touch failed and waits for a person: its owner is told, and the timeline says why."""
    row.state, row.reason = State.FAILED, reason[:300]
    row.save(update_fields=["state", "reason"])
    _say_failed(row, reason, planner)


def _say_failed(row: Touch, reason: str, planner: Planner) -> None:
    activity = flow.write(
        Activity.Kind.TOUCH_FAILED,
        row,
        by=None,
        at=planner.now,
        channels=row.channels,
        subject=row.channel_names,
        body=reason,
    )
    notify(
        user=row.owner,
        key=f"touch-failed:{activity.pk}",
        text=_("%(contact)s at %(account)s: %(reason)s")
        % {"contact": row.contact, "account": row.account, "reason": reason},
        url=flow.record_url(row.account_id),
        account_id=row.account_id,
    )


# --- Other apps left rows -----------------------------------------------------------------------------------------


def heed_signals(now: datetime) -> int:
    """Contacts that opted out; dream clients parked, taken up again, ruled out, let go of, or given to a colleague."""
    since = now - LOOK_BACK
    running = Enrollment.objects.running().kept()
    opt_outs = OptOut.objects.filter(contact=OuterRef("contact"), at__gte=OuterRef("started_at"))
    recent = OptOut.objects.filter(at__gte=since).values("contact")
    opted_out = running.filter(Exists(opt_outs), contact__in=recent)
    kind = Activity.Kind
    kinds = [kind.PARKED, kind.REVIVED, kind.RULED_OUT, kind.LET_GO, kind.TAKEN]
    moved = Activity.objects.filter(kind__in=kinds, at__gte=since).order_by()
    changed = running.filter(account__in=moved.values("account")).filter(
        Q(dream_client__left_at__isnull=False)
        | Q(dream_client__ruled_out_at__isnull=False)
        | Q(dream_client__owner=None)
        | ~Q(dream_client__owner=F("owner"))
        | Q(dream_client__parked_until__gt=now, state__in=[Enrollment.State.ACTIVE, Enrollment.State.WAITING])
        | Q(dream_client__parked_until=None, state=Enrollment.State.PAUSED, reason=str(PARKED))
    )
    ids = [*opted_out.values_list("pk", flat=True)[:BATCH], *changed.values_list("pk", flat=True)[:BATCH]]
    return _each_enrollment(Enrollment.objects.filter(pk__in=ids), _heed, now)


def _heed(enrollment: Enrollment, planner: Planner) -> None:
    """Its own pause for a parking that was taken back is over; a person's is not."""
    rests = enrollment.state == Enrollment.State.PAUSED and enrollment.reason == str(PARKED)
    goes_on = may_go_on(enrollment, planner=planner) and not is_parked(enrollment.dream_client, planner.now)
    if rests and goes_on:
        flow.resume(enrollment, by=None, planner=planner)


def may_go_on(enrollment: Enrollment, *, planner: Planner, channels: Iterable[str] = ()) -> bool:
    """Whether an enrollment may have a touch on `channels`. Where it may not, it is ended or paused by this."""
    dream_client = enrollment.dream_client
    names = [OptOut.ALL, *(flow.family(channel) for channel in channels)]
    opted_out = OptOut.objects.filter(Q(at__gte=enrollment.started_at) | Q(channel__in=names))
    why = ""
    if opted_out.filter(contact=enrollment.contact_id).exists():
        why = _("opted out")
    elif dream_client.is_ruled_out:
        why = _("the dream client was ruled out")
    elif dream_client.left_at is not None or dream_client.owner is None:
        why = _("the dream client was let go of")
    if why:
        flow.end(enrollment, Enrollment.State.EXITED, reason=why, by=None, planner=planner)
        return False
    if dream_client.owner is not None and dream_client.owner_id != enrollment.owner_id:
        hand_over(enrollment, to=dream_client.owner)
    if is_parked(dream_client, planner.now) and enrollment.state != Enrollment.State.PAUSED:
        until = dream_client.parked_until
        flow.pause(enrollment, reason=str(PARKED), until=until, by=None, planner=planner)
        return False
    return True


# --- The clock ----------------------------------------------------------------------------------------------------


def wake(now: datetime) -> int:
    """Pauses that are over."""
    over = Enrollment.objects.kept().filter(state=Enrollment.State.PAUSED, paused_until__lte=now)
    return _each_enrollment(over, lambda row, planner: flow.resume(row, by=None, planner=planner), now)


def let_in(now: datetime) -> int:
    """Those that wait at an account that has room: a service lets them in at once, this finds who was missed."""
    planner = Planner(now)
    waiting = Enrollment.objects.kept().filter(state=Enrollment.State.WAITING).order_by()
    here = Q(account__enrollments__contact__deleted_at=None)
    on_their_way = Q(account__enrollments__state=Enrollment.State.ACTIVE) | Q(
        account__enrollments__state=Enrollment.State.PAUSED,
        account__enrollments__remaining_days__isnull=False,
    )
    taken = Count("account__enrollments", filter=here & on_their_way, distinct=True)
    full = planner.organisation.active_per_account
    with_room = waiting.values("account").annotate(taken=taken).filter(taken__lt=full)
    with transaction.atomic():
        accounts = claim_accounts(with_room.values_list("account", flat=True)[:BATCH])
        before = waiting.filter(account__in=accounts).count()
        for account_id in accounts:
            flow.let_waiting_in(account_id, planner=planner)
        flow.refresh_next_touch(accounts)
        return before - waiting.filter(account__in=accounts).count()


def _planned(now: datetime) -> QuerySet[Touch]:
    going = Q(enrollment=None) | Q(enrollment__sequence__status=Sequence.Status.ACTIVE)
    return Touch.objects.kept().filter(going, state=State.PLANNED, due_at__lte=now)


def fall_due(now: datetime) -> int:
    """Manual touches whose moment has come fall due, unless a cap moves them on."""
    return _each(_planned(now).filter(is_automatic=False), _fall_due, now)


def _fall_due(row: Touch, planner: Planner) -> None:
    if row.enrollment and not may_go_on(row.enrollment, planner=planner, channels=row.channels):
        return
    if all(row.contact.is_opted_out(flow.family(channel)) for channel in row.channels):
        row.state, row.reason = State.SKIPPED, _("opted out")
        row.save(update_fields=["state", "reason"])
    elif not flow.postpone(row, planner=planner):
        row.state = State.DUE
        row.save(update_fields=["state"])


def send(now: datetime) -> int:
    """Automatic touches whose moment has come go into the outbox, once everything was checked again."""
    return _each(_planned(now).filter(is_automatic=True), _send, now)


def _send(row: Touch, planner: Planner) -> None:
    if row.enrollment and not may_go_on(row.enrollment, planner=planner, channels=row.channels):
        return
    free = planner.next_free(row)
    if free.at > planner.now:
        row.due_at, row.held_back = free.at, free.held_back
        row.save(update_fields=["due_at", "held_back"])
        return
    if row.insight is not None and (on := given_on(insight=row.insight, contact=row.contact)):
        fail(row, why_not(row.insight, row.contact, on), planner=planner)
        return
    try:
        text = touches.compose(row)
        if text.missing:
            names = ", ".join(text.missing)
            fail(
                row,
                _("Missing, and the text has no fallback: %(names)s.") % {"names": names},
                planner=planner,
            )
            return
        until = touches.window_end(row, planner)
        row.email = touches.put_into_outbox(
            row, subject=text.subject, body=text.body, now=planner.now, send_until=until
        )
    except (touches.NotSendable, UnknownVariables) as why:
        fail(row, str(why), planner=planner)
        return
    row.state, row.subject, row.body = State.DUE, text.subject[:300], text.body
    row.save(update_fields=["email", "state", "subject", "body"])


# --- Claiming -----------------------------------------------------------------------------------------------------


def _each(rows: QuerySet[Touch], work: Callable[[Touch, Planner], None], now: datetime) -> int:
    """Do `work` for a batch of touches, the longest due first. Returns how many were worked on."""
    return _batch(rows.order_by("due_at", "id"), flow.whole_touches(), work, now)


def _each_enrollment(
    rows: QuerySet[Enrollment], work: Callable[[Enrollment, Planner], None], now: datetime
) -> int:
    return _batch(rows.order_by("id"), flow.whole(), work, now)


def _batch(
    rows: QuerySet[Any], whole: QuerySet[Any], work: Callable[[Any, Planner], None], now: datetime
) -> int:
    """Claim the accounts of the first rows that are due, and do `work` for each that is still due then.

    One row may change another of its account, so each is looked at again before its turn. A row that breaks its work
    is left behind as failed (a touch) or logged, and never stops the others.
    """
    found = list(rows.values_list("pk", "account_id")[:BATCH])
    if not found:
        return 0
    with transaction.atomic():
        accounts = claim_accounts(account for _pk, account in found)
        planner, done = Planner(now), 0
        for pk, account in found:
            if account not in accounts or not rows.filter(pk=pk).exists():
                continue
            try:
                with transaction.atomic():
                    work(whole.get(pk=pk), planner)
            except (OperationalError, InterfaceError):
                raise  # the database's trouble, not this row's
            except Exception:
                log.exception("The engine could not work on %s %s", whole.model.__name__, pk)
                _set_aside(whole, pk, planner)
                continue
            done += 1
        flow.refresh_next_touch(accounts)
    return done


def _set_aside(whole: QuerySet[Any], pk: int, planner: Planner) -> None:
    row = whole.get(pk=pk)
    if isinstance(row, Touch) and row.is_open:
        fail(row, _("Opener could not do this. The log of the server says why."), planner=planner)
