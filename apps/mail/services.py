"""Writing email down. Handing it over is `apps.mail.outbox`."""

import uuid
from datetime import datetime
from email.utils import formataddr, make_msgid
from typing import Any

from django.conf import settings
from django.utils import timezone

from apps.accounts.models import OptOut
from apps.mail.models import Mailbox, OutboundEmail, Suppression


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

    Without a mailbox it comes from the installation's own address.
    """
    if mailbox is not None:
        from_address = formataddr((mailbox.display_name, mailbox.address))
    from_address = from_address or settings.DEFAULT_FROM_EMAIL
    domain = from_address.rpartition("@")[2].strip("> ") or "localhost"
    email, _ = OutboundEmail.objects.get_or_create(
        key=key,
        defaults={
            "to_address": to_address,
            "subject": " ".join(subject.split())[:300],
            "text": text,
            "html": html,
            "from_address": from_address,
            "mailbox": mailbox,
            "due_at": due_at or timezone.now(),
            "message_id": make_msgid(idstring=uuid.uuid4().hex, domain=domain),
            **fields,
        },
    )
    return email


def is_suppressed(address: str) -> bool:
    """True where nobody may write to `address`: it, or its domain, is suppressed, or its contact opted out."""
    address = address.strip().lower()
    domain = address.rpartition("@")[2]
    if Suppression.objects.filter(address__in=[address, domain]).exists():
        return True
    return OptOut.objects.filter(
        contact__emails__address__iexact=address, channel__in=["email", OptOut.ALL]
    ).exists()
