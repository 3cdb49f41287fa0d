from django.apps import AppConfig


class DreamclientsConfig(AppConfig):
    name = "apps.dreamclients"
    label = "dreamclients"

    def ready(self) -> None:
        """Makes its table known."""
        from apps.dreamclients import bulk_actions, cells, tables  # noqa: F401
