"""Data folders for servers that a test starts by itself."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import data_folder


@pytest.fixture
def data() -> Iterator[Path]:
    """An empty data folder that the servers' user can reach."""
    with data_folder() as path:
        yield path


@pytest.fixture
def bare_environment(data: Path) -> dict[str, str]:
    """The environment of a newcomer: nothing of this test run's servers is in it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")
    }
    return kept | {"OPENER_DATA_DIR": str(data)}
