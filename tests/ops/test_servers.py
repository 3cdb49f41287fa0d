"""The servers that tests run on."""

import os

import pytest
from django.core.cache import cache
from django.db import connection

pytestmark = pytest.mark.django_db


def test_a_run_has_a_database_of_its_own() -> None:
    assert f"test_opener_{os.environ['OPENER_TEST_RUN']}" in connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute("select upper('é'), current_setting('server_encoding')")
        assert cursor.fetchone() == ("É", "UTF8")


def test_the_cache_answers() -> None:
    cache.set("a", "b")
    assert cache.get("a") == "b"
