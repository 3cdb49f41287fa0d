"""What changes a dream client: who works it, how far it has come, whether it rests.

Each function locks what it decides by, in this order: the account and the list (to target it, as an import does), the
user whose book it is, then the dream client. It writes its activity in the same transaction.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Account
from apps.activities.models import Activity, Outcome
from apps.activities.services import record
from apps.dreamclients.locks import hold_open
from apps.dreamclients.models import DreamClient, DreamClientList, Proposal, Rung, RungReached, Tier
from apps.dreamclients.refusals import (
    AlreadyTargeted,
    BookFull,
    LeftItsList,
    ListClosed,
    NeedsApproval,
    TakenAlready,
)
from apps.users.models import Organisation, User
from opener.access import InTheBin
from opener.days import local_day

__all__ = [
    "AlreadyTargeted",
    "BookFull",
    "LeftItsList",
    "ListClosed",
    "NeedsApproval",
    "TakenAlready",
]  # raised here, caught by these


def current_for(account: Account) -> DreamClient | None:
    """The dream client that `account` is now, with its list and owner, or None."""
    return (
        DreamClient.objects.current()
        .filter(account=account)
        .select_related("account", "list", "owner", "team")
        .first()
    )


def target(
    *,
    dream_client_list: DreamClientList,
    account: Account,
    by: User | None,
    owner: User | None = None,
    tier: str = Tier.B,
    at: datetime | None = None,
    approved_by: User | None = None,
    **fields: Any,
) -> DreamClient:
    """Put `account` on a list; it is on the rung *targeted* from then on. Raises AlreadyTargeted, BookFull, InTheBin.

    Raises ListClosed where the list is in the bin or archived, and NeedsApproval where `by` may only propose it and nobody (`approved_by`) has said yes. An account that no
    team worked yet belongs to the list's team from now on. `fields` are further columns, such as `why_change`.
    """
    at = at or timezone.now()
    if approved_by is None and dream_client_list.needs_approval(by):
        raise NeedsApproval(dream_client_list)
    with transaction.atomic():
        held = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        if held.deleted_at is not None:
            raise InTheBin
        hold_open(dream_client_list)
        if owner is not None:
            _make_room(owner)
        dream_client = DreamClient(
            account=account,
            list=dream_client_list,
            team_id=dream_client_list.team_id,
            owner=owner,
            tier=tier,
            targeted_at=at,
            rung_at=at,
            **fields,
        )
        dream_client.cold_at = dream_client.goes_cold_at()
        try:
            with transaction.atomic():
                dream_client.save(force_insert=True)
        except IntegrityError:
            existing = current_for(account)
            if existing is None:
                raise
            raise AlreadyTargeted(existing, by) from None
        if account.team_id is None and dream_client.team_id is not None:
            free = Account.objects.filter(pk=account.pk, team=None)
            account.version += free.update(team=dream_client.team_id, version=F("version") + 1)
            account.team_id = dream_client.team_id
        overtake_proposals(account_ids=[account.pk], dream_client_list=dream_client_list)
        data = {"approved_by": approved_by.pk} if approved_by else {}
        cause = _record(
            dream_client, Activity.Kind.TARGETED, by, at=at, subject=dream_client_list.name, data=data
        )
        RungReached.objects.create(
            dream_client=dream_client,
            rung=Rung.TARGETED,
            at=at,
            cause=cause,
            owner=owner,
            team_id=dream_client.team_id,
        )
        if owner is not None:
            _record_taken(dream_client, owner, by, at)
    return dream_client


def take(
    *, dream_client: DreamClient, by: User, instead_of: DreamClient | None = None, reason: str = ""
) -> DreamClient:
    """Take a dream client that nobody works into one's own book.

    With `instead_of`, one of theirs, that one is let go of first, for `reason`. Raises BookFull, TakenAlready, and LeftItsList where
    there is nothing to take any more.
    """
    with transaction.atomic():
        _lock_books(by)
        if instead_of is not None and _locked(instead_of).owner_id == by.pk:
            let_go(dream_client=instead_of, by=by, reason=reason)
        row = _locked(dream_client)
        if row.owner_id == by.pk:
            return _told(dream_client, row)
        if row.owner is not None:
            raise TakenAlready(row.owner)
        _make_room(by)
        _give(row, by, by)
    return _told(dream_client, row)


def let_go(*, dream_client: DreamClient, by: User, reason: str = "") -> DreamClient:
    """Put a dream client out of its owner's book. It stays on its list, nobody's, for a colleague to take."""
    with transaction.atomic():
        row = _locked(dream_client)
        if row.owner is not None:
            former = row.owner
            row.owner = None
            row.save(update_fields=["owner"])
            _record(
                row,
                Activity.Kind.LET_GO,
                by,
                subject=reason[:300],
                data={"owner": former.pk, "name": former.name},
            )
    return _told(dream_client, row)


def take_off(*, dream_client: DreamClient, by: User, reason: str = "") -> DreamClient:
    """Take an account off its list. The row stays as history; the account may be targeted again, from the start."""
    with transaction.atomic():
        row = _locked(dream_client)
        row.left_at, row.left_reason = timezone.now(), reason[:300]
        row.strayed_at = None  # a person did it, so the filter of a live list does not bring it back
        row.save(update_fields=["left_at", "left_reason", "strayed_at"])
        _record(row, Activity.Kind.LET_GO, by, subject=reason[:300], data={"left_list": row.list_id})
    return _told(dream_client, row)


def assign(*, dream_client: DreamClient, owner: User | None, by: User) -> DreamClient:
    """Give a dream client to `owner`, whoever had it before; to nobody with None. Raises BookFull."""
    if owner is None:
        return let_go(dream_client=dream_client, by=by)
    with transaction.atomic():
        _lock_books(owner)
        row = _locked(dream_client)
        if row.owner_id != owner.pk:
            if _counts(row):
                _make_room(owner)
            _give(row, owner, by)
    return _told(dream_client, row)


def park(*, dream_client: DreamClient, until: datetime, by: User) -> DreamClient:
    """Let a dream client rest until a moment. It stays in its owner's book."""
    with transaction.atomic():
        row = _locked(dream_client)
        row.parked_until = until
        row.save(update_fields=["parked_until"])
        day = local_day(until, by.time_zone).isoformat()
        _record(row, Activity.Kind.PARKED, by, subject=day, data={"until": until.isoformat()})
    return _told(dream_client, row)


