"""The messages that make the engine look. They carry nothing: rows say what is due."""

from celery import shared_task

from apps.accounts import custom
from apps.sequences import engine


@shared_task(name="apps.sequences.tasks.tick")
def tick() -> None:
    """Do all that is due now."""
    with custom.remembered():
        engine.tick()
