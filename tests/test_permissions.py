"""Every URL x {anonymous, outsider, rep, manager, admin} x {GET, POST, HTMX}. A URL without an expectation fails.

The outsider is a rep of another team. Expectations are in tests/permissions.py.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.permissions import EXPECTED, Expectation
from tests.world import World, make_world

ROLES = ("anonymous", "outsider", "rep", "manager", "admin")


def walk(patterns: list[Any], namespace: str = "") -> Iterator[str]:
    """The full name of every URL."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from walk(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"


URLS = sorted(set(walk(get_resolver().url_patterns)))


def test_every_url_has_an_expectation() -> None:
    missing = [name for name in URLS if name not in EXPECTED]
    assert not missing, f"say in tests/permissions.py who may do what with {missing}"


def test_every_expectation_has_a_url() -> None:
    gone = [name for name in EXPECTED if name not in URLS]
    assert not gone, f"no such URL any more: {gone}"


@pytest.fixture
def world(db: None, settings: Any) -> World:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    return make_world()


def status_of(world: World, role: str, method: str, url: str) -> int:
    """The status that `role` gets; whatever the request changed is undone."""
    client = Client(raise_request_exception=True)
    with transaction.atomic():
        if (person := world.people[role]) is not None:
            client.force_login(person)
        if method == "POST":
            # What a browser sends even of an empty form.
            status = client.post(url, {"csrfmiddlewaretoken": "x"}).status_code
        elif method == "HTMX":
            status = client.get(url, headers={"HX-Request": "true", "HX-Target": "div#main"}).status_code
        else:
            status = client.get(url).status_code
        transaction.set_rollback(True)
    return status


def expected_status(expectation: Expectation, role: str, method: str) -> int:
    """What the table says; HTMX sees what GET sees, but a redirect as 204 with HX-Redirect."""
    row = expectation.post if method == "POST" else expectation.get
    status = row[ROLES.index(role)]
    return 204 if method == "HTMX" and 300 <= status < 400 else status


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_who_may_do_what(world: World, name: str) -> None:
    expectation = EXPECTED[name]
    kwargs = {
        key: getattr(world.rows.get(value, value), "pk", value) for key, value in expectation.args.items()
    }
    url = reverse(name, kwargs=kwargs) + expectation.query
    got, want = {}, {}
    for method in ("GET", "POST", "HTMX"):
        for role in ROLES:
            got[method, role] = status_of(world, role, method, url)
            want[method, role] = expected_status(expectation, role, method)
    wrong = {key: f"{got[key]}, not {want[key]}" for key in got if got[key] != want[key]}
    assert not wrong, f"{url}: {wrong}"