def rule_out(*, dream_client: DreamClient, reason: str, by: User) -> DreamClient:
    """Say that this will never be a client, and why. It needs no place in its owner's book from then on."""
    if not reason.strip():
        raise ValueError("ruling out needs a reason")
    with transaction.atomic():
        row = _locked(dream_client)
        row.ruled_out_at, row.ruled_out_reason = timezone.now(), reason.strip()[:300]
        row.save(update_fields=["ruled_out_at", "ruled_out_reason"])
        _record(row, Activity.Kind.RULED_OUT, by, subject=row.ruled_out_reason)
    return _told(dream_client, row)


def revive(*, dream_client: DreamClient, by: User) -> DreamClient:
    """Undo parking and ruling out. Raises BookFull where a ruled-out one finds no place in its owner's book."""
    with transaction.atomic():
        owner = DreamClient.objects.select_related("owner").get(pk=dream_client.pk).owner
        if owner is not None:
            _lock_books(owner)
        row = _locked(dream_client)
        if row.ruled_out_at is not None and row.owner is not None and row.rung != Rung.OPENED:
            _make_room(row.owner)
        if row.ruled_out_at is not None or row.parked_until is not None:
            row.parked_until = row.ruled_out_at = None
            row.ruled_out_reason = ""
            row.save(update_fields=["parked_until", "ruled_out_at", "ruled_out_reason"])
            _record(row, Activity.Kind.REVIVED, by)
    return _told(dream_client, row)


def set_tier(*, dream_client: DreamClient, tier: str, by: User) -> DreamClient:
    """Change the tier, and with it when the dream client goes cold."""
    with transaction.atomic():
        row = _locked(dream_client)
        row.tier = Tier(tier)
        row.cold_at = row.goes_cold_at()
        row.version += 1
        row.save(update_fields=["tier", "cold_at", "version"])
    return _told(dream_client, row)


def climb(*, dream_client: DreamClient, rung: str, cause: Activity) -> bool:
    """Record the first time that `rung` is reached, by `cause`. True where it was, by this call.

    The ladder has one direction: a rung below the one reached already is not recorded any more, so reality may skip
    rungs and no time per rung is negative. Two at once record it once (the row is locked, the table unique).
    """
    goal = Rung(rung)
    with transaction.atomic():
        row = _locked(dream_client)
        if goal.height <= Rung(row.rung).height:
            _told(dream_client, row)
            return False
        _reached, is_first = RungReached.objects.get_or_create(
            dream_client=row,
            rung=goal,
            defaults={
                "at": cause.at,
                "cause": cause,
                "touch": _last_touch(row.account_id, cause),
                "owner_id": row.owner_id,
                "team_id": row.team_id,
            },
        )
        row.rung, row.rung_at = goal, cause.at
        row.save(update_fields=["rung", "rung_at"])
    _told(dream_client, row)
    return is_first


