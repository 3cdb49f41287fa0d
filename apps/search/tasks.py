"""What search does by itself."""

from celery import shared_task


@shared_task(name="apps.search.tasks.forget")
def forget() -> None:
    """Forget the words that occur no more, once a day. Until then they cost a look-up that finds nothing."""
    from apps.search.vocabulary import rebuild

    rebuild()
