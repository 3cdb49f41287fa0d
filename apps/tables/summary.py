"""What came of a job, in numbers and reasons."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import ngettext

from apps.tables.models import BulkItem, BulkJob
from apps.tables.table import TABLES

SHOWN_REASONS = 20
SHOWN_ROWS = 5


@dataclass(frozen=True)
class Row:
    """One row, as a link."""

    name: str
    url: str
    why: str = ""


@dataclass(frozen=True)
class Reason:
    """Why some rows are as they are, how many, and the first of them."""

    text: str
    number: int
    rows: tuple[Row, ...] = ()


def reasons(job: BulkJob, state: str, *, with_rows: bool = False) -> list[Reason]:
    """The reasons that items of a state give, the most frequent first."""
    items = job.items.filter(state=state).exclude(reason="")
    found = items.values_list("reason").annotate(number=Count("pk")).order_by("-number", "reason")
    return [
        Reason(text, number, tuple(named(job, items.filter(reason=text)[:SHOWN_ROWS])) if with_rows else ())
        for text, number in found[:SHOWN_REASONS]
    ]


def told(job: BulkJob, remarks: list[Reason]) -> list[str]:
    """What came of a job, in sentences, the first never missing. Remarks that these say are taken out of `remarks`."""
    kind = TABLES.get(job.table)
    action = next((one for one in kind.actions if one.key == job.action), None) if kind else None
    if action is None or action.told is None:
        text = ngettext("%(said)s: %(number)d row.", "%(said)s: %(number)d rows.", job.done)
        return [text % {"said": job.said, "number": job.done}]
    left = {one.text: one.number for one in remarks}
    sentences = action.told(job.params, job.done, left)
    remarks[:] = [one for one in remarks if one.text in left]
    return sentences


def counted(found: Iterable[Reason], most: int = 3) -> str:
    """The reasons in a line, with how many each where there are several."""
    some = list(found)
    if len(some) == 1:
        return some[0].text
    return " ".join(f"{one.text} ({one.number})" for one in some[:most])


def named(job: BulkJob, items: Iterable[BulkItem]) -> list[Row]:
    """The rows of items, by name, as far as the owner of the job may still see them."""
    items = list(items)
    kind = TABLES.get(job.table)
    if kind is None:
        return []
    table = kind(job.owner)
    first = [table.first]
    rows = {row.pk: row for row in table.fetch(table.rows().filter(pk__in=[i.row for i in items]), first)}
    return [
        Row(table.name_of(rows[item.row]), table.address_of(rows[item.row]), item.reason)
        for item in items
        if item.row in rows
    ]
