"""Writing down what happened. Every other app calls `record`; nothing else makes an Activity."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from apps.accounts.models import Account, Contact
from apps.activities.models import Activity, Notification
from apps.users.models import User


def record(
    *,
    kind: str,
    account: Account,
    by: User | None,
    contact: Contact | None = None,
    at: datetime | None = None,
    team_id: int | None = None,
    **fields: Any,
) -> Activity:
    """Append one activity. Without `team_id` it belongs to the account's team, else to the home team of `by`.

    Call it inside the transaction of the change that it tells of.
    """
    if team_id is None:
        team_id = account.team_id or (by.home_team_id if by else None)
    return Activity.objects.create(
        kind=kind, account=account, by=by, contact=contact, at=at or timezone.now(), team_id=team_id, **fields
    )


def notify(*, user: User, key: str, text: str, url: str = "") -> None:
    """Tell `user` something in the app, once for each `key`."""
    Notification.objects.get_or_create(
        user=user, key=key[:100], defaults={"text": text[:300], "url": url[:300]}
    )
