"""Celery only says "look now": what there is to do stands in the rows."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from apps.accounts import custom_work

log = logging.getLogger(__name__)


@shared_task(name="apps.accounts.tasks.tick")
def tick() -> None:
    """Do what follows from changed custom fields, for a while."""
    custom_work.tick()


def nudge() -> None:
    """Have a worker look at once. Without a broker nothing is lost: the next tick of the beat looks as well."""
    try:
        tick.delay()
    except (OperationalError, RedisError, OSError):
        log.warning("The broker cannot be reached; custom fields are worked on with the next tick.")
