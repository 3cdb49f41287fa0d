"""Paging by keyset: the page after a row is found through the index that orders the list, however deep it lies."""

import base64
import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Model, Q, QuerySet


@dataclass(frozen=True)
class Page[M: Model]:
    """One page of rows, and the cursors that lead on and back ("" where there is nothing)."""

    rows: list[M]
    next: str
    previous: str


def keyset[M: Model](queryset: QuerySet[M], *, order: list[str], cursor: str = "", size: int = 50) -> Page[M]:
    """The page of `queryset` that `cursor` names, ordered by `order` (field names, "-" for descending).

    The last field must be unique. NULLs come last in either direction. A cursor that makes no sense is the first page.
    Reading it costs one query of `size` + 1 rows; two where the first field may be NULL and the page holds the last row
    with a value. Rows with one and rows without are read apart, so that a plain index serves both, from either end, and
    so that what is joined is an inner join where it is ordered by.
    """
    keys = [(name.lstrip("-"), name.startswith("-")) for name in order]
    backwards, values = _decode(cursor, len(keys))
    try:
        rows = _walk(queryset, keys, values, size, backwards=backwards)
    except (ValueError, TypeError, OverflowError, ValidationError):
        if values is None:
            raise
        values, backwards = None, False
        rows = _walk(queryset, keys, None, size, backwards=False)
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    before = more if backwards else values is not None
    after = True if backwards else more
    return Page(
        rows=rows,
        next=_encode(rows[-1], keys, "n") if rows and after else "",
        previous=_encode(rows[0], keys, "p") if rows and before else "",
    )


def _walk[M: Model](
    queryset: QuerySet[M],
    keys: list[tuple[str, bool]],
    values: list[Any] | None,
    size: int,
    *,
    backwards: bool,
) -> list[M]:
    """`size` + 1 rows from the one with `values` on (from the beginning, or the end, where there is none)."""
    name = keys[0][0]
    if not _may_be_null(queryset.model, name):
        return _fetch(queryset, keys, values, size + 1, backwards=backwards)
    some, none = queryset.filter(**{f"{name}__isnull": False}), queryset.filter(**{f"{name}__isnull": True})
    halves = [(some, keys, values), (none, keys[1:], values and values[1:])]
    if backwards:
        halves.reverse()
    if values is not None and (values[0] is None) is not backwards:
        halves = halves[1:]  # the first half lies behind it
    rows: list[M] = []
    for number, (half, half_keys, half_values) in enumerate(halves):
        if len(rows) <= size:
            start = half_values if number == 0 else None
            rows += _fetch(half, half_keys, start, size + 1 - len(rows), backwards=backwards)
    return rows


def _fetch[M: Model](
    queryset: QuerySet[M],
    keys: list[tuple[str, bool]],
    values: list[Any] | None,
    number: int,
    *,
    backwards: bool,
) -> list[M]:
    if values is not None:
        queryset = queryset.filter(_beyond(queryset.model, keys, values, backwards=backwards))
    ordering = []
    for position, (name, descending) in enumerate(keys):
        down = descending != backwards
        # Only a column that may be NULL says where NULLs go: an index on one that may not serves the plain order.
        nulls: dict[str, Any] = {}
        if position and _may_be_null(queryset.model, name):
            nulls = {"nulls_first": True} if backwards else {"nulls_last": True}
        ordering.append(F(name).desc(**nulls) if down else F(name).asc(**nulls))
    return list(queryset.order_by(*ordering)[:number])


def _may_be_null(model: type[Model], name: str) -> bool:
    nullable = False
    for part in name.split("__"):
        try:
            field = model._meta.get_field("id" if part == "pk" else part)
        except FieldDoesNotExist:  # an annotation
            return True
        nullable = nullable or bool(getattr(field, "null", True))
        if field.related_model is not None:
            model = field.related_model
    return nullable


def _beyond(model: type[Model], keys: list[tuple[str, bool]], values: list[Any], *, backwards: bool) -> Q:
    """The rows after (or before) the one with `values`, spelled out so that NULLs are last in both directions."""
    condition = Q()
    equal = Q()
    for position, ((name, descending), value) in enumerate(zip(keys, values, strict=True)):
        may_be_null = _may_be_null(model, name)
        if value is None:
            step = Q(**{f"{name}__isnull": False}) if backwards else Q(pk__in=[])
            equal_here = Q(**{f"{name}__isnull": True})
        else:
            smaller = descending != backwards
            step = Q(**{f"{name}__{'lt' if smaller else 'gt'}": value})
            if position and may_be_null and not backwards:
                step |= Q(**{f"{name}__isnull": True})
            equal_here = Q(**{name: value})
        condition |= equal & step
        equal &= equal_here
    name, descending = keys[0]
    if values[0] is not None:
        # Says nothing new, but gives the index a place to start from.
        condition &= Q(**{f"{name}__{'lte' if descending != backwards else 'gte'}": values[0]})
    return condition


def _encode(row: Model, keys: list[tuple[str, bool]], direction: str) -> str:
    values: list[Any] = []
    for name, _ in keys:
        value: Any = row
        for part in name.split("__"):
            value = getattr(value, part, None)
        values.append(value.isoformat() if isinstance(value, date | datetime) else value)
    return (
        base64.urlsafe_b64encode(json.dumps([direction, *values], default=str).encode()).decode().rstrip("=")
    )


def _is_monstrous(value: Any) -> bool:
    """True for what no row of ours ever had, and no database takes: NUL, a figure of a thousand digits."""
    if isinstance(value, str):
        return "\x00" in value or bool(re.fullmatch(r"\s*[+-]?[\d.]+[eE][+-]?\d{3,}\s*", value))
    return isinstance(value, float) and not isfinite(value)


def _decode(cursor: str, length: int) -> tuple[bool, list[Any] | None]:
    try:
        direction, *values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, RecursionError):
        return False, None
    if direction not in ("n", "p") or len(values) != length:
        return False, None
    if any(isinstance(value, list | dict) or _is_monstrous(value) for value in values):
        return False, None
    return direction == "p", values
