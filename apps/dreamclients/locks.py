"""Who waits for whom where dream clients change: accounts, then lists, books, dream clients, proposals.

Each kind by the ids, so that nobody waits in a circle (docs/decisions/0017-many-rows.md has the whole order). Rows that
point at what is held may be written meanwhile (FOR NO KEY UPDATE).
"""

from collections.abc import Iterable

from apps.accounts.models import Account
from apps.dreamclients.models import DreamClientList
from apps.dreamclients.refusals import ListClosed
from apps.users.models import User


def lock_accounts(ids: Iterable[int]) -> None:
    """Hold accounts until the transaction ends. Before any other lock."""
    rows = Account.objects.select_for_update(no_key=True).filter(pk__in=set(ids)).order_by("pk")
    list(rows.values_list("pk"))


def lock_lists(ids: Iterable[int]) -> dict[int, DreamClientList]:
    """Hold lists until the transaction ends. Returns them as they stand now."""
    rows = DreamClientList.objects.select_for_update(no_key=True).filter(pk__in=set(ids)).order_by("pk")
    return {row.pk: row for row in rows}


def hold_open(dream_client_list: DreamClientList) -> None:
    """Nobody archives a list or throws it away until the transaction ends. Raises ListClosed where somebody has."""
    row = lock_lists([dream_client_list.pk]).get(dream_client_list.pk)
    if row is None or row.archived_at is not None:  # what lies in the bin counts as archived
        raise ListClosed(row or dream_client_list)


def lock_books(ids: Iterable[int | None]) -> dict[int, User]:
    """Hold the books of people until the transaction ends. Returns the people as they are now."""
    owners = {pk for pk in ids if pk is not None}
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=owners).order_by("pk")
    return {row.pk: row for row in rows}
