"""Who works an account now, for tables of accounts and contacts.

It is known through the reverse relation `dream_clients`, by its name: this app imports nothing from the app that owns
it. At most one row of it is current (the table `dreamclients_dreamclient` has a constraint), so the join adds none.
Everybody may know who works an account and when it was touched last; how far that has come is its team's to know.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db.models import F, FilteredRelation, Model, Q, QuerySet
from django.utils import timezone

from apps.users.models import User

SHOWN = {
    "worked_id": "id",
    "worked_team": "team_id",
    "worked_by": "owner_id",
    "worked_owner": "owner__name",
    "worked_tier": "tier",
    "worked_rung": "rung",
    "worked_last": "last_touch_at",
    "worked_next": "next_touch_at",
    "worked_channel": "next_touch_channel",
    "worked_parked": "parked_until",
    "worked_out": "ruled_out_at",
}


@dataclass(frozen=True)
class Worked:
    """What a table shows of the dream client that an account is."""

    rung: str
    tier: str
    team_id: int | None
    owner_id: int | None
    owner: str
    last_touch_at: datetime | None
    next_touch_at: datetime | None
    next_touch_channel: str
    time_zone_name: str
    is_parked: bool
    is_ruled_out: bool

    def may_see(self, user: User) -> bool:
        """Whether `user` may know how far it has come: what `DreamClient.may_see` says."""
        return user.is_admin or self.team_id in (None, *user.team_ids) or self.owner_id == user.pk


def relation(path: str = "", user: User | None = None) -> FilteredRelation:
    """The dream client that an account is now; only one that `user` may see, where given.

    `path` leads to the account ("account__").
    """
    rows = f"{path}dream_clients"
    current = Q(**{f"{rows}__left_at__isnull": True})
    if user is not None and not user.is_admin:
        current &= (
            Q(**{f"{rows}__team__in": user.team_ids})
            | Q(**{f"{rows}__team__isnull": True})
            | Q(**{f"{rows}__owner": user.pk})
        )
    return FilteredRelation(rows, condition=current)


def with_worked[M: Model](queryset: QuerySet[M], path: str = "") -> QuerySet[M]:
    """Fetch with each row what `read` reads; `path` leads to the account ("account__")."""
    columns = {name: F(f"now_worked__{column}") for name, column in SHOWN.items()}
    return cast("QuerySet[M]", queryset.alias(now_worked=relation(path)).annotate(**columns))


def read(rows: Iterable[Any], path: str = "") -> None:
    """Put what was fetched into `worked`: None where nobody has the account on a list."""
    now = timezone.now()
    for row in rows:
        row.worked = row.worked_id and Worked(
            rung=row.worked_rung,
            tier=row.worked_tier,
            team_id=row.worked_team,
            owner_id=row.worked_by,
            owner=row.worked_owner or "",
            last_touch_at=row.worked_last,
            next_touch_at=row.worked_next,
            next_touch_channel=row.worked_channel,
            time_zone_name=(row.account if path else row).time_zone,
            is_parked=row.worked_parked is not None and row.worked_parked > now,
            is_ruled_out=row.worked_out is not None,
        )
