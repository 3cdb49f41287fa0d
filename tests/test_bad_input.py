"""Nonsense is refused or left out, never an error of ours: in every address, and in every field of every form.

The addresses are those of tests/permissions.py, the forms are those found on their pages.
"""

import base64
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from tests.permissions import EXPECTED
from tests.world import World, make_world

HUGE = "9" * 30
SCRIPT = "<script>alert(1)</script>"
TEXTS = [
    "a\x00b",
    "x" * 300,
    # Emoji, right-to-left with an override, combining marks, markup, and a line that wants to be a header.
    f"é😀 \u202e\u0645\u0631\u062d\u0628\u0627 Z\u0351\u036b\u0343a\u0301\u0301\u0301 {SCRIPT}\r\nBcc: all@example.test",
]
FILTERS = [
    *(
        "q",
        "sort",
        "view",
        "state",
        "kind",
        "team",
        "owner",
        "rep",
        "list",
        "tier",
        "industry",
        "rung",
        "role",
    ),
    *("contact", "account", "sequence", "stage", "meeting", "after", "channel", "period", "first", "last"),
    *("cursor", "next", "undo", "who", "cold", "where", "columns", "table", "panel", "tab", "page", "size"),
]
"""What the addresses of pages may say."""

SENSELESS = [
    "tier.is", "((((", "name.contains.a(,)", "nothing.is.1", "name.after.yesterday,or(", "c_gone.is.x", "tier..A",
    "employees.above.1e999", "owner.is.²", "(" * 300 + ")" * 300, "name.contains." + "x" * 9000,
]  # fmt: skip
"""Filters of tables that mean nothing."""

PARTS = 2
"""Into how many tests the addresses are dealt, for as many workers."""

WITH_CURSOR = {
    "bin:index",
    *(
        "accounts:list",
        "accounts:contacts",
        "activities:notifications",
        "dreamclients:all",
        "dreamclients:lists",
    ),
    *("dreamclients:insights", "imports:list", "imports:problems", "mail:outbox", "metrics:drill", "record"),
    *("pipeline:stage", "sequences:list", "today:queue", "users:audit_log", "users:people"),
}


def queries() -> Iterator[str]:
    """The query strings that every page is asked with."""
    for text in ("a\x00b", HUGE, "²"):
        yield urlencode(dict.fromkeys(FILTERS, text))
    yield "&".join(f"{name}[]=1&{name}=1&{name}=2" for name in FILTERS)
    yield urlencode({"where": SENSELESS[0], "columns": "name.99999999999,zzz,.", "sort": "-gone"})
    yield "period=custom&first=2026-01-01&last=9999-12-31&q=%ff&team=%ff"


def cursors() -> Iterator[str]:
    """Cursors made by hand (tests/opener/test_paging.py has more of them)."""
    for values in (
        ["no day", 1],
        [float("inf"), 10**30],
        ["0001-01-01T00:00:00+14:00", "a"],
        [True, "\ud800"],
    ):
        yield base64.urlsafe_b64encode(json.dumps(["n", *values]).encode()).decode()


# --- Forms as a browser sees them ---------------------------------------------------------------------------------

NEVER_PRESSED = {"preview", "delete"}
SENSIBLE = {
    "action": "",  # of several buttons the one without a name
    "at": "",
    "country": "DE",
    "domain": "example.com",
    "emails": "new@example.test",
    "list_name": "",
    "phones": "+1 555 0100",
    "time_zone": "Europe/Berlin",
}
"""What a person would write where the kind of the field does not tell."""


@dataclass
class Form:
    """A form of a page that posts: where to, and with what."""

    action: str
    values: dict[str, list[str]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, ...]:
        """The same for the forms of all rows of a table."""
        return (resolve(self.action.partition("?")[0]).view_name, *sorted(self.values))

    def data(self, **changed: Any) -> dict[str, Any]:
        """What is posted; a field that takes a file gets one with what it was changed to in it."""
        data: dict[str, Any] = {**self.values, **changed}
        for name in self.kinds:
            if self.kinds[name] == "file":
                content = data[name] if name in changed else "Name\nZoetis\n"
                data[name] = SimpleUploadedFile("a.csv", content.encode())
        return data

    def hostile(self) -> Iterator[dict[str, Any]]:
        """All fields with nonsense, then each by itself among sensible ones."""
        for text in TEXTS:
            yield self.data(**dict.fromkeys(self.values, text))
        for name, kind in self.kinds.items():
            texts = ["users:settings"] if name == "next" else HOSTILE.get(kind, ["a\x00b"])
            for text in texts:
                yield self.data(**{name: text})


HOSTILE = {
    "date": ["9999-12-31", "0001-01-01"],
    "datetime-local": ["9999-12-31T23:59", "0001-01-01T00:00"],
    "number": [HUGE, "-1", "NaN", "99999999999"],
    "time": ["25:99"],
    "select": [HUGE, "²"],
    "radio": [HUGE, "9999-12-31T23:59:59-12:00"],
    "checkbox": [HUGE, "²"],
    "hidden": [HUGE, "9999-12-31T23:59Z"],
}


