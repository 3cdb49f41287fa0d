"""script/server's supervisor: started, killed, started again, stopped. Few tests, as each takes seconds."""

import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from opener.embedded.folder import PROJECT, Folder, free_port
from opener.embedded.servers import Servers

SECOND_START_SECONDS = 6.0 if "PYTEST_XDIST_WORKER" not in os.environ else 20.0
"""The promise is for a machine that does nothing else."""


class Server:
    """One run of the supervisor on a data folder."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "opener.embedded.serve", *arguments],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait_for(self, pattern: str, seconds: float = 90) -> str:
        """Read what it prints until a line holds `pattern`; the text found."""
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while time.monotonic() < deadline:
                if selector.select(0.1):
                    self.output += (self.process.stdout.read() or b"").decode()
                if found := re.search(pattern, self.output):
                    return found[0]
                if self.process.poll() is not None:
                    break
        raise AssertionError(f"{pattern!r} did not appear in:\n{self.output}")

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


def processes_with(data: Path) -> list[psutil.Process]:
    """The live processes that work on that data folder: the application's by their environment, the servers by theirs."""
    found = []
    for process in psutil.process_iter():
        try:
            text = f"{process.environ().get('OPENER_DATA_DIR', '')} {process.cwd()} {' '.join(process.cmdline())}"
        except (psutil.Error, OSError):
            continue
        if str(data) in text and process.status() != psutil.STATUS_ZOMBIE and process.pid != os.getpid():
            found.append(process)
    return found


def wait_until_gone(data: Path, name: str) -> None:
    deadline = time.monotonic() + 20
    while left := [process for process in processes_with(data) if name in " ".join(process.cmdline())]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


@pytest.fixture
def running(bare_environment: dict[str, str]) -> Iterator[list[Server]]:
    """The supervisors that a test starts; none outlives it."""
    servers: list[Server] = []
    yield servers
    for server in servers:
        if server.process.poll() is None:
            server.end(signal.SIGTERM)
        if server.process.stdout is not None:
            server.process.stdout.close()


@pytest.mark.slow
def test_killed_it_loses_nothing_and_stopped_it_leaves_nothing(
    data: Path, bare_environment: dict[str, str], running: list[Server]
) -> None:
    arguments = ("--no-demo", "--port", str(free_port()))
    first = Server(bare_environment, *arguments)
    running.append(first)
    address = first.wait_for(r"http://127\.0\.0\.1:\d+(?=  \(Ctrl-C)")
    with urllib.request.urlopen(f"{address}/healthz", timeout=10) as response:
        assert response.status == 200
    databases = Servers(Folder(data)).postgres
    with psycopg.connect(databases.url()) as connection:
        connection.execute("create table kept as select 7 as figure")
        postmaster = connection.execute("select pg_postmaster_start_time()").fetchone()

    second = Server(bare_environment, *arguments)
    running.append(second)
    second.wait_for("script/server runs already with the data folder")
    assert second.process.wait(10) == 1

    first.end(signal.SIGKILL)
    if sys.platform == "linux":
        wait_until_gone(data, "celery")
        wait_until_gone(data, "gunicorn")
    began = time.monotonic()
    third = Server(bare_environment, *arguments)
    running.append(third)
    third.wait_for(r"\(Ctrl-C stops it\)")
    assert time.monotonic() - began < SECOND_START_SECONDS
    with psycopg.connect(databases.url()) as connection:
        assert connection.execute("select figure from kept").fetchone() == (7,)
        assert connection.execute("select pg_postmaster_start_time()").fetchone() == postmaster, (
            "it was adopted"
        )

    beat = next(process for process in processes_with(data) if "beat" in process.cmdline())
    beat.kill()
    third.wait_for(r"beat ended \(signal SIGKILL\) and is started again")

    assert third.end(signal.SIGINT) == 0
    assert processes_with(data) == []


def test_a_taken_port_is_told_in_one_line(bare_environment: dict[str, str], running: list[Server]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = Server(bare_environment, "--port", str(port))
        running.append(server)
        server.wait_for(f"Port {port} is taken by another program. Stop it, or choose another port")
        assert server.process.wait(10) == 1
    assert len(server.output.splitlines()) == 1


def test_one_address_without_the_other_is_told(
    bare_environment: dict[str, str], running: list[Server]
) -> None:
    server = Server(bare_environment | {"DATABASE_URL": "postgresql://nowhere/opener"})
    running.append(server)
    server.wait_for("DATABASE_URL is set alone. Set DATABASE_URL and REDIS_URL both, or neither.")
    assert server.process.wait(10) == 1
