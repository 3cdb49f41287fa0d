"""What is held while things come out of the bin, or go for good.

First what was thrown away, in the order of docs/decisions/0017-many-rows.md, then the deletions. So restoring, emptying
the bin, targeting and enrolling wait for each other, and never in a circle.
"""

from collections.abc import Collection
from typing import Any

from django.db.models import F, QuerySet

from apps.accounts.models import Contact, File, Note
from apps.bin.models import Deletion
from apps.dreamclients.locks import lock_accounts, lock_books, lock_lists
from apps.dreamclients.models import DreamClient

WITHIN: tuple[tuple[type[Contact | Note | File], str], ...] = (
    (Contact, "contact"),
    (Note, "note"),
    (File, "file"),
)
"""What belongs to an account."""


def hold_things(deletions: QuerySet[Deletion], *, books: bool = False) -> None:
    """Hold what these deletions threw away, and the accounts it belongs to.

    With `books` also the lists and books that dream clients may go back into.
    """
    of: dict[str, set[int]] = {kind: set() for kind in ("account", "contact", "list", "note", "file")}
    for pairs in deletions.order_by().values(*(f"{kind}_id" for kind in of)):
        for kind in of:
            of[kind] |= {pairs[f"{kind}_id"]} - {None}
    homes, lists, owners = set(of["account"]), set(of["list"]), set()
    if books:
        left = DreamClient.objects.filter(account__in=of["account"], left_at=F("account__deleted_at"))
        left |= DreamClient.objects.filter(list__in=of["list"], left_at=F("list__deleted_at"))
        for account, dream_list, owner in left.values_list("account", "list", "owner"):
            homes.add(account)
            lists.add(dream_list)
            owners.add(owner)
    for model, kind in WITHIN:
        rows: Any = model._default_manager
        homes |= set(rows.filter(pk__in=of[kind]).values_list("account", flat=True))
    lock_accounts(homes)
    lock_lists(lists)
    lock_books(owners)
    for model, kind in WITHIN:
        _lock(model, of[kind])


def _lock(model: type[Contact | Note | File], ids: Collection[int]) -> None:
    rows: Any = model._default_manager
    list(
        rows.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk")
    )


def hold(deletions: QuerySet[Deletion], *, skip_locked: bool = False) -> list[Deletion]:
    """The deletions that still are as asked for, held, after what they threw away (`hold_things`)."""
    held = deletions.select_for_update(no_key=True, of=("self",), skip_locked=skip_locked)
    return list(held.order_by("pk"))
