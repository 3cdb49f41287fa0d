"""From the conditions of a filter to what the database is asked."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.tables.columns import Column, Kind, Test
from apps.tables.where import Condition, Group, WhereError
from opener.days import day_bounds, local_day

if TYPE_CHECKING:
    from apps.users.models import User

_IS, _IS_NOT = gettext_lazy("is"), gettext_lazy("is not")
_SET: dict[str, str | Promise] = {"empty": gettext_lazy("is empty"), "set": gettext_lazy("is not empty")}
_DAYS: dict[str, str | Promise] = {
    "is": gettext_lazy("is on"),
    "before": gettext_lazy("is before"),
    "after": gettext_lazy("is after"),
    "within": gettext_lazy("in the last … days"),
    "older": gettext_lazy("more than … days ago, or never"),
    "next": gettext_lazy("in the next … days"),
    **_SET,
}
_FIGURES: dict[str, str | Promise] = {
    "is": _IS,
    "not": _IS_NOT,
    "under": gettext_lazy("is less than"),
    "over": gettext_lazy("is more than"),
    **_SET,
}
_TEXTS: dict[str, str | Promise] = {
    "has": gettext_lazy("contains"),
    "begins": gettext_lazy("begins with"),
    "is": _IS,
    "not": _IS_NOT,
    **_SET,
}
_CHOICE: dict[str, str | Promise] = {"is": _IS, "not": _IS_NOT, **_SET}

OPERATORS: Mapping[Kind, Mapping[str, str | Promise]] = {
    Kind.TEXT: _TEXTS,
    Kind.URL: _TEXTS,
    Kind.NUMBER: _FIGURES,
    Kind.MONEY: _FIGURES,
    Kind.DATE: _DAYS,
    Kind.MOMENT: _DAYS,
    Kind.CHOICE: _CHOICE,
    Kind.USER: _CHOICE,
    Kind.CHOICES: {
        "has": gettext_lazy("include any of"),
        "all": gettext_lazy("include all of"),
        "lacks": gettext_lazy("include none of"),
        **_SET,
    },
    Kind.YES_NO: {"is": _IS},
}
"""What each kind of column can be asked, the most usual first, and how it reads."""

WITHOUT_VALUE = frozenset(_SET)
ONE_VALUE = frozenset({Kind.NUMBER, Kind.MONEY, Kind.DATE, Kind.MOMENT})
"""Of these only "is" and "is not" may name several values."""
MOST_DAYS = 36_500
ME = "me"
"""The value that stands for whoever asks."""


def as_q(group: Group, columns: Mapping[str, Column], user: "User") -> Q:
    """The condition that a filter is. Raises WhereError, which says what makes no sense and what to do."""
    found = Q()
    for part in group.parts:
        one = as_q(part, columns, user) if isinstance(part, Group) else _condition(part, columns, user)
        found = found & one if group.joiner == "and" else found | one
    return found


def _condition(condition: Condition, columns: Mapping[str, Column], user: "User") -> Q:
    column = columns.get(condition.column)
    if column is None or not column.is_filterable:
        raise WhereError(_("There is no field “%s” any more. Remove this filter.") % condition.column)
    if condition.operator not in OPERATORS[column.kind]:
        raise WhereError(
            _("“%(field)s” cannot be asked “%(operator)s”.")
            % {"field": column.label, "operator": condition.operator}
        )
    values = [value for value in condition.values if value]
    if not values and condition.operator not in WITHOUT_VALUE:
        raise WhereError(_("The filter on “%s” needs a value.") % column.label)
    if len(values) > 1 and column.kind in ONE_VALUE and condition.operator not in ("is", "not"):
        raise WhereError(_("The filter on “%s” takes one value.") % column.label)
    if any("\x00" in value for value in values):
        raise WhereError(_("The filter on “%s” holds a character that cannot be shown.") % column.label)
    if column.test is not None:
        return column.test(condition.operator, values, user)
    return test(column, condition.operator, values, user)


def test(column: Column, operator: str, values: Sequence[str], user: "User") -> Q:
    """The condition of a column's kind: any of `values`, none of them for the operators that deny."""
    if operator in WITHOUT_VALUE:
        return _empty(column) if operator == "empty" else ~_empty(column)
    if column.kind in (Kind.TEXT, Kind.URL):
        return _of_text(column, operator, values)
    if column.kind in (Kind.NUMBER, Kind.MONEY):
        return _of_figure(column, operator, values)
    if column.kind in (Kind.DATE, Kind.MOMENT):
        return _of_day(column, operator, values, user)
    if column.kind is Kind.YES_NO:
        held = Q(**{column.path: True})
        return held if yes(column, values) else _deny(column, held)
    return _of_choice(column, operator, values, user)


def _empty(column: Column) -> Q:
    nothing = Q(**{f"{column.path}__isnull": True})
    if column.kind in (Kind.TEXT, Kind.URL, Kind.CHOICE) and not column.is_reference:
        nothing |= Q(**{column.path: ""})
    return nothing


def _deny(column: Column, condition: Q) -> Q:
    """Not so, or nothing known: SQL would leave out the rows without a value."""
    return ~condition | Q(**{f"{column.path}__isnull": True})


def _of_text(column: Column, operator: str, values: Sequence[str]) -> Q:
    lookup = {"has": "icontains", "begins": "istartswith"}.get(operator, "iexact")
    found = Q()
    for value in values:
        found |= Q(**{f"{column.path}__{lookup}": value})
    return _deny(column, found) if operator == "not" else found