def touched(*, activity: Activity) -> DreamClient | None:
    """Take note of an outbound touch: when the account was touched last, when it goes cold, the rungs it made.

    A call that connected is a conversation, so it makes *engaged* as well. None where the account is no dream client.
    """
    with transaction.atomic():
        row = _lock_current(activity.account_id)
        if row is None:
            return None
        if row.last_touch_at is None or row.last_touch_at < activity.at:
            row.last_touch_at = activity.at
            row.cold_at = row.goes_cold_at()
            row.save(update_fields=["last_touch_at", "cold_at"])
        climb(dream_client=row, rung=Rung.TOUCHED, cause=activity)
        if activity.outcome == Outcome.CONNECTED:
            climb(dream_client=row, rung=Rung.ENGAGED, cause=activity)
    return row


def engaged(*, activity: Activity) -> DreamClient | None:
    """Take note that somebody there answered. None where the account is no dream client."""
    with transaction.atomic():
        row = _lock_current(activity.account_id)
        if row is not None:
            climb(dream_client=row, rung=Rung.ENGAGED, cause=activity)
    return row


def book_size(owner: User) -> int:
    """How many dream clients are in the book of `owner`."""
    return DreamClient.objects.in_book_of(owner).count()


def overtake_proposals(*, account_ids: Iterable[int], dream_client_list: DreamClientList) -> None:
    """Close what was proposed for accounts that are dream clients now."""
    asked = Proposal.objects.asked().filter(account__in=account_ids)
    closed = {"state": Proposal.State.WITHDRAWN, "decided_at": timezone.now()}
    team_id = dream_client_list.team_id
    seen = asked if team_id is None else asked.filter(team=team_id)
    seen.update(**closed, reason=(_("On the list %s now.") % dream_client_list)[:300])
    asked.update(**closed, reason=_("On a list of another team now."))


def _lock_books(*owners: User) -> None:
    """One after the other, in an order all agree on."""
    list(
        User.objects.select_for_update(no_key=True)
        .filter(pk__in=[owner.pk for owner in owners])
        .order_by("pk")
    )


def _make_room(owner: User) -> None:
    """BookFull where one more does not fit. Locks the book, so that two cannot take the last place."""
    _lock_books(owner)
    cap = Organisation.current().book_cap
    if book_size(owner) >= cap:
        raise BookFull(owner, cap)


def _counts(row: DreamClient) -> bool:
    return row.ruled_out_at is None and row.rung != Rung.OPENED


def _locked(dream_client: DreamClient) -> DreamClient:
    """The row as it stands now, locked. Raises LeftItsList.

    Its owner is not joined in: PostgreSQL reads a locked row again after waiting for it, but not the rows joined to it.
    """
    row = (
        DreamClient.objects.select_for_update(of=("self",), no_key=True)
        .select_related("account", "list")
        .get(pk=dream_client.pk)
    )
    if row.left_at is not None:
        raise LeftItsList(row)
    return row


def _lock_current(account_id: int) -> DreamClient | None:
    return (
        DreamClient.objects.current()
        .select_for_update(of=("self",), no_key=True)
        .select_related("account", "list")
        .filter(account=account_id)
        .first()
    )


def _told(given: DreamClient, row: DreamClient) -> DreamClient:
    """What the caller holds says what the row says."""
    if given is not row:
        for field in row._meta.concrete_fields:
            setattr(given, field.attname, getattr(row, field.attname))
    return given


def _give(row: DreamClient, owner: User, by: User) -> None:
    row.owner = owner
    row.save(update_fields=["owner"])
    _record_taken(row, owner, by, timezone.now())


def _record_taken(row: DreamClient, owner: User, by: User | None, at: datetime) -> None:
    _record(row, Activity.Kind.TAKEN, by, at=at, subject=owner.name, data={"owner": owner.pk})


def _record(row: DreamClient, kind: str, by: User | None, **fields: Any) -> Activity:
    return record(kind=kind, account=row.account, by=by, team_id=row.team_id, **fields)


def _last_touch(account_id: int, cause: Activity) -> Activity | None:
    """The last outbound touch up to `cause`: itself where it is one."""
    if cause.kind == Activity.Kind.TOUCH:
        return cause
    touches = Activity.objects.touches().filter(account=account_id, at__lte=cause.at)
    return touches.order_by("-at", "-id").first()
