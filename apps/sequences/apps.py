from django.apps import AppConfig


class SequencesConfig(AppConfig):
    name = "apps.sequences"
    label = "sequences"

    def ready(self) -> None:
        """Has the tables of contacts and of dream clients offer to enroll."""
        from apps.sequences import bulk  # noqa: F401
