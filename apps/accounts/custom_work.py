"""What follows a change of a custom field in the rows, done by a worker: batch by batch, each in its transaction.

A batch looks for what is still to be done, so one that is done twice, or a worker that dies, changes nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import connection, transaction
from django.db.models import DateTimeField, Func

from apps.accounts import custom_indexes
from apps.accounts.custom_indexes import model_of
from apps.accounts.models import ChoiceChange, CustomField

BATCH = 2000
SLICE_SECONDS = 20.0
GRACE = timedelta(seconds=50)
"""For how long a name that was read outside of a transaction may still be written."""
_LOCK = "opener.custom_fields"

_RENAME = {
    CustomField.Type.CHOICE: "jsonb_set(custom, %(path)s, to_jsonb(%(after)s::text))",
    CustomField.Type.CHOICES: (
        "jsonb_set(custom, %(path)s, (custom -> %(key)s) - %(before)s::text - %(after)s::text || to_jsonb(%(after)s::text))"
    ),
}
_TAKE_AWAY = {
    CustomField.Type.CHOICE: "custom - %(key)s::text",
    CustomField.Type.CHOICES: (
        "case when custom -> %(key)s = jsonb_build_array(%(before)s::text) then custom - %(key)s::text"
        " else jsonb_set(custom, %(path)s, (custom -> %(key)s) - %(before)s::text) end"
    ),
}


def tick(*, seconds: float = SLICE_SECONDS) -> None:
    """Work on what is to be done for a while, one worker at a time: names of choices, then what goes, then indexes."""
    going = CustomField.objects.filter(is_going=True)
    if not (ChoiceChange.objects.exists() or any(map(_is_due, CustomField.objects.all()))):
        return
    with _alone() as alone:
        if alone:
            deadline = monotonic() + seconds
            if _follow_all(deadline) and all(_remove(field, deadline) for field in going):
                custom_indexes.build_due()


def _is_due(field: CustomField) -> bool:
    return field.is_going or custom_indexes.is_due(field)


def _follow_all(deadline: float) -> bool:
    """Have the rows follow the changed choices. False where time is up.

    A change goes only with a pass that began when all who were writing at the end of an earlier one had ended: they had
    read the old name, and what they write is seen by nobody until they commit.
    """
    for change in ChoiceChange.objects.select_related("field").order_by("id"):
        is_last = change.followed_at is not None and _have_ended(change.followed_at, GRACE)
        while _follow(change):
            if monotonic() > deadline:
                return False
        if is_last:
            change.delete()
        elif change.followed_at is None:
            ChoiceChange.objects.filter(pk=change.pk).update(
                followed_at=Func(function="clock_timestamp", output_field=DateTimeField())
            )
    return True


def _have_ended(since: datetime, grace: timedelta) -> bool:
    """Whether all who were at work at that moment are done, and so long ago it was."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select %s <= clock_timestamp() and not exists (select from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid() and xact_start <= %s)",
            [since + grace, since],
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def _remove(field: CustomField, deadline: float) -> bool:
    """Take a field away, its values and indexes first. False where time is up.

    It waits for those who may have read it before it was archived, and write a value still.
    """
    if field.archived_at is not None and not _have_ended(field.archived_at, timedelta()):
        return True
    if not _empty(field, deadline):
        return False
    custom_indexes.drop(field)
    field.delete()
    return True


def _follow(change: ChoiceChange) -> bool:
    """Have one batch of rows hold the new name, or nothing. False where no row holds the old one any more.

    A row that somebody is changing at this moment is waited for: it may be saved with the old name.
    """
    field = change.field
    if not field.has_choices:
        return False
    values: dict[str, Any] = {
        "key": field.key,
        "path": [field.key],
        "before": change.before,
        "after": change.after,
        "batch": BATCH,
    }
    new = (_RENAME if change.after else _TAKE_AWAY)[CustomField.Type(field.type)]
    value = "to_jsonb(%(before)s::text)"
    if field.type == CustomField.Type.CHOICES:
        value = "jsonb_build_array(%(before)s::text)"
    table = _table(field)
    sql = f"""
        update {table} set custom = {new} where id in (
            select id from {table} where custom @> jsonb_build_object(%(key)s::text, {value})
            order by id limit %(batch)s for no key update
        )
    """  # noqa: S608 - the table is ours
    return _changed(sql, values) > 0


def _empty(field: CustomField, deadline: float) -> bool:
    """Take the values of `field` out of all rows. False where time is up."""
    rows = model_of(field.model)._base_manager.order_by("pk")
    last, table = 0, _table(field)
    while edge := rows.filter(pk__gt=last).values_list("pk", flat=True)[BATCH - 1 : BATCH].first() or (
        rows.filter(pk__gt=last).values_list("pk", flat=True).last()
    ):
        _changed(
            f"update {table} set custom = custom - %(key)s::text where id > %(last)s and id <= %(edge)s and custom ? %(key)s",  # noqa: S608 - the table is ours
            {"key": field.key, "last": last, "edge": edge},
        )
        last = edge
        if monotonic() > deadline:
            return not rows.filter(pk__gt=last, custom__has_key=field.key).exists()
    return True


def _table(field: CustomField) -> str:
    return connection.ops.quote_name(model_of(field.model)._meta.db_table)


def _changed(sql: str, values: dict[str, Any]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


@contextmanager
def _alone() -> Iterator[bool]:
    """Hold the lock of this work while it goes on; False where somebody else does."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(hashtext(%s))", [_LOCK])
        row = cursor.fetchone()
        held = bool(row and row[0])
        try:
            yield held
        finally:
            if held:
                cursor.execute("select pg_advisory_unlock(hashtext(%s))", [_LOCK])
