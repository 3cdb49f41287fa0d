"""Servers as processes: to find, launch and end one.

A server is known by the folder it works in, not by a pid file: a pid file may be stale, and its number may be
somebody else's by now.
"""

import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from opener.embedded.errors import EmbeddedError
from opener.embedded.programs import Programs

LAUNCH_SECONDS = 10.0
"""How long a server that ends at once is launched again: what is left of its forerunner needs time to go."""
ANSWER_SECONDS = 120.0
"""How long a launched server may take to answer: after a crash it reads its log first."""

_launched: list[subprocess.Popen[bytes]] = []
"""Kept, so that they can be waited for: an ended child that nobody waits for stays in the process table."""


def processes_in(directory: Path, name: str) -> list[psutil.Process]:
    """The live processes of the program `name` that work in `directory`."""
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if (
                (process.info["name"] or "").startswith(name)
                and process.status() != psutil.STATUS_ZOMBIE
                and Path(process.cwd()) == directory
            ):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def end(directory: Path, name: str, polite: signal.Signals, patience: float) -> None:
    """End the server of `directory`: `polite` to its first process, and SIGKILL to whatever is left then."""
    processes = processes_in(directory, name)
    pids = {process.pid for process in processes}
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            if process.ppid() not in pids:
                process.send_signal(polite)
    left = _wait(directory, name, patience)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    if left:
        _wait(directory, name, 5)


def _wait(directory: Path, name: str, seconds: float) -> list[psutil.Process]:
    deadline = time.monotonic() + seconds
    while True:
        for child in _launched:
            child.poll()
        left = processes_in(directory, name)
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.02)


def launch(
    command: Callable[[], list[str]],
    answers: Callable[[], bool],
    *,
    programs: Programs,
    directory: Path,
    log: Path,
    configuration: Callable[[], bytes] = lambda: b"",
) -> None:
    """Start a server in a session of its own and return when it answers.

    One that ends at once is launched again for LAUNCH_SECONDS; `command` is asked anew each time, for another port.
    Raises EmbeddedError with the last line of its log.
    """
    deadline = time.monotonic() + LAUNCH_SECONDS
    while True:
        with log.open("ab") as output:
            child = subprocess.Popen(
                command(),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env=programs.environment,
                start_new_session=True,
                **programs.identity,
            )
        _launched.append(child)
        if child.stdin is not None:
            with suppress(BrokenPipeError):
                child.stdin.write(configuration())
                child.stdin.close()
        patience = time.monotonic() + ANSWER_SECONDS
        while child.poll() is None:
            if answers():
                return
            if time.monotonic() > patience:
                child.kill()
                raise EmbeddedError(f"{directory.name} does not answer. Its log: {log}")
            time.sleep(0.02)
        if time.monotonic() > deadline:
            raise EmbeddedError(f"{directory.name} does not start: {last_line(log)} (the whole log: {log})")
        time.sleep(0.3)


def last_line(log: Path) -> str:
    """The last line of a log that says something."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()[-20:] if line.strip()]
    fatal = [line for line in lines if "No space left" in line or "FATAL" in line]
    return (fatal or lines or ["it left no word"])[-1]
