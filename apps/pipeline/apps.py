from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "apps.pipeline"
    label = "pipeline"

    def ready(self) -> None:
        """Makes its table known."""
        from apps.pipeline import bulk, cells, tables  # noqa: F401
