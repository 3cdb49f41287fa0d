"""The board: a column a stage, its sum and its first cards, in a number of queries that no amount of rows changes."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Self

from django.db.models import Count, F, QuerySet, Sum
from django.http import QueryDict
from django.utils import timezone

from apps.pipeline.models import Opportunity, Stage
from apps.users.models import User

CARDS = 30
"""How many cards of a column are drawn; the list holds the rest."""


@dataclass(frozen=True)
class Filters:
    """What the board and the lists are narrowed down to."""

    user: User
    who: str = "mine"
    stalled: bool = False

    @classmethod
    def of(cls, user: User, query: QueryDict) -> Self:
        """From the address. Whoever manages sees the team's board first, whoever does not their own."""
        who = query.get("who", "")
        if who not in ("mine", "team"):
            who = "team" if user.is_manager else "mine"
        return cls(user, who, bool(query.get("stalled")))

    def apply(self, rows: QuerySet[Opportunity]) -> QuerySet[Opportunity]:
        """The rows that remain."""
        if self.who == "mine":
            rows = rows.filter(owner=self.user)
        return rows.stalled(timezone.localdate()) if self.stalled else rows  # type: ignore[attr-defined]


@dataclass
class Card:
    """An opportunity as the board shows it."""

    row: Opportunity
    sought: Stage | None
    """The commitment that comes next."""
    is_stalled: bool
    may_move: bool


@dataclass
class Column:
    """A stage with the cards in it."""

    stage: Stage
    number: int = 0
    value: Decimal = Decimal(0)
    cards: list[Card] = field(default_factory=list)

    @property
    def hidden(self) -> int:
        """How many are not drawn."""
        return self.number - len(self.cards)


def columns(stages: list[Stage], filters: Filters) -> list[Column]:
    """The open ones of `stages` (a whole pipeline, in order). One query, and one for each stage that holds anything."""
    stages = [stage for stage in stages if stage.kind != Stage.Kind.LOST]
    shown = filters.apply(Opportunity.objects.visible_to(filters.user).open().filter(stage__in=stages))
    # Cleared of its order, or that would be grouped by as well.
    sums = shown.order_by().values("stage").annotate(number=Count("id"), worth=Sum("value"))
    totals = {row["stage"]: (row["number"], row["worth"]) for row in sums}
    found = []
    for index, stage in enumerate(stages):
        if stage.kind != Stage.Kind.OPEN:
            continue
        column = Column(stage, *totals.get(stage.pk, (0, Decimal(0))))
        sought = stages[index + 1] if index + 1 < len(stages) else None
        if column.number:
            column.cards = cards(shown.filter(stage=stage), sought, filters.user)
        found.append(column)
    return found


def cards(rows: QuerySet[Opportunity], sought: Stage | None, user: User) -> list[Card]:
    """The first cards of a stage, the next commitment first, by the index that was made for it."""
    first = rows.select_related("account", "owner").order_by(F("next_on").asc(nulls_last=True), "id")[:CARDS]
    today = timezone.localdate()
    return [card(row, sought, user, today) for row in first]


def card(row: Opportunity, sought: Stage | None, user: User, today: date) -> Card:
    """One card."""
    return Card(row, sought, row.is_stalled(today), may_edit(user, row))


def may_edit(user: User, row: Opportunity) -> bool:
    """The rule of `editable_by` for a row at hand."""
    return user.is_admin or row.owner_id == user.pk or row.team_id in user.led_team_ids
