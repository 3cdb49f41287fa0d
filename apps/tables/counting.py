"""How many rows views mean: exact while that is cheap, "10,000+" beyond, and nothing where it takes too long."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

MOST = 10_000
PATIENCE = 250
"""Milliseconds after which nobody waits for a count any longer."""


def number(rows: QuerySet[Any], *, most: int | None = None) -> int:
    """How many rows there are, each once, counting no further than `most`."""
    found = rows.order_by().values("pk")
    if _names_twice(rows):
        found = found.distinct()
    return (found if most is None else found[:most]).count()


def _names_twice(rows: QuerySet[Any]) -> bool:
    """Whether a join may name a row more than once: DISTINCT sorts, so it is asked for only then."""
    joins = (join for alias, join in rows.query.alias_map.items() if rows.query.alias_refcount.get(alias))
    fields = (getattr(join, "join_field", None) for join in joins)
    return any(one is not None and (one.one_to_many or one.many_to_many) for one in fields)


def counts(rows: Mapping[str, QuerySet[Any]]) -> dict[str, str]:
    """How many rows each queryset has, in figures, by its key. One query; {} where it takes too long."""
    parts: list[str] = []
    params: list[Any] = []
    keys: list[str] = []
    found = dict.fromkeys(rows, "0")
    for key, queryset in rows.items():
        try:
            sql, given = queryset.order_by().values("pk")[: MOST + 1].query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"(select count(*) from ({sql}) counted)")  # noqa: S608 - Django's SQL, its values apart
        params += given
        keys.append(key)
    if not parts:
        return found
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"set local statement_timeout = {PATIENCE}")
            cursor.execute(f"select {', '.join(parts)}", params)
            numbers = cursor.fetchone()
            cursor.execute("set local statement_timeout to default")
    except OperationalError:
        return {}
    return found | {key: figure(number) for key, number in zip(keys, numbers, strict=True)}


def figure(number: int) -> str:
    """A count in figures."""
    return f"{MOST:,}+" if number > MOST else f"{number:,}"
