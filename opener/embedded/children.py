"""Child processes that are restarted when they end, and that end when we do, however we end."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from opener.embedded.errors import EmbeddedError

RESTARTS = 5
RESTART_WINDOW = 60.0
"""A child that ends more than RESTARTS times within RESTART_WINDOW seconds is not started again."""
STOP_SECONDS = 12.0
"""How long children may take to finish what they do; gunicorn is told 10."""


@dataclass
class Child:
    """One process, with what started it."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes]
    ends: list[float] = field(default_factory=list)


class Children:
    """The children of this process. Their ids are kept in a file, for the start after a crash."""

    def __init__(self, record: Path, cwd: Path, environment: Mapping[str, str]) -> None:
        """Nothing is started yet. `record` is the file of ids."""
        self.record, self.cwd, self.environment = record, cwd, dict(environment)
        self.all: list[Child] = []

    def clear_leftovers(self) -> None:
        """End what a supervisor that was killed left behind."""
        try:
            left: list[list[float]] = json.loads(self.record.read_text())
        except (OSError, ValueError):
            return
        groups = [int(pid) for pid, started in left if _is(int(pid), started)]
        _end_groups(groups, patience=3.0)
        self.record.unlink(missing_ok=True)

    def start(self, name: str, command: list[str]) -> Child:
        """Start a child in a process group of its own: Ctrl-C reaches us alone, and we tell it."""
        with uninterrupted():
            child = Child(name, command, spawn(command, self.cwd, self.environment))
            self.all.append(child)
            self._write_record()
        return child

    def restart_ended(self, say: Callable[[str], None]) -> None:
        """Start again what ended. Raises EmbeddedError where one ends again and again."""
        for child in self.all:
            status = child.process.poll()
            if status is None:
                continue
            now = time.monotonic()
            child.ends = [moment for moment in child.ends if now - moment < RESTART_WINDOW] + [now]
            if len(child.ends) > RESTARTS:
                raise EmbeddedError(
                    f"{child.name} ended {len(child.ends)} times within a minute. What it said stands above."
                )
            say(f"{child.name} ended ({describe(status)}) and is started again.")
            _end_groups([child.process.pid], patience=1.0)  # its own children, if it left some
            with uninterrupted():
                child.process = spawn(child.command, self.cwd, self.environment)
                self._write_record()

    def stop(self) -> None:
        """Tell all to finish, and end those that do not."""
        _end_groups(
            [child.process.pid for child in self.all], STOP_SECONDS, [child.process for child in self.all]
        )
        self.all.clear()
        self.record.unlink(missing_ok=True)

    def _write_record(self) -> None:
        rows = []
        for child in self.all:
            with suppress(psutil.Error):
                rows.append([child.process.pid, psutil.Process(child.process.pid).create_time()])
        draft = self.record.with_suffix(".tmp")
        draft.write_text(json.dumps(rows))
        draft.replace(self.record)


STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that tell the supervisor to stop."""


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let a signal to stop wait until a process that was started is written down."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)


def spawn(command: list[str], cwd: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process that dies with us and that Ctrl-C does not reach."""
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent(os.getpid()),
    )


def describe(status: int) -> str:
    """An exit status in words."""
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"


_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> Callable[[], None]:
    """For a child to call before it becomes its program: Linux then sends it SIGTERM when its parent dies."""

    def before_exec() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return before_exec


def _is(pid: int, started: float) -> bool:
    """Whether `pid` is still the process that started then, or was and its group lives on without it."""
    try:
        created: float = psutil.Process(pid).create_time()
        return abs(created - started) < 1
    except psutil.Error:
        return _alive(pid)


def _alive(group: int) -> bool:
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                return True
        except (psutil.Error, OSError):
            continue
    return False


def _end_groups(groups: Iterable[int], patience: float, ours: Iterable[subprocess.Popen[bytes]] = ()) -> None:
    """SIGTERM to the leaders, patience, then SIGKILL to whole groups."""
    left = list(groups)
    ours = list(ours)
    for group in left:
        with suppress(OSError):
            os.kill(group, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        for process in ours:
            process.poll()
        left = [group for group in left if _alive(group)]
        if not left:
            return
        time.sleep(0.05)
    for group in left:
        with suppress(OSError):
            os.killpg(group, signal.SIGKILL)
    for process in ours:
        process.wait()
