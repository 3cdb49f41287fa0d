"""What `services` does to one dream client, done to many in a handful of queries, and how it is taken back.

Each function locks as `services` does, accounts and lists where it needs them, then the books, then the dream clients,
each by their ids (`locks`), and says row by row what it did and why not. Call them inside a transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from apps.activities.models import Activity
from apps.dreamclients.locks import lock_accounts, lock_books, lock_lists
from apps.dreamclients.models import DreamClient, DreamClientList
from apps.dreamclients.services import BookFull, LeftItsList, ListClosed
from apps.tables.actions import Done
from apps.tables.writing import insert_rows, update_rows
from apps.users.models import Organisation, User
from opener.days import local_day

type Former = Mapping[int, dict[str, Any]]


class Books:
    """The books of some people, locked, and how much room is left in each."""

    def __init__(self, owner_ids: Iterable[int | None]) -> None:
        self.people = lock_books(owner_ids)
        self.cap = Organisation.current().book_cap
        taken = (
            DreamClient.objects.current()
            .filter(owner__in=self.people, ruled_out_at=None)
            .exclude(rung="opened")
        )
        self.taken = dict(taken.values_list("owner").annotate(Count("pk")))

    def why_not(self, row: DreamClient, owner_id: int) -> str:
        """Why the book of that owner cannot take `row`; "" where it can, which then counts as done."""
        person = self.people.get(owner_id)
        if person is None or not person.is_active:
            return _("Whoever should work it is not here any more.")
        if row.ruled_out_at is None and row.rung != "opened":
            if self.taken.get(owner_id, 0) >= self.cap:
                return str(BookFull(person, self.cap))
            self.taken[owner_id] = self.taken.get(owner_id, 0) + 1
        return ""


def locked(ids: Iterable[int], *related: str) -> dict[int, DreamClient]:
    """The rows as they stand now, locked one after the other."""
    rows = DreamClient.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids)
    rows = rows.defer("why_change", "custom", "incumbent", "trigger_event").order_by("pk")
    return {row.pk: row for row in (rows.select_related(*related) if related else rows)}


def record_many(
    kind: str, rows: Sequence[DreamClient], by: User, about: Callable[[DreamClient], dict[str, Any]]
) -> None:
    """One activity a row; `about` says its subject and data."""
    said = [about(row) for row in rows]
    insert_rows(
        Activity,
        same={"kind": kind, "by_id": by.pk, "at": timezone.now()},
        each={
            "account_id": [row.account_id for row in rows],
            "team_id": [row.team_id for row in rows],
            "subject": [one.get("subject", "") for one in said],
            "data": [one.get("data", {}) for one in said],
        },
    )


def _through(
    ids: Sequence[int], change: Callable[[DreamClient], str | dict[str, Any]], *related: str
) -> tuple[Done, list[DreamClient]]:
    """Ask `change` about each row, in their order: why not, or what it was before. Those that left are told."""
    rows, done, changed = locked(ids, *related), Done(), []
    for pk in ids:
        row = rows.get(pk)
        if row is None:
            continue
        answer = str(LeftItsList(row)) if row.left_at is not None else change(row)
        if isinstance(answer, str):
            done.refused[pk] = answer
        else:
            done.before[pk] = answer
            changed.append(row)
    return done, changed


def _of(rows: Iterable[DreamClient]) -> QuerySet[DreamClient]:
    return DreamClient.objects.filter(pk__in=[row.pk for row in rows])


def changed_since() -> str:
    """The reason for a row that is not taken back."""
    return _("Somebody has changed it since.")


# --- Whose they are -------------------------------------------------------------------------------------------------


def assign_many(*, ids: Sequence[int], owner: User, by: User) -> Done:
    """Give them to `owner`, as many as the book has room for."""
    books = Books([owner.pk])

    def change(row: DreamClient) -> str | dict[str, Any]:
        if row.owner_id == owner.pk:
            return _("%s works it already.") % owner
        return books.why_not(row, owner.pk) or {"owner": row.owner_id}

    done, changed = _through(ids, change)
    _of(changed).update(owner=owner)
    _record_taken(changed, {row.pk: owner for row in changed}, by)
    return done


def undo_assign(*, before: Former, owner_id: int, by: User) -> Done:
    """Back to whoever had them, as far as nobody else has them by now and those books have room."""
    former = {pk: was["owner"] for pk, was in before.items()}
    books = Books(former.values())

    def change(row: DreamClient) -> str | dict[str, Any]:
        if row.owner_id != owner_id:
            return changed_since()
        was = former[row.pk]
        return (books.why_not(row, was) if was is not None else "") or {}

    done, changed = _through(list(before), change)
    for pk in {former[row.pk] for row in changed}:
        _of(row for row in changed if former[row.pk] == pk).update(owner=pk)
    back = {row.pk: books.people[former[row.pk]] for row in changed if former[row.pk] is not None}
    _record_taken([row for row in changed if row.pk in back], back, by)
    nobodys = [row for row in changed if row.pk not in back]
    record_many("let_go", nobodys, by, lambda row: {"subject": _("Taken back"), "data": {"owner": owner_id}})
    return done


def _record_taken(rows: Sequence[DreamClient], owners: Mapping[int, User], by: User) -> None:
    record_many(
        "taken",
        rows,
        by,
        lambda row: {"subject": owners[row.pk].name, "data": {"owner": owners[row.pk].pk}},
    )


# --- Tier -----------------------------------------------------------------------------------------------------------


def set_tiers(*, ids: Sequence[int], tier: str) -> Done:
    """Change the tier, and with it when they go cold."""

    def change(row: DreamClient) -> str | dict[str, Any]:
        return _("Is of this tier already.") if row.tier == tier else {"tier": row.tier}

    done, changed = _through(ids, change, "list")
    _write_tiers(changed, {row.pk: tier for row in changed})
    return done


def undo_tiers(*, before: Former, tier: str) -> Done:
    """Back to the tier that each had."""

    def change(row: DreamClient) -> str | dict[str, Any]:
        return changed_since() if row.tier != tier else {}

    done, changed = _through(list(before), change, "list")
    _write_tiers(changed, {pk: was["tier"] for pk, was in before.items()})
    return done


def _write_tiers(rows: Sequence[DreamClient], tiers: Mapping[int, str]) -> None:
    for row in rows:
        row.tier = tiers[row.pk]
        row.cold_at = row.goes_cold_at()
        row.version += 1
    update_rows(rows, ["tier", "cold_at", "version"])


# --- Resting, ruled out, taken up -----------------------------------------------------------------------------------


def park_many(*, ids: Sequence[int], until: datetime, by: User) -> Done:
    """Let them rest until a moment."""

    def change(row: DreamClient) -> str | dict[str, Any]:
        return _("Is ruled out.") if row.is_ruled_out else {"until": _text(row.parked_until)}

    done, changed = _through(ids, change)
    _of(changed).update(parked_until=until)
    _record_parked(changed, {row.pk: until for row in changed}, by)
    return done


def undo_park(*, before: Former, until: datetime, by: User) -> Done:
    """Back to resting as long as each was to, or not at all."""

    def change(row: DreamClient) -> str | dict[str, Any]:
        return changed_since() if row.parked_until != until or row.is_ruled_out else {}

    done, changed = _through(list(before), change)
    former = {pk: _moment(was["until"]) for pk, was in before.items()}
    for moment in {former[row.pk] for row in changed}:
        _of(row for row in changed if former[row.pk] == moment).update(parked_until=moment)
    now = timezone.now()
    rest = {pk: moment for pk, moment in former.items() if moment is not None and moment > now}
    _record_parked([row for row in changed if row.pk in rest], rest, by)
    record_many("revived", [row for row in changed if row.pk not in rest], by, lambda row: {})
    return done


def _record_parked(rows: Sequence[DreamClient], until: Mapping[int, datetime], by: User) -> None:
    record_many(
        "parked",
        rows,
        by,
        lambda row: {
            "subject": local_day(until[row.pk], by.time_zone).isoformat(),
            "data": {"until": until[row.pk].isoformat()},
        },
    )


def rule_out_many(*, ids: Sequence[int], reason: str, by: User) -> Done:
    """Say that they will never be clients, and why."""

    def change(row: DreamClient) -> str | dict[str, Any]:
        return _("Is ruled out already.") if row.is_ruled_out else {}

    done, changed = _through(ids, change)
    _of(changed).update(ruled_out_at=timezone.now(), ruled_out_reason=reason[:300])
    record_many("ruled_out", changed, by, lambda row: {"subject": reason[:300]})
    return done


def undo_rule_out(*, before: Former, reason: str, by: User) -> Done:
    """Take up again what is still ruled out for that reason, as far as the books have room."""
    return _take_up(list(before), by, lambda row: row.is_ruled_out and row.ruled_out_reason == reason[:300])


def revive_many(*, ids: Sequence[int], by: User) -> Done:
    """Take up again what is parked or ruled out, as far as the books of their owners have room."""
    return _take_up(ids, by, lambda row: row.is_ruled_out or row.parked_until is not None, fresh=True)


def _take_up(
    ids: Sequence[int], by: User, is_right: Callable[[DreamClient], bool], *, fresh: bool = False
) -> Done:
    books = Books(DreamClient.objects.filter(pk__in=ids).values_list("owner", flat=True))

    def change(row: DreamClient) -> str | dict[str, Any]:
        if not is_right(row):
            return _("Is neither parked nor ruled out.") if fresh else changed_since()
        was = {
            "until": _text(row.parked_until),
            "out_at": _text(row.ruled_out_at),
            "reason": row.ruled_out_reason,
        }
        if row.is_ruled_out and row.owner_id is not None:
            row.ruled_out_at = None
            if why := books.why_not(row, row.owner_id):
                return why
        return was

    done, changed = _through(ids, change)
    cleared: dict[str, Any] = {"ruled_out_at": None, "ruled_out_reason": ""}
    _of(changed).update(**cleared, **({"parked_until": None} if fresh else {}))
    record_many("revived", changed, by, lambda row: {})
    return done


def undo_revive(*, before: Former, by: User) -> Done:
    """Back to resting or ruled out, as each was."""

    def change(row: DreamClient) -> str | dict[str, Any]:
        return changed_since() if row.is_ruled_out or row.parked_until is not None else {}

    done, changed = _through(list(before), change)
    for row in changed:
        was = before[row.pk]
        row.parked_until, row.ruled_out_at = _moment(was["until"]), _moment(was["out_at"])
        row.ruled_out_reason = was["reason"]
    update_rows(changed, ["parked_until", "ruled_out_at", "ruled_out_reason"])
    out = [row for row in changed if row.ruled_out_at is not None]
    record_many("ruled_out", out, by, lambda row: {"subject": row.ruled_out_reason})
    parked = {row.pk: row.parked_until for row in changed if row.ruled_out_at is None and row.parked_until}
    _record_parked([row for row in changed if row.pk in parked], parked, by)
    return done


# --- Off their list -------------------------------------------------------------------------------------------------


def take_off_many(*, ids: Sequence[int], reason: str, by: User) -> Done:
    """Take them off their lists. The rows stay as history; the filter of a live list does not bring them back."""
    done, changed = _through(ids, lambda row: {"list": row.list_id, "strayed": _text(row.strayed_at)})
    _of(changed).update(left_at=timezone.now(), left_reason=reason[:300], strayed_at=None)
    record_many(
        "let_go", changed, by, lambda row: {"subject": reason[:300], "data": {"left_list": row.list_id}}
    )
    return done


def undo_take_off(*, before: Former, by: User) -> Done:
    """Back on their lists, where neither is in the bin and the account was not put on another one since."""
    pairs = list(DreamClient.objects.filter(pk__in=before).values_list("account", "list"))
    accounts = [account for account, _list in pairs]
    lock_accounts(accounts)
    lists = lock_lists(pk for _account, pk in pairs)
    current = DreamClient.objects.current().filter(account__in=accounts).select_related("list")
    elsewhere = {row.account_id: row for row in current}
    books = Books(DreamClient.objects.filter(pk__in=before).values_list("owner", flat=True))
    rows, done = locked(before, "account"), Done()
    back: list[DreamClient] = []
    for pk, row in rows.items():
        if why := _why_not_back(row, lists[row.list_id], elsewhere.get(row.account_id), books, by):
            done.refused[pk] = why
        else:
            row.left_at, row.left_reason = None, ""
            row.team_id = lists[row.list_id].team_id  # it may have moved meanwhile
            row.strayed_at = _moment(before[pk].get("strayed"))
            done.before[pk] = {}
            back.append(row)
    update_rows(back, ["team", "left_at", "left_reason", "strayed_at"])
    record_many("revived", back, by, lambda row: {"subject": lists[row.list_id].name})
    return done


def _why_not_back(
    row: DreamClient, on: DreamClientList, elsewhere: DreamClient | None, books: Books, by: User
) -> str:
    """Why a dream client cannot be put back onto its list; "" where it can."""
    if elsewhere is not None:
        return on_list_already(elsewhere, by)
    if row.account.deleted_at is not None:
        return _("%s is in the bin.") % row.account
    if on.archived_at is not None:
        return str(ListClosed(on))
    return books.why_not(row, row.owner_id) if row.owner_id is not None else ""


def on_list_already(existing: DreamClient, by: User) -> str:
    """Why `by` cannot put an account on a list."""
    if not existing.list.may_see(by):
        return _("Is on a list of another team already.")
    return _("Is on the list “%s” already.") % existing.list


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _moment(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None
