"""What a table can show, sort and filter by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.db.models.expressions import Combinable
from django.utils.functional import Promise

if TYPE_CHECKING:
    from apps.users.models import User

type Choices = Sequence[tuple[str, Any]]
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
    either can neither be filtered by nor sorted. `order` are the fields that order by it ("" where it cannot), without
    the unique last one, which the table adds. `cell` names the template in `tables/cells/` that shows it; by default
    the one of its kind, given `value`. `edit` is the model field that an edit in place writes ("" for none), or
    "custom.<key>". `choices` says what a value may be and how it reads. `test` replaces the conditions of its kind.
    """

    key: str
    label: str | Promise
    kind: Kind = Kind.TEXT
    path: str = ""
    expression: Combinable | None = None
    order: tuple[str, ...] = ()
    choices: Callable[["User"], Choices] | None = None
    test: Test | None = None
    cell: str = ""
    edit: str = ""
    width: int = 160
    only: tuple[str, ...] = ()
    """Fields that its cell reads."""
    related: tuple[str, ...] = ()
    prefetch: tuple[str, ...] = field(default=())

    @property
    def is_filterable(self) -> bool:
        """True where a condition may name it."""
        return bool(self.path or self.test)

    @property
    def is_sortable(self) -> bool:
        """True where its head sorts."""
        return bool(self.order)
