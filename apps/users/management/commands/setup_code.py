"""The one-time code for the first visitor."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.users.services import AlreadySetUp, make_setup_code


class Command(BaseCommand):
    help = "Print a new one-time code with which the first visitor makes the organisation and its admin."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            code = make_setup_code()
        except AlreadySetUp:
            self.stdout.write(f"The organisation is set up. Sign in at {settings.BASE_URL}/")
            return
        self.stdout.write(
            f"Open {settings.BASE_URL}/welcome/ and enter this code: {code}\n"
            "It works once. `manage.py setup_code` prints a new one and ends this one."
        )
