"""Celery: transport for work whose truth is in PostgreSQL. A message may be lost, repeated or late without harm."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opener.settings")

app = Celery("opener")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
