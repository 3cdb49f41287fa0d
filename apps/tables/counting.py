"""How many rows views mean: exact while that is cheap, "10,000+" beyond, and nothing where it takes too long."""

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

MOST = 10_000
PATIENCE = 250
"""Milliseconds after which nobody waits for counts any longer."""
STATEMENTS = 4
"""In how many statements they are counted at most."""


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
    """How many rows each queryset has, in figures, by its key; those that take too long are not among them.

    A statement each, so that a slow one takes no other along; the last of very many share theirs.
    """
    found = dict.fromkeys(rows, "0")
    parts: list[tuple[str, str, tuple[Any, ...]]] = []
    for key, queryset in rows.items():
        try:
            sql, given = queryset.order_by().values("pk")[: MOST + 1].query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append((key, f"(select count(*) from ({sql}) counted)", given))  # noqa: S608 - Django's SQL
    statements = [[part] for part in parts[: STATEMENTS - 1]] + [parts[STATEMENTS - 1 :]]
    waiting = [statement for statement in statements if statement]
    until = monotonic() + PATIENCE / 1000
    with transaction.atomic(), connection.cursor() as cursor:
        for position, statement in enumerate(waiting, 1):
            left = (until - monotonic()) * 1000
            # Half of what is left, so that the first slow one leaves something for the others; all of it for the last.
            numbers = _numbers(cursor, statement, left if position == len(waiting) else left / 2)
            for (key, _sql, _given), number in zip(statement, numbers, strict=False):
                found[key] = figure(number)
            for key, _sql, _given in statement[len(numbers) :]:
                del found[key]
    return found


def _numbers(
    cursor: Any, statement: Sequence[tuple[str, str, tuple[Any, ...]]], milliseconds: float
) -> Sequence[int]:
    """What a statement counts; [] where that takes longer. One way there and back, its savepoint and time included."""
    if milliseconds < 1:
        return []
    wanted = ", ".join(sql for _key, sql, _given in statement)
    try:
        cursor.execute(
            f"savepoint counting; set local statement_timeout = {int(milliseconds)}; select {wanted}; "
            "set local statement_timeout to default; release savepoint counting",
            [value for _key, _sql, given in statement for value in given],
        )
    except OperationalError:
        cursor.execute("rollback to savepoint counting")  # its time limit goes with it
        return []
    while cursor.description is None:
        cursor.nextset()
    numbers: Sequence[int] = cursor.fetchone()
    return numbers


def figure(number: int) -> str:
    """A count in figures."""
    return f"{MOST:,}+" if number > MOST else f"{number:,}"
