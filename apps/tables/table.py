"""A table: rows of a model that somebody may see, in columns, narrowed by a filter, in an order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from apps.tables.columns import Column
from apps.tables.conditions import as_q
from apps.tables.where import Group, WhereError, parse, write

if TYPE_CHECKING:
    from apps.tables.actions import Action
    from apps.users.models import User


@dataclass(frozen=True)
class Ready:
    """A view of a table that is there from the start."""

    slug: str
    label: str | Promise
    where: str = ""
    sort: str = ""


@dataclass(frozen=True)
class Asked:
    """What is asked of a table: a text to find, a filter, and, where it makes no sense, why."""

    q: str = ""
    where: Group = field(default_factory=Group)
    problem: str = ""

    @property
    def text(self) -> str:
        """The filter as an address has it."""
        return write(self.where)

    @classmethod
    def of(cls, *, q: str = "", where: str = "") -> "Asked":
        """What these texts say. It never fails: a filter that cannot be read becomes its `problem`."""
        try:
            return cls(q=q, where=parse(where))
        except WhereError as error:
            return cls(q=q, problem=str(error))


class Table:
    """What a table of one model is, for one user. Subclasses fill in what is theirs, and are put into `TABLES`.

    `matching` is the one definition of which rows a filter means: the page, its counts, a live list, an export and
    whatever is done to all that match ask it.
    """

    key: ClassVar[str]
    url_name: ClassVar[str]
    label: ClassVar[str | Promise]
    noun: ClassVar[Any] = ngettext_lazy("row", "rows")
    """What so many of its rows are called."""
    find_label: ClassVar[str | Promise] = _("Find by name")
    only: ClassVar[Sequence[str]] = ()
    """Fields of a row that are read whichever columns are shown."""
    default: ClassVar[Sequence[str]]
    """The columns shown at first. The first one stays in sight and cannot be taken away."""
    default_sort: ClassVar[str]
    old_sorts: ClassVar[Mapping[str, str]] = {}
    """What columns were called in addresses that people may have kept."""
    actions: ClassVar[list["Action"]] = []
    """What can be done to many rows at once. Higher apps append theirs when they are ready."""

    def __init__(self, user: "User") -> None:
        self.user = user

    def rows(self) -> QuerySet[Any]:
        """The rows that the user may see."""
        raise NotImplementedError

    def editable(self) -> QuerySet[Any]:
        """The rows that the user may change."""
        raise NotImplementedError

    def all_columns(self) -> Iterable[Column]:
        """Every column there is, custom fields included, in the order of the chooser."""
        raise NotImplementedError

    def ready_views(self) -> Sequence[Ready]:
        """The views that are there from the start, the default one first."""
        return []

    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """The rows that the search field of the table means."""
        raise NotImplementedError

    def prepare(self, rows: list[Any]) -> None:
        """Complete the rows of a page after they were fetched."""

    def may_edit(self, row: Any) -> bool:
        """Whether the user may change this row: what `editable` says, without asking again."""
        raise NotImplementedError

    def who_may(self, row: Any) -> str:
        """A sentence on who may change a row that the user may not."""
        return _now("You may not change this.")

    def name_of(self, row: Any) -> str:
        """What a row is called, for whoever hears the page."""
        return str(row)

    def address_of(self, row: Any) -> str:
        """The page of a row."""
        raise NotImplementedError

    def panel_of(self, row: Any) -> str:
        """What the side panel shows of a row, "" for nothing."""
        return ""

    def row_actions(self, row: Any) -> str:
        """HTML of what can be done to a row besides looking at it."""
        return ""

    @cached_property
    def columns(self) -> dict[str, Column]:
        """Every column by its key."""
        return {column.key: column for column in self.all_columns()}

    def matching(self, asked: Asked, rows: QuerySet[Any] | None = None) -> QuerySet[Any]:
        """The rows (of `rows`, else all that the user may see) that are asked for.

        Raises WhereError where the filter makes no sense: nobody must act on more rows than were meant.
        """
        if asked.problem:
            raise WhereError(asked.problem)
        found = self.rows() if rows is None else rows
        if asked.where:
            found = self.with_expressions(found, {one.column for one in asked.where.conditions()})
            found = found.filter(as_q(asked.where, self.columns, self.user))
        if asked.q:
            found = self.find(found, asked.q)
        return found

    def with_expressions(self, rows: QuerySet[Any], keys: Iterable[str]) -> QuerySet[Any]:
        """`rows` with what the columns `keys` are computed and ordered by, for filters and orders."""
        used = (self.columns[key] for key in keys if key in self.columns)
        wanted = {one.path: one.expression for one in used if one.expression is not None}
        return rows.alias(**wanted) if wanted else rows

    def shown(self, rows: QuerySet[Any], keys: Iterable[str]) -> QuerySet[Any]:
        """`rows` with what the cells of the columns `keys` read, and what orders by them; `prepare` them once fetched."""
        chosen = [self.columns[key] for key in keys if key in self.columns]
        rows = rows.only(*self.only, *dict.fromkeys(name for one in chosen for name in one.only))
        if related := {name for one in chosen for name in one.related}:
            rows = rows.select_related(*sorted(related))
        if prefetch := {name for one in chosen for name in one.prefetch}:
            rows = rows.prefetch_related(*sorted(prefetch))
        wanted = {one.path: one.expression for one in chosen if one.expression is not None}
        return rows.annotate(**wanted) if wanted else rows

    def fetch(self, rows: QuerySet[Any], keys: Iterable[str]) -> list[Any]:
        """`rows`, ready for the cells of the columns `keys`."""
        found = list(self.shown(rows, keys))
        self.prepare(found)
        return found

    def offered(self) -> list["Action"]:
        """What the user may do to many rows."""
        return [action for action in self.actions if action.may(self.user)]

    @property
    def first(self) -> str:
        """The column that stays in sight."""
        return self.default[0]


TABLES: dict[str, type[Table]] = {}
"""The tables by their keys. Apps add theirs when they are ready."""


def register[T: type[Table]](table: T) -> T:
    """Make a table known, by its key."""
    table.actions = []
    TABLES[table.key] = table
    return table
