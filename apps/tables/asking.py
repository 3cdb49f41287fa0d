"""What the address of a table's page asks for: a view, a filter, an order, columns, a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import parse_qsl, urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.tables.columns import Kind
from apps.tables.conditions import as_q
from apps.tables.models import SavedView
from apps.tables.sentences import sentence
from apps.tables.table import Asked, Ready, Table
from apps.tables.where import Condition, Group, WhereError, parse, write

NARROWEST, WIDEST = 56, 800
MOST_COLUMNS = 60
EMPTY_WORDS = frozenset({"nobody", "none"})
STATE = ("view", "q", "where", "sort", "columns")
"""The parts of an address that say what is asked for; `cursor` says which page of it."""


@dataclass(frozen=True)
class Shown:
    """A column of the page, and how wide it is."""

    key: str
    width: int

    def __str__(self) -> str:
        return f"{self.key}.{self.width}"


@dataclass(frozen=True)
class Asking:
    """What is asked of a table, and how it is to be shown.

    `where` is what chips show and people change; `base` is what the page is about (the list), which nobody removes.
    `problem` says why the filter makes no sense; `culprit` is the place of the condition to blame, where it is one.
    """

    table: Table
    view: Ready | SavedView | None = None
    q: str = ""
    where: Group = field(default_factory=Group)
    base: Group = field(default_factory=Group)
    sort: str = ""
    columns: tuple[Shown, ...] = ()
    problem: str = ""
    culprit: int | None = None
    lost_columns: tuple[str, ...] = ()

    @property
    def asked(self) -> Asked:
        """Which rows it means."""
        return Asked(q=self.q, where=self.everything, problem=self.problem)

    @property
    def everything(self) -> Group:
        """The filter with what the page is about."""
        if not self.base:
            return self.where
        return self.base.with_(*(self.where.parts if self.where.joiner == "and" else [self.where]))

    @property
    def where_text(self) -> str:
        """The filter as the address has it."""
        return write(self.where)

    @property
    def everything_text(self) -> str:
        """The filter with what the page is about, for whoever acts on all rows that match."""
        return write(self.everything)

    @property
    def columns_text(self) -> str:
        """The columns as the address has them."""
        return write_columns(self.columns)

    @property
    def keys(self) -> list[str]:
        """The columns to show."""
        return [one.key for one in self.columns]

    @property
    def order(self) -> list[str]:
        """The fields to order by; the last one is unique."""
        column = self.table.columns[self.sort.lstrip("-")]
        down = "-" if self.sort.startswith("-") else ""
        return [f"{down}{name}" for name in (*column.order, "id")]

    @property
    def view_key(self) -> str:
        """What the address calls the view."""
        return self.view.slug if isinstance(self.view, Ready) else str(self.view.pk) if self.view else ""

    @cached_property
    def usual(self) -> dict[str, str]:
        """The parts of an address that the view says by itself."""
        return state_of(of_view(self.table, self.view, self.base))

    @property
    def is_changed(self) -> bool:
        """True where something was changed since the view was opened."""
        return self.view is not None and state_of(self) != self.usual

    @property
    def is_descending(self) -> bool:
        """Whether the largest comes first."""
        return self.sort.startswith("-")

    @property
    def is_narrowed(self) -> bool:
        """Whether it means fewer than all rows."""
        return bool(self.where or self.q)

    @property
    def is_worth_saving(self) -> bool:
        """Whether it differs from what is there already."""
        return state_of(self) != self.usual

    @property
    def search_fields(self) -> list[tuple[str, str]]:
        """What the form of the search field keeps."""
        return self.hidden("q")

    @property
    def column_fields(self) -> list[tuple[str, str]]:
        """What the form of the chooser of columns keeps."""
        return self.hidden("columns")

    def hidden(self, *leave_out: str) -> list[tuple[str, str]]:
        """The same as fields of a form."""
        return [pair for pair in parse_qsl(self.query(), keep_blank_values=True) if pair[0] not in leave_out]

    def query(self, **changed: str) -> str:
        """The query string that asks for this, with these parts changed; nothing that the view says anyway."""
        state = state_of(self) | changed
        parts = {"view": self.view_key} if self.view else {}
        parts |= {name: value for name, value in state.items() if value != self.usual[name]}
        return urlencode(parts)


def state_of(asking: Asking) -> dict[str, str]:
    """The parts of an address that a view keeps."""
    return {
        "q": asking.q,
        "where": asking.where_text,
        "sort": asking.sort,
        "columns": asking.columns_text,
    }


def in_words(asking: Asking) -> dict[str, str]:
    """The parts of an address that a view keeps, as a person reads them, by what they are called."""
    table = asking.table
    sorted_by = str(table.columns[asking.sort.lstrip("-")].label)
    return {
        _("Filter"): sentence(asking.where, table.columns, table.user) if asking.where else "",
        _("Search"): asking.q,
        _("Sorted by"): _("%s, largest first") % sorted_by if asking.is_descending else sorted_by,
        _("Columns"): ", ".join(str(table.columns[key].label) for key in asking.keys),
    }


def of_view(table: Table, view: Ready | SavedView | None, base: Group | None = None) -> Asking:
    """What a view asks for, as far as it still makes sense; the whole table where there is no view."""
    base = base or Group()
    if view is None:
        return Asking(table, base=base, sort=table.default_sort, columns=usual_columns(table, base))
    columns, lost = read_columns(table, getattr(view, "columns", ""))
    asking = Asking(
        table,
        view=view,
        base=base,
        q=getattr(view, "q", ""),
        sort=read_sort(table, view.sort),
        columns=columns or usual_columns(table, base),
        lost_columns=lost,
    )
    return with_where(asking, view.where)


def of_request(
    table: Table, get: QueryDict, view: Ready | SavedView | None, base: Group | None = None
) -> Asking:
    """What the address asks for: what `view` says, but for the parts that the address says itself."""
    asking = of_view(table, view, base)
    said = {name: str(get.get(name) or "") for name in STATE if name in get}
    if "q" in said:
        asking = replace(asking, q=said["q"].replace("\x00", "\ufffd").strip()[:200])
    if "sort" in said:
        asking = replace(asking, sort=read_sort(table, said["sort"]))
    if said.get("columns"):
        columns, lost = read_columns(table, said["columns"])
        asking = replace(asking, columns=columns or asking.columns, lost_columns=lost)
    if "where" in said:
        asking = with_where(replace(asking, where=Group(), problem="", culprit=None), said["where"])
    if not asking.problem and (shortcuts := list(_shortcuts(table, get))):
        asking = _checked(replace(asking, where=asking.where.with_(*shortcuts)))
    return asking


def with_where(asking: Asking, text: str) -> Asking:
    """With this filter; where it makes no sense, with what is wrong with it."""
    try:
        return _checked(replace(asking, where=parse(text)))
    except WhereError as error:
        return replace(asking, problem=str(error))


def _checked(asking: Asking) -> Asking:
    """Says whether the filter makes sense, and if not, which of its parts does not."""
    parts = asking.where.parts
    for place, part in enumerate(parts):
        try:
            as_q(Group("and", (part,)), asking.table.columns, asking.table.user)
        except WhereError as error:
            return replace(asking, problem=str(error), culprit=place)
    return asking


def has_shortcuts(table: Table, get: QueryDict) -> bool:
    """Whether the address narrows the table by itself, so that no view is meant unless it names one."""
    return bool(get.get("q") or get.get("where") or any(True for _one in _shortcuts(table, get)))


def _shortcuts(table: Table, get: QueryDict) -> Iterable[Condition]:
    """Conditions written as `?tier=A&owner=3`: any column by its key."""
    for key in get:
        column = table.columns.get(key) if key not in STATE else None
        values = [value for value in get.getlist(key) if value.strip()]
        if column is None or not column.is_filterable or not values:
            continue
        if len(values) == 1 and values[0] in EMPTY_WORDS:
            yield Condition(key, "empty")
        elif column.kind is Kind.YES_NO:
            yield Condition(key, "is", ("yes" if values[0] in ("1", "yes", "on") else "no",))
        elif column.kind is Kind.CHOICES:
            yield Condition(key, "has", tuple(values))
        else:
            yield Condition(key, "is", tuple(values))


def read_sort(table: Table, text: str) -> str:
    """The order that `text` names, the usual one where there is none such."""
    down, key = "-" if text.startswith("-") else "", text.removeprefix("-")
    key = table.old_sorts.get(key, key)
    column = table.columns.get(key)
    return f"{down}{key}" if column is not None and column.is_sortable else table.default_sort


def usual_columns(table: Table, base: Group | None = None) -> tuple[Shown, ...]:
    """The columns shown where nobody chose any; none that says the same in every row."""
    same = {one.column for one in base.conditions()} if base else set()
    return tuple(
        Shown(key, table.columns[key].width)
        for key in table.default
        if key in table.columns and key not in same
    )


def read_columns(table: Table, text: str) -> tuple[tuple[Shown, ...], tuple[str, ...]]:
    """The columns that `text` names, the first of the table always first; and the keys that no column has (any more)."""
    found: dict[str, Shown] = {}
    lost: list[str] = []
    for one in text.split(",")[:MOST_COLUMNS] if text else []:
        key, _dot, width = one.strip().partition(".")
        column = table.columns.get(key)
        if column is None:
            lost.append(key[:60])
        elif key not in found:
            usual = column.width
            number = int(width) if width.isdecimal() and len(width) < 5 else usual
            found[key] = Shown(key, max(NARROWEST, min(WIDEST, number)))
    if not found:
        return (), tuple(lost)
    first = found.pop(table.first, Shown(table.first, table.columns[table.first].width))
    return (first, *found.values()), tuple(lost)


def write_columns(columns: Sequence[Shown]) -> str:
    """Columns as the address has them."""
    return ",".join(map(str, columns))


def arranged(table: Table, chosen: Sequence[str], move: str) -> str:
    """The text of columns that the form of the chooser sent: `chosen` in their order, one of them moved ("tier.up")."""
    columns = [str(one) for one in read_columns(table, ",".join(chosen))[0]]
    key, _dot, way = move.rpartition(".")
    at = next((place for place, one in enumerate(columns) if one.partition(".")[0] == key), 0)
    to = at + (-1 if way == "up" else 1)
    if at and 1 <= to < len(columns):
        columns[at], columns[to] = columns[to], columns[at]
    return ",".join(columns)


def wrong_view(table: Table) -> Asking:
    """A view that is not there, or not the user's to see: it means no rows."""
    return Asking(
        table,
        sort=table.default_sort,
        columns=usual_columns(table),
        problem=_("This view is not there any more, or it is not shared with you."),
    )
