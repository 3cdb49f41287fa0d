"""Which rows of a table a form of the bulk bar means."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpRequest

from apps.tables.table import Asked, Table
from opener.http import selected_ids


@dataclass(frozen=True)
class Selection:
    """Ticked rows, or with `is_all` whatever matches what is asked of the table."""

    ids: list[int] = field(default_factory=list)
    is_all: bool = False
    q: str = ""
    where: str = ""
    sort: str = ""
    columns: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> "Selection":
        """What was posted."""
        given = request.POST
        return cls(
            ids=selected_ids(request),
            is_all=given.get("all") == "1",
            q=given.get("q", "").replace("\x00", "\ufffd").strip()[:200],
            where=given.get("where", ""),
            sort=given.get("sort", ""),
            columns=given.get("columns", ""),
        )

    @property
    def asked(self) -> Asked | None:
        """What all rows have to match; None where rows were ticked."""
        return Asked.of(q=self.q, where=self.where) if self.is_all else None

    @property
    def column_keys(self) -> list[str]:
        """The columns of the page, the widths cut off."""
        return [part.partition(".")[0] for part in self.columns.split(",") if part]


def ordered(table: Table, rows: QuerySet[Any], sort: str) -> QuerySet[Any]:
    """`rows` as the page shows them, so that a book that fills up takes the first ones."""
    key = sort.lstrip("-")
    column = table.columns.get(key)
    if column is None or not column.is_sortable:
        return rows.order_by("pk")
    down = sort.startswith("-")
    names = [F(name).desc(nulls_last=True) if down else F(name).asc(nulls_last=True) for name in column.order]
    return table.with_expressions(rows, [key]).order_by(*names, "pk")
