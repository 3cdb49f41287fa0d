"""Who works an account now, for tables of accounts and contacts.

It is known through the reverse relation `dream_clients`, by its name: this app imports nothing from the app that owns
it. At most one row of it is current (the table `dreamclients_dreamclient` has a constraint), so the join adds none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db.models import F, FilteredRelation, Model, Q, QuerySet
from django.utils import timezone

COLUMNS = {
    "worked_id": "id",
    "worked_team": "team_id",
    "worked_rung": "rung",
    "worked_last": "last_touch_at",
    "worked_parked": "parked_until",
    "worked_out": "ruled_out_at",
    "worked_owner": "owner__name",
}


@dataclass(frozen=True)
class Worked:
    """What a table shows of the dream client that an account is."""

    rung: str
    team_id: int | None
    owner: str
    last_touch_at: datetime | None
    is_parked: bool
    is_ruled_out: bool


def with_worked[M: Model](queryset: QuerySet[M], path: str = "") -> QuerySet[M]:
    """Fetch with each row what `read` reads; `path` leads to the account ("account__")."""
    current = FilteredRelation(
        f"{path}dream_clients", condition=Q(**{f"{path}dream_clients__left_at__isnull": True})
    )
    columns = {name: F(f"now_worked__{column}") for name, column in COLUMNS.items()}
    return cast("QuerySet[M]", queryset.alias(now_worked=current).annotate(**columns))


def read(rows: Iterable[Any]) -> None:
    """Put what was fetched into `worked`: None where nobody has the account on a list."""
    now = timezone.now()
    for row in rows:
        row.worked = row.worked_id and Worked(
            rung=row.worked_rung,
            team_id=row.worked_team,
            owner=row.worked_owner or "",
            last_touch_at=row.worked_last,
            is_parked=row.worked_parked is not None and row.worked_parked > now,
            is_ruled_out=row.worked_out is not None,
        )
