"""Data folders for servers that a test starts by itself."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from opener.embedded.folder import Folder
from opener.embedded.servers import Servers


@pytest.fixture
def data() -> Iterator[Path]:
    """An empty data folder that the servers' user can reach, as pytest's own are not."""
    path = Path(tempfile.mkdtemp(prefix="opener-test-")).resolve()
    path.chmod(0o755)
    yield path
    if (path / "state.json").exists():
        Servers(Folder(path)).release()
        home = json.loads((path / "state.json").read_text()).get("home")
        if home:
            shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(path)


@pytest.fixture
def bare_environment(data: Path) -> dict[str, str]:
    """The environment of a newcomer: nothing of this test run's servers is in it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")
    }
    return kept | {"OPENER_DATA_DIR": str(data)}
