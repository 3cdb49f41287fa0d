"""Writing email down, calling it back, and who must not be written to. Handing it over is `apps.mail.outbox`."""

import re
import uuid
from collections.abc import Iterable
from datetime import datetime
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Q, QuerySet
from django.db.models.functions import Coalesce, Lower, Now
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Account, Contact, OptOut
from apps.accounts.services import opt_out
from apps.activities.models import Activity, Channel
from apps.activities.services import record
from apps.mail.models import Mailbox, OutboundEmail, Suppression
from apps.mail.purged import stand_in
from apps.users.models import User

State = OutboundEmail.State


def queue_email(
    *,
    key: str,
    to_address: str,
    subject: str,
    text: str,
    html: str = "",
    from_address: str = "",
    mailbox: Mailbox | None = None,
    due_at: datetime | None = None,
    **fields: Any,
) -> OutboundEmail:
    """The outbox row with that `key`; written now where there is none. Call it in the transaction of its cause.

    Without a mailbox it comes from the installation's own address. Where it may leave only in certain hours, give
    the end of the window as `send_until`: what an outage held back beyond it waits for the same time on the mailbox
    owner's next business day. A tick comes within seconds; `tasks.nudge()` makes it come at once.
    """
    if mailbox is not None:
        from_address = formataddr((mailbox.display_name, mailbox.address))
    from_address = from_address or settings.DEFAULT_FROM_EMAIL
    email, _created = OutboundEmail.objects.get_or_create(
        key=key,
        defaults={
            "to_address": to_address,
            "subject": " ".join(subject.split())[:300],
            "text": text,
            "html": html,
            "from_address": from_address,
            "mailbox": mailbox,
            "due_at": due_at or timezone.now(),
            "message_id": make_message_id(from_address),
            **fields,
        },
    )
    return email


def make_message_id(from_address: str) -> str:
    """A new Message-ID in the domain of the sender; it tells nothing else about this machine."""
    domain = parseaddr(from_address)[1].rpartition("@")[2].lower()
    if not re.fullmatch(r"[a-z0-9.-]{1,150}", domain):
        domain = "opener.invalid"
    return f"<{uuid.uuid4().hex}@{domain}>"


def cancel_email(*, email: OutboundEmail, why: str) -> bool:
    """Call back an email that waits: a reply came, its enrollment was paused. True where it will not be sent.

    This is how an app above this one re-checks its own conditions "inside the claim": it calls this in the
    transaction that makes sending wrong. The sender leaves the claim for DATA by `UPDATE … WHERE state = 'claimed'`:
    a cancellation that was committed before wins; one that is about to be is waited for, by the lock on the row.
    False: it is being handed over at this moment, or is over already.
    """
    waiting = OutboundEmail.objects.filter(pk=email.pk, state__in=[State.SCHEDULED, State.CLAIMED])
    done = waiting.update(state=State.CANCELLED, answer=why[:500], claim_token=None, claimed_until=None)
    if done:
        email.state, email.answer = State.CANCELLED, why[:500]
    return bool(done)


# --- What a person decides ----------------------------------------------------------------------------------------


def retry_email(*, email: OutboundEmail, by: User) -> bool:
    """Send once more what failed, was refused or is unknown, with its attempts anew. False where it no longer waits.

    An unknown one may have arrived: it then arrives twice, with one Message-ID. Ask before.
    """
    return _decide(
        email,
        (State.FAILED, State.REFUSED, State.UNKNOWN),
        state=State.SCHEDULED,
        attempts=0,
        due_at=timezone.now(),
        send_until=None,
        answer=_("Sent once more by %(name)s.") % {"name": by},
    )


def settle_email(*, email: OutboundEmail, arrived: bool, by: User) -> bool:
    """Say how an unknown one ended, where a person found out. False where it no longer waits for that.

    `arrived`: it counts as accepted at the moment it was handed over. Otherwise it counts as cancelled, and so does
    one that failed or was refused, which nobody wants to send again.
    """
    if arrived:
        return _decide(
            email,
            (State.UNKNOWN,),
            state=State.ACCEPTED,
            accepted_at=Coalesce("handed_over_at", Now()),
            answer=_("It arrived, says %(name)s.") % {"name": by},
        )
    return _decide(
        email,
        (State.UNKNOWN, State.FAILED, State.REFUSED),
        state=State.CANCELLED,
        answer=_("Left as it is by %(name)s.") % {"name": by},
    )


