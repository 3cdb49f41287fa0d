from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "apps.users"
    label = "users"

    def ready(self) -> None:
        """The lowest app comes first: every form of every app is made after this."""
        from opener import refusals

        refusals.begin()
