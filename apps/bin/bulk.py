"""Deleting many rows of a table at once, and taking that back."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.models import Account, Contact
from apps.bin.forms import BulkDeleteForm
from apps.bin.restoring import restore
from apps.bin.throwing import Thrown, throw_away_accounts, throw_away_contacts
from apps.tables.actions import Action, Done
from apps.users.models import User

BATCH, AT_ONCE = 100, 50
"""Rows of a transaction, and of a request: what belongs to each goes with it, and its account is held meanwhile."""


def _do(throw: Callable[..., Thrown]) -> Callable[[Sequence[int], dict[str, Any], User], Done]:
    def do(ids: Sequence[int], params: dict[str, Any], by: User) -> Done:
        thrown = throw(ids=ids, by=by, knowingly=bool(params.get("knowingly")))
        before = {pk: deletion.pk for pk, deletion in thrown.deletions.items()}
        return Done(before=before, refused=thrown.refused)

    return do


def undo(before: dict[int, Any], params: dict[str, Any], by: User) -> Done:
    """Restore what was thrown away. What somebody restored before, or deleted for good, is refused."""
    restored = restore(deletions=before.values(), by=by)
    row_of = {deletion: pk for pk, deletion in before.items()}
    return Done(
        before={row_of[deletion]: None for deletion in restored.back},
        refused={row_of[deletion]: why for deletion, why in restored.refused.items()},
        remarks={row_of[deletion]: said for deletion, said in restored.remarks.items()},
    )


def _told_accounts(params: dict[str, Any], done: int, remarks: dict[str, int]) -> list[str]:
    return [ngettext("%d account is in the bin.", "%d accounts are in the bin.", done) % done]


def _told_contacts(params: dict[str, Any], done: int, remarks: dict[str, int]) -> list[str]:
    return [ngettext("%d contact is in the bin.", "%d contacts are in the bin.", done) % done]


def _action(throw: Callable[..., Thrown], model: type[Account | Contact]) -> Action:
    return Action(
        key="delete",
        label=_("Delete"),
        icon="trash",
        do=_do(throw),
        undo=undo,
        undo_rows=lambda _user: model.objects.all(),  # they are in the bin: `restore` asks who may
        form=lambda _user: BulkDeleteForm,
        said=lambda _params: str(_("Delete")),
        told=_told_accounts if model is Account else _told_contacts,
        is_grave=True,
        batch=BATCH,
        at_once=AT_ONCE,
        text=_("They wait in the bin for 30 days and come back with all that belongs to them."),
    )


DELETE_ACCOUNTS = _action(throw_away_accounts, Account)
DELETE_CONTACTS = _action(throw_away_contacts, Contact)
