"""The lock files hold what is imported, with hashes and without any address: a checkout with dev packages hides a gap."""

import ast
import re
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from opener.embedded.folder import PROJECT

EMBEDDED = PROJECT / "opener" / "embedded"


def locked(*names: str) -> set[str]:
    """The packages that the lock files name."""
    text = "".join((PROJECT / f"{name}.txt").read_text() for name in names)
    return {name.lower().replace("_", "-") for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}


def imported(paths: Iterable[Path]) -> set[str]:
    """The packages whose modules are imported there, other than our own and Python's."""
    modules = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.partition(".")[0])
    known = packages_distributions()
    foreign = modules - sys.stdlib_module_names - {"opener", "apps", "tests", "bench"}
    return {known[module][0].lower().replace("_", "-") for module in foreign}


def test_the_application_runs_on_requirements_txt_alone() -> None:
    ours = [*(PROJECT / "opener").rglob("*.py"), *(PROJECT / "apps").rglob("*.py")]
    needed = imported(path for path in ours if EMBEDDED not in path.parents)
    assert {"django", "celery", "psycopg"} <= needed
    assert needed - locked("requirements") == set()


def test_script_server_runs_without_the_packages_for_development() -> None:
    assert imported(EMBEDDED.rglob("*.py")) - locked("requirements", "requirements-embedded") == set()


@pytest.mark.parametrize("name", ["requirements", "requirements-embedded", "requirements-dev"])
def test_every_package_is_locked_by_hashes_and_no_address_stands_there(name: str) -> None:
    text = (PROJECT / f"{name}.txt").read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in entry and "==" in entry for entry in entries)
    assert "://" not in text
