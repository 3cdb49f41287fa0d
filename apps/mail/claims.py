"""Claiming due emails, and the writes that only the holder of a claim may make."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.mail.models import Mailbox, OutboundEmail
from apps.mail.services import blocked, in_the_bin
from apps.users.models import Organisation
from opener.days import WorkingHours, day_bounds, local_day, zone

State = OutboundEmail.State

BACKOFF_MINUTES = (1, 5, 15, 60, 120, 240, 480, 480)
"""How long an email waits after each attempt that came to nothing: about a day in all, then it has failed."""
MOST_ATTEMPTS = len(BACKOFF_MINUTES) + 1

_ENDINGS = (State.CLAIMED, State.HANDING_OVER, State.UNKNOWN)
"""What a sender may end. Unknown, where its lease ran out and nobody has decided since: by its answer it is known."""


def lease() -> timedelta:
    """How long a claim holds without being renewed."""
    return timedelta(seconds=settings.MAIL_LEASE_SECONDS)


def database_now() -> datetime:
    """The database's clock: the only one that all senders share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def release_expired() -> int:
    """End the claims whose lease ran out, their holder being dead or stopped. Returns how many.

    What was only claimed waits again. What was being handed over is unknown; it keeps its token, so that a sender who
    was merely slow may still write how it ended.
    """
    expired = OutboundEmail.objects.filter(claimed_until__lt=Now())
    unknown = expired.filter(state=State.HANDING_OVER).update(
        state=State.UNKNOWN,
        claimed_until=None,
        answer=_("The sender stopped while it handed this over. It may have arrived."),
    )
    attempts = F("attempts") + 1
    again = expired.filter(state=State.CLAIMED).update(
        state=Case(
            When(attempts__gte=MOST_ATTEMPTS - 1, then=Value(State.FAILED)), default=Value(State.SCHEDULED)
        ),
        attempts=attempts,
        claim_token=None,
        claimed_until=None,
        answer=_("The sender stopped before it handed this over."),
    )
    return unknown + again


@dataclass
class Claim:
    """Some emails that nobody else touches while the lease lasts, and the token that proves it.

    Every write names the token and the state that it starts from. Where it changes no row, the claim on that email is
    gone (it was cancelled, or the lease ran out and another sender has it): then nothing more may be done with it. They
    return the state that they wrote, or None for that.
    """

    now: datetime | None
    """The moment to act at, where the caller sets one; otherwise the database's clock."""
    token: uuid.UUID = field(default_factory=uuid.uuid4)
    emails: list[OutboundEmail] = field(default_factory=list)
    moved: int = 0
    """How many due ones were moved to another day instead."""

    @property
    def moment(self) -> datetime | Now:
        """What is written as the time of something that happens now."""
        return self.now or Now()

    def renew(self) -> None:
        """A whole lease from now on for what is still claimed."""
        mine = OutboundEmail.objects.filter(claim_token=self.token, state=State.CLAIMED)
        mine.update(claimed_until=Now() + lease())

    def start_handing_over(self, email: OutboundEmail) -> State | None:
        """The last check and the commitment before DATA, in one statement. Only HANDING_OVER means: go on."""
        mine = self._mine(email, State.CLAIMED)
        free = mine.filter(~blocked(email)) if email.is_outreach else mine
        changes = {"state": State.HANDING_OVER, "handed_over_at": self.moment}
        if free.update(claimed_until=Now() + lease(), answer="", **changes):
            return State.HANDING_OVER
        if not email.is_outreach:
            return None
        why = _("Not sent: whom it is to is in the bin.")
        if ended := self._end(mine.filter(in_the_bin(email)), State.CANCELLED, why):
            return ended
        why = _("Not sent: this address is not to be written to any more.")
        return self._end(mine.filter(blocked(email)), State.CANCELLED, why)

    def accepted(self, email: OutboundEmail, answer: str) -> State | None:
        """The server has it."""
        return self._end(self._mine(email, *_ENDINGS[1:]), State.ACCEPTED, answer, accepted_at=self.moment)

    def refused(self, email: OutboundEmail, answer: str) -> State | None:
        """The server will never take it, or nobody can write it down as an email."""
        return self._end(self._mine(email, *_ENDINGS), State.REFUSED, answer)

    def unknown(self, email: OutboundEmail, answer: str) -> State | None:
        """It may have arrived. The token stays: see `release_expired`."""
        mine = self._mine(email, State.HANDING_OVER)
        answer = _("It may have arrived: %(error)s") % {"error": answer}
        done = mine.update(state=State.UNKNOWN, claimed_until=None, answer=answer[:500])
        return State.UNKNOWN if done else None

    def again(self, email: OutboundEmail, answer: str) -> State | None:
        """Nothing arrived: it is tried again later, or has failed where that was the last attempt."""
        mine = self._mine(email, *_ENDINGS)
        attempts = email.attempts + 1
        if attempts >= MOST_ATTEMPTS:
            return self._end(mine, State.FAILED, answer, attempts=attempts)
        due_at = self.moment + timedelta(minutes=BACKOFF_MINUTES[attempts - 1])
        return self._end(mine, State.SCHEDULED, answer, attempts=attempts, due_at=due_at)

    def give_back(self, emails: list[OutboundEmail]) -> None:
        """They were not tried: somebody may claim them at once."""
        mine = OutboundEmail.objects.filter(claim_token=self.token, state=State.CLAIMED)
        mine.filter(pk__in=[email.pk for email in emails]).update(
            state=State.SCHEDULED, claim_token=None, claimed_until=None
        )

    def _mine(self, email: OutboundEmail, *states: State) -> QuerySet[OutboundEmail]:
        return OutboundEmail.objects.filter(pk=email.pk, claim_token=self.token, state__in=states)

    @staticmethod
    def _end(mine: QuerySet[OutboundEmail], state: State, answer: str, **changes: Any) -> State | None:
        done = mine.update(state=state, answer=answer[:500], claim_token=None, claimed_until=None, **changes)
        return state if done else None


