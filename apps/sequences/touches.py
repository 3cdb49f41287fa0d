"""A touch is done, skipped, or tried again.

An email that a rep sends counts as done the moment they send it, so that the rep goes on to the next touch: the touch
is done and its activity written in the transaction that writes the outbox row. Where the server refuses it later, or
it fails, the engine says so with an activity and a notification (`engine.take_up`). An automatic email is done when
the server accepted it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Account, Contact
from apps.activities.models import Activity, Channel, Intent, Outcome
from apps.dreamclients.models import DreamClient, Insight, InsightGiven
from apps.dreamclients.services import current_for, engaged, touched
from apps.mail.models import Mailbox, OutboundEmail
from apps.mail.services import is_suppressed, queue_email
from apps.mail.tasks import nudge
from apps.sequences import flow, templating
from apps.sequences.locks import lock_account
from apps.sequences.models import Enrollment, Touch
from apps.sequences.planner import Planner, schedule_of
from apps.sequences.planning import Plan
from apps.users.models import User
from opener.days import local_day

State = Touch.State


class TouchOver(Exception):
    """The touch was done, skipped or taken back meanwhile."""

    def __init__(self, touch: Touch) -> None:
        self.touch = touch
        super().__init__(_("This touch is %s already.") % touch.get_state_display())


class NotSendable(Exception):
    """Nothing may be sent to this contact, or not like this; `str()` says why."""


class HeldBack(NotSendable):
    """A cap is in the way until `plan.at`. The touch was moved there, unless it was planned by hand."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        super().__init__(plan.held_back)


@dataclass(frozen=True)
class Composed:
    """An email ready to be read and sent: its text, and the variables that are missing in it."""

    subject: str
    body: str
    missing: list[str]


def compose(touch: Touch) -> Composed:
    """Subject and text of the touch for its contact: of its variant, else what stands in the touch itself."""
    source: Any = touch.variant or touch
    subject = templating.render(source.subject, touch.contact, touch.owner)
    body = templating.render(source.body, touch.contact, touch.owner)
    return Composed(subject.text, body.text, list(dict.fromkeys([*subject.missing, *body.missing])))


def complete_touch(
    *,
    touch: Touch,
    by: User,
    outcome: str,
    subject: str = "",
    body: str = "",
    notes: str = "",
    at: datetime | None = None,
    next_callback: datetime | None = None,
    now: datetime | None = None,
) -> Activity:
    """Write down that a touch was done, and plan the next step. Raises TouchOver where it is done or skipped.

    What has happened is never refused: caps move what comes after. A failed one may be completed as well (it did go
    out). `next_callback` plans a call by hand for that moment; the sequence goes on after it.
    """
    planner = Planner(now or timezone.now())
    at = at or planner.now
    with transaction.atomic():
        row = held(touch, *Touch.OPEN, State.FAILED)
        if (
            row.email is not None
            and row.state == State.DUE
            and not flow.call_back(row, why=_("done by hand"))
        ):
            raise TouchOver(row)
        activity = mark_done(row, by=by, outcome=outcome, subject=subject, body=notes or body, at=at)
        if next_callback is not None:
            _plan_callback(row, next_callback)
        go_on(row, planner=planner, after=max(at, next_callback or at))
    return activity


def send_manual_email(
    *, touch: Touch, by: User, subject: str, body: str, now: datetime | None = None
) -> Activity:
    """Put the email, as the rep read it, into the outbox; the touch is done with that (see above).

    Raises TouchOver, HeldBack where a cap is in the way, and NotSendable where the contact may not be written to, has
    no address, or the text still holds a variable.
    """
    planner = Planner(now or timezone.now())
    held_back: HeldBack | None = None
    with transaction.atomic():
        row = held(touch, *Touch.OPEN)
        if row.email is not None:
            raise TouchOver(row)
        free = planner.next_free(row)
        if free.rule is not None and free.rule.is_cap:
            flow.postpone(row, planner=planner)
            flow.refresh_next_touch([row.account_id])
            held_back = HeldBack(free)
        else:
            activity = _send(row, by=by, subject=subject, body=body, planner=planner)
    if held_back is not None:  # outside, so that the move is kept
        raise held_back
    return activity


