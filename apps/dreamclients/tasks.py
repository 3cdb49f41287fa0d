"""Celery only says "look now": what there is to do stands in the rows."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


@shared_task(name="apps.dreamclients.tasks.tick")
def tick() -> None:
    """Let live lists follow their filters."""
    from apps.dreamclients import following

    following.tick()


@shared_task(name="apps.dreamclients.tasks.bring_up")
def bring_up() -> None:
    """Bring up dream clients whose moment has come. A task of its own: no list that fails can hold it up."""
    from apps.dreamclients import coming_up

    coming_up.tick()


def nudge() -> None:
    """Have a worker look at once. Without a broker nothing is lost: the next tick of the beat looks as well."""
    try:
        tick.delay()
    except (OperationalError, RedisError, OSError):
        log.warning("The broker cannot be reached; lists follow their filters with the next tick.")
