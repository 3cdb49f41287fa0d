"""Doing one thing to many rows in the background: claim, a batch a transaction, go on where it stopped.

What a batch did stands in its items, in the transaction that did it: a worker may die at any moment, and no row is
changed twice or left out. Taking a job back goes through the items that it changed, in the same way. The shape is that
of the imports (apps/imports/runner.py).
"""

import logging
import uuid
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from django.db import OperationalError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.tables import exporting
from apps.tables.actions import Action, Done
from apps.tables.models import BulkItem, BulkJob, BulkJobQuerySet
from apps.tables.table import TABLES, Table
from apps.tables.writing import update_rows

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
SLICE_SECONDS = 20.0
"""How long one task works on one job before others have their turn."""
MAX_ATTEMPTS = 5
"""How often a batch may take its worker down before the job is put aside for a person."""

FINISHED: list[Callable[[BulkJob], None]] = []
"""Called in the transaction that ends a job. A higher app tells its owner."""

State, ItemState = BulkJob.State, BulkItem.State


class _NoLongerPossible(Exception):
    """The job cannot go on; the text says why."""


def run_next(*, seconds: float = SLICE_SECONDS) -> bool:
    """Work on the job that waits longest. False where there is none."""
    claimed = claim()
    if claimed is not None:
        work(claimed, seconds=seconds)
    return claimed is not None


def claim() -> BulkJob | None:
    """The job that waits longest, held for `LEASE` under a new token; None where there is none.

    Whoever had a turn comes after all that had none, and after those whose last turn was longer ago.
    """
    with transaction.atomic():
        free = Q(claimed_until=None) | Q(claimed_until__lt=Now())
        row = (
            BulkJob.objects.open()
            .filter(free)
            .order_by(F("claimed_until").asc(nulls_first=True), "created_at")
            .select_for_update(skip_locked=True)
            .first()
        )
        if row is None:
            return None
        if row.attempts >= MAX_ATTEMPTS:
            _end(row, State.FAILED, _("The worker stopped at this point again and again."))
            return None
        hold(row)
    return BulkJob.objects.select_related("owner").get(pk=row.pk)


def hold(job: BulkJob) -> None:
    """Put a job, locked or new, under a new token."""
    job.claim_token, job.state = uuid.uuid4(), State.RUNNING
    BulkJob.objects.filter(pk=job.pk).update(
        state=job.state, claim_token=job.claim_token, claimed_until=Now() + LEASE, attempts=F("attempts") + 1
    )


def work(claimed: BulkJob, *, seconds: float = SLICE_SECONDS) -> None:
    """Go through a job that is held by its token. What breaks it off is written on it."""
    try:
        _run(claimed, monotonic() + seconds)
    except OperationalError:
        raise  # the database went away: the lease runs out and somebody goes on
    except _NoLongerPossible as error:
        _end(claimed, State.FAILED, str(error))
    except Exception:
        log.exception("Bulk job %s broke off", claimed.pk)
        _end(
            claimed,
            State.FAILED,
            _("Something went wrong at this point. Try again, or ask your admin to look at the log."),
        )


def _run(claimed: BulkJob, deadline: float) -> None:
    table, action = parts(claimed)
    if not claimed.owner.is_active:
        raise _NoLongerPossible(_("Whoever started it cannot sign in any more."))
    if action.is_export:
        exported = exporting.write(claimed, table, still_ours=lambda done: _extend(claimed, done))
        if exported:
            _end(claimed, State.DONE)
        return
    while _advance(claimed, table, action):
        if monotonic() > deadline:
            BulkJob.objects.filter(pk=claimed.pk, claim_token=claimed.claim_token).update(claimed_until=Now())
            return


def parts(job: BulkJob) -> tuple[Table, Action]:
    """The table and the action of a job, for its owner."""
    kind = TABLES.get(job.table)
    action = next((one for one in kind.actions if one.key == job.action), None) if kind else None
    if kind is None or action is None:
        raise _NoLongerPossible(_("This action is no longer there."))
    return kind(job.owner), action


def _extend(claimed: BulkJob, done: int) -> bool:
    """Write how far an export has come, and hold it longer. False where the claim is lost."""
    return bool(_held(claimed).update(done=done, claimed_until=Now() + LEASE, attempts=0))


def _held(claimed: BulkJob) -> BulkJobQuerySet:
    return BulkJob.objects.filter(pk=claimed.pk, claim_token=claimed.claim_token, state=State.RUNNING)


def _advance(claimed: BulkJob, table: Table, action: Action) -> bool:
    """One batch, in one transaction, as long as the claim holds. False where nothing is left or the claim is lost."""
    with transaction.atomic():
        if _held(claimed).select_for_update().first() is None:
            return False
        wanted = ItemState.DONE if claimed.is_undo else ItemState.TO_DO
        items = list(claimed.items.filter(state=wanted).order_by("id")[: action.batch])
        if not items:
            _end(claimed, State.DONE)
            return False
        counts = (
            _take_back(claimed, table, action, items)
            if claimed.is_undo
            else _do(claimed, table, action, items)
        )
        _held(claimed).update(
            claimed_until=Now() + LEASE,
            attempts=0,
            **{name: F(name) + number for name, number in counts.items()},
        )
    return True


def _do(claimed: BulkJob, table: Table, action: Action, items: list[BulkItem]) -> dict[str, int]:
    ids = [item.row for item in items]
    allowed = set(table.editable().filter(pk__in=ids).values_list("pk", flat=True))
    done = action.do([pk for pk in ids if pk in allowed], claimed.params, claimed.owner)
    for item in items:
        if item.row in done.before:
            item.state, item.before = ItemState.DONE, done.before[item.row]
            item.reason = done.remarks.get(item.row, "")[:300]
        else:
            why = done.refused.get(item.row) or _not_theirs()
            item.state, item.reason = ItemState.REFUSED, why[:300]
    update_rows(items, ["state", "before", "reason"])
    changed = sum(item.state == ItemState.DONE for item in items)
    return {"done": changed, "refused": len(items) - changed}


def _not_theirs() -> str:
    return _("Is gone, or you may not change it any more.")


def _take_back(claimed: BulkJob, table: Table, action: Action, items: list[BulkItem]) -> dict[str, int]:
    if action.undo is None:
        raise _NoLongerPossible(_("This cannot be taken back."))
    rows = table.editable() if action.undo_rows is None else action.undo_rows(claimed.owner)
    allowed = set(rows.filter(pk__in=[item.row for item in items]).values_list("pk", flat=True))
    before = {item.row: item.before for item in items if item.row in allowed}
    undone: Done = action.undo(before, claimed.params, claimed.owner)
    for item in items:
        why = undone.refused.get(item.row, "") if item.row in allowed else _not_theirs()
        item.reason = why[:300]
        item.state = ItemState.KEPT if item.reason else ItemState.UNDONE
    update_rows(items, ["state", "before", "reason"])
    kept = sum(item.state == ItemState.KEPT for item in items)
    return {"undone": len(items) - kept, "kept": kept, "done": -len(items)}


def _end(claimed: BulkJob, state: str, error: str = "") -> None:
    """Close the job as long as the claim holds, and tell its owner."""
    with transaction.atomic():
        held = BulkJob.objects.open().filter(pk=claimed.pk, claim_token=claimed.claim_token)
        if not held.update(
            state=state,
            error=error[:300],
            finished_at=timezone.now(),
            claim_token=None,
            claimed_until=None,
        ):
            return
        ended = BulkJob.objects.select_related("owner").get(pk=claimed.pk)
        for tell in FINISHED:
            tell(ended)