def _send(row: Touch, *, by: User, subject: str, body: str, planner: Planner) -> Activity:
    if not subject.strip() or not body.strip():
        raise NotSendable(_("An email needs a subject and a text."))
    if names := templating.names(subject + body):
        raise NotSendable(_("Fill in first: %(names)s.") % {"names": ", ".join(names)})
    row.email = put_into_outbox(row, subject=subject, body=body, now=planner.now)
    activity = mark_done(
        row, by=by, outcome=Outcome.SENT, subject=row.email.subject, body=body, at=planner.now
    )
    go_on(row, planner=planner, after=planner.now)
    return activity


def put_into_outbox(row: Touch, *, subject: str, body: str, now: datetime, **fields: Any) -> OutboundEmail:
    """The outbox row of a touch, unique by the touch. Raises NotSendable where the contact may not be written to."""
    contact = row.contact
    address = contact.email
    if not address:
        raise NotSendable(_("There is no email address."))
    if contact.deleted_at is not None:
        raise NotSendable(_("%(name)s is in the bin.") % {"name": contact})
    if contact.is_opted_out("email"):
        raise NotSendable(_("Opted out of: %(channel)s.") % {"channel": Channel.EMAIL.label})
    if is_suppressed(address):
        raise NotSendable(_("Must not be written to: the address is suppressed."))
    mailbox = _mailbox(row)
    nudge()
    text = f"{body.rstrip()}\n\n-- \n{mailbox.signature}" if mailbox.signature else body
    return queue_email(
        key=f"touch:{row.pk}",
        to_address=address,
        subject=subject,
        text=text,
        mailbox=mailbox,
        due_at=now,
        user=row.owner,
        account=row.account,
        contact=contact,
        is_outreach=True,
        **fields,
    )


def _mailbox(row: Touch) -> Mailbox:
    mailbox = row.enrollment.mailbox if row.enrollment else None
    if mailbox is None or not mailbox.is_active:
        mailbox = flow.mailbox_of(row.owner)
    if mailbox is None:
        raise NotSendable(_("%(name)s has no mailbox to write from.") % {"name": row.owner})
    return mailbox


def skip_touch(*, touch: Touch, by: User, reason: str, now: datetime | None = None) -> Touch:
    """Leave a touch out and plan the next step. Raises TouchOver where it is done, or its email is on its way."""
    planner = Planner(now or timezone.now())
    reason = reason.strip() or _("skipped by hand")
    with transaction.atomic():
        row = held(touch, *Touch.OPEN, State.FAILED)
        if row.state == State.DUE and not flow.call_back(row, why=reason):
            raise TouchOver(row)
        row.state, row.reason = State.SKIPPED, reason[:300]
        row.save(update_fields=["state", "reason"])
        _write(row, Activity.Kind.TOUCH_SKIPPED, by=by, at=planner.now, body=reason)
        go_on(row, planner=planner, after=planner.now)
    return row


def retry_touch(*, touch: Touch, by: User, now: datetime | None = None) -> Touch:
    """Let a failed touch fall due again, after a person set right what was wrong. Raises TouchOver where it cannot.

    One whose email failed is tried again from the outbox, with the same Message-ID.
    """
    planner = Planner(now or timezone.now())
    with transaction.atomic():
        row = held(touch, State.FAILED)
        if row.email is not None:
            raise TouchOver(row)
        free = planner.next_free(row)
        row.state, row.reason, row.due_at, row.held_back = State.PLANNED, "", free.at, free.held_back
        row.save(update_fields=["state", "reason", "due_at", "held_back"])
        flow.refresh_next_touch([row.account_id])
    return row


