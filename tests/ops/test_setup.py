"""script/setup, with programs that only play Python: what it finds, does and says."""

import shutil
import subprocess
from pathlib import Path

import pytest

from opener.embedded.folder import PROJECT

PLAYED = """#!/bin/sh
# A Python as script/setup sees it.
case "$*" in
    *"-c import sys"*) exit {old} ;;
    *"-c import ensurepip"*) exit {lacks_venv} ;;
    *--version*) echo "Python played" ;;
    *"-m venv"*) for path; do :; done; mkdir -p "$path/bin"; cp "$0" "$path/bin/python"; echo "$0" >>"$PLAY/made" ;;
    *"-m pip install"*) sleep {slow}; echo "$*" >>"$PLAY/installed"; {pip} ;;
esac
"""
TOOLS = (
    *("awk", "cat", "cksum", "cp", "df", "dirname", "echo", "env", "flock", "grep", "id", "mkdir", "printf"),
    *("rm", "sh", "sleep", "tail"),
)
ELSEWHERE = [
    path
    for pattern in (
        "usr/bin/python3.1[234]",
        "usr/local/bin/python3.1[234]",
        "opt/homebrew/bin/python3*",
        "opt/python/*",
    )
    for path in Path("/").glob(pattern)
]


class Machine:
    """A machine with the tools of a shell, and no Python but those put on it."""

    def __init__(self, root: Path) -> None:
        self.root, self.clone, self.tools, self.home = root, root / "clone", root / "tools", root / "home"
        for folder in (self.clone, self.tools, self.home):
            folder.mkdir()
        (self.clone / "script").mkdir()
        shutil.copy(PROJECT / "script" / "setup", self.clone / "script")
        for name in ("requirements", "requirements-embedded", "requirements-dev"):
            (self.clone / f"{name}.txt").write_text(f"{name}\n")
        for tool in TOOLS:
            found = shutil.which(tool)
            if found:
                (self.tools / tool).symlink_to(found)

    def add(
        self, path: Path, *, old: int = 0, lacks_venv: int = 0, slow: float = 0, pip: str = "exit 0"
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PLAYED.format(old=old, lacks_venv=lacks_venv, slow=slow, pip=pip))
        path.chmod(0o755)
        return path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.clone / "script" / "setup"), *arguments],
            env={"PATH": str(self.tools), "HOME": str(self.home), "PLAY": str(self.root)},
            cwd="/",
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=30)
        return process.returncode, output

    def lines(self, name: str) -> list[str]:
        path = self.root / name
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_it_prefers_3_13_off_the_path_to_3_12_on_it(machine: Machine) -> None:
    machine.add(machine.tools / "python3.12")
    hidden = machine.add(machine.home / ".pyenv" / "versions" / "3.13.1" / "bin" / "python")
    assert machine.run()[0] == 0
    assert machine.lines("made") == [str(hidden)]


def test_it_passes_over_a_shim_that_does_not_run(machine: Machine) -> None:
    machine.add(machine.tools / "python3.13", old=127)
    hidden = machine.add(machine.home / ".local/share/uv/python/cpython-3.13.4-linux-x86_64-gnu/bin/python")
    assert machine.run()[0] == 0
    assert machine.lines("made") == [str(hidden)]


@pytest.mark.skipif(bool(ELSEWHERE), reason="this machine has a Python where script/setup looks")
def test_without_a_python_it_says_what_to_install(machine: Machine) -> None:
    machine.add(machine.tools / "python3", old=1)
    status, output = machine.run()
    assert status == 1
    assert "Python 3.12, 3.13 or 3.14 was not found. Install one" in output
    assert len(output.splitlines()) == 1


@pytest.mark.skipif(bool(ELSEWHERE), reason="this machine has a Python where script/setup looks")
def test_a_python_without_venv_is_named(machine: Machine) -> None:
    python = machine.add(machine.tools / "python3.12", lacks_venv=1)
    status, output = machine.run()
    assert status == 1
    assert f"{python} is new enough but lacks venv" in output


def test_packages_are_installed_from_the_lock_files_alone(machine: Machine) -> None:
    machine.add(machine.tools / "python3.13")
    machine.run("--dev")
    (command,) = machine.lines("installed")
    assert "--require-hashes --only-binary :all:" in command
    assert "-r requirements.txt -r requirements-embedded.txt -r requirements-dev.txt" in command


def test_a_second_run_does_nothing_and_a_new_lock_file_does(machine: Machine) -> None:
    machine.add(machine.tools / "python3.13")
    machine.run()
    assert machine.run() == (0, "")
    assert len(machine.lines("installed")) == 1
    (machine.clone / "requirements.txt").write_text("another\n")
    assert machine.run() == (0, "Installing packages.\n")
    assert len(machine.lines("installed")) == 2
    assert len(machine.lines("made")) == 1


def test_dev_holds_what_the_rest_needs(machine: Machine) -> None:
    machine.add(machine.tools / "python3.13")
    machine.run("--dev")
    assert machine.run() == (0, "")
    assert machine.run("--dev") == (0, "")


def test_what_an_interrupted_set_up_left_is_made_anew(machine: Machine) -> None:
    python = machine.add(machine.tools / "python3.13", pip="kill -9 $PPID; exit 1")
    assert machine.run()[0] != 0
    machine.add(python)
    status, output = machine.run()
    assert status == 0
    assert "Making .venv" in output
    assert len(machine.lines("made")) == 2


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("OSError: [Errno 28] No space left on device", "is full. Free 700 MB"),
        ("ReadTimeoutError: Read timed out.", "could not be fetched. Check the network"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that the lock file names"),
    ],
)
def test_a_failure_of_pip_is_told_in_one_line(machine: Machine, said: str, told: str) -> None:
    machine.add(machine.tools / "python3.13", pip=f"echo '{said} (hashes)'; exit 1")
    status, output = machine.run()
    assert status == 1
    assert told in output.splitlines()[-1]
    assert machine.run()[0] == 1, "it must not take the failed one for done"


def test_two_at_once_install_once(machine: Machine) -> None:
    machine.add(machine.tools / "python3.13", slow=1)
    both = [machine.start(), machine.start()]
    outputs = [process.communicate(timeout=30)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert len(machine.lines("installed")) == 1
    if shutil.which("flock"):
        assert sum("Another set-up runs" in output for output in outputs) == 1
