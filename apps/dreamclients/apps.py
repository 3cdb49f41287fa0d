from django.apps import AppConfig


class DreamclientsConfig(AppConfig):
    name = "apps.dreamclients"
    label = "dreamclients"
