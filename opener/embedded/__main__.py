"""`python -m opener.embedded start|stop|status|env|run|tool`: the data folder's servers, by hand and for scripts."""

import argparse
import os
import shlex
import signal
import subprocess
import sys

from opener.embedded.errors import EmbeddedError
from opener.embedded.folder import Folder, given, servers_are_given
from opener.embedded.servers import Servers


def main() -> int:
    """Run one command. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m opener.embedded")
    parser.add_argument("--fast", action="store_true", help="unsafe but quick, for tests")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("start", help="start the servers, or adopt those that run")
    commands.add_parser("stop", help="stop the servers, where nobody uses them")
    commands.add_parser("status", help="say which servers answer")
    commands.add_parser("env", help="print the settings with which Opener finds them, for a shell to read")
    run = commands.add_parser(
        "run", help="run a command with the servers, and stop them where nobody else uses them"
    )
    run.add_argument("arguments", nargs=argparse.REMAINDER)
    tool = commands.add_parser("tool", help="run PostgreSQL's pg_dump, pg_restore or psql on the database")
    tool.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    try:
        servers = Servers(Folder.of_environment(), fast=options.fast)
        if options.command == "run":
            return run_with(servers, options.arguments)
        if options.command == "tool":
            return run_tool(servers, *options.arguments)
        return {"start": start, "stop": stop, "status": status, "env": env}[options.command](servers)
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1


def start(servers: Servers) -> int:
    """Start both and leave them running."""
    servers.start()
    servers.release(stop=False)
    return 0


def stop(servers: Servers) -> int:
    """Stop both."""
    if not servers.release():
        print("The servers are in use and were left running.", file=sys.stderr)
        return 1
    return 0


def status(servers: Servers) -> int:
    """Say which of them answer; the exit status is 1 where one does not."""
    answers = {"postgres": servers.postgres.answers(), "valkey": servers.valkey.answers()}
    for name, well in answers.items():
        print(f"{name}: {'answers' if well else 'does not answer'}")
    return 0 if all(answers.values()) else 1


def env(servers: Servers) -> int:
    """Print `export NAME=value` lines."""
    for name, value in servers.environment().items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def run_with(servers: Servers, arguments: list[str]) -> int:
    """Run a command in the servers' environment; what somebody set is left as it is."""
    environment = servers.environment() | {"STATIC_MANIFEST": "0"} | given()
    if servers_are_given():
        return subprocess.run(arguments, env=environment, check=False).returncode
    servers.start()
    environment |= servers.addresses()  # a port may have been taken meanwhile
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # The command gets it too, and decides.
        return subprocess.run(
            arguments,
            env=environment,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            check=False,
        ).returncode
    finally:
        servers.release()


def run_tool(servers: Servers, name: str = "psql", *arguments: str) -> int:
    """Run one of PostgreSQL's own programs; it finds the server by libpq's environment variables."""
    program = servers.postgres.programs.postgres / name
    if not program.exists():
        raise EmbeddedError(f"PostgreSQL has no program {name}. Try psql, pg_dump or pg_restore.")
    servers.start()
    try:
        environment = dict(os.environ) | servers.postgres.client_environment()
        return subprocess.run([str(program), *arguments], env=environment, check=False).returncode
    finally:
        servers.release()


if __name__ == "__main__":
    sys.exit(main())
