"""A whole book goes to colleagues: of somebody who leaves, or who goes on to other work.

It lives here, in the lowest app that may know of everything that changes hands. The book goes in one transaction:
accounts, then lists, books and dream clients are locked, as everywhere, and the plan is made again under these locks.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.activities.models import Activity, Reminder, Task
from apps.activities.services import notify
from apps.dreamclients.locks import lock_accounts, lock_books, lock_lists
from apps.dreamclients.models import DreamClient, DreamClientList, Rung
from apps.meetings.models import Meeting
from apps.pipeline.models import Opportunity
from apps.sequences.flow import mailbox_of
from apps.sequences.models import Enrollment, Touch
from apps.users.models import Organisation, User, UserQuerySet
from apps.users.services import audit

KEEP, NOBODY = "keep", "nobody"
"""What becomes of dream clients that fit into no book: they stay the leaver's, or are nobody's."""


class PlanChanged(Exception):
    """Since the plan was shown, the books or what is in them have changed."""


@dataclass
class Share:
    """What one colleague gets."""

    to: User
    room: int
    """How many more dream clients their book takes."""
    rows: list[DreamClient] = field(default_factory=list)

    @property
    def without_place(self) -> int:
        """How many of them need no room: they are ruled out, or opened."""
        return sum(not needs_room(row) for row in self.rows)

    @property
    def tiers(self) -> list[tuple[str, int]]:
        """How many of each tier."""
        return sorted(Counter(row.tier for row in self.rows).items())


@dataclass
class Plan:
    """Who gets what, and what fits into no book."""

    shares: list[Share]
    left: list[DreamClient] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        """What was shown, so that nothing else is done."""
        return "-".join(str(len(share.rows)) for share in self.shares) + f"/{len(self.left)}"

    @property
    def moved(self) -> int:
        """How many dream clients change hands."""
        return sum(len(share.rows) for share in self.shares)


def needs_room(row: DreamClient) -> bool:
    """Whether it takes a place in a book: one that is ruled out or opened takes none."""
    return row.ruled_out_at is None and row.rung != Rung.OPENED


def leavers(by: User) -> UserQuerySet:
    """Whose book `by` may hand over: admins anybody's, managers that of people of the teams they lead."""
    people = User.objects.visible_to(by)
    if by.is_admin:
        return people
    return people.filter(memberships__team__in=by.led_team_ids).distinct()


def takers(by: User, leaver: User) -> UserQuerySet:
    """Who may get it."""
    return User.objects.assignable_by(by).exclude(pk=leaver.pk).order_by("name", "pk")


def rooms(people: Iterable[User]) -> dict[int, int]:
    """How many more dream clients fit into each book. Two queries."""
    cap = Organisation.current().book_cap
    ids = [person.pk for person in people]
    counted = DreamClient.objects.current().filter(owner__in=ids, ruled_out_at=None).exclude(rung=Rung.OPENED)
    taken = dict(counted.values_list("owner").annotate(number=Count("pk")).order_by())
    return {pk: max(0, cap - taken.get(pk, 0)) for pk in ids}


def book(leaver: User, by: User) -> QuerySet[DreamClient]:
    """What of the leaver's book `by` may hand over, the most valuable first."""
    rows = DreamClient.objects.editable_by(by).current().filter(owner=leaver)
    return rows.select_related("account", "list").order_by("tier", "cold_at", "pk")


def belongings(leaver: User, by: User) -> dict[str, QuerySet[Any]]:
    """What else may go with it, by the name of the checkbox."""
    return {
        "tasks": Task.objects.editable_by(by).open().filter(owner=leaver),
        "opportunities": Opportunity.objects.editable_by(by).open().filter(owner=leaver),
        "meetings": Meeting.objects.editable_by(by).filter(owner=leaver, state=Meeting.State.BOOKED),
        "lists": DreamClientList.objects.editable_by(by).live().filter(owner=leaver),
    }


def numbers(leaver: User, by: User) -> dict[str, int]:
    """How much there is of each of `belongings`. One query."""
    counted: list[Any] = [
        rows.order_by().annotate(of_what=Value(name)).values_list("of_what").annotate(number=Count("pk"))
        for name, rows in belongings(leaver, by).items()
    ]
    return dict(counted[0].union(*counted[1:], all=True).order_by())


def make_plan(
    *,
    leaver: User,
    to: Sequence[User],
    by: User,
    rows: Iterable[DreamClient] | None = None,
    room: dict[int, int] | None = None,
) -> Plan:
    """Deal out the book, tier A first, each to whoever has most room. Ruled out and opened ones need no room."""
    room = rooms(to) if room is None else room
    plan = Plan([Share(person, room[person.pk]) for person in to])
    for row in book(leaver, by) if rows is None else rows:
        if not needs_room(row):
            min(plan.shares, key=lambda share: len(share.rows)).rows.append(row)
            continue
        share = max(plan.shares, key=lambda share: share.room)
        if share.room <= 0:
            plan.left.append(row)
            continue
        share.room -= 1
        share.rows.append(row)
    return plan


def hand_over(
    *,
    leaver: User,
    to: Sequence[User],
    by: User,
    also: Iterable[str] = (),
    rest: str = KEEP,
    shown: str = "",
) -> Plan:
    """Give the book to `to`, with its open touches and running sequences, and of `belongings` those named in `also`.

    Raises PlanChanged where it would be another plan than the one that was `shown` (its fingerprint).
    """
    if not to:
        raise ValueError("somebody has to get it")
    also = sorted(set(also))
    with transaction.atomic():
        plan = _locked_plan(leaver, to, by, also)
        if shown and plan.fingerprint != shown:
            raise PlanChanged
        reason = _("handed over by %s") % by
        for share in plan.shares:
            _give(share, leaver, by, reason)
        if rest == NOBODY:
            _let_go(plan.left, leaver, by, reason)
        whose = {row.account_id: share.to for share in plan.shares for row in share.rows}
        moved = {name: _move(name, leaver, by, to, whose) for name in also}
        _move_touches(leaver, by, to, whose)
        _write_down(plan, leaver, by, rest, moved)
    return plan


