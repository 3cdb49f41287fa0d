"""Throwing things away: what hides, what rests, and what is called back.

Whatever the number of accounts, it takes the same dozen queries, and a few for each enrollment that is under way.
Rows are locked in this order: accounts, lists, contacts, dream clients, enrollments, emails.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Account, Contact, File, Note
from apps.activities.models import Activity
from apps.bin import rest
from apps.bin.models import Deletion
from apps.dreamclients.models import DreamClient, DreamClientList
from apps.meetings.models import Meeting
from apps.pipeline.models import Opportunity
from apps.users.models import User
from opener.access import InTheBin
from opener.ui.moments import spoken


@dataclass
class Thrown:
    """What came of it: the deletion of each row by its id, and why others stayed."""

    deletions: dict[int, Deletion] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)


def obstacles(rows: Q, path: str, now: datetime, by: User) -> dict[int, list[str]]:
    """Open opportunities and coming meetings, in words, by the id that `path` leads to ("account" or "contact").

    Those of another team are no less in the way, but `by` learns nothing of what they are about.
    """
    found: dict[int, list[str]] = defaultdict(list)
    for deal in _seen_or_not(Opportunity.objects.kept().open().filter(rows), by).order_by("pk"):
        words = _("an open opportunity of another team")
        if deal.is_seen:
            words = _("the open opportunity “%(name)s”") % {"name": deal.name}
        found[getattr(deal, f"{path}_id")].append(words)
    meetings = Meeting.objects.kept().filter(
        rows, state__in=[Meeting.State.PROPOSED, Meeting.State.BOOKED], starts_at__gte=now
    )
    for meeting in _seen_or_not(meetings, by).select_related("contact").order_by("starts_at"):
        words = _("a meeting of another team")
        if meeting.is_seen:
            when = spoken(meeting.starts_at)
            words = _("the meeting with %(name)s: %(when)s") % {"name": meeting.contact, "when": when}
        found[getattr(meeting, f"{path}_id")].append(words)
    return dict(found)


def _seen_or_not(rows: Any, by: User) -> Any:
    """The rows, with `is_seen` for those that `by` may see."""
    return rows.annotate(is_seen=Exists(rows.model.objects.visible_to(by).filter(pk=OuterRef("pk"))))


def throw_away_accounts(
    *, ids: Iterable[int], by: User, knowingly: bool = False, now: datetime | None = None
) -> Thrown:
    """Put accounts into the bin, and with each its contacts; what runs there rests until it comes back.

    Refused is what `by` may not change, what is there already, and, unless `knowingly`, what has an open opportunity
    or a coming meeting.
    """
    now, ids = now or timezone.now(), list(ids)
    with transaction.atomic():
        rows = _held(Account.objects.editable_by(by), ids)
        thrown = Thrown(refused=_not_held(ids, rows))
        _refuse(thrown, rows, "account", now, by, knowingly=knowingly)
        contacts = Contact.objects.kept().filter(account__in=rows)
        list(contacts.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk"))
        resting = rest.enrollments(Q(account__in=rows), by=by, why=_("in the bin"), now=now)
        _leave_lists(DreamClient.objects.current().filter(account__in=rows), by, now)
        called_back = rest.emails(Q(account__in=rows) | Q(contact__account__in=rows))
        contacts.update(deleted_at=now)
        Account.objects.filter(pk__in=rows).update(deleted_at=now)
        thrown.deletions = _write(
            "account",
            rows.values(),
            by,
            now,
            {
                pk: rest.undo(resting, called_back, account=pk)
                for pk in rows
            },
        )  # fmt: skip
    return thrown


def throw_away_contacts(
    *, ids: Iterable[int], by: User, knowingly: bool = False, now: datetime | None = None
) -> Thrown:
    """Put contacts into the bin. Refused is the same as for accounts, by their own meetings and opportunities."""
    now, ids = now or timezone.now(), list(ids)
    with transaction.atomic():
        editable = Contact.objects.editable_by(by)
        homes = editable.filter(pk__in=ids).order_by().values("account").distinct()
        accounts = Account.objects.kept().filter(pk__in=homes).order_by("pk")
        list(accounts.select_for_update(no_key=True).values_list("pk"))
        rows = _held(editable.select_related("account"), ids)
        thrown = Thrown(refused=_not_held(ids, rows))
        _refuse(thrown, rows, "contact", now, by, knowingly=knowingly)
        resting = rest.enrollments(Q(contact__in=rows), by=by, why=_("in the bin"), now=now)
        called_back = rest.emails(Q(contact__in=rows))
        Contact.objects.filter(pk__in=rows).update(deleted_at=now)
        rest.refresh({row.account_id for row in rows.values()})
        undo = {pk: rest.undo(resting, called_back, contact=pk) for pk in rows}
        thrown.deletions = _write("contact", rows.values(), by, now, undo)
    return thrown


def throw_away_list(*, dream_client_list: DreamClientList, by: User, now: datetime | None = None) -> Deletion:
    """Put a list into the bin; its dream clients leave it, and come back with it. Raises InTheBin."""
    now = now or timezone.now()
    with transaction.atomic():
        current = DreamClient.objects.current().filter(list=dream_client_list)
        accounts = Account.objects.filter(
            pk__in=rest.running().filter(dream_client__in=current).values("account")
        )
        list(accounts.order_by("pk").select_for_update(no_key=True).values_list("pk"))
        row = DreamClientList.objects.select_for_update(no_key=True).get(pk=dream_client_list.pk)
        if row.deleted_at is not None:
            raise InTheBin
        resting = rest.enrollments(
            Q(dream_client__in=list(current.values_list("pk", flat=True))),
            by=by,
            why=_("its list is in the bin"),
            now=now,
        )
        _leave_lists(current, by, now)
        undo = {
            **rest.undo(resting, []),
            "archived_at": row.archived_at.isoformat() if row.archived_at else None,
        }
        row.deleted_at, row.archived_at = now, row.archived_at or now
        row.save(update_fields=["deleted_at", "archived_at"])
        return _write("list", [row], by, now, {row.pk: undo})[row.pk]


def throw_away_written(*, row: Note | File, by: User, now: datetime | None = None) -> Deletion:
    """Put a note or a file into the bin. Raises InTheBin."""
    now = now or timezone.now()
    with transaction.atomic():
        held: Any = type(row)._default_manager.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
        if held.deleted_at is not None:
            raise InTheBin
        held.deleted_at = now
        held.save(update_fields=["deleted_at"])
        return _write("note" if isinstance(row, Note) else "file", [held], by, now, {})[row.pk]


def _held(rows: Any, ids: Sequence[int]) -> dict[int, Any]:
    """Those of `rows` with these ids, locked, in an order that all agree on."""
    found = rows.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True, of=("self",))
    return {row.pk: row for row in found}


def _not_held(ids: Iterable[int], rows: Mapping[int, Any]) -> dict[int, str]:
    why = _("Somebody threw it away already, or it is another team's.")
    return {pk: why for pk in ids if pk not in rows}


def _refuse(
    thrown: Thrown, rows: dict[int, Any], path: str, now: datetime, by: User, *, knowingly: bool
) -> None:
    """Leave out what has something open, unless that is known."""
    if knowingly:
        return
    for pk, reasons in obstacles(Q(**{f"{path}__in": list(rows)}), path, now, by).items():
        thrown.refused[pk] = _("There is still %(what)s.") % {"what": reasons[0]}
        del rows[pk]


def _leave_lists(dream_clients: Any, by: User, now: datetime) -> None:
    """Off their lists, at the moment by which they are known when they come back."""
    rows = list(dream_clients.order_by("pk").select_for_update(no_key=True, of=("self",)))
    DreamClient.objects.filter(pk__in=[row.pk for row in rows]).update(
        left_at=now, left_reason=_("in the bin")
    )
    Activity.objects.bulk_create(
        Activity(
            kind=Activity.Kind.LET_GO,
            account_id=row.account_id,
            by=by,
            team_id=row.team_id,
            at=now,
            subject=_("in the bin"),
            data={"left_list": row.list_id, "owner": row.owner_id, "bin": True},
        )
        for row in rows
    )


def _write(
    kind: str, rows: Iterable[Any], by: User, now: datetime, undo: Mapping[int, dict[str, Any]]
) -> dict[int, Deletion]:
    made = Deletion.objects.bulk_create(
        Deletion(
            kind=kind, label=_label(row), team_id=_team(row), by=by, at=now,
            undo=undo.get(row.pk, {}), **{f"{kind}_id": row.pk},
        )
        for row in rows
    )  # fmt: skip
    return {getattr(row, f"{kind}_id"): row for row in made}


def _label(row: Any) -> str:
    """What the bin calls it."""
    if isinstance(row, Note):
        return " ".join(row.body.split())[:80] or _("a note")
    if isinstance(row, Contact):
        return f"{row.name} · {row.account.name}"[:200]
    return str(row)[:200]


def _team(row: Any) -> int | None:
    return row.account.team_id if isinstance(row, Contact) else row.team_id
