"""Celery only says "look now": what has lain in the bin for its time stands in the rows."""

from celery import shared_task


@shared_task(name="apps.bin.tasks.tick")
def tick() -> None:
    """Empty the bin of what has lain there for its time."""
    from apps.bin.purging import purge

    purge()
