"""The embedded PostgreSQL: made once, started, adopted, ended."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import LiteralString

import psycopg

from opener.embedded import running
from opener.embedded.errors import EmbeddedError
from opener.embedded.folder import Folder, port_is_free
from opener.embedded.programs import Programs

LAPTOP = {
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "max_connections": "100",
    "jit": "off",
}
FAST = {
    "shared_buffers": "128MB",
    "max_connections": "300",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "2GB",
    "jit": "off",
}
"""For tests: what a crash of the machine would lose is made anew."""


class Postgres:
    """One cluster in `home/postgres`, with the database `opener`, on a port of 127.0.0.1 that is remembered."""

    def __init__(self, folder: Folder, programs: Programs, *, fast: bool = False) -> None:
        """Describe the server; nothing is started."""
        self.folder, self.programs, self.settings = folder, programs, FAST if fast else LAPTOP
        self.directory = programs.home / "postgres"
        self.log = programs.home / "postgres.log"

    def url(self, database: str = "opener") -> str:
        """The DATABASE_URL of a database in it."""
        state = self.folder.read()
        port = self.folder.port("postgres")
        return f"postgresql://opener:{state.get('password', '')}@127.0.0.1:{port}/{database}?sslmode=disable"

    def client_environment(self) -> dict[str, str]:
        """The same for PostgreSQL's own programs; a password on their command line could be read by everybody."""
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.folder.port("postgres")),
            "PGUSER": "opener",
            "PGDATABASE": "opener",
            "PGPASSWORD": self.folder.read().get("password", ""),
        }

    def answers(self) -> bool:
        """Whether it is there: only a real connection, to our own cluster, tells."""
        try:
            return self._ask("show data_directory") == str(self.directory)
        except psycopg.Error:
            return False

    def start(self) -> bool:
        """Adopt the server that runs, or start one, replacing what answers no more. Returns whether it started one."""
        if self.answers():
            return False
        if not self.directory.exists():
            self._create()
        running.end(self.directory, "postgres", signal.SIGINT, 5)
        (self.directory / "postmaster.pid").unlink(missing_ok=True)
        running.launch(
            self._command, self.answers, programs=self.programs, directory=self.directory, log=self.log
        )
        if self._ask("select count(*) from pg_database where datname = 'opener'") == 0:
            self._ask("create database opener")
        return True

    def stop(self) -> None:
        """End it in order: what it holds is on disk."""
        running.end(self.directory, "postgres", signal.SIGINT, 30)

    def _ask(self, question: LiteralString) -> object:
        with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(question)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def _command(self) -> list[str]:
        port = self.folder.port("postgres")
        if not port_is_free("127.0.0.1", port):
            port = self.folder.new_port("postgres")
        settings = self.settings | {
            "port": str(port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs.postgres / "postgres"), "-D", str(self.directory), *flags]

    def _create(self) -> None:
        """Make the cluster beside its place and move it there when it is whole."""
        draft = self.directory.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        password = self.programs.home / "password"
        password.touch(mode=0o600)
        password.write_text(self.folder.read().get("password", ""))
        if self.programs.identity:
            os.chown(password, self.programs.identity["user"], self.programs.identity["group"])
        try:
            done = subprocess.run(
                [
                    str(self.programs.postgres / "initdb"),
                    *("-D", str(draft), "-U", "opener", "-E", "UTF8", "--locale=C"),
                    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                    *("-A", "scram-sha-256", "--pwfile", str(password)),
                ],
                cwd=self.programs.home,
                env=self.programs.environment,
                capture_output=True,
                text=True,
                **self.programs.identity,
            )
        finally:
            password.unlink()
        if done.returncode != 0:
            raise EmbeddedError(f"The database could not be made: {_reason(done.stderr, draft)}")
        draft.rename(self.directory)


def _reason(output: str, directory: Path) -> str:
    lines = [line for line in output.splitlines() if "error" in line.lower() or "No space" in line]
    return (lines or output.strip().splitlines() or [f"initdb left no word about {directory}"])[0]
