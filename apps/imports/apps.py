"""The app `imports`."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """Files that become accounts, contacts and dream clients."""

    name = "apps.imports"
    label = "imports"