def _of_figure(column: Column, operator: str, values: Sequence[str]) -> Q:
    figures = [figure(column, value) for value in values]
    if operator in ("is", "not"):
        held: list[Decimal] | list[int] = figures
        if column.is_whole:
            held = [int(number) for number in figures if number == int(number)]
        found = Q(**{f"{column.path}__in": held})
        return _deny(column, found) if operator == "not" else found
    bound: Decimal | int = figures[0]
    if column.is_whole:
        bound = math.ceil(bound) if operator == "under" else math.floor(bound)
    # Against a number too large for the field Django asks nothing at all: rows without one would be let in.
    return Q(
        **{f"{column.path}__{'lt' if operator == 'under' else 'gt'}": bound, f"{column.path}__isnull": False}
    )


def yes(column: Column, values: Sequence[str]) -> bool:
    """Whether the value says yes. Raises WhereError where it says neither."""
    if values[0] not in ("yes", "no"):
        raise WhereError(_("“%s” is asked for with “yes” or “no”.") % column.label)
    return values[0] == "yes"


def within(rows: QuerySet[Any], back: str, inner: Column) -> Test:
    """The test of a column whose values are rows of their own (tags, addresses), of which there may be several.

    `rows` are those rows, `back` is their field that leads to the row of the table, `inner` what is asked of them.
    What denies asks row by row: NOT IN makes the database read all of the other table again for every row.
    """

    def meant(operator: str, values: Sequence[str], user: "User") -> Q:
        return inner.test(operator, values, user) if inner.test else test(inner, operator, values, user)

    def ask(operator: str, values: Sequence[str], user: "User") -> Q:
        if operator in WITHOUT_VALUE:
            return none_of(rows, back) if operator == "empty" else Q(pk__in=rows.values(back))
        if operator == "all":
            every = Q()
            for value in values:
                every &= Q(pk__in=rows.filter(meant("has", [value], user)).values(back))
            return every
        positive = {"lacks": "has", "not": "is"}.get(operator, operator)
        found = rows.filter(meant(positive, values, user))
        return Q(pk__in=found.values(back)) if positive == operator else none_of(found, back)

    return ask


def none_of(rows: QuerySet[Any], back: str) -> Q:
    """Whom `back` leads to from none of these rows."""
    return Q(~Exists(rows.filter(**{back: OuterRef("pk")})))


def figure(column: Column, text: str) -> Decimal:
    """The number that `text` says, with a point or without. Raises WhereError."""
    try:
        number = Decimal(text.replace(" ", "").replace("_", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    too_fine = number.is_finite() and number != 0 and number.adjusted() < -9
    if not number.is_finite() or too_fine or len(text) > 40 or abs(number) >= Decimal(10) ** 15:
        raise WhereError(
            _("“%(value)s” is no number that “%(field)s” may be held against.")
            % {"value": text[:40], "field": column.label}
        )
    return number


def _of_day(column: Column, operator: str, values: Sequence[str], user: "User") -> Q:
    today = local_day(timezone.now(), user.time_zone)
    path = column.path
    if operator in ("within", "older", "next"):
        count = days(column, values[0])
        if operator == "next":
            return _between(column, today, today + timedelta(days=count), user)
        if operator == "within":
            return _between(column, today - timedelta(days=count), today, user)
        first = _start(column, today - timedelta(days=count), user)
        return Q(**{f"{path}__lt": first}) | Q(**{f"{path}__isnull": True})
    named = [day(column, value, user) for value in values]
    if operator == "before":
        return Q(**{f"{path}__lt": _start(column, named[0], user)})
    if operator == "after":
        return Q(**{f"{path}__gte": _start(column, named[0] + timedelta(days=1), user)})
    found = Q()
    for one in named:
        found |= _between(column, one, one, user)
    return found


def _start(column: Column, when: date, user: "User") -> date | datetime:
    return day_bounds(when, user.time_zone)[0] if column.kind is Kind.MOMENT else when


def _between(column: Column, first: date, last: date, user: "User") -> Q:
    """From `first` to `last`, both included, in the days of whoever asks."""
    return Q(
        **{
            f"{column.path}__gte": _start(column, first, user),
            f"{column.path}__lt": _start(column, last + timedelta(days=1), user),
        }
    )


def days(column: Column, text: str) -> int:
    """The number of days that `30d` or `30` says. Raises WhereError."""
    number = text.removesuffix("d")
    if not number.isdecimal() or len(number) > 5 or int(number) > MOST_DAYS:
        raise WhereError(_("Say for “%s” how many days, such as 30.") % column.label)
    return int(number)


def day(column: Column, text: str, user: "User") -> date:
    """The day that `text` says: one of the calendar, or "today", that of whoever asks. Raises WhereError."""
    if text == "today":
        return local_day(timezone.now(), user.time_zone)
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None or not column.years[0] <= found.year <= column.years[1]:
        raise WhereError(
            _("“%(value)s” is no day for “%(field)s”. Write one like 2026-03-31.")
            % {"value": text[:40], "field": column.label}
        )
    return found


def _of_choice(column: Column, operator: str, values: Sequence[str], user: "User") -> Q:
    path = column.path
    chosen = [str(user.pk) if column.kind is Kind.USER and value == ME else value for value in values]
    known = {str(value) for value, _label in column.choices(user)} if column.choices else set(chosen)
    for value in chosen:
        if value not in known:
            raise WhereError(
                _("“%(value)s” is none of the choices of “%(field)s” any more.")
                % {"value": value[:40], "field": column.label}
            )
    found = Q(**{f"{path}__in": chosen})
    return found if operator in ("is", "has") else _deny(column, found)
