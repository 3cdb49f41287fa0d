"""Taking things out of the bin again, with what belongs to them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import cast

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Subquery
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import Account, Contact
from apps.activities.models import Activity
from apps.bin import rest
from apps.bin.holding import hold, hold_things
from apps.bin.models import Deletion
from apps.dreamclients.models import DreamClient, DreamClientList, Rung
from apps.dreamclients.services import book_size
from apps.users.models import Organisation, User


@dataclass
class Restored:
    """What came of it: what is back, by the ids of the deletions; why others are not; what else is to be known."""

    back: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    remarks: dict[int, str] = field(default_factory=dict)

    def said(self) -> str:
        """The remarks and refusals in words, each once."""
        return " ".join(dict.fromkeys([*self.refused.values(), *self.remarks.values()]))


def restore(*, deletions: Iterable[int], by: User, now: datetime | None = None) -> Restored:
    """Take out of the bin what these deletions (ids) put there. Refused is what `by` may not, or is not there any more.

    Accounts come first, so that a contact thrown away by itself may come back with its account in one go.
    """
    now, ids = now or timezone.now(), list(deletions)
    with transaction.atomic():
        restored = Restored()
        found = Deletion.objects.editable_by(by).waiting().filter(pk__in=ids)
        hold_things(found, books=True)
        held = [row.pk for row in hold(found)]
        for kinds, restore_kind in _KINDS:
            # Read now: what waits for two of them is handed on from the first to the second.
            rows = list(Deletion.objects.filter(pk__in=held, kind__in=kinds).order_by("pk"))
            if rows:
                restore_kind(rows, by, now, restored)
            restored.back += [row.pk for row in rows if row.pk not in restored.refused]
        Deletion.objects.filter(pk__in=restored.back).update(restored_at=now)
        done = {*restored.back, *restored.refused}
        restored.refused |= {pk: _("It is not in the bin any more.") for pk in ids if pk not in done}
    return restored


# --- Accounts and contacts ----------------------------------------------------------------------------------------


def _restore_accounts(rows: list[Deletion], by: User, now: datetime, restored: Restored) -> None:
    ids = [row.account_id for row in rows if row.account_id]
    with_them = {"account__in": ids, "account__deleted_at__isnull": False}
    left = DreamClient.objects.filter(**with_them, left_at=F("account__deleted_at"))
    left_ids = list(left.values_list("pk", flat=True))
    Contact.objects.filter(**with_them, deleted_at=F("account__deleted_at")).update(deleted_at=None)
    Account.objects.filter(pk__in=ids).update(deleted_at=None)
    _take_up_again(left_ids, rows, "account_id", by, now, restored)
    for row in rows:
        _wake_up(row, by, now, restored)
    rest.refresh(ids)


def _restore_contacts(rows: list[Deletion], by: User, now: datetime, restored: Restored) -> None:
    ids = [row.contact_id for row in rows if row.contact_id]
    homes = Contact.objects.filter(pk__in=ids).select_related("account").in_bulk()
    for row in rows:
        home = homes[row.contact_id or 0].account
        if home.deleted_at is not None:
            restored.refused[row.pk] = _("%s is in the bin: restore the account first.") % home
    fine = [row for row in rows if row.pk not in restored.refused]
    Contact.objects.filter(pk__in=[row.contact_id or 0 for row in fine]).update(deleted_at=None)
    for row in fine:
        _wake_up(row, by, now, restored)
    rest.refresh({homes[row.contact_id or 0].account_id for row in fine})


def _wake_up(row: Deletion, by: User, now: datetime, restored: Restored) -> None:
    if not any(row.undo.get(key) for key in ("enrollments", "emails")):
        return
    unsent = rest.wake_up(row.undo, by=by, at=row.at, now=now)
    if unsent:
        words = ngettext("%d email stays unsent.", "%d emails stay unsent.", unsent) % unsent
        restored.remarks[row.pk] = f"{restored.remarks.get(row.pk, '')} {words}".strip()


# --- Lists and dream clients --------------------------------------------------------------------------------------


def _restore_lists(rows: list[Deletion], by: User, now: datetime, restored: Restored) -> None:
    for row in rows:
        dream_list = cast("DreamClientList", row.list)
        dream_list.deleted_at = None
        dream_list.archived_at = parse_datetime(row.undo.get("archived_at") or "")
        if dream_list.archived_at is None:
            dream_list.name = _free_name(dream_list)
        dream_list.save(update_fields=["deleted_at", "archived_at", "name"])
        left = DreamClient.objects.filter(list=dream_list, left_at=row.at)
        # Those whose account is in the bin by now come back with that.
        moment = Account.objects.filter(pk=OuterRef("account")).values("deleted_at")
        left.filter(account__deleted_at__isnull=False).update(left_at=Subquery(moment))
        back = dict(left.values_list("pk", "account_id"))
        _take_up_again(list(back), [row], "list_id", by, now, restored)
        _wake_up(row, by, now, restored)
        rest.refresh(back.values())


def _free_name(row: DreamClientList) -> str:
    """Its name, or one like it where the team has a list of that name by now."""
    names = DreamClientList.objects.live().filter(team=row.team_id).exclude(pk=row.pk)
    name, number = row.name, 1
    while names.filter(name__iexact=name).exists():
        number += 1
        name = f"{row.name[:110]} ({number})"
    return name


def _take_up_again(
    ids: list[int], rows: list[Deletion], path: str, by: User, now: datetime, restored: Restored
) -> None:
    """Dream clients go back onto their list and into their owner's book; nobody's where that is full.

    One stays off where it was targeted anew meanwhile; one whose list is in the bin waits for that.
    """
    of = {getattr(row, path): row.pk for row in rows}
    anew = DreamClient.objects.current().filter(account=OuterRef("account"))
    left = DreamClient.objects.filter(~Exists(anew), pk__in=ids).order_by("owner_id", "pk")
    found = list(left.select_related("account", "list", "owner").select_for_update(no_key=True, of=("self",)))
    waiting: list[DreamClient] = []
    back: list[DreamClient] = []
    for owner, theirs in groupby(found, key=lambda row: row.owner):
        here = []
        for row in theirs:
            if row.list.deleted_at is not None:
                words = _("The list %(list)s is in the bin: what was on it comes back with it.")
                restored.remarks[of[getattr(row, path)]] = words % {"list": row.list}
                row.left_at = row.list.deleted_at
                waiting.append(row)
            else:
                here.append(row)
        for row in _without_room(owner, here) if owner is not None else []:
            words = _("%(name)s has no room for all of it: what is left is nobody's.") % {"name": owner}
            restored.remarks[of[getattr(row, path)]] = words
        back += here
    for row in back:
        row.left_at, row.left_reason, row.cold_at = None, "", row.goes_cold_at()
        row.team_id = row.list.team_id  # the list may have moved meanwhile
    DreamClient.objects.bulk_update(waiting, ["left_at"], batch_size=500)
    DreamClient.objects.bulk_update(
        back, ["left_at", "left_reason", "owner", "team", "cold_at"], batch_size=500
    )
    Activity.objects.bulk_create(
        Activity(
            kind=Activity.Kind.REVIVED,
            account_id=row.account_id,
            by=by,
            team_id=row.team_id,
            at=now,
            subject=row.list.name,
            data={"bin": True},
        )
        for row in back
    )


def _without_room(owner: User, rows: list[DreamClient]) -> list[DreamClient]:
    """Those for whom the owner's book, which is held, has no place any more, now nobody's."""
    room = Organisation.current().book_cap - book_size(owner) if owner.is_active else 0
    out = []
    for row in rows:
        if row.ruled_out_at is not None or row.rung == Rung.OPENED:
            continue
        if room > 0:
            room -= 1
        else:
            row.owner = None
            out.append(row)
    return out


# --- Notes and files ----------------------------------------------------------------------------------------------


def _restore_written(rows: list[Deletion], by: User, now: datetime, restored: Restored) -> None:
    for row in rows:
        thing = row.thing
        if thing.account.deleted_at is not None:
            words = _("%s is in the bin: restore the account first.")
            restored.refused[row.pk] = words % thing.account
            continue
        thing.deleted_at = None
        thing.save(update_fields=["deleted_at"])


_KINDS = (
    (("account",), _restore_accounts),
    (("contact",), _restore_contacts),
    (("list",), _restore_lists),
    (("note", "file"), _restore_written),
)
"""What restores which kinds, in this order."""
