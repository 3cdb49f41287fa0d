"""Where the organisation asks for it, a manager approves what a rep would like to put on a list.

A proposal is no dream client: only `approve` makes it one. Two managers at once decide once (the row is locked).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.activities.services import notify
from apps.dreamclients import services
from apps.dreamclients.bulk import Target, standing, target_many
from apps.dreamclients.locks import hold_open, lock_accounts, lock_books, lock_lists
from apps.dreamclients.models import DreamClient, DreamClientList, Proposal
from apps.dreamclients.untouched import drop_untouched
from apps.users.models import Membership, User
from opener.access import InTheBin

State = Proposal.State


@dataclass
class Placed:
    """What came of putting accounts on a list."""

    made: list[DreamClient] = field(default_factory=list)
    proposed: list[Proposal] = field(default_factory=list)
    already: dict[int, str] = field(default_factory=dict)
    """By the account's id: on whose list it is already, or that it is proposed, in words."""


def place_many(
    *,
    dream_client_list: DreamClientList,
    targets: Sequence[Target],
    by: User,
    source: str,
    at: datetime | None = None,
) -> Placed:
    """Put accounts on a list, or propose them where `by` may only do that; who is on one already stays there.

    Call it inside a transaction, the accounts locked. Whether the owners' books have room is for the caller to see to.
    Raises ListClosed where the list is in the bin or archived.
    """
    hold_open(dream_client_list)
    held = standing(target.account for target in targets)
    placed = Placed(already={pk: str(services.AlreadyTargeted(row, by)) for pk, row in held.items()})
    free = [target for target in targets if target.account.pk not in held]
    if not dream_client_list.needs_approval(by):
        placed.made = target_many(
            dream_client_list=dream_client_list, targets=free, by=by, at=at, source=source
        )
        return placed
    placed.proposed = propose_many(dream_client_list=dream_client_list, targets=free, by=by, at=at)
    waiting = {one.account_id for one in placed.proposed}
    placed.already |= {
        target.account.pk: _("%s is proposed already.") % target.account
        for target in free
        if target.account.pk not in waiting
    }
    return placed


def propose_many(
    *,
    dream_client_list: DreamClientList,
    targets: Sequence[Target],
    by: User,
    at: datetime | None = None,
    by_filter: bool = False,
) -> list[Proposal]:
    """Propose accounts for a list and tell its managers once a day. Those that wait for an answer already are left out."""
    at = at or timezone.now()
    Proposal.objects.bulk_create(
        (
            Proposal(
                account=target.account,
                list=dream_client_list,
                team_id=dream_client_list.team_id,
                tier=target.tier,
                owner=target.owner,
                why_change=target.why_change,
                incumbent=target.incumbent,
                by_filter=by_filter,
                by=by,
                at=at,
            )
            for target in targets
        ),
        ignore_conflicts=True,  # the table holds that an account is proposed once
    )
    ids = [target.account.pk for target in targets]
    made = list(
        Proposal.objects.asked()
        .filter(account__in=ids, list=dream_client_list, by=by, at=at)
        .select_related("account")
        .order_by("id")
    )
    if made:
        _ask(dream_client_list, made, by)
    return made


def _ask(dream_client_list: DreamClientList, made: list[Proposal], by: User) -> None:
    text = ngettext(
        "%(name)s proposes %(account)s for %(list)s.",
        "%(name)s proposes dream clients for %(list)s: %(account)s and %(more)d more.",
        len(made),
    )
    said = {"name": by, "account": made[0].account, "list": dream_client_list, "more": len(made) - 1}
    # A live list or an import proposes again and again: one bell a day for those, one a deed for what a person does.
    day = f"{dream_client_list.pk}:{by.pk}:{made[0].at:%Y%m%d}"
    key = f"to-approve:{day}" if made[0].by_filter or len(made) > 1 else f"to-approve:{made[0].pk}"
    for manager in managers_of(dream_client_list):
        url = reverse("dreamclients:to_approve")
        notify(user=manager, key=key, text=text % said, url=url, account_id=made[0].account_id)


def managers_of(dream_client_list: DreamClientList) -> list[User]:
    """Who decides what comes onto the list: the managers of its team; admins where there is none."""
    active = User.objects.filter(is_active=True)
    lead = Q(memberships__team=dream_client_list.team_id, memberships__role=Membership.Role.MANAGER)
    managers = list(active.filter(lead).distinct()) if dream_client_list.team_id else []
    return managers or list(active.filter(is_admin=True))


@dataclass
class Decided:
    """What came of deciding proposals."""

    approved: list[Proposal] = field(default_factory=list)
    declined: list[Proposal] = field(default_factory=list)
    without_owner: list[Proposal] = field(default_factory=list)
    """Approved ones that found no place in the book of whoever was to work them: they are nobody's."""
    overtaken: dict[int, str] = field(default_factory=dict)
    """By id, those that could not be approved any more, and why."""


def approve(*, proposals: Iterable[Proposal], by: User) -> Decided:
    """Make dream clients of proposals. Those decided meanwhile are left out; the proposers are told."""
    decided = Decided()
    with transaction.atomic():
        now = timezone.now()
        for row in _waiting(proposals, by):
            _approve(row, by, now, decided)
        _tell(decided.approved, by, now)
    return decided


