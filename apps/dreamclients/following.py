"""Lists made by a filter: filled by it once, or, live, following it from then on.

The rows say what is to be done: a tick claims one list after the other (whoever is claimed is passed over), and takes
a batch of accounts in one transaction. A tick twice, late, or from two schedulers puts nothing onto a list twice: the
table holds that an account is a dream client once.

What follows a filter is only what the filter put there. It comes off again where it no longer matches, was never
touched and is nobody's; whatever somebody has put work into stays and is marked.
"""

import logging
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.columns import WORKED
from apps.accounts.models import Account
from apps.accounts.tables import AccountTable
from apps.activities.models import Activity
from apps.activities.services import notify
from apps.dreamclients.approval import propose_many
from apps.dreamclients.bulk import Target, standing, target_many
from apps.dreamclients.models import DreamClient, DreamClientList, Proposal, Rung
from apps.tables.table import Asked
from apps.tables.where import WhereError
from apps.users.models import User

log = logging.getLogger(__name__)

BATCH = 500
MOST_BATCHES = 20
"""Where a tick stops and leaves the rest to the next one."""
EVERY = timedelta(seconds=55)


def check(*, q: str, where: str, user: User, live: bool) -> Asked:
    """The filter that these texts say. Raises WhereError where it makes no sense, or cannot make such a list."""
    asked = Asked.of(q=q, where=where)
    if asked.problem:
        raise WhereError(asked.problem)
    if not asked.where and not asked.q:
        raise WhereError(_("Filter the accounts first: without a filter all of them would be dream clients."))
    table = AccountTable(user)
    table.matching(asked)
    if live:
        for condition in asked.where.conditions():
            if condition.column in WORKED:
                label = table.columns[condition.column].label
                raise WhereError(
                    _(
                        "A live list adds only accounts that nobody has on a list yet, so it cannot follow “%s”. "
                        "Take this condition out of the filter, or make a list that stays as it is."
                    )
                    % label
                )
    return asked


def candidates(asked: Asked, user: User) -> QuerySet[Account]:
    """The accounts that match and that the user's teams may work. Raises WhereError."""
    table = AccountTable(user)
    found: QuerySet[Account] = table.matching(asked, table.editable())
    return found


def tick(*, now: datetime | None = None) -> int:
    """Follow every list whose turn it is. Returns how many batches were looked at."""
    now = now or timezone.now()
    for done in range(MOST_BATCHES):
        if not follow_next(now=now):
            return done
    return MOST_BATCHES


def follow_next(*, now: datetime) -> bool:
    """Follow the list that waits longest, for one batch. False where none waits that nobody else holds."""
    waits = Q(followed_at=None) | Q(followed_at__lte=now - EVERY)
    with transaction.atomic():
        row = (
            DreamClientList.objects.live()
            .filter(Q(is_live=True) | Q(is_filling=True), waits)
            .order_by(F("followed_at").asc(nulls_first=True), "id")
            .select_for_update(of=("self",), no_key=True, skip_locked=True)
            .first()
        )
        if row is None:
            return False
        follow(row, now=now)
    return True


def follow(row: DreamClientList, *, now: datetime) -> int:
    """Let a list, which the caller holds locked, follow its filter for one batch. Returns how many accounts came onto it.

    A filter that makes no sense any more, or an owner who may not sign in, pauses it: the page of the list says so.
    """
    problem = _why_not(row)
    added, goes_on, is_whole, is_broken = 0, False, True, False
    if not problem:
        try:
            with transaction.atomic():
                asked = check(q=row.q, where=row.where, user=row.owner, live=row.is_live)
                if row.is_live:
                    _stray(row, asked, now)
                added, goes_on, is_whole = _add(row, asked, now)
        except WhereError as error:
            problem = str(error)
        except (DataError, IntegrityError):
            is_whole = False  # somebody was quicker with one of them: it comes next time
            log.warning("List %s could not follow its filter this time", row.pk, exc_info=True)
        except Exception:
            is_broken = True  # the others go on, whatever is wrong with this one
            log.exception("List %s could not follow its filter", row.pk)
            problem = _(
                "Something went wrong here. It tries again by itself; your admin can look at the log."
            )
    if problem and not is_broken and problem != row.follow_problem:
        text = _("%(list)s does not follow its filter any more: %(why)s") % {"list": row, "why": problem}
        url = reverse("dreamclients:list", args=[row.pk])
        notify(user=row.owner, key=f"follow:{row.pk}:{now.timestamp():.0f}", text=text, url=url)
    row.follow_problem = problem[:300]
    if not goes_on:
        row.followed_at = now
        row.is_filling = row.is_filling and (bool(problem) or not is_whole)
    row.save(update_fields=["follow_problem", "followed_at", "is_filling"])
    return added


