"""Custom fields as columns of a table: what they sort and filter by.

Values lie in one JSON column. Where a filter asks for a value itself (a choice, yes, a person), it asks whether `custom`
contains it: the GIN index on `custom` answers, for all fields at once. What has an order (numbers, days, texts) is read
by an expression that gives NULL for what does not fit, never an error, and that has indexes of its own for each field:
`custom_indexes`, which makes them of the very SQL that stands here.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models import CharField, DecimalField, F, Func, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Left, Upper
from django.db.models.lookups import Exact, IContains, IExact, IsNull, IStartsWith, Lookup, StartsWith
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from apps.accounts import custom_cache as cache
from apps.accounts.custom_values import YEARS, fits, html, in_order, say, words
from apps.accounts.models import CustomField
from apps.tables.columns import Choices, Column, Kind, Remembered, Test
from apps.tables.conditions import ME, WITHOUT_VALUE
from apps.tables.conditions import test as of_kind
from apps.tables.where import WhereError
from apps.users.models import User
from opener.templatetags import ui

Type = CustomField.Type
SORTED_BY = 100
"""So many characters of a text are sorted by: an entry of an index has to be short."""

_SQL: dict[str, str] = {
    "number": "CASE WHEN ({custom} ->> '{key}') ~ '^-?[0-9]{{1,15}}([.][0-9]{{1,6}})?$'"
    " THEN ({custom} ->> '{key}')::numeric END",
    "date": "CASE WHEN ({custom} ->> '{key}') ~ '^[12][0-9]{{3}}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'"
    " THEN ({custom} ->> '{key}') COLLATE \"C\" END",
    "text": f"UPPER(LEFT(({{custom}} ->> '{{key}}'), {SORTED_BY}))",
}
_ORDER: dict[str, str] = {
    Type.NUMBER: "number",
    Type.MONEY: "number",
    Type.DATE: "date",
    Type.TEXT: "text",
    Type.URL: "text",
    Type.CHOICE: "text",
    Type.YES_NO: "text",
}


class Day(CharField[Any, Any]):
    """A day as its ISO text, whose order is that of the days. A cast to a date would not be immutable."""

    def get_prep_value(self, value: Any) -> Any:
        """The text of a date."""
        return value.isoformat() if hasattr(value, "isoformat") else super().get_prep_value(value)


class Sorted(Func):
    """What a field of this key sorts by, NULL where a row holds nothing that fits."""

    def __init__(self, source: Any, order: str, key: str) -> None:
        output: dict[str, Any] = {"number": DecimalField(max_digits=21, decimal_places=6), "date": Day()}
        super().__init__(source, output_field=output.get(order, CharField()))
        self.template = sorted_sql(order, key, custom="%(expressions)s")


def sorted_sql(order: str, key: str, *, custom: str) -> str:
    """The SQL of what a field sorts by. A key is a slug: it needs no quotes of its own."""
    if not re.fullmatch(r"[-A-Za-z0-9_]+", key):
        raise ValueError(key)
    return _SQL[order].format(custom=custom, key=key)


def order_of(field: CustomField) -> str:
    """How values of `field` are put in order; "" where they are not."""
    return _ORDER.get(field.type, "")


def columns(model: str, *, through: str = "") -> list[Column]:
    """The columns of a model's custom fields, with the keys `c_<key>`. One query, whatever their number.

    `through` leads from the table's rows to those of the model ("account__"): the keys are then `a_<key>`, the first
    letter being that of the way, and nothing is edited in place.
    """
    return [_column(field, through) for field in cache.fields()[model] if not field.is_archived]


def _column(field: CustomField, through: str) -> Column:
    order, path, source = order_of(field), f"custom_f{field.pk}", f"{through}custom"
    way = through.split("__")[:-1]

    def held(row: Any) -> Any:
        for part in way:
            row = getattr(row, part)
        return row.custom.get(field.key)

    def value(row: Any) -> Any:
        """A text that an import reads again; yes and no are said by the table."""
        found = held(row)
        if field.type == Type.YES_NO:
            return found if isinstance(found, bool) else None
        return say(field, found)

    plain = Column(
        key=f"{through[0] if through else 'c'}_{field.key}",
        label=f"{field.label} ({field.get_model_display()})" if through else field.label,
        kind=Kind(field.type),
        path=path if order else "",
        expression=Sorted(F(source), order, field.key) if order else None,
        order=(path,) if order else (),
        choices=_choices(field),
        value=value,
        show=lambda row, user: _cell(field, held(row)),
        edit="" if through else f"custom.{field.key}",
        years=YEARS,
        only=(source,),
        related=("__".join(way),) if way else (),
    )
    return replace(plain, test=_test(field, plain, source))


def _cell(field: CustomField, held: Any) -> str:
    """What a cell shows."""
    if held is None or held in ("", []):
        return ui.nothing()
    if not fits(field, held):
        return format_html("{}", words(field, held))
    if field.type == Type.USER:
        return ui.avatar(words(field, held), name=True)
    if field.type == Type.CHOICES:
        marks = format_html_join(
            " ", '<span class="badge">{}</span>', ((one,) for one in in_order(field, held))
        )
        return format_html('<span class="cell-badges">{}</span>', marks)
    return format_html("{}", html(field, held))


def _choices(field: CustomField) -> Remembered | None:
    if field.has_choices:
        return Remembered(lambda user: [(choice, choice) for choice in field.choices])
    return Remembered(people) if field.type == Type.USER else None


def people(user: User) -> Choices:
    """Everybody, those who left behind."""
    everybody = sorted(cache.people().values(), key=lambda one: not one.is_active)
    return [(str(one.pk), one.name if one.is_active else _("%s (left)") % one.name) for one in everybody]


def _test(field: CustomField, column: Column, source: str) -> Test:
    def ask(operator: str, values: Sequence[str], user: User) -> Q:
        if operator in WITHOUT_VALUE:
            nothing = _nothing(field, source)
            return nothing if operator == "empty" else ~nothing
        if field.type in (Type.TEXT, Type.URL):
            return _of_text(field, source, operator, values)
        if field.type in (Type.NUMBER, Type.MONEY, Type.DATE):
            return of_kind(column, operator, values, user)
        held = [_stored(field, value, user) for value in values]
        return _holding(field, source, operator, held)

    return ask


def _nothing(field: CustomField, source: str) -> Q:
    """Rows without a value; where there is an index of the values' order, rows without one that fits."""
    if field.type in (Type.CHOICE, Type.CHOICES, Type.YES_NO, Type.USER):
        return ~Q(**{f"{source}__has_key": field.key})
    return Q(IsNull(Sorted(F(source), order_of(field), field.key), True))  # noqa: FBT003 - a look-up's value