def _approve(row: Proposal, by: User, now: datetime, decided: Decided) -> None:
    if row.list.archived_at is not None:
        decided.overtaken[row.pk] = str(services.ListClosed(row.list))
        return
    owner = row.owner if row.owner and row.owner.is_active else None
    # Answered first: making the dream client closes what is still open for its account.
    row.state, row.decided_by, row.decided_at = State.APPROVED, by, now
    row.save(update_fields=["state", "decided_by", "decided_at"])
    try:
        try:
            made = _target(row, owner, by)
        except services.BookFull:
            made = _target(row, None, by)
            decided.without_owner.append(row)
    except (services.AlreadyTargeted, InTheBin) as refusal:
        why = str(refusal) or _("%s is in the bin.") % row.account
        row.state, row.reason = State.WITHDRAWN, why[:300]
        row.save(update_fields=["state", "reason"])
        decided.overtaken[row.pk] = why
        return
    row.dream_client = made
    row.save(update_fields=["dream_client"])
    decided.approved.append(row)


def _target(row: Proposal, owner: User | None, by: User) -> DreamClient:
    return services.target(
        dream_client_list=row.list,
        account=row.account,
        by=row.by,
        owner=owner,
        tier=row.tier,
        approved_by=by,
        why_change=row.why_change,
        incumbent=row.incumbent,
        by_filter=row.by_filter,
    )


def decline(*, proposals: Iterable[Proposal], by: User, reason: str) -> Decided:
    """Say no, and why. Those decided meanwhile are left out; the proposers are told."""
    if not reason.strip():
        raise ValueError("declining needs a reason")
    decided = Decided()
    with transaction.atomic():
        now = timezone.now()
        for row in _waiting(proposals, by):
            row.state, row.decided_by, row.decided_at = State.DECLINED, by, now
            row.reason = reason.strip()[:300]
            row.save(update_fields=["state", "decided_by", "decided_at", "reason"])
            decided.declined.append(row)
        _tell(decided.declined, by, now)
    return decided


def withdraw(*, proposal: Proposal) -> bool:
    """Take back what one proposed oneself. False where it was decided meanwhile."""
    mine = Proposal.objects.asked().filter(pk=proposal.pk)
    return bool(mine.update(state=State.WITHDRAWN, decided_by=proposal.by_id, decided_at=timezone.now()))


def undo(*, proposal: Proposal, by: User) -> tuple[int, int]:
    """Take back all that `by` decided in the same moment as `proposal`. Returns how many wait again, and how many stay.

    An approved one stays where somebody has touched it since or started a sequence there.
    """
    with transaction.atomic():
        together = Proposal.objects.decidable_by(by).filter(
            decided_by=by, decided_at=proposal.decided_at, state__in=[State.APPROVED, State.DECLINED]
        )
        lock_accounts(together.values_list("account", flat=True))
        made = set(together.exclude(dream_client=None).values_list("dream_client", flat=True))
        asked_anew = set(
            Proposal.objects.asked()
            .filter(account__in=together.order_by().values("account"))
            .values_list("account", flat=True)
        )
        kept = DreamClient.objects.filter(pk__in=made, account__in=asked_anew).values_list("pk", flat=True)
        gone = drop_untouched(ids=made.difference(kept), by=by, subject=_("The approval was taken back."))
        stay = made.difference(gone)
        rows = list(together.select_for_update(of=("self",), no_key=True).order_by("pk"))
        back = [row for row in rows if row.account_id not in asked_anew and row.dream_client_id not in stay]
        Proposal.objects.filter(pk__in=[row.pk for row in back]).update(
            state=State.ASKED, reason="", dream_client=None, decided_by=None, decided_at=None
        )
    return len(back), len(rows) - len(back)


def _waiting(proposals: Iterable[Proposal], by: User) -> list[Proposal]:
    """Those that still wait for an answer and that `by` may give one, locked after what targeting them locks."""
    ids = [proposal.pk for proposal in proposals]
    rows = Proposal.objects.asked().decidable_by(by).filter(pk__in=ids)
    concerned = list(rows.values_list("account", "list", "owner"))
    lock_accounts(account for account, _list, _owner in concerned)
    lock_lists(pk for _account, pk, _owner in concerned)
    lock_books(owner for _account, _list, owner in concerned)
    locked = rows.select_for_update(of=("self",), no_key=True)
    return list(locked.select_related("account", "list", "owner", "by").order_by("account_id"))


def _tell(decided: list[Proposal], by: User, now: datetime) -> None:
    """One line in the bell of each proposer."""
    first = {row.by_id: row for row in reversed(decided)}
    numbers = Counter(row.by_id for row in decided)
    for proposer_id, row in first.items():
        if proposer_id == by.pk:
            continue
        said = {"name": by, "account": row.account, "more": numbers[proposer_id] - 1, "reason": row.reason}
        if row.state == State.APPROVED:
            one, many = (
                _("%(name)s approved %(account)s."),
                _("%(name)s approved %(account)s and %(more)d more."),
            )
        else:
            one = _("%(name)s declined %(account)s: %(reason)s")
            many = _("%(name)s declined %(account)s and %(more)d more: %(reason)s")
        url = reverse("record", args=[row.account_id])
        if said["more"]:
            url = reverse("dreamclients:to_approve")
        text = (many if said["more"] else one) % said
        key = f"decided:{row.pk}:{now.timestamp():.0f}"
        notify(user=row.by, key=key, text=text, url=url, account_id=row.account_id)
