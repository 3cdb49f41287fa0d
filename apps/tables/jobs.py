"""Starting a job on many rows, taking it back, stopping it, and clearing up after it."""

import logging
from datetime import timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.tables import runner, tasks
from apps.tables.actions import AT_ONCE, Action
from apps.tables.counting import number
from apps.tables.models import BulkItem, BulkJob
from apps.tables.table import TABLES, Asked, Table
from apps.users.models import User

__all__ = ["AT_ONCE"]

log = logging.getLogger(__name__)

KEEP_FILES = timedelta(days=7)
KEEP_JOBS = timedelta(days=30)

State = BulkJob.State


def meant(
    table: Table, action: Action, *, ids: list[int], asked: Asked | None
) -> tuple[QuerySet[Any], QuerySet[Any] | None]:
    """The rows that an action is for, ticked or all that match; and those seen, where its user may not change them all.

    Raises WhereError where the filter makes no sense.
    """
    seen = table.matching(asked) if asked is not None else table.rows().filter(pk__in=ids)
    if action.is_export:
        return seen, None
    editable = table.editable()
    rows = table.matching(asked, editable) if asked is not None else editable.filter(pk__in=ids)
    return rows, None if table.user.is_admin else seen


def start(
    *,
    table: Table,
    action: Action,
    params: dict[str, Any],
    rows: QuerySet[Any],
    seen: QuerySet[Any] | None = None,
    by: User,
) -> BulkJob:
    """Fix the rows (in their order) and do it: at once where they are few, else by a worker.

    What else of `seen` there is, is written down as left out.
    """
    with transaction.atomic():
        job = BulkJob.objects.create(
            owner=by,
            table=table.key,
            action=action.key,
            params=params,
            said=(action.said(params) or str(action.label))[:300],
        )
        job.total = _fix(job, rows)
        job.left_out = max(0, number(seen) - job.total) if seen is not None else 0
        job.save(update_fields=["total", "left_out"])
        is_small = job.total <= action.at_once and not action.is_export
        if is_small:
            runner.hold(job)
        else:
            transaction.on_commit(tasks.nudge)
    return _at_once(job) if is_small else job


def _fix(job: BulkJob, rows: QuerySet[Any]) -> int:
    """One statement, whatever the number of rows. A row that a join names twice is one."""
    sql, params = rows.values_list("pk").query.sql_with_params()
    insert = f"""
        insert into tables_bulkitem (job_id, row, state, reason)
        select %s, meant.id, 'to_do', '' from ({sql}) meant(id) on conflict do nothing
    """  # noqa: S608 - Django wrote it
    with connection.cursor() as cursor:
        cursor.execute(insert, [job.pk, *params])
        return int(cursor.rowcount)


def _at_once(job: BulkJob) -> BulkJob:
    """Do it here. What goes wrong stands on the job; where the database does, a worker goes on."""
    try:
        runner.work(job)
    except OperationalError:
        log.warning("Bulk job %s is left to a worker", job.pk, exc_info=True)
    job.refresh_from_db()
    return job


def action_of_job(job: BulkJob) -> Action | None:
    """What it does; None where that is no longer there."""
    kind = TABLES.get(job.table)
    return next((one for one in kind.actions if one.key == job.action), None) if kind else None


def at_once(job: BulkJob) -> int:
    """Up to how many rows a job of its kind is done in the request that asks for it."""
    action = action_of_job(job)
    return AT_ONCE if action is None else action.at_once


def can_be_taken_back(job: BulkJob) -> bool:
    """Whether it has ended, changed something, and its action knows a way back."""
    action = action_of_job(job)
    return not job.is_open and job.done > 0 and action is not None and action.undo is not None


def take_back(*, job: BulkJob) -> BulkJob | None:
    """Take back what a job did, row by row. None where it has not ended, or there is nothing to take back."""
    with transaction.atomic():
        row = BulkJob.objects.select_for_update().get(pk=job.pk)
        if row.is_open or not row.done:
            return None
        row.is_undo, row.state, row.error, row.attempts = True, State.WAITING, "", 0
        row.finished_at = row.claim_token = row.claimed_until = None
        row.save()
        if is_small := row.done <= at_once(row):
            runner.hold(row)
        else:
            transaction.on_commit(tasks.nudge)
    return _at_once(row) if is_small else row


def retry(*, job: BulkJob) -> bool:
    """Go on with a job that broke off or was stopped, where it stopped. False where it did neither."""
    ended = BulkJob.objects.filter(pk=job.pk, state__in=[State.FAILED, State.CANCELLED])
    changed = ended.update(
        state=State.WAITING, error="", attempts=0, claim_token=None, claimed_until=None, finished_at=None
    )
    transaction.on_commit(tasks.nudge)
    return bool(changed)


def cancel(*, job: BulkJob) -> bool:
    """Stop a job. What it did stays, and can be taken back. False where it had ended already."""
    return bool(
        BulkJob.objects.open()
        .filter(pk=job.pk)
        .update(state=State.CANCELLED, finished_at=timezone.now(), claim_token=None, claimed_until=None)
    )


def tidy() -> None:
    """Drop files and jobs that nobody asks for any more."""
    now = timezone.now()
    for job in BulkJob.objects.filter(finished_at__lt=now - KEEP_FILES).exclude(result="")[:100]:
        job.result.delete(save=False)
        BulkJob.objects.filter(pk=job.pk).update(result="")
    old = BulkJob.objects.filter(finished_at__lt=now - KEEP_JOBS, result="").values_list("pk", flat=True)
    for pk in list(old[:5]):
        BulkItem.objects.filter(job=pk).delete()
        BulkJob.objects.filter(pk=pk).delete()