def _locked_plan(leaver: User, to: Sequence[User], by: User, also: Iterable[str]) -> Plan:
    lock_accounts(book(leaver, by).order_by().values_list("account", flat=True))
    if "lists" in also:
        lock_lists(belongings(leaver, by)["lists"].values_list("pk", flat=True))
    lock_books([leaver.pk, *(person.pk for person in to)])
    ids = list(
        book(leaver, by)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
        .values_list("pk", flat=True)
    )
    return make_plan(leaver=leaver, to=to, by=by, rows=book(leaver, by).filter(pk__in=ids))


def _give(share: Share, leaver: User, by: User, reason: str) -> None:
    ids = [row.pk for row in share.rows]
    DreamClient.objects.filter(pk__in=ids).update(owner=share.to)
    _record(
        Activity.Kind.LET_GO, share.rows, by, subject=reason, data={"owner": leaver.pk, "name": leaver.name}
    )
    taken = {"owner": share.to.pk, "from": leaver.pk, "handed_over_by": by.pk}
    _record(Activity.Kind.TAKEN, share.rows, by, subject=share.to.name, body=reason, data=taken)
    if ids:
        running = Enrollment.objects.running().filter(dream_client__in=ids)
        running.update(owner=share.to, mailbox=mailbox_of(share.to))


def _let_go(rows: list[DreamClient], leaver: User, by: User, reason: str) -> None:
    """Those that fit nowhere are nobody's: their sequences end, as whenever a dream client is let go of."""
    DreamClient.objects.filter(pk__in=[row.pk for row in rows]).update(owner=None)
    _record(Activity.Kind.LET_GO, rows, by, subject=reason, data={"owner": leaver.pk, "name": leaver.name})


def _record(kind: str, rows: Iterable[DreamClient], by: User, **fields: Any) -> None:
    now = timezone.now()
    Activity.objects.bulk_create(
        Activity(kind=kind, account=row.account, by=by, at=now, team_id=row.team_id, **fields) for row in rows
    )


def _move_touches(leaver: User, by: User, to: Sequence[User], whose: dict[int, User]) -> None:
    """Open touches go with their dream client; those elsewhere are dealt out. What is in the outbox stays the sender's."""
    mine = Touch.objects.editable_by(by).open().filter(owner=leaver, email=None)
    kept = DreamClient.objects.current().filter(owner=leaver).values("account")
    _deal(mine.exclude(account__in=kept), Touch.objects.all(), to, whose, {})


def _move(name: str, leaver: User, by: User, to: Sequence[User], whose: dict[int, User]) -> int:
    rows = belongings(leaver, by)[name]
    newer = {"version": F("version") + 1}
    changes: dict[str, dict[str, Any]] = {"opportunities": newer, "tasks": newer}
    if name == "lists":
        ids = list(rows.values_list("pk", flat=True))
        return DreamClientList.objects.filter(pk__in=ids).update(
            owner=to[0], followed_by=by, version=F("version") + 1, followed_at=None, follow_problem=""
        )
    dealt = _deal(rows, rows.model._default_manager.all(), to, whose, changes.get(name, {}))
    if name == "tasks":
        _move_reminders(leaver, dealt)
    return sum(map(len, dealt.values()))


def _move_reminders(leaver: User, dealt: dict[int, list[int]]) -> None:
    """What still waits to remind the leaver of a task reminds whoever has it now, once."""
    waiting = Reminder.objects.filter(user=leaver, delivered_at=None, dismissed_at=None)
    for person_pk, tasks in dealt.items():
        mine = waiting.filter(task__in=tasks)
        same = Reminder.objects.filter(user=person_pk, task=OuterRef("task"), due_at=OuterRef("due_at"))
        mine.filter(Exists(same)).delete()
        mine.update(user=person_pk)


def _deal(
    rows: QuerySet[Any],
    every: QuerySet[Any],
    to: Sequence[User],
    whose: dict[int, User],
    more: dict[str, Any],
) -> dict[int, list[int]]:
    """Each row to whoever got the dream client of its account, the others one after the other. Returns who got which."""
    ids: dict[int, list[int]] = defaultdict(list)
    turns = cycle(to)
    for pk, account in rows.order_by("pk").values_list("pk", "account_id"):
        person = whose.get(account) or next(turns)
        ids[person.pk].append(pk)
    for person_pk, mine in ids.items():
        every.filter(pk__in=mine).update(owner=person_pk, **more)
    return ids


def _write_down(plan: Plan, leaver: User, by: User, rest: str, moved: dict[str, int]) -> None:
    detail: dict[str, Any] = {str(share.to): len(share.rows) for share in plan.shares}
    if plan.left:
        detail["nobody" if rest == NOBODY else str(leaver)] = len(plan.left)
    audit(by=by, action="book handed over", subject=leaver, detail=detail | moved)
    for share in plan.shares:
        if share.rows and share.to.pk != by.pk:
            text = ngettext(
                "%(by)s handed %(count)d dream client of %(leaver)s over to you.",
                "%(by)s handed %(count)d dream clients of %(leaver)s over to you.",
                len(share.rows),
            )
            notify(
                user=share.to,
                key=f"handed-over:{leaver.pk}:{timezone.now().timestamp():.0f}",
                text=text % {"by": by, "count": len(share.rows), "leaver": leaver},
                url=reverse("dreamclients:all"),
            )
