"""Assigning many dream clients at once by a job, beside one bare UPDATE of the same rows."""

from time import perf_counter
from unittest import mock

from django.db import connection, transaction

from apps.dreamclients.models import DreamClient
from apps.dreamclients.tables import DreamClientTable
from apps.tables import jobs, runner
from apps.tables.actions import action_of
from apps.tables.models import BulkJob
from apps.tables.table import Asked
from apps.users.models import Organisation, User
from bench.database import demo_data
from bench.pages import ADMIN, REP
from bench.registry import Result, Setup

ROWS = 50_000


def bulk_assign(setup: Setup) -> list[Result]:
    """Seconds until all rows are fixed, and until all are assigned, each row with its activity. Nothing is kept.

    The rows are other people's, and the cap of a book is wide enough for them; all batches are one transaction, as they
    are taken back at the end.
    """
    demo_data(setup.accounts, setup.activities, fresh=setup.fresh)
    admin, rep = User.objects.get(email=ADMIN), User.objects.get(email=REP)
    floor = _bare_update(rep)
    wide = Organisation(book_cap=10**9)
    with transaction.atomic(), mock.patch.object(Organisation, "current", return_value=wide):
        began = perf_counter()
        job = _start(admin, rep)
        fixed = perf_counter() - began
        claimed = runner.claim()
        if claimed is None:
            raise RuntimeError("nothing to do")
        runner.work(claimed, seconds=3600)
        whole = perf_counter() - began
        job.refresh_from_db()
        transaction.set_rollback(True)
    if job.state != BulkJob.State.DONE or job.done + job.refused != job.total:
        raise RuntimeError(f"the job ended as {job.state}: {job.error}")
    note = f"{job.done / whole:,.0f} rows/s, {job.refused} were {rep.name}'s already"
    return [
        Result("bulk assign: rows fixed", job.total, fixed, "s"),
        Result("bulk assign", job.total, whole, "s", floor, note=note),
    ]


def _start(admin: User, rep: User) -> BulkJob:
    table = DreamClientTable(admin)
    action = action_of(table, "assign")
    if action is None:
        raise RuntimeError("nobody can assign")
    rows, seen = jobs.meant(table, action, ids=[], asked=Asked())
    return jobs.start(
        table=table,
        action=action,
        params={"owner": rep.pk, "name": rep.name},
        rows=rows.exclude(owner=rep).order_by("pk")[:ROWS],
        seen=seen,
        by=admin,
    )


def _bare_update(rep: User) -> float:
    """Seconds of the least that has to be done."""
    ids = list(
        DreamClient.objects.current().exclude(owner=rep).order_by("pk").values_list("pk", flat=True)[:ROWS]
    )
    with transaction.atomic(), connection.cursor() as cursor:
        began = perf_counter()
        cursor.execute("update dreamclients_dreamclient set owner_id = %s where id = any(%s)", [rep.pk, ids])
        seconds = perf_counter() - began
        transaction.set_rollback(True)
    return seconds
