"""Writing many rows at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model


def update_rows(rows: Sequence[Model], fields: Sequence[str]) -> None:
    """Write what `rows` hold in `fields`, in one statement.

    Django's `bulk_update` builds a CASE a field with a branch a row, which takes ten times as long for a thousand rows.
    """
    if not rows:
        return
    meta = rows[0]._meta
    concrete = {one.name: one for one in meta.concrete_fields}
    key: Field[Any, Any] = concrete[meta.pk.name]
    columns = [key, *(concrete[name] for name in fields)]
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(one.column)) for one in columns)
    sets = ", ".join(f"{quote(str(one.column))} = new.{quote(str(one.column))}" for one in columns[1:])
    arrays = ", ".join(f"%s::{one.rel_db_type(connection)}[]" for one in columns)
    values = [
        [one.get_db_prep_save(getattr(row, one.attname), connection) for row in rows] for one in columns
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"update {quote(meta.db_table)} as old set {sets}"  # noqa: S608 - names of our own columns
            f" from unnest({arrays}) as new ({names}) where old.{quote(str(key.column))} = new.{quote(str(key.column))}",
            values,
        )


def insert_rows(model: type[Model], *, same: Mapping[str, Any], each: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows that hold `same` (else the defaults) but for the fields in `each`, by one statement of few parameters.

    `bulk_create` makes an instance and a dozen placeholders a row, which for tens of thousands takes longer than the
    database does. Names are those of columns ("team_id").
    """
    if not any(each.values()):
        return
    fields = {one.attname: one for one in model._meta.concrete_fields if not one.primary_key}
    constants = {name: same.get(name, one.get_default()) for name, one in fields.items() if name not in each}
    quote, table = connection.ops.quote_name, connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(quote(str(fields[name].column)) for name in (*constants, *each))
    values = ", ".join(f"%s::{fields[name].rel_db_type(connection)}" for name in constants)
    arrays = ", ".join(f"%s::{fields[name].rel_db_type(connection)}[]" for name in each)
    params = [fields[name].get_db_prep_save(value, connection) for name, value in constants.items()]
    params += [
        [fields[name].get_db_prep_save(one, connection) for one in many] for name, many in each.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {table} ({names}) select {values}, new.* from unnest({arrays}) as new",  # noqa: S608 - our own names
            params,
        )