def _decide(email: OutboundEmail, states: Iterable[State], **changes: Any) -> bool:
    waiting = OutboundEmail.objects.filter(pk=email.pk, state__in=list(states))
    # Without its token a sender that comes back late has no say any more.
    done = waiting.update(claim_token=None, claimed_until=None, **changes)
    email.refresh_from_db()
    return bool(done)


# --- Who must not be written to --------------------------------------------------------------------------------


def suppress(*, address: str, reason: str, by: User | None = None, at: datetime | None = None) -> Suppression:
    """Nobody writes to `address` (or to the domain `example.com`) again. The first reason stays."""
    row, _created = Suppression.objects.get_or_create(
        address=address.strip().lower(), defaults={"reason": reason, "by": by, "at": at or timezone.now()}
    )
    return row


def is_suppressed(address: str) -> bool:
    """True where nobody may write to `address`: it, or its domain, is suppressed, or its contact opted out."""
    return Suppression.objects.filter(_suppressed(address)).exists() or _opted_out(address).exists()


def blocked(email: OutboundEmail) -> Q:
    """The condition, for a query, that outreach like `email` must not leave: read at the moment of that query."""
    condition = Q(Exists(Suppression.objects.filter(_suppressed(email.to_address))))
    condition |= Q(Exists(_opted_out(email.to_address))) | in_the_bin(email)
    if email.contact_id:
        condition |= Q(
            Exists(OptOut.objects.filter(contact=email.contact_id, channel__in=["email", OptOut.ALL]))
        )
    return condition


def in_the_bin(email: OutboundEmail) -> Q:
    """The condition, for a query, that whom `email` is to lies in the bin: read at the moment of that query."""
    contact, account = email.contact_id or 0, email.account_id or 0
    return Q(Exists(Contact.objects.filter(pk=contact, deleted_at__isnull=False))) | Q(
        Exists(Account.objects.filter(pk=account, deleted_at__isnull=False))
    )


def _suppressed(address: str) -> Q:
    """The address, what stands for it where it was purged, its domain, and the domains above it."""
    address = address.strip().lower()
    labels = address.rpartition("@")[2].split(".")
    domains = [".".join(labels[start:]) for start in range(max(len(labels) - 1, 1))]
    return Q(address__in=[address, stand_in(address), *domains])


def _opted_out(address: str) -> QuerySet[OptOut]:
    # Lower() is what the index on addresses holds; `iexact` would read the whole table.
    rows = OptOut.objects.alias(lower=Lower("contact__emails__address"))
    return rows.filter(lower=address.strip().lower(), channel__in=["email", OptOut.ALL])


@transaction.atomic
def unsubscribe(*, email: OutboundEmail, at: datetime | None = None) -> bool:
    """The recipient of `email` wants no more of it: nobody here writes to them again. True for the first time.

    It leaves rows, which the apps above pick up: OptOut of the contact, Suppression of the address, an activity.
    """
    address = email.to_address.strip().lower()
    is_new = not Suppression.objects.filter(address=address).exists()
    suppress(address=address, reason=Suppression.Reason.OPTED_OUT, at=at)
    if email.contact_id is None:
        return is_new
    # The lock makes two clicks at one moment one opt-out.
    contact = (
        Contact.objects.select_related("account")
        .select_for_update(no_key=True, of=("self",))
        .get(pk=email.contact_id)
    )
    if contact.opt_outs.filter(channel__in=["email", OptOut.ALL]).exists():
        return False
    opt_out(contact=contact, channel="email", by=None, reason=_("Unsubscribed from an email"), at=at)
    record(
        kind=Activity.Kind.OPTED_OUT,
        source=Activity.Source.CONTACT,
        account=contact.account,
        contact=contact,
        by=None,
        at=at,
        channels=[Channel.EMAIL],
        subject=email.subject,
        data={"email": email.pk},
    )
    return True
