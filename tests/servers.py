"""The servers that tests run on: the embedded ones, unless DATABASE_URL and REDIS_URL name others.

`prepare` runs before Django reads its settings. Several runs may go on at once on one machine, each with several
workers: a test database carries its run's process id, and each process takes a Valkey database for itself.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil
import psycopg
import redis
from psycopg import sql

from opener.embedded.folder import PROJECT, Folder
from opener.embedded.servers import Servers
from opener.embedded.valkey import DATABASES

_numbers: list[IO[str]] = []
_servers: list[Servers] = []


def prepare() -> None:
    """Start or adopt the servers and put into the environment what the settings need."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opener.settings")
    os.environ.setdefault("SECRET_KEY", "only-for-tests")
    os.environ.setdefault("STATIC_MANIFEST", "0")
    first = "OPENER_TEST_RUN" not in os.environ
    os.environ.setdefault("OPENER_TEST_RUN", str(os.getpid()))
    if first and "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ:
        return
    if first:
        os.environ.setdefault("OPENER_TEST_DATA_DIR", str(PROJECT / ".data" / "test"))
        os.environ["OPENER_DATA_DIR"] = os.environ["OPENER_TEST_DATA_DIR"]
    if "OPENER_TEST_DATA_DIR" not in os.environ:
        return
    folder = Folder(Path(os.environ["OPENER_TEST_DATA_DIR"]))
    servers = Servers(folder, fast=True)
    servers.start()
    _servers.append(servers)
    if first:
        drop_stale(servers.postgres.url("postgres"))
    os.environ["DATABASE_URL"] = servers.postgres.url()
    os.environ["REDIS_URL"] = servers.valkey.url(_claim_number(folder))
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.flushdb()


def finish() -> None:
    """Leave the servers. They stay up for the next run, which is quicker so; on CI nothing is left behind."""
    for servers in _servers:
        servers.release(stop=os.environ.get("CI") == "true")


@contextmanager
def data_folder() -> Iterator[Path]:
    """An empty data folder for servers of a test's own, which is removed with them.

    Not in pytest's folders, which shut out the user that root's servers run as.
    """
    path = Path(tempfile.mkdtemp(prefix="opener-test-")).resolve()
    path.chmod(0o755)
    try:
        yield path
    finally:
        if (path / "state.json").exists():
            own = Servers(Folder(path))
            own.postgres.stop()  # whoever still holds them: they are this test's alone
            own.valkey.stop()
            shutil.rmtree(own.postgres.programs.home, ignore_errors=True)
        shutil.rmtree(path)


def database_name(worker: str | None) -> str:
    """The test database of this run and worker."""
    return "_".join(filter(None, ["test_opener", os.environ["OPENER_TEST_RUN"], worker]))


def drop_stale(url: str) -> None:
    """Drop the test databases of runs that ended without doing so."""
    with psycopg.connect(url, autocommit=True) as connection:
        names = connection.execute(
            "select datname from pg_database where datname like 'test\\_opener\\_%'"
        ).fetchall()
        for (name,) in names:
            run = name.split("_")[2]
            if run.isdigit() and not psutil.pid_exists(int(run)):
                statement = sql.SQL("drop database if exists {} with (force)")
                connection.execute(statement.format(sql.Identifier(name)))


def _claim_number(folder: Folder) -> int:
    """A Valkey database that no other process has; the lock lasts as long as this process."""
    numbers = folder.subfolder("numbers")
    for number in range(1, DATABASES):
        file = (numbers / str(number)).open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        _numbers.append(file)
        return number
    raise RuntimeError(f"All {DATABASES} Valkey databases of {folder.path} are taken by other test runs.")
