"""The page of a table: its views, its filter, its columns and one page of its rows."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db import OperationalError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from apps.tables import asking as asks
from apps.tables.asking import Asking
from apps.tables.cells import td
from apps.tables.columns import Column
from apps.tables.counting import figure
from apps.tables.sentences import sentence
from apps.tables.table import Table
from apps.tables.tabs import Tabs, find
from apps.tables.where import Group, write
from opener.http import AuthedRequest, render, target_id
from opener.paging import Page, keyset
from opener.templatetags.ui import icon, next_sort

SIZE = 50


@dataclass(frozen=True)
class Empty:
    """What a table says that has no rows to show."""

    text: str | Promise
    title: str | Promise = ""
    glyph: str = "magnifying-glass"
    url: str = ""
    action: str | Promise = ""


type EmptyOf = Callable[[Asking], Empty]
"""What to say where there are no rows, by what was asked for."""


@dataclass(frozen=True)
class Row:
    """A row of the page, drawn."""

    pk: int
    name: str
    html: SafeString


@dataclass(frozen=True)
class Head:
    """The head of a column."""

    key: str
    label: str | Promise
    width: int
    is_first: bool
    is_numeric: bool
    sort_url: str
    """Where its label leads; "" for one that does not sort."""


@dataclass(frozen=True)
class Chip:
    """A condition in force."""

    text: str
    remove: str
    edit: str
    is_wrong: bool


@dataclass
class View:
    """What the template of a table's page is given."""

    table: Table
    asking: Asking
    path: str
    tabs: Tabs | None
    page: Page[Any]
    total: str
    """How many rows there are, where the page itself shows it; else a second request asks for it."""
    empty: Empty
    is_part: bool = False
    """Whether only the rows are drawn."""
    is_beyond: bool = False
    """Whether the address names a page that has no rows (any more)."""
    heads: list[Head] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)

    @property
    def here(self) -> str:
        """The address of the first page of what is asked for."""
        return address(self.path, self.asking.query())

    @property
    def whole(self) -> str:
        """The address without any filter."""
        return address(self.path, self.asking.query(where="", q=""))

    @property
    def counts_url(self) -> str:
        """What counts the rows that match and, with the whole page, those of all views; "" where nothing is to count."""
        state = {} if self.total or self.asking.problem else self._meant
        views = {"tabs": "1"} if self.tabs and not self.is_part else {}
        if not (state or views):
            return ""
        return address(reverse("tables:counts", args=[self.table.key]), urlencode(state | views))

    @property
    def total_html(self) -> SafeString:
        """The place for the number of rows that match, and what they are called."""
        return format_html(
            '<span class="counted"><span id="total">{}</span> <span id="total-of">{}</span></span>',
            self.total,
            self.total_of,
        )

    @property
    def total_of(self) -> str:
        """What so many rows are called: "company", "companies"."""
        return called(self.table, self.total)

    @property
    def list_query(self) -> str:
        """What is asked for, for whoever makes a list of it."""
        return urlencode(self._meant | {"table": self.table.key})

    @property
    def _meant(self) -> dict[str, str]:
        return {"q": self.asking.q, "where": self.asking.everything_text}

    @property
    def remove_culprit(self) -> str:
        """The address without the condition that makes no sense."""
        wrong = next((chip for chip in self.chips if chip.is_wrong), None)
        return wrong.remove if wrong else ""

    @property
    def lost_words(self) -> str:
        """Which columns are gone."""
        return _("These columns are left out, as their fields are gone: %s") % ", ".join(
            self.asking.lost_columns
        )

    @property
    def usual_columns_url(self) -> str:
        """The address with the columns that everybody has at first."""
        usual = asks.write_columns(asks.usual_columns(self.table, self.asking.base))
        return address(self.path, self.asking.query(columns=usual))

    @property
    def filter_url(self) -> str:
        """Where conditions are added and changed."""
        return filter_url(self.table, self.asking, self.path)

    @property
    def add_url(self) -> str:
        """The same, with a new condition to fill in."""
        return self.filter_url + "&do=add"

    @property
    def state(self) -> dict[str, str]:
        """What a saved view would keep."""
        return asks.state_of(self.asking) | {"where": self.asking.everything_text}

    @property
    def save_url(self) -> str:
        """Where what is asked for is given a name."""
        kept = self.state | {"to": self.path}
        return address(reverse("tables:view_create", args=[self.table.key]), urlencode(kept))

    @property
    def choices(self) -> list[dict[str, Any]]:
        """The chooser of columns: those shown in their order, then the others."""
        shown = {one.key: one for one in self.asking.columns}
        others = [asks.Shown(key, one.width) for key, one in self.table.columns.items() if key not in shown]
        return [
            {
                "key": one.key,
                "value": str(one),
                "label": self.table.columns[one.key].label,
                "is_on": one.key in shown,
                "is_first": one.key == self.table.first,
            }
            for one in [*shown.values(), *others]
        ]

    @property
    def width(self) -> int:
        """How wide the table is at least, with the boxes and the actions."""
        return sum(head.width for head in self.heads) + 40 + 112

    @property
    def may_change_view(self) -> bool:
        """Whether the open view is one that its reader may overwrite."""
        current = self.tabs.current if self.tabs else None
        return current is not None and not current.is_ready and current.may_edit(self.table.user)


def address(path: str, query: str) -> str:
    """A path with its query."""
    return f"{path}?{query}" if query else path


