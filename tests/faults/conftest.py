"""A machine for each test that breaks one."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.mail.peer import Peer

if TYPE_CHECKING:
    from tests.faults.machine import Machine


@pytest.fixture
def machine(transactional_db: None, tmp_path: Path) -> Iterator["Machine"]:
    """A machine with an SMTP peer beside it."""
    from tests.faults.machine import Machine  # it needs Django, which is not there yet as this file is read

    with Peer() as peer:
        machine = Machine(peer, tmp_path)
        yield machine
        machine.end()
