"""Celery only says "look now": what there is to do stands in the rows."""

from celery import shared_task


@shared_task(name="apps.tables.tasks.tick")
def tick() -> None:
    """Work on one bulk job for a while."""
