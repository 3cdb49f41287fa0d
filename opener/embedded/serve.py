"""What script/server runs: everything Opener needs on one machine, until Ctrl-C."""

import argparse
import contextlib
import fcntl
import hashlib
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import psycopg
import redis

from opener.embedded import processes
from opener.embedded.children import STOPS, Children, spawn
from opener.embedded.errors import EmbeddedError
from opener.embedded.folder import PROJECT, Folder, given, port_is_free, servers_are_given
from opener.embedded.servers import Servers

SIGN_INS = (("rep@demo.test", "a rep"), ("manager@demo.test", "a manager"), ("admin@demo.test", "an admin"))
PASSWORD = "opener-demo"  # noqa: S105 - the demo's, which is printed
START_SECONDS = 60.0
LOOK_SECONDS = 2.0
"""How often the supervisor looks after the databases."""


class Stopped(BaseException):
    """Somebody pressed Ctrl-C, or the machine shuts down."""


def say(text: str) -> None:
    """Print a line at once: who starts us may read through a pipe."""
    print(text, flush=True)


def main() -> int:
    """Serve until told to stop. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="script/server", description="Serve Opener on this machine.")
    parser.add_argument("--port", type=int, default=8000, help="the web server's port (8000)")
    parser.add_argument(
        "--no-demo", action="store_true", help="start empty: the first visitor makes the organisation"
    )
    options = parser.parse_args()
    for number in STOPS:
        signal.signal(number, _stop)
    try:
        folder = Folder.of_environment()
        with only_one(folder, options.port):
            Supervisor(folder, options.port, empty=options.no_demo).run()
    except EmbeddedError as error:
        print(error, file=sys.stderr, flush=True)
        return 1
    except Stopped:
        say("Stopped.")
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    for each in STOPS:
        signal.signal(each, signal.SIG_IGN)  # a second Ctrl-C must not interrupt the stopping
    raise Stopped


@contextlib.contextmanager
def only_one(folder: Folder, port: int) -> Iterator[None]:
    """Hold the data folder for one supervisor. Raises EmbeddedError where another has it."""
    with (folder.path / "server.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise EmbeddedError(
                f"script/server runs already with the data folder {folder.path} ({file.read().strip()}). "
                "Stop it first, or name another folder with OPENER_DATA_DIR."
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()}, http://127.0.0.1:{port}")
        file.flush()
        yield


class Supervisor:
    """Starts the databases, the mail catcher and the application's processes, and looks after them."""

    def __init__(self, folder: Folder, port: int, *, empty: bool) -> None:
        """Read the settings; nothing is started. `empty` asks for an organisation without the demo's data."""
        self.folder, self.port, self.empty = folder, port, empty
        self.given = given()
        self.catches = False
        self.servers = None if servers_are_given() else Servers(folder)
        self.children = Children(folder.path / "processes.json", PROJECT, {})

    def run(self) -> None:
        """Start everything, say where it is, and look after it until somebody stops us."""
        self.children.clear_leftovers()
        if not port_is_free("127.0.0.1", self.port):
            raise EmbeddedError(
                f"Port {self.port} is taken by another program. Stop it, or choose another port: "
                f"script/server --port {self.port + 1}"
            )
        try:
            if self.servers is not None:
                self.servers.start()
            else:
                self._greet_given_servers()
            self._prepare()
            self._start_application()
            self._announce()
            self._look_after()
        finally:
            self.children.stop()
            if self.servers is not None:
                self.servers.release()

    def _greet_given_servers(self) -> None:
        """Raise EmbeddedError where a server that somebody named does not answer."""
        try:
            psycopg.connect(self.given["DATABASE_URL"], connect_timeout=10).close()
        except psycopg.Error as error:
            reason = str(error).strip().splitlines()[0]
            raise EmbeddedError(
                f"The database that DATABASE_URL names does not let us in: {reason}"
            ) from None
        try:
            with redis.Redis.from_url(self.given["REDIS_URL"], socket_connect_timeout=10) as client:
                client.ping()
        except (redis.RedisError, ValueError) as error:
            raise EmbeddedError(f"The server that REDIS_URL names does not answer: {error}") from None

    def _prepare(self) -> None:
        """Bring the database up to date, and decide once what it is: a demo or somebody's own."""
        environment = self.children.environment = self._environment()
        self._migrate(environment)
        state = self.folder.read()
        demo = state.get("demo")
        if demo is None:
            demo = not self.empty and not self._has_users()
            self.folder.remember({"demo": demo})
        elif demo and self.empty:
            raise EmbeddedError(
                f"The data folder {self.folder.path} holds the demo. For an organisation of your own name "
                "another folder with OPENER_DATA_DIR."
            )
        environment["OPENER_DEMO"] = "1" if demo else "0"
        self.catches = demo or not self.given.get("SMTP_URL")
        if self.catches:
            # Nobody is ever written to by a demo, whatever SMTP_URL says.
            environment["SMTP_URL"] = f"smtp://127.0.0.1:{self._catcher_port()}"
            environment["CATCHER_DIR"] = str(self.folder.subfolder("mail"))
        if demo and not self._has_users():
            say("Loading the demo.")
            self._manage(environment, "demo", "--if-empty")

    def _environment(self) -> dict[str, str]:
        """The settings of the application's processes; what is given wins."""
        settings = {
            "BASE_URL": f"http://127.0.0.1:{self.port}",
            "SECRET_KEY": self.folder.read().get("secret_key", ""),
            "STATIC_MANIFEST": "0",
            "STATIC_FROM_SOURCE": "1",
            "LOG_LEVEL": "WARNING",
            "GUNICORN_CMD_ARGS": "--log-level=warning",
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore:No directory at,ignore:You're running the worker with superuser",
        }
        if self.servers is not None:
            settings |= self.servers.environment()
        path = f"{Path(sys.executable).parent}{os.pathsep}{self.given.get('PATH', '/usr/bin:/bin')}"
        return settings | self.given | {"PATH": path, "OPENER_DATA_DIR": str(self.folder.path)}

    def _catcher_port(self) -> int:
        port = self.folder.port("smtp")
        return port if port_is_free("127.0.0.1", port) else self.folder.new_port("smtp")

    def _migrate(self, environment: dict[str, str]) -> None:
        """Apply migrations, unless they are those that were applied last time in the embedded database."""
        digest = hashlib.sha256(environment["DATABASE_URL"].rpartition("@")[2].encode())
        for path in sorted((PROJECT / "apps").glob("*/migrations/*.py")):
            digest.update(str(path).encode() + path.read_bytes())
        digest.update((PROJECT / "requirements.txt").read_bytes())
        stamp = digest.hexdigest()
        if self.servers is None or self.folder.read().get("migrated") != stamp:
            say("Bringing the database up to date.")
            self._manage(environment, "migrate", "--verbosity=0")
            self.folder.remember({"migrated": stamp})

    def _has_users(self) -> bool:
        with psycopg.connect(self.children.environment["DATABASE_URL"]) as connection:
            row = connection.execute("select exists (select from users_user)").fetchone()
            return bool(row and row[0])

    def _manage(self, environment: dict[str, str], *arguments: str) -> None:
        process = spawn([sys.executable, "manage.py", *arguments], PROJECT, environment)
        try:
            status = process.wait()
        except Stopped:
            process.terminate()
            process.wait()
            raise
        if status != 0:
            raise EmbeddedError(f"manage.py {arguments[0]} failed. What it said stands above.")

    def _start_application(self) -> None:
        """Start the web server, and the rest when it answers: that is what somebody waits for."""
        commands = {"web": processes.web(f"127.0.0.1:{self.port}"), **self._catcher()}
        commands |= {name: list(command) for name, command in processes.APPLICATION.items() if name != "web"}
        for name, (program, *arguments) in commands.items():
            self.children.start(name, [sys.executable, "-m", program, *arguments])
            if name == "web":
                self._first_visitor()
                self._wait_for_web()

    def _catcher(self) -> dict[str, list[str]]:
        """The mail catcher's command, where mail is caught."""
        if not self.catches:
            return {}
        environment = self.children.environment
        port = environment["SMTP_URL"].rsplit(":", 1)[1]
        return {"catcher": ["opener.embedded.catcher", environment["CATCHER_DIR"], port]}

    def _first_visitor(self) -> None:
        """Print the code with which the first visitor comes in, while there is nobody yet."""
        if not self._has_users():
            self._manage(self.children.environment, "setup_code")

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            self.children.restart_ended(say)
            if time.monotonic() > deadline:
                raise EmbeddedError(f"The web server did not answer within {START_SECONDS:.0f} seconds.")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as response:
                return bool(response.status == 200)
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False

    def _announce(self) -> None:
        say(f"\nOpener is at {self.children.environment['BASE_URL']}  (Ctrl-C stops it)\n")
        if self.children.environment["OPENER_DEMO"] == "1":
            for email, who in SIGN_INS:
                say(f"  {email:20} {PASSWORD}   as {who}")
            say("")

    def _look_after(self) -> None:
        looked = time.monotonic()
        while True:
            time.sleep(0.2)
            self.children.restart_ended(say)
            if self.servers is not None and time.monotonic() - looked > LOOK_SECONDS:
                for name in self.servers.start():
                    say(f"{name} did not answer and was started again.")
                looked = time.monotonic()


if __name__ == "__main__":
    sys.exit(main())
