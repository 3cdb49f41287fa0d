"""The indexes of each custom field: made and dropped by a worker, one after the other, without locking its table.

What a filter asks by equality of JSON (choices, yes or no, people), the GIN index on `custom` answers. Numbers, amounts
and days have an index in either direction, since a list has its NULLs last both ways; texts and addresses have one in
their order and one for their parts; where PostgreSQL lacks pg_trgm, for their beginning only. More would make every change of a row dearer than
sorting by it is worth. They are named after the field's id and what they hold, and `CustomField.indexed_as` says for which type they stand.
"""

import logging
import re

from django.apps import apps
from django.db import DatabaseError, connection, models

from apps.accounts.custom_columns import order_of, sorted_sql
from apps.accounts.models import CustomField

log = logging.getLogger(__name__)

_TEXTS = frozenset({CustomField.Type.TEXT, CustomField.Type.URL})
INDEXED = _TEXTS | {CustomField.Type.NUMBER, CustomField.Type.MONEY, CustomField.Type.DATE}
"""The types that have indexes of their own."""
_MODELS = {
    CustomField.Model.ACCOUNT: "accounts.Account",
    CustomField.Model.CONTACT: "accounts.Contact",
    CustomField.Model.DREAM_CLIENT: "dreamclients.DreamClient",
    CustomField.Model.OPPORTUNITY: "pipeline.Opportunity",
}


def model_of(name: str) -> type[models.Model]:
    """The class of the rows that hold values of a model's fields. Some are of higher apps, so they are asked for."""
    found: type[models.Model] = apps.get_model(_MODELS[CustomField.Model(name)])
    return found


def is_due(field: CustomField) -> bool:
    """True where its indexes are not those that it needs."""
    return field.indexed_as not in (_needed(field), CustomField.FAILED)


def build_due() -> None:
    """Make and drop what is due."""
    for field in CustomField.objects.filter(is_going=False):
        if is_due(field):
            build(field)


def build(field: CustomField) -> None:
    """Have the indexes of `field` be those of its type. What fails is logged and marked: filters work, slowly."""
    needed = _needed(field)
    wanted = _wanted(field) if needed else {}
    try:
        for name, is_valid in _existing(field):
            if name not in wanted or not is_valid:
                _run(f'DROP INDEX {_concurrently()} IF EXISTS "{name}"')
        for name, on in wanted.items():
            _run(f'CREATE INDEX {_concurrently()} IF NOT EXISTS "{name}" ON {_table(field)} {on}')
    except DatabaseError:
        log.exception("The indexes of custom field %s could not be made", field.pk)
        needed = CustomField.FAILED
    CustomField.objects.filter(pk=field.pk, type=field.type).update(indexed_as=needed)


def drop(field: CustomField) -> None:
    """Drop the indexes of `field`, which is about to go."""
    for name, _is_valid in _existing(field):
        _run(f'DROP INDEX {_concurrently()} IF EXISTS "{name}"')


def _needed(field: CustomField) -> str:
    """The type that its indexes are for; "" where it needs none."""
    return "" if field.is_archived or field.type not in INDEXED else field.type


def _wanted(field: CustomField) -> dict[str, str]:
    """What stands behind the table's name, by the name of the index."""
    order = order_of(field)
    column = f"({sorted_sql(order, field.key, custom='custom')})"
    name = f"custom_f{field.pk}_{order}"
    pk = model_of(field.model)._meta.pk.column
    wanted = {f"{name}_up": f'({column}, "{pk}")'}
    if field.type not in _TEXTS:
        wanted[f"{name}_down"] = f'({column} DESC NULLS LAST, "{pk}" DESC)'
    elif _has_trigrams():
        wanted[f"{name}_parts"] = f"USING gin (UPPER((custom ->> '{field.key}')) gin_trgm_ops)"
    else:
        wanted[f"{name}_begin"] = f"({column} text_pattern_ops)"
    return wanted


def _existing(field: CustomField) -> list[tuple[str, bool]]:
    """The names of its indexes, and whether they are complete: a build that broke off leaves one that is not."""
    query = r"""
        select c.relname, i.indisvalid from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid = %s::regclass and c.relname ~ %s
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [_table(field), rf"^custom_f{field.pk}_[a-z_]+$"])
        return [(name, valid) for name, valid in cursor.fetchall() if re.fullmatch(r"[a-z0-9_]+", name)]


def _table(field: CustomField) -> str:
    return connection.ops.quote_name(model_of(field.model)._meta.db_table)


def _has_trigrams() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select exists (select from pg_extension where extname = 'pg_trgm')")
        row = cursor.fetchone()
    return bool(row and row[0])


def _concurrently() -> str:
    """Without a lock, which PostgreSQL does outside of transactions only."""
    return "" if connection.in_atomic_block else "CONCURRENTLY"


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
