"""Who may do what, URL by URL: the status that each role gets for a GET and for an empty POST.

The roles are anonymous, outsider (a rep of another team), rep (whose rows they are), manager and admin, in that
order. 302 for anonymous is the way to the sign-in page; 404 is what somebody else's row looks like; 403 a missing
role; 405 a method that the URL does not know; 422 an empty form that was refused; 302 else a change that was made.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.world import World

type Statuses = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class Expectation:
    """What GET and POST answer to each role, and with what the URL is filled (names of the world's rows)."""

    get: Statuses
    post: Statuses
    args: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    resolve: Callable[["World"], dict[str, Any]] | None = None


def everybody(status: int, *, anonymous: int = 302) -> Statuses:
    """The same for all who are signed in."""
    return (anonymous, status, status, status, status)


def team(status: int, *, outsider: int = 404) -> Statuses:
    """The team's rows: rep, manager, admin."""
    return (302, outsider, status, status, status)


def managers(status: int) -> Statuses:
    """Only managers and admins."""
    return (302, 403, 403, status, status)


def admins(status: int) -> Statuses:
    """Only admins."""
    return (302, 403, 403, 403, status)


PK = "pk"
GONE = everybody(404)
NO_POST = everybody(405)
NO_GET = everybody(405)

ALLAUTH = {
    # allauth's own pages and tests; tests/users/test_sign_in.py holds what is closed here.
}

EXPECTED: dict[str, Expectation] = {
    "healthz": Expectation((200,) * 5, (405,) * 5),
}
