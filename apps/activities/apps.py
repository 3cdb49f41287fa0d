from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "apps.activities"
    label = "activities"

    def ready(self) -> None:
        """Has work on many rows end in the bell of whoever started it."""
        from apps.activities.jobs import tell_owner
        from apps.tables.runner import FINISHED

        FINISHED.append(tell_owner)
