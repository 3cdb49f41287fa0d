"""The benchmarks' databases: beside the application's own on the same server, which they never touch."""

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

NAME = "opener_bench"
SCRATCH = "opener_bench_scratch"
_FRESH_FOR = timedelta(days=5)
"""The demo's days are counted from the day it was loaded; Today looks different a week later."""


_loaded: set[str] = set()
"""What this run has loaded: `--fresh` means once."""


@contextmanager
def servers() -> Iterator[None]:
    """The servers that the environment names, else the embedded ones; Django is set up on the benchmarks' database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opener.settings")
    os.environ.setdefault("SECRET_KEY", "only-for-benchmarks")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ["STATIC_MANIFEST"] = "0"
    embedded: Any = None
    if "DATABASE_URL" not in os.environ:
        from opener.embedded.folder import Folder
        from opener.embedded.servers import Servers
        from opener.embedded.valkey import DATABASES

        folder = Folder.of_environment()
        embedded = Servers(folder)
        embedded.start()
        os.environ["OPENER_DATA_DIR"] = str(folder.path)
        os.environ["DATABASE_URL"] = embedded.postgres.url()
        os.environ["REDIS_URL"] = embedded.valkey.url(DATABASES - 1)
    os.environ["BENCH_SERVER"] = os.environ["DATABASE_URL"]
    os.environ["DATABASE_URL"] = url_of(SCRATCH)
    create(SCRATCH, drop=False)
    try:
        import django

        warnings.filterwarnings("ignore", "No directory at")  # whitenoise misses collected files
        django.setup()
        yield
    finally:
        from django.db import connection

        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
        if embedded is not None:
            embedded.release()


def url_of(name: str) -> str:
    """The address of a database on the same server."""
    return urlunsplit(urlsplit(os.environ["BENCH_SERVER"])._replace(path=f"/{name}"))


def create(name: str, *, drop: bool) -> None:
    """Make a database where there is none; with `drop` an empty one in any case."""
    with psycopg.connect(os.environ["BENCH_SERVER"], autocommit=True) as connection:
        if drop:
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )
        if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))


def use(name: str) -> None:
    """Have Django's connection lead to another database of the server."""
    from django.conf import settings
    from django.db import connections

    connection = connections["default"]
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def migrate() -> None:
    """All tables."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, stdout=StringIO())


def demo_data(accounts: int, activities: int, *, fresh: bool = False) -> None:
    """The demo's data in a database for that size; what is there is used again."""
    from django.core.management import call_command

    from apps.users.models import User

    name = f"{NAME}_{accounts}"
    fresh = fresh and name not in _loaded
    _loaded.add(name)
    wanted = {"accounts": accounts, "activities": activities}
    use(name)
    found = _note(name)
    old = not found or date.fromisoformat(found.pop("day")) < datetime.now(UTC).date() - _FRESH_FOR
    if fresh or old or found != wanted:
        use(name)
        create(name, drop=True)
    migrate()
    if not User.objects.exists():
        call_command("demo", "--accounts", str(accounts), "--activities", str(activities), verbosity=0)
        with psycopg.connect(url_of(name), autocommit=True) as connection:
            connection.execute("vacuum analyze")
            note = json.dumps({**wanted, "day": datetime.now(UTC).date().isoformat()})
            connection.execute(
                sql.SQL("comment on database {} is {}").format(sql.Identifier(name), sql.Literal(note))
            )


def _note(name: str) -> dict[str, Any]:
    """What a database of the benchmarks holds, by its comment."""
    with psycopg.connect(os.environ["BENCH_SERVER"]) as connection:
        row = connection.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", [name]
        ).fetchone()
    return json.loads(row[0]) if row and row[0] else {}