def _why_not(row: DreamClientList) -> str:
    for person in row.followers():
        said = {"name": person}
        is_owner = person.pk == row.owner_id
        if not person.is_active:
            if is_owner:
                return (
                    _(
                        "%(name)s, who owns this list, may not sign in any more. Give the list to somebody else."
                    )
                    % said
                )
            return (
                _(
                    "%(name)s, who set its filter up, may not sign in any more. Open the list and save it again."
                )
                % said
            )
        if row.team_id is not None and not person.is_admin and row.team_id not in person.team_ids:
            if is_owner:
                return (
                    _(
                        "%(name)s, who owns this list, is not in its team any more. Give it to somebody who is."
                    )
                    % said
                )
            return (
                _(
                    "%(name)s, who set its filter up, is not in its team any more. Open the list and save it again."
                )
                % said
            )
    return ""


def _in_reach(row: DreamClientList, asked: Asked) -> QuerySet[Account]:
    """What matches and may come onto the list: of its team or of none, and everybody in `followers` may work it."""
    found = candidates(asked, row.owner).filter(Q(team=row.team_id) | Q(team=None))
    for person in row.followers()[1:]:
        found = found.filter(pk__in=Account.objects.editable_by(person).order_by().values("pk"))
    return found


def _add(row: DreamClientList, asked: Asked, now: datetime) -> tuple[int, bool, bool]:
    """Put a batch of what matches onto the list.

    Returns how many, whether there is more to be done at once, and whether that was all: nobody held one of them.
    """
    mine = {"account": OuterRef("pk")}
    # What a person took off the list, or declined, does not come back by itself.
    taken_off = DreamClient.objects.filter(**mine, list=row, left_at__isnull=False, strayed_at=None)
    refused = Proposal.objects.filter(**mine, list=row, decided_by__isnull=False).exclude(
        state=Proposal.State.APPROVED
    )
    free = _in_reach(row, asked).filter(
        ~Exists(DreamClient.objects.current().filter(**mine)),
        ~Exists(Proposal.objects.asked().filter(**mine)),
        ~Exists(taken_off),
        ~Exists(refused),
    )
    ids = list(free.order_by("pk").values_list("pk", flat=True)[:BATCH])
    # Locked before it is looked at again, as every way of targeting does; who is held by another comes next time.
    kept = Account.objects.filter(pk__in=ids, deleted_at=None).order_by("pk")
    accounts = list(kept.select_for_update(no_key=True, skip_locked=True))
    held = standing(accounts)
    targets = [Target(account, tier=row.live_tier) for account in accounts if account.pk not in held]
    asks = next((person for person in row.followers() if row.needs_approval(person)), None)
    if asks is not None:
        propose_many(dream_client_list=row, targets=targets, by=asks, at=now, by_filter=True)
    else:
        _target(row, targets, now)
    goes_on = len(ids) == BATCH and bool(accounts)
    return len(targets), goes_on, not goes_on and len(accounts) == len(ids)


def _target(row: DreamClientList, targets: list[Target], now: datetime) -> None:
    target_many(
        dream_client_list=row,
        targets=targets,
        by=None,
        at=now,
        source=Activity.Source.ENGINE,
        by_filter=row.is_live,
    )
    if row.team_id is not None:
        ids = [target.account.pk for target in targets]
        free = Account.objects.filter(pk__in=ids, team=None)
        free.update(team=row.team_id, version=F("version") + 1)


def _stray(row: DreamClientList, asked: Asked, now: datetime) -> None:
    """Take off, or mark, what no longer matches; take the mark from what matches again."""
    # Among all that the owner sees: whoever loses a team loses no dream client by it.
    matching = AccountTable(row.owner).matching(asked).order_by().values("pk")
    followed = DreamClient.objects.current().filter(list=row, by_filter=True)
    followed.filter(account__in=matching).exclude(strayed_at=None).update(strayed_at=None)
    # NOT IN would read all that matches again for every dream client.
    gone = followed.filter(~Exists(matching.filter(pk=OuterRef("account"))))
    untouched = Q(owner=None, last_touch_at=None, next_touch_at=None, rung=Rung.TARGETED, ruled_out_at=None)
    ids = list(gone.filter(untouched).order_by("pk").values_list("pk", flat=True)[:BATCH])
    locked = DreamClient.objects.current().filter(untouched, pk__in=ids).order_by("pk")
    rows = list(
        locked.select_related("account").select_for_update(of=("self",), no_key=True, skip_locked=True)
    )
    reason = _("It no longer matches the filter of the list.")
    DreamClient.objects.filter(pk__in=[one.pk for one in rows]).update(
        left_at=now, left_reason=reason, strayed_at=now
    )
    Activity.objects.bulk_create(
        Activity(
            kind=Activity.Kind.LET_GO,
            source=Activity.Source.ENGINE,
            account=one.account,
            at=now,
            team_id=one.team_id,
            subject=reason,
            data={"left_list": row.pk},
        )
        for one in rows
    )
    gone.filter(strayed_at=None).exclude(pk__in=ids).update(strayed_at=now)
