"""What every test stands on. The servers come first: Django's settings need their addresses."""

import os

import pytest
from django.conf import settings

from tests import servers

servers.prepare()
settings.DATABASES  # noqa: B018 - read now: pytest-django sets Django up where the settings have been read
settings.STORAGES["default"] = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
# A worker of xdist that found it in its environment would read the settings before it claimed a Valkey of its own.
os.environ.pop("DJANGO_SETTINGS_MODULE", None)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> None:
    """Give each run and worker a database of its own."""
    worker = getattr(request.config, "workerinput", {}).get("workerid")
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = servers.database_name(worker)


@pytest.fixture(autouse=True)
def _after_the_first_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages do not lead to the first run, whichever test came before; tests of the first run undo this."""
    from apps.users.middleware import FirstRunMiddleware

    monkeypatch.setattr(FirstRunMiddleware, "somebody_is_here", True)


def pytest_unconfigure() -> None:
    """Leave the servers when everything is over."""
    servers.finish()
