from django.apps import AppConfig
from django.core import signals


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Makes its tables known; has custom fields read once a request."""
        from apps.accounts import bulk, cells, custom_cache, tables  # noqa: F401

        signals.request_started.connect(custom_cache.begin, dispatch_uid="custom fields are remembered")
        signals.request_finished.connect(custom_cache.end, dispatch_uid="custom fields are forgotten")
