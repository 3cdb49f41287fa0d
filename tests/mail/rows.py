"""Rows of the outbox for tests."""

import uuid
from typing import Any

from apps.mail.models import OutboundEmail
from apps.mail.services import queue_email


def make_email(**fields: Any) -> OutboundEmail:
    """One that is due: to Carla, a colleague's note."""
    given = {
        "key": f"test:{uuid.uuid4()}",
        "to_address": "carla@company.test",
        "subject": "A figure",
        "text": "Hello Carla,\n\nthis may help.",
        "from_address": "Ann Berg <ann@opener.test>",
    }
    late = {
        name: fields.pop(name) for name in ("state", "attempts", "answer", "handed_over_at") if name in fields
    }
    email = queue_email(**(given | fields))
    for name, value in late.items():
        setattr(email, name, value)
    email.save()
    return email


def state(email: OutboundEmail) -> str:
    """How it stands in the database."""
    email.refresh_from_db()
    return email.state
