from django.apps import AppConfig


class SequencesConfig(AppConfig):
    name = "apps.sequences"
    label = "sequences"
