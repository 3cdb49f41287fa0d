"""How a cell looks. Functions and no templates: a page has some five hundred of them."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_date
from django.utils.formats import number_format
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.tables.columns import Column, Kind, Remembered
from apps.tables.table import Table
from opener.templatetags import ui
from opener.ui import words

if TYPE_CHECKING:
    from apps.users.models import User


def td(table: Table, column: Column, row: Any, user: "User") -> SafeString:
    """The cell with its element. One that may be edited in place says where in `data-edit`.

    It is put together by hand: `format_html` would escape again, five hundred times a page, what is markup already.
    """
    content = conditional_escape(cell(column, row, user))
    edit = ""
    if column.edit and table.may_edit(row):
        edit = f' data-edit="/tables/{table.key}/{row.pk}/{column.key}/"'
    if column.key == table.first:
        start, end = 'th scope="row" class="cell-pin cell-truncate"', "th"
    else:
        start, end = ('td class="num"' if column.is_numeric else 'td class="cell-truncate"'), "td"
    return SafeString(f'<{start} id="cell-{row.pk}-{column.key}"{edit}>{content}</{end}>')


def cell(column: Column, row: Any, user: "User") -> str:
    """What a cell shows."""
    if column.show is not None:
        return column.show(row, user)
    value = column.value_of(row)
    if value is None or value in ("", []):
        return ui.nothing()
    return _SHOWS[column.kind](column, value, user)


def text(column: Column, row: Any, user: "User") -> str:
    """What a cell says, without any markup: for an export, and for a screen reader's sentence. "" for nothing."""
    value = column.value_of(row)
    if value is None:
        return ""
    if isinstance(value, bool) or column.kind is Kind.YES_NO:
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple):
        return ", ".join(label_of(column, one, user) for one in value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return label_of(column, value, user)


def label_of(column: Column, value: Any, user: "User") -> str:
    """What a value of a choice is called; any other is its own name."""
    if column.choices is None or not isinstance(value, str | int):
        return words.name_of(value)
    return labels(column, user).get(str(value), str(value))


def labels(column: Column, user: "User") -> Mapping[str, str]:
    """What the choices of a column are called, by their values."""
    if isinstance(column.choices, Remembered):
        return column.choices.labels(user)
    return {str(value): str(label) for value, label in column.choices(user)} if column.choices else {}


def _plain(column: Column, value: Any, user: "User") -> str:
    return format_html("{}", value)


def _figure(column: Column, value: Any, user: "User") -> str:
    number = _decimal(value)
    return number_format(number, force_grouping=True) if number is not None else format_html("{}", value)


def _money(column: Column, value: Any, user: "User") -> str:
    number = _decimal(value)
    return words.money(number, "") if number is not None else format_html("{}", value)


def _decimal(value: Any) -> Decimal | None:
    """Numbers of custom fields are kept as texts."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number.normalize() + 0 if number.is_finite() and abs(number) < Decimal(10) ** 20 else None


def _day(column: Column, value: Any, user: "User") -> str:
    if isinstance(value, str):
        try:
            value = parse_date(value)
        except ValueError:
            value = None
    return ui.moment(value)


def _moment(column: Column, value: Any, user: "User") -> str:
    return ui.ago(value)


def _choice(column: Column, value: Any, user: "User") -> str:
    return format_html("{}", ui.sentence(label_of(column, value, user)))


def _choices(column: Column, value: Any, user: "User") -> str:
    marks = format_html_join(
        " ", '<span class="badge">{}</span>', ((label_of(column, one, user),) for one in value)
    )
    return format_html('<span class="cell-badges">{}</span>', marks)


def _yes_no(column: Column, value: Any, user: "User") -> str:
    return format_html("{}", _("Yes") if value in (True, "yes", "true") else _("No"))


def _link(column: Column, value: Any, user: "User") -> str:
    address = str(value)
    if not address.startswith(("https://", "http://")):
        return format_html("{}", address)
    shown = address.partition("://")[2].removeprefix("www.").rstrip("/")
    return format_html('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>', address, shown)


def _person(column: Column, value: Any, user: "User") -> str:
    return ui.avatar(label_of(column, value, user), name=True)


_SHOWS: dict[Kind, Callable[[Column, Any, "User"], str]] = {
    Kind.TEXT: _plain,
    Kind.NUMBER: _figure,
    Kind.MONEY: _money,
    Kind.DATE: _day,
    Kind.MOMENT: _moment,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.YES_NO: _yes_no,
    Kind.URL: _link,
    Kind.USER: _person,
}


def link(text_: str, address: str, *, css: str = "plain-link") -> SafeString:
    """A link of a cell."""
    return format_html('<a class="{}" href="{}">{}</a>', css, address, text_)