def filter_url(table: Table, asking: Asking, path: str) -> str:
    """The builder of filters, which leads back to `path` with everything else as it is."""
    rest = [pair for pair in parse_qsl(asking.query(), keep_blank_values=True) if pair[0] != "where"]
    query = urlencode({"where": asking.where_text, "to": address(path, urlencode(rest))})
    return address(reverse("tables:filter", args=[table.key]), query)


def answer(
    request: AuthedRequest,
    table: Table,
    template: str,
    *,
    empty: EmptyOf,
    base: Group | None = None,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """The page of a table, or its rows alone. `base` is what the page is about; it then has no views of its own."""
    if "col" in request.GET:
        return redirect(_chosen(request, table, base))
    tabs = find(table, request.GET) if base is None else None
    asking = _asking(request, table, tabs, base)
    shown = _view(request, table, asking, tabs, empty)
    status = 404 if tabs is not None and tabs.is_lost else 200
    name = "tables/page.html" if target_id(request) == "rows" else template
    given = {"shown": shown, "page": shown.page, "asking": asking, "table": table, **(context or {})}
    return render(request, name, given | {"actions": table.offered()}, part="rows", status=status)


def _asking(request: AuthedRequest, table: Table, tabs: Tabs | None, base: Group | None) -> Asking:
    if tabs is not None and tabs.is_lost:
        return asks.wrong_view(table)
    current = tabs.current if tabs else None
    return asks.of_request(table, request.GET, current.view if current else None, base)


def _chosen(request: AuthedRequest, table: Table, base: Group | None) -> str:
    """The address that the form of the chooser of columns means, when there are no scripts to write it."""
    get = request.GET.copy()
    chosen, move = [str(one) for one in get.pop("col")], str(get.pop("move", [""])[-1])
    get.pop("cursor", None)
    get["columns"] = asks.arranged(table, chosen, move)
    return address(request.path, get.urlencode())


def called(table: Table, figures: str) -> str:
    """What so many rows of a table are called."""
    return str(table.noun % (1 if figures == "1" else 2))


def _view(request: AuthedRequest, table: Table, asking: Asking, tabs: Tabs | None, empty: EmptyOf) -> View:
    cursor = request.GET.get("cursor", "")
    page: Page[Any] = Page([], "", "")
    if not asking.problem:
        try:
            page = keyset(_rows(table, asking), order=asking.order, cursor=cursor, size=SIZE)
            table.prepare(page.rows)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            slow = _(
                "This takes longer than anybody wants to wait. Narrow the filter, or order by another column."
            )
            asking = replace(asking, problem=slow)
    is_whole = not (cursor or page.next or page.previous)
    shown = View(
        table=table,
        asking=asking,
        path=request.path,
        tabs=tabs,
        page=page,
        total=figure(len(page.rows)) if is_whole and not asking.problem else "",
        empty=empty(asking),
        is_part=target_id(request) == "rows",
        is_beyond=bool(cursor) and not page.rows,
    )
    shown.heads = [_head(shown, table.columns[one.key], one.width) for one in asking.columns]
    columns = [table.columns[key] for key in asking.keys]
    shown.rows = [_row(table, columns, row) for row in page.rows]
    if asking.where.joiner == "or":
        shown.chips = [_group_chip(shown)]
    else:
        shown.chips = [_chip(shown, place) for place in range(len(asking.where.parts))]
    return shown


def _rows(table: Table, asking: Asking) -> Any:
    keys = dict.fromkeys([*asking.keys, asking.sort.lstrip("-")])
    return table.shown(table.matching(asking.asked), keys)


def _head(shown: View, column: Column, width: int) -> Head:
    asking = shown.asking
    sort = next_sort(asking.sort, column.key)
    return Head(
        key=column.key,
        label=column.label,
        width=width,
        is_first=column.key == shown.table.first,
        is_numeric=column.is_numeric,
        sort_url=address(shown.path, asking.query(sort=sort)) if column.is_sortable else "",
    )


def _row(table: Table, columns: list[Column], row: Any) -> Row:
    """The row, drawn by hand like its cells: a template costs as much as the query."""
    name = table.name_of(row)
    said = escape(name)
    peek = ""
    if panel := table.panel_of(row):
        look, short = escape(_("Look at %s") % name), escape(_("Look (p)"))
        peek = (
            f'<a class="btn btn-quiet btn-icon btn-small" data-peek href="{escape(table.address_of(row))}"'
            f' hx-get="{escape(panel)}" hx-target="#panel" aria-label="{look}" title="{short}"'
            f' id="peek-{row.pk}">{icon("eye")}</a>'
        )
    cells = "".join(td(table, one, row, table.user) for one in columns)
    actions = conditional_escape(table.row_actions(row))
    box = f'<input type="checkbox" name="selected" value="{row.pk}">'
    html = (
        f'<tr data-pk="{row.pk}"><td class="cell-select"><label>{box}<span class="visually-hidden">{said}</span>'
        f'</label></td>{cells}<td class="cell-actions"><div class="row-nowrap">{actions}{peek}</div></td></tr>'
    )
    return Row(row.pk, name, SafeString(html))


def _chip(shown: View, place: int) -> Chip:
    asking = shown.asking
    return Chip(
        text=sentence(asking.where.parts[place], asking.table.columns, asking.table.user),
        remove=address(shown.path, asking.query(where=write(asking.where.without(place)))),
        edit=f"{shown.filter_url}&at={place}",
        is_wrong=asking.culprit == place,
    )


def _group_chip(shown: View) -> Chip:
    asking = shown.asking
    return Chip(
        text=sentence(asking.where, asking.table.columns, asking.table.user),
        remove=address(shown.path, asking.query(where="")),
        edit=shown.filter_url,
        is_wrong=asking.culprit is not None,
    )
