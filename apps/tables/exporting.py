"""Writing rows of a table into a file, as they are shown."""

from collections.abc import Callable, Iterator, Sequence
from itertools import batched
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from django.core.files import File
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from apps.tables import cells
from apps.tables.actions import Action, Done
from apps.tables.models import BulkJob
from opener import sheets

if TYPE_CHECKING:
    from apps.tables.table import Table
    from apps.users.models import User

CHUNK = 500
STREAMED = 5_000
"""Up to how many rows a file is made while it is handed out. A longer one is made by a worker."""


def shown_columns(table: "Table", keys: Sequence[str]) -> list[str]:
    """Those of `keys` that the table has (widths cut off), its first one always; its default ones where none is left."""
    named = [key.partition(".")[0] for key in keys]
    known = [key for key in dict.fromkeys(named) if key in table.columns]
    first = table.default[0]
    return [first, *(key for key in known if key != first)] if known else list(table.default)


def lines(table: "Table", ids: Sequence[int], keys: Sequence[str]) -> Iterator[str]:
    """The file, line by line: the names of the columns, then a line a row, in the order of `ids`."""
    yield sheets.BOM
    yield from sheets.lines([[str(table.columns[key].label) for key in keys]])
    for chunk in batched(ids, CHUNK):
        yield from sheets.lines(_texts(table, chunk, keys))


def _texts(table: "Table", ids: Sequence[int], keys: Sequence[str]) -> Iterator[list[str]]:
    rows = {row.pk: row for row in table.fetch(table.rows().filter(pk__in=ids), keys)}
    columns = [table.columns[key] for key in keys]
    for pk in ids:
        if pk in rows:
            yield [_plain(cells.text(column, rows[pk], table.user)) for column in columns]


def _plain(text: str) -> str:
    return str(text).replace("\x00", "\ufffd")


def write(job: BulkJob, table: "Table", *, still_ours: Callable[[int], bool]) -> bool:
    """Make the file of a job. False where somebody stopped it or holds it by now: then nothing is left behind.

    It is small work that begins anew where a worker died, so its items are not marked one by one.
    """
    keys = shown_columns(table, job.params.get("columns", []))
    done = 0
    with NamedTemporaryFile("w+", encoding="utf-8", newline="") as file:
        file.writelines(lines(table, [], keys))
        ids = job.items.order_by("id").values_list("row", flat=True).iterator(chunk_size=CHUNK)
        for chunk in batched(ids, CHUNK):
            file.writelines(sheets.lines(_texts(table, chunk, keys)))
            done += len(chunk)
            if not still_ours(done):
                return False
        file.flush()
        with open(file.name, "rb") as made:
            job.result.save(file_name(table), File(made), save=False)
    if BulkJob.objects.filter(pk=job.pk, claim_token=job.claim_token).update(result=job.result.name):
        return True
    job.result.delete(save=False)
    return False


def file_name(table: "Table") -> str:
    """What the file is called: the table and the day."""
    return f"{slugify(str(table.label)) or table.key}-{timezone.localdate():%Y-%m-%d}.csv"


def _never(ids: Sequence[int], params: dict[str, Any], user: "User") -> Done:
    raise NotImplementedError("an export changes no row")


EXPORT = Action(
    key="export",
    label=_("Export"),
    icon="arrow-down-tray",
    do=_never,
    is_export=True,
    said=lambda params: str(_("A file of the rows")),
)
"""A file of the columns that are shown, for any table."""