def _stored(field: CustomField, value: str, user: User) -> Any:
    """What a row holds where it holds `value`. Raises WhereError."""
    if field.type == Type.USER:
        named = str(user.pk) if value == ME else value
        if named.isdecimal() and int(named[:18]) in cache.people():
            return int(named)
    elif field.type == Type.YES_NO:
        if value in ("yes", "no"):
            return value == "yes"
        raise WhereError(_("“%s” is asked for with “yes” or “no”.") % field.label)
    elif value in field.choices:
        return value
    raise WhereError(
        _("“%(value)s” is none of the choices of “%(field)s” any more.")
        % {"value": value[:40], "field": field.label}
    )


def _holding(field: CustomField, source: str, operator: str, held: Sequence[Any]) -> Q:
    """Rows that hold one of these (or all of them, or none)."""

    def has(value: Any) -> Q:
        return Q(**{f"{source}__contains": {field.key: value}})

    if field.type == Type.YES_NO:
        return has(held[0])  # where nobody said either, nothing is known: that is not no
    if operator == "all":
        return has(list(held))
    found = Q()
    for one in held:
        found |= has([one] if field.type == Type.CHOICES else one)
    return found if operator in ("is", "has") else ~found


def _of_text(field: CustomField, source: str, operator: str, values: Sequence[str]) -> Q:
    """In upper case, as the indexes have it."""
    text = KeyTextTransform(field.key, F(source))
    lookup: type[Lookup[Any]] = {"has": IContains, "begins": IStartsWith}.get(operator, IExact)
    found = Q()
    for value in values:
        one = Q(lookup(text, value))
        if lookup is not IContains:  # says nothing new, but it is what the indexes of the beginning know
            start: Any = Upper(Left(Value(value), SORTED_BY))
            same: type[Lookup[Any]] = Exact if lookup is IExact else StartsWith
            one &= Q(same(Sorted(F(source), "text", field.key), start))
        found |= one
    return ~found | Q(IsNull(text, True)) if operator == "not" else found  # noqa: FBT003 - a look-up's value