@transaction.atomic
def claim(*, now: datetime | None, limit: int) -> Claim:
    """Claim up to `limit` due emails, the longest due first. Those that another sender holds are passed over.

    Outreach is held to its mailbox's daily cap here: the mailbox row is locked, so that two senders cannot both take
    the last place, and what finds none is moved to the next business day of the mailbox's owner.
    """
    result = Claim(now=now)
    _let_go_when_stopped()
    moment = now or database_now()
    due = OutboundEmail.objects.filter(state=State.SCHEDULED, due_at__lte=moment).order_by("due_at", "id")
    candidates = list(due.select_for_update(skip_locked=True)[:limit])
    rooms = _rooms(candidates, moment)
    for email in candidates:
        room = rooms.get(email.mailbox_id or 0) if email.is_outreach else None
        if email.send_until is not None and email.send_until <= moment:
            _move(email, room, moment, _("Its hours were over before it could leave."))
            result.moved += 1
        elif room is not None and room.left <= 0:
            _move(email, room, moment, room.why)
            result.moved += 1
        else:
            result.emails.append(email)
            if room is not None:
                room.left -= 1
    OutboundEmail.objects.filter(pk__in=[email.pk for email in result.emails]).update(
        state=State.CLAIMED, claim_token=result.token, claimed_until=Now() + lease()
    )
    return result


def _let_go_when_stopped() -> None:
    """Have the database end this transaction where its sender is stopped within it.

    Its locks are no claims, and no lease ends them: what they hold would be passed over for as long as it is stopped.
    """
    milliseconds = max(1000, round(settings.MAIL_LEASE_SECONDS * 1000))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [str(milliseconds)]
        )


@dataclass
class _Room:
    """How much outreach may still leave a mailbox today, and the days on which its owner works."""

    hours: WorkingHours
    left: int
    why: str


def _rooms(emails: list[OutboundEmail], moment: datetime) -> dict[int, _Room]:
    """The room of each mailbox that outreach among `emails` comes from. Locks the mailboxes until the commit."""
    ids = {email.mailbox_id for email in emails if email.mailbox_id and email.is_outreach}
    if not ids:
        return {}
    mailboxes = Mailbox.objects.filter(pk__in=ids).select_related("owner").order_by("pk")
    locked = list(mailboxes.select_for_update(no_key=True, of=("self",)))
    used = _used(locked, moment)  # a query of its own, after the lock: it sees what others committed
    country = Organisation.current().country
    return {
        mailbox.pk: _Room(
            hours=mailbox.owner.working_hours(country),
            left=mailbox.daily_cap - used.get(mailbox.pk, 0) if mailbox.is_active else 0,
            why=_("Its mailbox has sent its %(cap)s emails of the day.") % {"cap": mailbox.daily_cap}
            if mailbox.is_active
            else _("Its mailbox is switched off."),
        )
        for mailbox in locked
    }


def _used(mailboxes: list[Mailbox], moment: datetime) -> dict[int, int]:
    """How much outreach of each mailbox was accepted on its owner's day, may have been, or is on its way."""
    today = Q()
    for mailbox in mailboxes:
        tz = mailbox.owner.time_zone
        day = day_bounds(local_day(moment, tz), tz)
        left_today = Q(state=State.ACCEPTED, accepted_at__gte=day[0], accepted_at__lt=day[1])
        left_today |= Q(state=State.UNKNOWN, handed_over_at__gte=day[0], handed_over_at__lt=day[1])
        left_today |= Q(state__in=[State.CLAIMED, State.HANDING_OVER])
        today |= Q(mailbox=mailbox) & left_today
    rows = OutboundEmail.objects.filter(today, is_outreach=True).values("mailbox")
    return dict(rows.annotate(count=Count("pk")).values_list("mailbox", "count"))


def _move(email: OutboundEmail, room: _Room | None, moment: datetime, why: str) -> None:
    """Put it off to the next business day of its mailbox's owner, at the same time of day."""
    hours = room.hours if room else WorkingHours()
    tomorrow = local_day(moment, hours.tz) + timedelta(days=1)
    try:
        day = hours.next_business_day(tomorrow)
    except ValueError:  # somebody who works on no day at all
        day = tomorrow

    days = timedelta(days=(day - local_day(email.send_until or email.due_at, hours.tz)).days)

    def then(before: datetime) -> datetime:
        return (before.astimezone(zone(hours.tz)) + days).astimezone(UTC)  # the same time on the clock there

    due_at = then(email.due_at)
    if email.send_until is not None:
        email.send_until = then(email.send_until)
        if due_at >= email.send_until:  # an attempt that came to nothing put it off beyond its hours
            due_at = email.send_until - timedelta(hours=1)
    email.due_at, email.answer = due_at, why
    email.save(update_fields=["due_at", "send_until", "answer"])
