"""Django's own mail (a lost password) goes through the outbox, like every other."""

import uuid
from collections.abc import Sequence

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from apps.mail.services import queue_email
from apps.mail.tasks import nudge


class OutboxBackend(BaseEmailBackend):
    """Writes one outbox row for each recipient; a worker hands them over."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many messages were written down."""
        for message in email_messages:
            html = ""
            if isinstance(message, EmailMultiAlternatives):
                html = next((str(body) for body, kind in message.alternatives if kind == "text/html"), "")
            for address in message.recipients():
                queue_email(
                    key=f"system:{uuid.uuid4()}",
                    to_address=address,
                    from_address=message.from_email or "",
                    subject=str(message.subject),
                    text=str(message.body),
                    html=html,
                )
        nudge()
        return len(email_messages)
