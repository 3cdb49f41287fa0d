"""How many rows hold a value of each custom field: counted where they are few, estimated where they are many."""

from dataclasses import dataclass

from django.db import connection

from apps.accounts.custom_indexes import model_of

COUNTED = 20_000
"""Up to so many rows are counted one by one; of more, about so many are looked at."""


@dataclass(frozen=True)
class Usage:
    """How many rows hold a value, and whether that is an estimate."""

    rows: int = 0
    is_estimate: bool = False


def usage(model: str) -> dict[str, Usage]:
    """By key. Two queries, however many fields and rows there are."""
    table = connection.ops.quote_name(model_of(model)._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute("select greatest(reltuples, 0) from pg_class where oid = %s::regclass", [table])
        row = cursor.fetchone()
        total = float(row[0]) if row else 0.0
        share = min(100.0, 100.0 * COUNTED / total) if total > COUNTED else 100.0
        sample = "" if share == 100.0 else f"tablesample system ({share:.6f}) repeatable (1)"
        cursor.execute(
            f"select key, count(*) from {table} {sample}, jsonb_object_keys(custom) as key group by key"  # noqa: S608 - the table is ours
        )
        found = cursor.fetchall()
    return {key: Usage(round(count * 100 / share), bool(sample)) for key, count in found}