class Forms(HTMLParser):
    """The forms of a page, with what a browser would send of them once a person has filled them in."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.found: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.form: Form | None = None
        self.select: tuple[Form, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, or a field of one."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = Form(given.get("action") or self.url)
            self.by_id[given.get("id", "")] = self.form
            if given.get("method", "get").lower() == "post":
                self.found.append(self.form)
        form = self.by_id.get(given["form"]) if "form" in given else self.form
        name = given.get("name", "")
        if form is None or (not name and tag != "option") or name == "csrfmiddlewaretoken":
            return
        if tag in ("input", "textarea") or (tag == "button" and name not in NEVER_PRESSED):
            self.add(form, name, given.get("type", tag), given.get("value", ""), is_on="checked" in given)
        elif tag == "select":
            self.select = (form, name)
            form.kinds[name] = "select"
            form.values.setdefault(name, [])
        elif tag == "option" and self.select and given.get("value"):
            chosen = self.select[0].values[self.select[1]]
            if not chosen or "selected" in given:
                chosen[:] = [given["value"]]

    def add(self, form: Form, name: str, kind: str, value: str, *, is_on: bool) -> None:
        """A field with what stands in it, or else with something that may."""
        values = form.values.setdefault(name, [])
        form.kinds[name] = kind
        day = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%d")
        usual = {"number": "1", "date": day, "datetime-local": f"{day}T10:00", "email": "new@example.test"}
        usual |= {"file": "", "url": "https://example.test/", "time": "10:00"}
        if name in SENSIBLE:
            values[:] = [SENSIBLE[name]]
        elif kind in ("radio", "checkbox", "submit", "button"):
            if is_on or not values:
                values[:] = [value or "on"]
        elif not values:
            values.append(value or usual.get(kind, "Something"))

    def handle_endtag(self, tag: str) -> None:
        """Leave a form."""
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None


# --- Asking -------------------------------------------------------------------------------------------------------


@dataclass
class Visitor:
    """Somebody signed in, whose requests change nothing."""

    client: Client
    problems: list[str] = field(default_factory=list)

    def ask(self, url: str, data: dict[str, Any] | None = None) -> Any:
        """The answer to a GET, or to a POST of `data`. What would be an error of ours is noted."""
        kept = self.client.cookies.output(header="", sep=";")
        response: Any = None
        try:
            with transaction.atomic():
                response = self.client.get(url) if data is None else self.client.post(url, data)
                if response.streaming:
                    list(response.streaming_content)
                transaction.set_rollback(True)
            problem = f"{response.status_code}" if response.status_code >= 500 else ""
            if not response.streaming and SCRIPT.encode() in response.content:
                problem = "a script that somebody typed"
        except Exception as error:  # noqa: BLE001 - whatever it is, it would have been a 500
            problem = f"{type(error).__name__}: {str(error)[:200]}"
        if problem:
            self.problems.append(f"{url[:300]} {data if data is not None else ''}: {problem}")
        self.client.cookies.load(kept)
        return response


@pytest.fixture
def world(db: None, settings: Any) -> Iterator[World]:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    logging.disable(logging.ERROR)  # thousands of lines about what was refused
    yield make_world()
    logging.disable(logging.NOTSET)


def visitor(world: World, role: str) -> Visitor:
    """Somebody of the world, signed in."""
    client = Client()
    client.force_login(world.people[role])  # type: ignore[arg-type]
    return Visitor(client)


def pages(world: World, visitor: Visitor, part: int) -> Iterator[tuple[str, str, str]]:
    """The name, address and content of every page of a part that the visitor may look at."""
    for name, expectation in list(EXPECTED.items())[part::PARTS]:
        kwargs = {
            key: getattr(world.rows.get(value, value), "pk", value) for key, value in expectation.args.items()
        }
        url = reverse(name, kwargs=kwargs)
        answer = visitor.ask(url) if name != "account_logout" else None
        if answer is not None and answer.status_code in (200, 302):
            yield name, url, "" if answer.streaming else answer.content.decode()


@pytest.mark.parametrize("part", range(PARTS))
def test_no_address_is_an_error_of_ours(world: World, part: int) -> None:
    admin, rep = visitor(world, "admin"), visitor(world, "rep")
    for name, url, _content in pages(world, admin, part):
        for number, query in enumerate(queries()):
            admin.ask(f"{url}?{query}")
            if number == 0:
                rep.ask(f"{url}?{query}")
        for cursor in cursors() if name in WITH_CURSOR else ():
            admin.ask(f"{url}?cursor={cursor}&view=team&sort=last")
    assert not [*admin.problems, *rep.problems]


@pytest.mark.parametrize("url", ["/accounts/", "/contacts/", "/dream-clients/"])
def test_no_filter_is_an_error_of_ours(world: World, url: str) -> None:
    admin = visitor(world, "admin")
    for where in SENSELESS:
        answer = admin.ask(f"{url}?{urlencode({'where': where})}")
        assert answer is not None
        assert answer.status_code < 500
    assert not admin.problems


@pytest.mark.parametrize("part", range(PARTS))
def test_no_field_is_an_error_of_ours(world: World, part: int) -> None:
    admin = visitor(world, "admin")
    seen = set()
    for _name, url, content in pages(world, admin, part):
        page = Forms(url)
        page.feed(content)
        for form in page.found:
            if form.key in seen:
                continue
            seen.add(form.key)
            for data in (form.data(), *form.hostile()):
                admin.ask(form.action, data)
    assert len(seen) > 60 / PARTS
    assert not admin.problems
