"""Real workers and beats, in processes of their own, on this test's database and Redis."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection

from apps.mail.models import OutboundEmail
from apps.mail.tasks import tick
from opener.embedded import processes
from opener.embedded.folder import PROJECT
from tests.mail.peer import Peer

LEASE_SECONDS = 2


class Machine:
    """What an installation runs, and what may happen to it."""

    def __init__(self, peer: Peer, folder: Path) -> None:
        self.peer, self.folder = peer, folder
        self.started: list[subprocess.Popen[bytes]] = []
        self.redis = redis.Redis.from_url(settings.REDIS_URL)
        self.redis.flushdb()

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """A worker or a beat, by the command that script/server uses, in a process group of its own."""
        program, *arguments = processes.APPLICATION[name]
        number = len(self.started)
        if name == "worker":
            arguments.append(f"--hostname=w{number}@test")
        url, _slash, _name = os.environ["DATABASE_URL"].rpartition("/")
        environment = os.environ | {
            "DATABASE_URL": f"{url}/{connection.settings_dict['NAME']}",
            "REDIS_URL": settings.REDIS_URL,
            "SMTP_URL": self.peer.url,
            "MAIL_LEASE_SECONDS": str(LEASE_SECONDS),
            "PYTHONWARNINGS": "ignore",
            "LOG_LEVEL": "WARNING",
        }
        with (self.folder / f"{number}-{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", program, *arguments],
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    @staticmethod
    def signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
        """To the process and all its children, at once."""
        os.killpg(process.pid, number)

    def ticks_until(self, done: Callable[[], bool], seconds: float = 25) -> None:
        """Send the message that beat sends, again and again, until `done`."""
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                pytest.fail(f"not done within {seconds} s\n{self.report()}")
            if self.redis.llen("opener") < 4:
                tick.apply_async()
            time.sleep(0.1)

    def until(self, done: Callable[[], bool], seconds: float = 25) -> None:
        """Wait for it."""
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                pytest.fail(f"not done within {seconds} s\n{self.report()}")
            time.sleep(0.05)

    def report(self) -> str:
        """What the outbox and the processes say."""
        states = sorted(OutboundEmail.objects.values_list("state", flat=True))
        counts = {state: states.count(state) for state in set(states)}
        logs = [f"--- {path.name}\n{path.read_text()[-2000:]}" for path in sorted(self.folder.iterdir())]
        return "\n".join([f"{counts}, {len(self.peer.stored)} stored", *logs])

    def end(self) -> None:
        """Nothing of it is left."""
        for process in self.started:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            process.wait()
        self.redis.flushdb()
        self.redis.close()


def over() -> bool:
    """Nothing is on its way any more."""
    return not OutboundEmail.objects.filter(state__in=["scheduled", "claimed", "handing_over"]).exists()


def count(**conditions: Any) -> int:
    """How many emails there are of that kind."""
    return OutboundEmail.objects.filter(**conditions).count()
