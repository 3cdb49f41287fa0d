"""Importing in the background: claim, a batch a transaction, go on where it stopped.

The row says how far it has come, and a batch moves `done` in the transaction that stores its rows: a worker may die at
any moment, and no row is stored twice or left out.
"""

import logging
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import islice
from time import monotonic

from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.activities.services import notify
from apps.imports import reading
from apps.imports.models import Import, ImportProblem
from apps.imports.store import FAILED, import_rows

log = logging.getLogger(__name__)

BATCH = 500
LEASE = timedelta(seconds=60)
SLICE_SECONDS = 20.0
"""How long one task works on one import before others have their turn."""
MAX_ATTEMPTS = 5
"""How often a batch may take its worker down before the import is put aside for a person."""


def run_next(*, batch: int = BATCH, seconds: float = SLICE_SECONDS) -> bool:
    """Work on the import that waits longest. False where there is none."""
    claimed = claim()
    if claimed is None:
        return False
    try:
        _run(claimed, batch, monotonic() + seconds)
    except OperationalError:
        raise  # the database went away: the lease runs out and somebody goes on
    except Exception:
        log.exception("Import %s broke off", claimed.pk)
        _end(
            claimed,
            Import.State.FAILED,
            _("Something went wrong at this point. Try again, or ask your admin to look at the log."),
        )
    return True


def claim() -> Import | None:
    """The import that waits longest, held for `LEASE` under a new token; None where there is none."""
    with transaction.atomic():
        free = Q(claimed_until=None) | Q(claimed_until__lt=Now())
        row = (
            Import.objects.filter(free, state__in=[Import.State.WAITING, Import.State.RUNNING])
            .order_by("created_at")
            .defer("content")
            .select_for_update(skip_locked=True)
            .first()
        )
        if row is None:
            return None
        token = uuid.uuid4()
        gives_up = row.attempts >= MAX_ATTEMPTS
        Import.objects.filter(pk=row.pk).update(
            state=Import.State.FAILED if gives_up else Import.State.RUNNING,
            error=_("The worker stopped at this point again and again.") if gives_up else "",
            claim_token=token,
            claimed_until=Now() + LEASE,
            attempts=F("attempts") + 1,
        )
    return (
        None
        if gives_up
        else Import.objects.select_related("owner", "assign_to", "target_list").get(pk=row.pk)
    )


def _run(claimed: Import, size: int, deadline: float) -> None:
    content = bytes(claimed.content)
    left = islice(reading.rows(content, claimed.encoding, claimed.delimiter), claimed.done, None)
    while rows := list(islice(left, size)):
        if not _store(claimed, rows):
            return
        if monotonic() > deadline:
            Import.objects.filter(pk=claimed.pk, claim_token=claimed.claim_token).update(claimed_until=Now())
            return
    _end(claimed, Import.State.DONE)


def _store(claimed: Import, rows: Sequence[reading.Row]) -> bool:
    """Store one batch; one row after the other where the batch as a whole is refused. False where the claim is lost."""
    try:
        return _advance(claimed, rows)
    except (IntegrityError, DataError):
        log.warning("Import %s: rows from line %s are stored one by one", claimed.pk, rows[0].line)
    for row in rows:
        try:
            held = _advance(claimed, [row])
        except (IntegrityError, DataError) as error:
            held = _advance(claimed, [row], refused=str(error).partition("\n")[0])
        if not held:
            return False
    return True


def _advance(claimed: Import, rows: Sequence[reading.Row], *, refused: str = "") -> bool:
    """Store `rows` and how far the import has come, in one transaction, as long as the claim holds."""
    now = timezone.now()
    with transaction.atomic():
        held = Import.objects.filter(
            pk=claimed.pk, claim_token=claimed.claim_token, state=Import.State.RUNNING
        )
        current = held.select_for_update().values_list("done", flat=True).first()
        if current != claimed.done:
            return False
        _one_at_a_time()
        counts = _refuse(claimed, rows, refused) if refused else import_rows(of=claimed, rows=rows, now=now)
        held.update(
            done=F("done") + len(rows),
            claimed_until=Now() + LEASE,
            attempts=0,
            **{name: F(name) + number for name, number in counts.items()},
        )
    claimed.done += len(rows)
    return True


def _one_at_a_time() -> None:
    """Have batches of different imports wait for one another.

    Two files may name the same new company, and without a domain there is no constraint to tell it by.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('opener.imports'))")


def _refuse(claimed: Import, rows: Sequence[reading.Row], why: str) -> Counter[str]:
    ImportProblem.objects.bulk_create(
        ImportProblem(
            of=claimed,
            line=row.line,
            reason=_("The database refuses this row: %s") % why[:300],
            row=[cell.replace("\0", "\N{REPLACEMENT CHARACTER}") for cell in row.cells],
        )
        for row in rows
    )
    return Counter({FAILED: len(rows)})


def _end(claimed: Import, state: str, error: str = "") -> None:
    """Close the import as long as the claim holds, and tell its owner. A file that is done is not kept."""
    with transaction.atomic():
        held = Import.objects.filter(pk=claimed.pk, claim_token=claimed.claim_token)
        changed = held.update(
            state=state,
            error=error[:300],
            finished_at=timezone.now(),
            claim_token=None,
            claimed_until=None,
            **({"content": b""} if state == Import.State.DONE else {}),
        )
        if changed:
            done = Import.objects.defer("content").get(pk=claimed.pk)
            notify(
                user=done.owner,
                key=f"import:{done.pk}:{state}:{done.done}",
                text=_("%(file)s: %(what)s")
                % {"file": done.file_name[:120], "what": done.summary() or error},
                url=reverse("imports:progress", args=[done.pk]),
            )
