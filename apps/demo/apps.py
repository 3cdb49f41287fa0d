"""The app `demo`."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """A made-up organisation to try Opener on."""

    name = "apps.demo"
    label = "demo"
