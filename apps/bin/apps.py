from django.apps import AppConfig


class BinConfig(AppConfig):
    name = "apps.bin"
    label = "bin"
