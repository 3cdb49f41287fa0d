"""What a table can show, sort and filter by."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.db.models.expressions import Combinable
from django.utils.functional import Promise

if TYPE_CHECKING:
    from apps.users.models import User

type Choices = Sequence[tuple[str | int, Any]]
type Test = Callable[[str, Sequence[str], "User"], Q]
"""From an operator, its values and who asks to the condition. Raises `WhereError` where a value makes no sense."""


class Kind(StrEnum):
    """What a column holds. It decides the operators, the field that edits it and how a cell looks."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    MOMENT = "moment"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    URL = "url"
    USER = "user"

    @property
    def is_numeric(self) -> bool:
        """True where values stand at the right."""
        return self in (Kind.NUMBER, Kind.MONEY)


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `path` is the look-up that leads to its value, or the name under which `expression` is annotated; a column without
    either can neither be filtered by (unless `test` says how) nor sorted. `order` are the fields that order by it
    (none where it cannot), without the unique last one, which the table adds. `choices` says what a value may be and
    how it reads. `test` replaces the conditions of its kind. `value` reads what it holds from a row of a page, for an
    export and for the cell; without it `path` is followed. `show` makes the cell's HTML where the kind alone does not.
    `edit` is the model field that an edit in place writes ("" for none), or "custom.<key>".
    """

    key: str
    label: str | Promise
    kind: Kind = Kind.TEXT
    path: str = ""
    expression: Combinable | None = None
    order: tuple[str, ...] = ()
    choices: Callable[["User"], Choices] | None = None
    test: Test | None = None
    value: Callable[[Any], Any] | None = None
    show: Callable[[Any, "User"], str] | None = None
    edit: str = ""
    width: int = 160
    only: tuple[str, ...] = ()
    """Fields that its cell reads."""
    related: tuple[str, ...] = ()
    prefetch: tuple[str, ...] = ()
    is_whole: bool = False
    """Numbers without a fraction."""
    years: tuple[int, int] = (1900, 2200)
    """The first and the last of which a day may be."""
    is_reference: bool = False
    """Its values are ids of other rows: nothing is NULL there, never an empty text."""
    says: Mapping[str, str | Promise] = field(default_factory=dict, hash=False)
    """How a condition reads, by its operator, where "label operator values" is not how people say it; %s is the values.
    "is.me" is for oneself alone."""

    @property
    def is_filterable(self) -> bool:
        """True where a condition may name it."""
        return bool(self.path or self.test)

    @property
    def is_sortable(self) -> bool:
        """True where its head sorts."""
        return bool(self.order)

    @property
    def is_numeric(self) -> bool:
        """True where its values stand at the right."""
        return self.kind.is_numeric

    def value_of(self, row: Any) -> Any:
        """What it holds in `row`: None or "" for nothing, a list for several."""
        if self.value is not None:
            return self.value(row)
        value = row
        for part in self.path.split("__") if self.path else ():
            value = getattr(value, part, None)
        return value


class Remembered:
    """Choices that are asked for once: a table lives as long as a request and asks several times."""

    def __init__(self, choices: Callable[["User"], Choices]) -> None:
        self._choices = choices
        self._found: Choices | None = None
        self._labels: dict[str, str] | None = None

    def __call__(self, user: "User") -> Choices:
        """The values and what they are called."""
        if self._found is None:
            self._found = self._choices(user)
        return self._found

    def labels(self, user: "User") -> dict[str, str]:
        """What they are called, by their values."""
        if self._labels is None:
            self._labels = {str(value): str(label) for value, label in self(user)}
        return self._labels