def log_touch(
    *,
    account: Account,
    contact: Contact,
    channels: list[str],
    intent: str = Intent.GIVE,
    outcome: str,
    by: User,
    notes: str = "",
    insight: Insight | None = None,
    at: datetime | None = None,
    now: datetime | None = None,
) -> Activity:
    """Write down a touch that somebody made outside of a sequence. It counts for the caps like every other."""
    planner = Planner(now or timezone.now())
    with transaction.atomic():
        account = lock_account(account.pk)
        dream_client = current_for(account)
        row = Touch.objects.create(
            dream_client=dream_client,
            account=account,
            contact=contact,
            team_id=_team_id(dream_client, account, by),
            owner=by,
            channels=channels,
            intent=intent,
            insight=insight,
            state=State.DUE,
            due_at=at or planner.now,
        )
        activity = mark_done(row, by=by, outcome=outcome, body=notes, at=at or planner.now)
        go_on(row, planner=planner, after=planner.now)
    return activity


# --- What the engine shares -------------------------------------------------------------------------------------


def held(touch: Touch, *states: Touch.State) -> Touch:
    """The touch as it stands now, its account held. Raises TouchOver where it is in none of `states`."""
    lock_account(touch.account_id)
    row: Touch | None = flow.whole_touches().filter(pk=touch.pk).first()
    if row is None or row.state not in states:
        raise TouchOver(row or touch)
    return row


def mark_done(
    row: Touch,
    *,
    by: User,
    outcome: str,
    at: datetime,
    subject: str = "",
    body: str = "",
    source: str = Activity.Source.USER,
) -> Activity:
    """The touch is done: its activity, the dream client's last touch and rungs, the insight that was given."""
    activity = _write(
        row,
        Activity.Kind.TOUCH,
        by=by,
        at=at,
        source=source,
        channels=row.channels,
        intent=row.intent,
        outcome=outcome,
        subject=subject[:300],
        body=body,
    )
    row.state, row.done_at, row.outcome, row.activity = State.DONE, at, outcome, activity
    row.subject, row.body = subject[:300], body
    if source == Activity.Source.ENGINE:
        row.reason = ""  # a failure that a person saw through stays: nobody is told of it again
    row.save(update_fields=["state", "done_at", "outcome", "activity", "subject", "body", "reason", "email"])
    if row.insight_id is not None:
        InsightGiven.objects.get_or_create(
            insight_id=row.insight_id,
            contact_id=row.contact_id,
            defaults={"on": local_day(at, row.contact.time_zone_name)},
        )
    touched(activity=activity)
    if outcome == Outcome.CONNECTED:
        engaged(activity=activity)
    return activity


def go_on(row: Touch, *, planner: Planner, after: datetime) -> None:
    """After a touch is done or skipped: the next step is planned, and what a cap now forbids moves on."""
    enrollment: Enrollment | None = row.enrollment
    if enrollment is not None:
        flow.advance(enrollment, planner=planner, after=after)
    if row.state == State.DONE:
        flow.move_out_of_the_way(row.account_id, planner=planner)
    flow.refresh_next_touch([row.account_id])


def _write(row: Touch, kind: str, *, by: User, at: datetime, source: str = "", **fields: Any) -> Activity:
    data: dict[str, Any] = {"email": row.email_id} if row.email_id else {}
    return flow.write(kind, row, by=by, at=at, source=source, data=data, **fields)


def _plan_callback(row: Touch, at: datetime) -> None:
    Touch.objects.create(
        dream_client_id=row.dream_client_id,
        account_id=row.account_id,
        contact_id=row.contact_id,
        team_id=row.team_id,
        owner_id=row.owner_id,
        channels=[Channel.CALL],
        intent=row.intent,
        due_at=at,
        subject=_("Call back, as they asked"),
    )


def _team_id(dream_client: DreamClient | None, account: Account, by: User) -> int | None:
    if dream_client is not None:
        return dream_client.team_id
    return account.team_id or by.home_team_id


def window_end(row: Touch, planner: Planner) -> datetime:
    """Until when an email of now may leave."""
    hours = planner.calendar(row.contact, schedule_of(row)).hours
    return hours.window(local_day(planner.now, hours.tz))[1]
