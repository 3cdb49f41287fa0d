"""What Celery runs. A message holds nothing: lost, repeated or late, it changes nothing."""

import logging
import time
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from apps.mail import outbox, reminders
from opener.celery import app

TICK_SECONDS = 4.0
"""Shorter than the beat's rhythm: a backlog must not take every worker from the other ticks."""
PATIENCE_SECONDS = 0.3
"""How long a request waits for a broker that does not answer."""
SILENCE_SECONDS = 5.0
"""How long nobody asks a broker again that did not answer. Beat's tick comes in that time anyway."""

logger = logging.getLogger(__name__)
_silent_until = 0.0


@shared_task(name="apps.mail.tasks.tick")
def tick() -> None:
    """Send what is due."""
    outbox.send_due(seconds=TICK_SECONDS)


@shared_task(name="apps.mail.tasks.remind")
def remind() -> None:
    """Deliver reminders that are due."""
    if reminders.deliver_due_reminders():
        outbox.send_due(seconds=TICK_SECONDS)


def nudge() -> None:
    """Have the outbox looked at right after this transaction instead of at the next tick.

    It is a courtesy: where the broker is away the tick comes by itself, and no request fails or waits for it.
    """
    waiting: list[Any] = transaction.get_connection().run_on_commit
    if not any(call[1] is _send_tick for call in waiting):
        transaction.on_commit(_send_tick, robust=True)


def _send_tick() -> None:
    global _silent_until  # noqa: PLW0603 - what this process knows of the broker
    if time.monotonic() < _silent_until:
        return
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS | {
        "socket_connect_timeout": PATIENCE_SECONDS,
        "socket_timeout": PATIENCE_SECONDS,
        "max_retries": 0,
    }
    try:
        with app.connection_for_write(
            transport_options=options, connect_timeout=PATIENCE_SECONDS
        ) as connection:
            tick.apply_async(connection=connection, retry=False, expires=3 * SILENCE_SECONDS)
    except (OperationalError, OSError) as error:
        _silent_until = time.monotonic() + SILENCE_SECONDS
        logger.warning("The broker does not answer (%s); mail leaves with the next tick.", error)
