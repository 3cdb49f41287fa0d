"""Celery only says "look now": what there is to do stands in the rows."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


@shared_task(name="apps.tables.tasks.tick")
def tick() -> None:
    """Work on one bulk job for a while; where more is left, come back."""
    from apps.tables import jobs, runner

    if runner.run_next():
        nudge()
    else:
        jobs.tidy()


def nudge() -> None:
    """Have a worker look at once. Without a broker nothing is lost: the next tick of the beat looks as well."""
    try:
        tick.delay()
    except (OperationalError, RedisError, OSError):
        log.warning("The broker cannot be reached; the job starts with the next tick.")
