"""What is asked again and again while one request, or one batch, is worked on: read once.

Outside of a request nothing is remembered, unless `remembered()` says so.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from apps.accounts.models import CustomField
from apps.users.models import Organisation, User

_local = threading.local()


@dataclass(frozen=True)
class Person:
    """What of a user is shown."""

    pk: int
    name: str
    email: str
    is_active: bool


def begin(**_kwargs: Any) -> None:
    """From now on this thread remembers. Connected to the beginning of a request."""
    _local.kept = {}


def end(**_kwargs: Any) -> None:
    """This thread forgets, and remembers no more."""
    _local.kept = None


def forget() -> None:
    """What was read is read anew: call it after a change of fields."""
    if getattr(_local, "kept", None):
        _local.kept = {}


@contextmanager
def remembered() -> Iterator[None]:
    """Remember for the length of a block: for work outside of a request. Within one it changes nothing."""
    if getattr(_local, "kept", None) is not None:
        yield
        return
    begin()
    try:
        yield
    finally:
        end()


def _once[T](name: str, read: Callable[[], T]) -> T:
    kept = getattr(_local, "kept", None)
    if kept is None:
        return read()
    if name not in kept:
        kept[name] = read()
    return cast("T", kept[name])


def fields() -> dict[str, list[CustomField]]:
    """The fields of all models, archived ones too, in their order. One query."""

    def read() -> dict[str, list[CustomField]]:
        found: dict[str, list[CustomField]] = {name: [] for name in CustomField.Model.values}
        for field in CustomField.objects.all():
            found[field.model].append(field)
        return found

    return _once("fields", read)


def people() -> dict[int, Person]:
    """Everybody by id, by name; one query."""

    def read() -> dict[int, Person]:
        rows = User.objects.order_by("name", "pk").values_list("pk", "name", "email", "is_active")
        return {row[0]: Person(*row) for row in rows}

    return _once("people", read)


type _ByWords = dict[str, list[Person]]


def people_by_words(fold: Callable[[str], str]) -> tuple[_ByWords, _ByWords]:
    """Everybody by address, and by name, as `fold` writes them: an import looks for one in every row."""

    def read() -> tuple[_ByWords, _ByWords]:
        by_email: _ByWords = {}
        by_name: _ByWords = {}
        for one in people().values():
            by_email.setdefault(fold(one.email), []).append(one)
            by_name.setdefault(fold(one.name), []).append(one)
        return by_email, by_name

    return _once("people_by_words", read)


def currency() -> str:
    """The organisation's currency."""
    return _once("currency", lambda: Organisation.current().currency)
