"""Custom fields as columns of a table: what they sort and filter by.

Values lie in one JSON column. Where a filter asks for a value itself (a choice, yes, a person), it asks whether `custom`
contains it: the GIN index on `custom` answers, for all fields at once. What has an order (numbers, days, texts) is read
by an expression that gives NULL for what does not fit, never an error, and that has indexes of its own for each field:
`custom_indexes`, which makes them of the very SQL that stands here.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import CharField, DecimalField, F, Func, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Left, Upper
from django.db.models.lookups import Exact, IContains, IExact, IsNull, IStartsWith, Lookup
from django.utils.translation import gettext as _

from apps.accounts import custom_cache as cache
from apps.accounts.custom_values import html, say, typed
from apps.accounts.models import CustomField
from apps.tables.columns import Choices, Column, Kind, Test
from apps.tables.conditions import ME, WITHOUT_VALUE
from apps.tables.conditions import test as of_kind
from apps.tables.where import WhereError
from apps.users.models import User

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
    if not re.fullmatch(r"[-a-z0-9_]+", key):
        raise ValueError(key)
    return _SQL[order].format(custom=custom, key=key)


def order_of(field: CustomField) -> str:
    """How values of `field` are put in order; "" where they are not."""
    return _ORDER.get(field.type, "")


def columns(model: str) -> list[Column]:
    """The columns of a model's custom fields, with the keys `c_<key>`. One query, whatever their number."""
    return [_column(field) for field in cache.fields()[model] if not field.is_archived]


def _column(field: CustomField) -> Column:
    order, path = order_of(field), f"custom_f{field.pk}"

    def value(row: Any) -> Any:
        held = row.custom.get(field.key)
        return say(field, held) if field.type == Type.USER else typed(field, held)

    def show(row: Any, user: User) -> str:
        return html(field, row.custom.get(field.key))

    plain = Column(
        key=f"c_{field.key}",
        label=field.label,
        kind=Kind(field.type),
        path=path if order else "",
        expression=Sorted(F("custom"), order, field.key) if order else None,
        order=(path,) if order else (),
        choices=_choices(field),
        value=value,
        show=show,
        edit=f"custom.{field.key}",
        only=("custom",),
    )
    return Column(**{**vars(plain), "test": _test(field, plain)})


def _choices(field: CustomField) -> Any:
    if field.has_choices:
        return lambda user: [(choice, choice) for choice in field.choices]
    return people if field.type == Type.USER else None


def people(user: User) -> Choices:
    """Everybody, those who left behind."""
    everybody = sorted(cache.people().values(), key=lambda one: not one.is_active)
    return [(str(one.pk), one.name if one.is_active else _("%s (left)") % one.name) for one in everybody]


def _test(field: CustomField, column: Column) -> Test:
    def ask(operator: str, values: Sequence[str], user: User) -> Q:
        if operator in WITHOUT_VALUE:
            nothing = ~Q(custom__has_key=field.key)
            return nothing if operator == "empty" else ~nothing
        if field.type in (Type.TEXT, Type.URL):
            return _of_text(field, operator, values)
        if field.type in (Type.NUMBER, Type.MONEY, Type.DATE):
            return of_kind(column, operator, values, user)
        held = [_stored(field, value, user) for value in values]
        return _holding(field, operator, held)

    return ask


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


def _holding(field: CustomField, operator: str, held: Sequence[Any]) -> Q:
    """Rows that hold one of these (or all of them, or none)."""
    if field.type == Type.YES_NO:
        if held[0]:
            return Q(custom__contains={field.key: True})
        return ~Q(custom__contains={field.key: True})  # nobody said yes
    if operator == "all":
        return Q(custom__contains={field.key: list(held)})
    found = Q()
    for one in held:
        found |= Q(custom__contains={field.key: [one] if field.type == Type.CHOICES else one})
    return found if operator in ("is", "has") else ~found


def _of_text(field: CustomField, operator: str, values: Sequence[str]) -> Q:
    """In upper case, as the indexes have it."""
    text = KeyTextTransform(field.key, F("custom"))
    lookup: type[Lookup[Any]] = {"has": IContains, "begins": IStartsWith}.get(operator, IExact)
    found = Q()
    for value in values:
        one = Q(lookup(text, value))
        if lookup is IExact:  # says nothing new, but it is what the index in the order of the texts knows
            start: Any = Upper(Left(Value(value), SORTED_BY))
            one &= Q(Exact(Sorted(F("custom"), "text", field.key), start))
        found |= one
    return ~found | Q(IsNull(text, True)) if operator == "not" else found  # noqa: FBT003 - a look-up's value
