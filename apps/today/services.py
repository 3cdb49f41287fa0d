"""What a person decides about a touch in Today, beyond doing and skipping it."""

from datetime import datetime

from django.db import transaction

from apps.sequences.models import Touch
from apps.sequences.services import TouchOver, lock_account, refresh_next_touch
from apps.users.models import User


def postpone(*, touch: Touch, to: datetime, by: User) -> Touch:
    """Let a touch fall due later, at a moment that a person chose. Raises TouchOver where it is not open any more."""
    with transaction.atomic():
        lock_account(touch.account_id)
        row = Touch.objects.get(pk=touch.pk)
        if not row.is_open or row.email_id is not None:
            raise TouchOver(row)
        row.state, row.due_at, row.held_back = Touch.State.PLANNED, to, ""
        row.save(update_fields=["state", "due_at", "held_back"])
        refresh_next_touch([row.account_id])
    return row
