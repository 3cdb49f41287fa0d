"""How a filter reads: "Tier is A", "Not touched for 14 days", "Tier is A or Going cold"."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.tables.cells import label_of
from apps.tables.columns import Column, Kind
from apps.tables.conditions import ME, OPERATORS, WITHOUT_VALUE
from apps.tables.where import Condition, Group
from opener.templatetags.ui import sentence as capital

if TYPE_CHECKING:
    from apps.users.models import User

DAYS = frozenset({"within", "older", "next"})
"""Operators that are given a number of days."""


def sentence(part: Condition | Group, columns: Mapping[str, Column], user: "User") -> str:
    """A condition, or a group, in words. One that makes no sense reads as it is written."""
    if isinstance(part, Condition):
        return capital(_condition(part, columns, user))
    joined = _(" and ") if part.joiner == "and" else _(" or ")
    said = [
        f"({sentence(one, columns, user)})" if isinstance(one, Group) else sentence(one, columns, user)
        for one in part.parts
    ]
    return joined.join(said)


def _condition(condition: Condition, columns: Mapping[str, Column], user: "User") -> str:
    column = columns.get(condition.column)
    if column is None or condition.operator not in OPERATORS[column.kind]:
        return str(condition)[:80]
    values = _values(condition, column, user)
    if condition.values == (ME,) and (own := column.says.get(f"{condition.operator}.{ME}")):
        return str(own)
    if column.kind is Kind.YES_NO:
        return str(column.label) if condition.values == ("yes",) else _("Not: %s") % column.label
    if said := column.says.get(condition.operator):
        return str(said) % values if "%s" in str(said) else str(said)
    if condition.operator in DAYS:
        return f"{column.label}: {_DAYS[condition.operator]() % values}"
    operator = OPERATORS[column.kind][condition.operator]
    return (
        f"{column.label} {operator}"
        if condition.operator in WITHOUT_VALUE
        else f"{column.label} {operator} {values}"
    )


_DAYS = {
    "within": lambda: _("in the last %s"),
    "older": lambda: _("more than %s ago, or never"),
    "next": lambda: _("in the next %s"),
}


def _values(condition: Condition, column: Column, user: "User") -> str:
    if condition.operator in DAYS:
        number = (condition.values or ("?",))[0].removesuffix("d")
        count = int(number[:6]) if number.isdecimal() else 0
        return ngettext("%s day", "%s days", count) % number[:20]
    return _(" or ").join(_value(value, column, user) for value in condition.values)[:200]


def _value(value: str, column: Column, user: "User") -> str:
    if column.kind is Kind.USER and value == ME:
        return _("me")
    if column.kind in (Kind.DATE, Kind.MOMENT):
        try:
            found = parse_date(value)
        except ValueError:
            found = None
        return date_format(found, "j M Y") if found else _("today") if value == "today" else value
    return (
        label_of(column, value, user)
        if column.choices
        else f"“{value}”"
        if column.kind is Kind.TEXT
        else value
    )
