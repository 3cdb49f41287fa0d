"""The project package: settings, URLs, Celery, and what all apps share and has no tables."""

from opener.celery import app as celery_app

__all__ = ["celery_app"]
