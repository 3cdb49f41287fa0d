"""Putting many accounts on a list, and taking that back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Account
from apps.activities.models import Activity
from apps.dreamclients.approval import place_many
from apps.dreamclients.bulk import Target, standing
from apps.dreamclients.bulk_changes import Books, changed_since, on_list_already
from apps.dreamclients.locks import hold_open, lock_accounts
from apps.dreamclients.models import DreamClient, DreamClientList, Proposal
from apps.dreamclients.refusals import BookFull, ListClosed
from apps.dreamclients.untouched import drop_untouched
from apps.tables.actions import Done
from apps.users.models import User


def proposed_words() -> str:
    """The remark about a row that was proposed."""
    return _("Proposed: a manager has to approve it.")


def put_on_list(
    *, dream_client_list: DreamClientList, ids: Sequence[int], tier: str, owner: User | None, by: User
) -> Done:
    """Put accounts on a list, in their order into the book of `owner` as far as it has room; the rest are nobody's.

    Those that are on a list stay there. Where a manager has to approve what `by` adds, they are proposed.
    """
    rows = Account.objects.kept().filter(pk__in=ids).select_for_update(no_key=True).order_by("pk")
    accounts, done = {row.pk: row for row in rows}, Done()
    try:
        hold_open(dream_client_list)
    except ListClosed as refusal:
        return Done(refused=dict.fromkeys(accounts, str(refusal)))
    held = standing(accounts.values())
    done.refused = {pk: on_list_already(row, by) for pk, row in held.items()}
    free = [accounts[pk] for pk in ids if pk in accounts and pk not in held]
    books = Books([owner.pk] if owner else [])
    room = max(0, books.cap - books.taken.get(owner.pk, 0)) if owner else 0
    targets = [
        Target(account=account, tier=tier, owner=owner if number < room else None)
        for number, account in enumerate(free)
    ]
    placed = place_many(
        dream_client_list=dream_client_list, targets=targets, by=by, source=Activity.Source.USER
    )
    for made in placed.made:
        done.before[made.account_id] = {"dream_client": made.pk, "team": made.account.team_id}
        if owner is not None and made.owner_id is None:
            done.remarks[made.account_id] = _("Nobody's for now: %s") % BookFull(owner, books.cap)
    for proposal in placed.proposed:
        done.before[proposal.account_id] = {"proposal": proposal.pk}
        done.remarks[proposal.account_id] = proposed_words()
    proposed = set(placed.already) - set(held)
    done.refused |= dict.fromkeys(proposed, _("Is proposed already."))
    _give_to_team(placed.made, dream_client_list.team_id)
    return done


def _give_to_team(made: Sequence[DreamClient], team_id: int | None) -> None:
    """An account that no team worked yet belongs to the list's team from now on."""
    if team_id is not None:
        ids = [row.account_id for row in made]
        Account.objects.filter(pk__in=ids, team=None).update(team=team_id, version=F("version") + 1)


def undo_put_on_list(*, before: Mapping[int, dict[str, Any]], by: User) -> Done:
    """Take off again what nobody has worked since; proposals that wait are withdrawn.

    A dream client that nothing happened to goes as if it had never been, so that no figure counts a mistake.
    """
    done = Done()
    by_row = {was["dream_client"]: (pk, was["team"]) for pk, was in before.items() if "dream_client" in was}
    lock_accounts(before)
    gone = drop_untouched(ids=by_row.keys(), by=by, subject=_("Taken back"))
    given: dict[int | None, list[int]] = defaultdict(list)
    for pk, (account, team) in by_row.items():
        if pk in gone:
            done.before[account] = None
            if team is None:
                given[gone[pk].team_id].append(account)
        else:
            done.refused[account] = changed_since()
    for team_id, accounts in given.items():
        if team_id is not None:
            theirs = Account.objects.filter(pk__in=accounts, team=team_id)
            theirs.update(team=None, version=F("version") + 1)
    _withdraw({was["proposal"]: pk for pk, was in before.items() if "proposal" in was}, done)
    return done


def _withdraw(by_proposal: Mapping[int, int], done: Done) -> None:
    waiting = Proposal.objects.asked().filter(pk__in=by_proposal)
    ids = set(waiting.select_for_update().values_list("pk", flat=True))
    Proposal.objects.filter(pk__in=ids).update(state=Proposal.State.WITHDRAWN, decided_at=timezone.now())
    for pk, account in by_proposal.items():
        if pk in ids:
            done.before[account] = None
        else:
            done.refused[account] = _("A manager has decided about it since.")
