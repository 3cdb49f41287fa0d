"""What comes back from a contact, with all its consequences: one service for every way that it reaches us.

A person logs it today; a mailbox that is read will call the same service with what it classified.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Contact, OptOut
from apps.accounts.services import opt_out
from apps.activities.models import Activity
from apps.activities.services import notify, record
from apps.dreamclients.models import DreamClient
from apps.dreamclients.services import current_for, engaged
from apps.mail.models import Suppression
from apps.mail.services import suppress
from apps.sequences import flow
from apps.sequences.enrolling import stop_account
from apps.sequences.locks import lock_account
from apps.sequences.models import Enrollment
from apps.sequences.planner import Planner
from apps.users.models import User
from opener.days import day_start, local_day

KINDS = ("reply", "auto_reply", "out_of_office", "bounce", "opt_out")
SENTIMENTS = ("positive", "neutral", "negative")
_ACTIVITY = {
    "reply": Activity.Kind.REPLY,
    "auto_reply": Activity.Kind.AUTO_REPLY,
    "out_of_office": Activity.Kind.AUTO_REPLY,
    "bounce": Activity.Kind.BOUNCE,
    "opt_out": Activity.Kind.OPTED_OUT,
}


def receive(
    *,
    kind: str,
    contact: Contact,
    by: User | None = None,
    at: datetime | None = None,
    text: str = "",
    sentiment: str = "",
    returns_on: date | None = None,
    channel: str = OptOut.ALL,
    address: str = "",
    now: datetime | None = None,
) -> Activity:
    """Take note of a classified message from `contact` and do what follows from it.

    A reply ends the contact's enrollments and pauses the others at the account. An automatic reply changes nothing.
    An out-of-office pauses the contact's enrollments until the day after `returns_on`, or 5 business days where it
    names none; a longer pause stays. A (hard) bounce suppresses `address` (else the contact's own) and ends them. An opt-out, of `channel` or of all, is kept for
    ever and ends them. ValueError for any other `kind`.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of message: {kind}")
    planner = Planner(now or timezone.now())
    with transaction.atomic():
        account = lock_account(contact.account_id)
        contact = Contact.objects.select_related("account").get(pk=contact.pk)
        running = list(flow.whole().running().filter(contact=contact).order_by("-id"))
        activity = _record(
            kind, contact, current_for(account), running, by, at or planner.now, text, sentiment, returns_on
        )
        if kind == "reply":
            _replied(contact, activity, running, by, planner)
        elif kind == "out_of_office":
            _away(contact, running, returns_on, by, planner)
        elif kind == "bounce":
            if address := address or contact.email:
                suppress(address=address, reason=Suppression.Reason.BOUNCED, by=by)
            _exit(running, _("the address bounced"), by, planner)
        elif kind == "opt_out":
            opt_out(contact=contact, channel=channel, by=by, reason=text[:200], at=at or planner.now)
            if channel in (OptOut.ALL, "email"):
                for email in contact.emails.all():
                    suppress(address=email.address, reason=Suppression.Reason.OPTED_OUT, by=by)
            _exit(running, _("opted out"), by, planner)
        flow.refresh_next_touch([account.pk])
    return activity


def _record(
    kind: str,
    contact: Contact,
    dream_client: DreamClient | None,
    running: list[Enrollment],
    by: User | None,
    at: datetime,
    text: str,
    sentiment: str,
    returns_on: date | None,
) -> Activity:
    """The activity, credited to whoever works the contact, with the enrollment and touch that it answers."""
    last = Activity.objects.touches().filter(contact=contact, at__lte=at).order_by("-at", "-id").first()
    data: dict[str, Any] = {"message": kind, "logged_by": by.pk if by else None}
    if sentiment:
        data["sentiment"] = sentiment
    if returns_on:
        data["returns_on"] = returns_on.isoformat()
    if last is not None:
        data["answers"] = last.pk
        data |= {
            name: last.data[name]
            for name in ("touch", "enrollment", "sequence", "step", "variant")
            if name in last.data
        }
    owner = running[0].owner if running else dream_client.owner if dream_client else None
    return record(
        kind=_ACTIVITY[kind],
        account=contact.account,
        contact=contact,
        by=owner or by,
        at=at,
        team_id=dream_client.team_id if dream_client else None,
        source=Activity.Source.USER if by else Activity.Source.CONTACT,
        body=text,
        data=data,
    )


def _replied(
    contact: Contact, activity: Activity, running: list[Enrollment], by: User | None, planner: Planner
) -> None:
    engaged(activity=activity)
    for owner in {enrollment.owner for enrollment in running}:
        if owner != by:
            notify(
                user=owner,
                key=f"reply:{activity.pk}",
                text=_("%(contact)s at %(account)s replied")
                % {"contact": contact, "account": contact.account},
                url=flow.record_url(contact.account_id),
                account_id=contact.account_id,
            )
    stop_account(
        account=contact.account,
        contact=contact,
        reason=_("%(contact)s replied") % {"contact": contact},
        by=by,
        cause="reply",
        now=planner.now,
    )


def _away(
    contact: Contact, running: list[Enrollment], returns_on: date | None, by: User | None, planner: Planner
) -> None:
    for enrollment in running:
        is_paused, rests = enrollment.state == Enrollment.State.PAUSED, enrollment.paused_until
        hours = planner.calendar(contact, enrollment.sequence.schedule).hours
        if returns_on is not None:
            until = day_start(returns_on + timedelta(days=1), hours.tz)
        else:
            until = hours.window(hours.add_business_days(local_day(planner.now, hours.tz), 5))[0]
        if is_paused and (rests is None or rests >= until):
            continue  # a pause that waits for a person, or that lasts longer, is not lifted by a machine's answer
        flow.pause(enrollment, reason=_("out of office"), until=until, by=by, planner=planner)


def _exit(running: list[Enrollment], reason: str, by: User | None, planner: Planner) -> None:
    for enrollment in running:
        flow.end(enrollment, Enrollment.State.EXITED, reason=reason, by=by, planner=planner)
