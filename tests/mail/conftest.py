"""A mail server for each test that wants one."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.mail.peer import Peer


@pytest.fixture
def peer(settings: Any) -> Iterator[Peer]:
    """A peer that SMTP_URL leads to. A lost answer is noticed after half a second."""
    with Peer() as peer:
        settings.SMTP_URL = peer.url
        settings.SMTP_TIMEOUT = 0.5
        yield peer
