"""Targeting many accounts at once: what `services.target` does, in a handful of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from apps.accounts.models import Account
from apps.activities.models import Activity
from apps.dreamclients.locks import hold_open
from apps.dreamclients.models import DreamClient, DreamClientList, Rung, RungReached
from apps.dreamclients.services import NeedsApproval, overtake_proposals
from apps.users.models import User


@dataclass(frozen=True)
class Target:
    """An account to put on a list, and what is known about it as a dream client."""

    account: Account
    tier: str = "B"
    owner: User | None = None
    why_change: str = ""
    incumbent: str = ""
    custom: dict[str, Any] = field(default_factory=dict)


def standing(accounts: Iterable[Account]) -> dict[int, DreamClient]:
    """Those of `accounts` that are dream clients now, by the account's id, with their list and owner."""
    ids = [account.pk for account in accounts]
    rows = DreamClient.objects.current().filter(account__in=ids).select_related("list", "owner")
    return {row.account_id: row for row in rows}


def target_many(
    *,
    dream_client_list: DreamClientList,
    targets: Sequence[Target],
    by: User | None,
    at: datetime | None = None,
    source: str = Activity.Source.IMPORT,
    by_filter: bool = False,
) -> list[DreamClient]:
    """Put accounts that are no dream clients now (see `standing`) on a list. Call it inside a transaction, the accounts locked.

    Raises IntegrityError where one of them has become a dream client meanwhile, ListClosed where the list is in the bin
    or archived, and NeedsApproval where `by` may only propose them (`approval.propose_many`). Where it is given owners,
    the caller holds the list before their books (`locks.hold_open`).
    """
    at = at or timezone.now()
    if dream_client_list.needs_approval(by):
        raise NeedsApproval(dream_client_list)
    hold_open(dream_client_list)
    overtake_proposals(
        account_ids=[target.account.pk for target in targets], dream_client_list=dream_client_list
    )
    team_id = dream_client_list.team_id
    made = DreamClient.objects.bulk_create(
        DreamClient(
            account=target.account,
            list=dream_client_list,
            team_id=team_id,
            owner=target.owner,
            tier=target.tier,
            why_change=target.why_change,
            incumbent=target.incumbent,
            custom=target.custom,
            by_filter=by_filter,
            targeted_at=at,
            rung_at=at,
            cold_at=at + timedelta(days=dream_client_list.cadence(target.tier)),
        )
        for target in targets
    )
    causes = Activity.objects.bulk_create(
        Activity(
            kind=Activity.Kind.TARGETED,
            source=source,
            account=dream_client.account,
            by=by,
            at=at,
            team_id=team_id,
            subject=dream_client_list.name,
        )
        for dream_client in made
    )
    RungReached.objects.bulk_create(
        RungReached(
            dream_client=dream_client,
            rung=Rung.TARGETED,
            at=at,
            cause=cause,
            owner=dream_client.owner,
            team_id=team_id,
        )
        for dream_client, cause in zip(made, causes, strict=True)
    )
    Activity.objects.bulk_create(
        Activity(
            kind=Activity.Kind.TAKEN,
            source=source,
            account=dream_client.account,
            by=by,
            at=at,
            team_id=team_id,
            subject=dream_client.owner.name,
            data={"owner": dream_client.owner.pk},
        )
        for dream_client in made
        if dream_client.owner is not None
    )
    return made
