"""The data folder (OPENER_DATA_DIR): what must be remembered from one start to the next."""

import errno
import fcntl
import json
import os
import random
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from dotenv import dotenv_values

from opener.embedded.errors import EmbeddedError, explain

PROJECT = Path(__file__).resolve().parents[2]
ROOM_NEEDED = 200 * 1024 * 1024
"""Bytes that must be free before anything starts: an empty database with its log takes about 80 MB."""


class State(TypedDict, total=False):
    """What `state.json` holds."""

    secret_key: str
    password: str
    ports: dict[str, int]
    home: str
    demo: bool
    migrated: str


class Folder:
    """The data folder. Everything secret in it is in `state.json`, which only its owner can read."""

    def __init__(self, path: Path) -> None:
        """Make the folder where it is missing. Raises EmbeddedError where it cannot be used."""
        self.path = path.absolute()
        try:
            if not self.path.exists():
                self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
                if os.geteuid() == 0:
                    self.path.chmod(0o755)  # the servers' user passes through it
            self.path = self.path.resolve()
            with self.lock("state"):
                if not (self.path / "state.json").exists():
                    self._write(
                        {"secret_key": secrets.token_urlsafe(50), "password": secrets.token_urlsafe(24)}
                    )
            self.read()
            free = shutil.disk_usage(self.path).free
        except OSError as error:
            raise explain(error, self.path) from None
        if free < ROOM_NEEDED:
            raise explain(OSError(errno.ENOSPC, ""), self.path)

    @classmethod
    def of_environment(cls) -> "Folder":
        """The folder that OPENER_DATA_DIR names; `.data` in the project where it is not set."""
        return cls(Path(given().get("OPENER_DATA_DIR") or PROJECT / ".data"))

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold the lock `name`, waiting for whoever holds it. It is given up at a crash too."""
        with (self.path / f"{name}.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def read(self) -> State:
        """What is remembered. Raises EmbeddedError where the file was damaged."""
        path = self.path / "state.json"
        try:
            state: State = json.loads(path.read_text())
        except ValueError:
            raise EmbeddedError(
                f"{path} is damaged. Restore it from a backup: the passwords are in it."
            ) from None
        return state

    def remember(self, change: State) -> None:
        """Write `change` into what is remembered."""
        with self.lock("state"):
            self._write(self.read() | change)

    def port(self, name: str) -> int:
        """The port that `name` had last time, else a free one, which is remembered."""
        return self.read().get("ports", {}).get(name) or self.new_port(name)

    def new_port(self, name: str) -> int:
        """Give `name` another port that is free now."""
        port = free_port()
        with self.lock("state"):
            state = self.read()
            self._write(state | {"ports": {**state.get("ports", {}), name: port}})
        return port

    def subfolder(self, name: str) -> Path:
        """A folder in the data folder that only its owner may read."""
        path = self.path / name
        try:
            path.mkdir(mode=0o700, exist_ok=True)
            self._give_to_owner(path)
        except OSError as error:
            raise explain(error, path) from None
        return path

    def _write(self, state: State) -> None:
        path, draft = self.path / "state.json", self.path / f"state.{os.getpid()}.tmp"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(state, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        self._give_to_owner(draft)
        draft.replace(path)

    def _give_to_owner(self, path: Path) -> None:
        """Root, starting Opener in somebody's folder, leaves files that this somebody can read tomorrow."""
        if os.geteuid() == 0:
            owner = self.path.stat()
            os.chown(path, owner.st_uid, owner.st_gid)


def given() -> dict[str, str]:
    """The settings that somebody gave: those of `.env`, and the environment's, which win."""
    return {name: value for name, value in dotenv_values(PROJECT / ".env").items() if value} | dict(
        os.environ
    )


def servers_are_given() -> bool:
    """Whether somebody named servers of their own. Raises EmbeddedError where one of the two is missing."""
    named = [name for name in ("DATABASE_URL", "REDIS_URL") if given().get(name)]
    if len(named) == 1:
        raise EmbeddedError(f"{named[0]} is set alone. Set DATABASE_URL and REDIS_URL both, or neither.")
    return bool(named)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, below those that outgoing connections are given."""
    for _ in range(200):
        port = random.randint(20_000, 32_000)  # noqa: S311 - not a secret
        if port_is_free("127.0.0.1", port):
            return port
    raise EmbeddedError("No free port was found between 20000 and 32000. Stop something that listens there.")


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen on `host:port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
