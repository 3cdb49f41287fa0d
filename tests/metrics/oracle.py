"""An oracle: every metric computed a second time from its rows, by slow plain Python.

It shares no code with apps.metrics: it reads the tables whole and follows the words of the product.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from apps.accounts.models import Account
from apps.activities.models import Activity
from apps.dreamclients.models import DreamClient, Rung, RungReached
from apps.meetings.models import Meeting
from apps.pipeline.models import Ask, Opening, Opportunity
from apps.users.models import Organisation, User

LADDER = [rung.value for rung in Rung]


class Tables:
    """All rows, read once."""

    def __init__(self) -> None:
        self.organisation = Organisation.objects.get()
        accounts = Account.objects.prefetch_related("dream_clients")
        self.accounts = {row.pk: row for row in accounts}
        self.activities = self.whole(Activity)
        self.dream_clients = self.whole(DreamClient)
        self.rungs = list(RungReached.objects.select_related("dream_client__account"))
        self.meetings = self.whole(Meeting)
        self.opportunities = list(Opportunity.objects.select_related("account", "dream_client", "stage"))
        self.openings = self.whole(Opening)
        self.asks = self.whole(Ask)

    def whole(self, model: type[Any]) -> list[Any]:
        names = [field.name for field in model._meta.fields if field.name in ("account", "dream_client")]
        return list(model.objects.select_related(*names))

    def current(self, account: int) -> DreamClient | None:
        """The dream client that the account is now."""
        return next((row for row in self.accounts[account].dream_clients.all() if row.left_at is None), None)

    def higher(self, row: RungReached) -> list[datetime]:
        """When its dream client reached the rungs above."""
        above = LADDER[LADDER.index(row.rung) + 1 :]
        return [
            other.at
            for other in self.rungs
            if other.dream_client_id == row.dream_client_id and other.rung in above
        ]


@dataclass
class Oracle:
    """Recomputes every metric for `user`, the days `first` to `last` of the organisation, and the filters."""

    tables: Tables
    user: User
    first: date
    last: date
    now: datetime
    team: int | None = None
    rep: int | None = None
    of_list: int | None = None
    tier: str = ""
    industry: str = ""

    def __post_init__(self) -> None:
        self.organisation = self.tables.organisation
        self.tz = ZoneInfo(self.organisation.time_zone)
        self.led = {row.team_id for row in self.user.memberships.all() if row.role == "manager"}

    def allowed(self, team: int | None, rep: int | None) -> bool:
        """Rights first, then the chosen team and rep."""
        seen = self.user.is_admin or team in self.led or rep == self.user.pk
        return seen and self.team in (None, team) and self.rep in (None, rep)

    def fits(self, account: Account, dream_client: DreamClient | None, list_: int | None) -> bool:
        """List, tier and industry."""
        if self.industry and account.industry != self.industry:
            return False
        if self.of_list is not None and list_ != self.of_list:
            return False
        return not self.tier or (dream_client is not None and dream_client.tier == self.tier)

    def inside(self, at: datetime | None) -> bool:
        """On one of the days, by the organisation's clock."""
        return at is not None and self.first <= at.astimezone(self.tz).date() <= self.last

    def activities(self) -> Iterable[Activity]:
        for row in self.tables.activities:
            current = self.tables.current(row.account_id)
            mine = self.allowed(row.team_id, row.by_id) and self.inside(row.at)
            if mine and self.fits(row.account, current, current.list_id if current else None):
                yield row

    def touches(self) -> list[Activity]:
        return [row for row in self.activities() if row.kind == "touch"]

    def rungs(self, rung: str) -> list[RungReached]:
        return [
            row
            for row in self.tables.rungs
            if row.rung == rung
            and self.allowed(row.team_id, row.owner_id)
            and self.inside(row.at)
            and self.fits(row.dream_client.account, row.dream_client, row.dream_client.list_id)
        ]

    def some(self, rows: Iterable[Any], rep: str, at: str) -> list[Any]:
        """Rows with account, team and dream_client, by the person in `rep` and the moment in `at` ("" for any)."""
        return [
            row
            for row in rows
            if self.allowed(row.team_id, getattr(row, f"{rep}_id"))
            and (not at or self.inside(getattr(row, at)))
            and self.fits(
                row.account,
                row.dream_client,
                row.list_id if isinstance(row, Opening) else row.dream_client and row.dream_client.list_id,
            )
        ]

    def asked(self) -> list[Ask]:
        rows = []
        for row in self.tables.asks:
            current = self.tables.current(row.account_id)
            mine = self.allowed(row.team_id, row.by_id) and self.inside(row.at)
            if mine and self.fits(row.account, current, current.list_id if current else None):
                rows.append(row)
        return rows

    def worked(self) -> list[DreamClient]:
        return [
            row
            for row in self.tables.dream_clients
            if self.allowed(row.team_id, row.owner_id)
            and self.fits(row.account, row, row.list_id)
            and row.left_at is None
            and row.owner_id is not None
            and (row.parked_until is None or row.parked_until <= self.now)
            and row.ruled_out_at is None
            and row.rung != "opened"
        ]

    # Each answers (value, how many rows the drill-down has).

    def value(self, slug: str) -> tuple[Any, int]:
        if slug.startswith("rung-"):
            return self._rung(slug.removeprefix("rung-").replace("-", "_"))
        if slug.startswith("opening-rate-"):
            return self._opening_rate(int(slug.rpartition("-")[2]))
        answer: Callable[[], tuple[Any, int]] = getattr(self, "_" + slug.replace("-", "_"))
        return answer()

    def _touches(self) -> tuple[Any, int]:
        return len(self.touches()), len(self.touches())

    def _accounts_touched(self) -> tuple[Any, int]:
        number = len({row.account_id for row in self.touches()})
        return number, number

    def _newly_touched(self) -> tuple[Any, int]:
        log = [row for row in self.tables.activities if row.kind == "touch"]
        new = {
            row.account_id
            for row in self.touches()
            if not any(
                other.account_id == row.account_id and row.at - timedelta(days=180) <= other.at < row.at
                for other in log
            )
        }
        return len(new), len(new)

    def _conversations(self) -> tuple[Any, int]:
        days = {
            (row.contact_id, row.at.astimezone(self.tz).date())
            for row in self.activities()
            if row.contact_id
            and (row.kind == "reply" or (row.kind == "touch" and row.outcome == "connected"))
        }
        return len(days), len(days)

    def _give_to_ask(self) -> tuple[Any, int]:
        give = [row for row in self.touches() if row.intent == "give"]
        ask = [row for row in self.touches() if row.intent == "ask"]
        return share(len(give), len(ask)), len(give) + len(ask)

    def _first_commitments(self) -> tuple[Any, int]:
        number = len(self.rungs("time_committed"))
        return number, number

    def _touches_per_commitment(self) -> tuple[Any, int]:
        committed = self.rungs("time_committed")
        taken = sum(
            1
            for row in committed
            for touch in self.tables.activities
            if touch.kind == "touch"
            and touch.account_id == row.dream_client.account_id
            and row.dream_client.targeted_at <= touch.at <= row.at
        )
        return share(taken, len(committed)), len(committed)

    def _rung(self, rung: str) -> tuple[Any, int]:
        reached = self.rungs(rung)
        on = [row for row in reached if self.tables.higher(row)]
        return share(len(on), len(reached)), len(reached)

    def days_on(self, rung: str) -> float | None:
        """The median days to a higher rung."""
        reached = [(row, self.tables.higher(row)) for row in self.rungs(rung)]
        took = [max(0.0, (min(after) - row.at) / timedelta(days=1)) for row, after in reached if after]
        return median(took) if took else None

    def _meetings_held(self) -> tuple[Any, int]:
        held = [row for row in self.some(self.tables.meetings, "owner", "starts_at") if row.state == "held"]
        return len(held), len(held)

    def _show_rate(self) -> tuple[Any, int]:
        ended = [
            row
            for row in self.some(self.tables.meetings, "owner", "starts_at")
            if row.state in ("held", "missed")
        ]
        return share(len([row for row in ended if row.state == "held"]), len(ended)), len(ended)

    def _openings(self) -> tuple[Any, int]:
        rows = self.some(self.tables.openings, "rep", "at")
        return len(rows), len(rows)

    def _value_opened(self) -> tuple[Any, int]:
        rows = [
            row
            for row in self.some(self.tables.openings, "rep", "at")
            if row.currency == self.organisation.currency
        ]
        return sum((row.value for row in rows), Decimal(0)), len(rows)

    def _creation_share(self) -> tuple[Any, int]:
        rows = self.some(self.tables.opportunities, "owner", "created_at")
        return share(len([row for row in rows if row.origin == "created"]), len(rows)), len(rows)

    def _creation_share_value(self) -> tuple[Any, int]:
        rows = [
            row
            for row in self.some(self.tables.opportunities, "owner", "created_at")
            if row.currency == self.organisation.currency
        ]
        created = sum(row.value for row in rows if row.origin == "created")
        return share(created, sum(row.value for row in rows)), len(rows)

    def _win(self, origin: str) -> tuple[Any, int]:
        decided = [
            row
            for row in self.some(self.tables.opportunities, "owner", "closed_at")
            if row.origin == origin and row.stage.kind in ("won", "lost")
        ]
        return share(len([row for row in decided if row.stage.kind == "won"]), len(decided)), len(decided)

    def _win_rate_created(self) -> tuple[Any, int]:
        return self._win("created")

    def _win_rate_captured(self) -> tuple[Any, int]:
        return self._win("captured")

    def _stalled(self) -> tuple[Any, int]:
        today = self.now.astimezone(self.tz).date()
        rows = [row for row in self.some(self.tables.opportunities, "owner", "") if row.is_stalled(today)]
        return len(rows), len(rows)

    def _asks(self) -> tuple[Any, int]:
        return len(self.asked()), len(self.asked())

    def _yes_per_ask(self) -> tuple[Any, int]:
        rows = self.asked()
        return share(len([row for row in rows if row.answer == "yes"]), len(rows)), len(rows)

    def _coverage(self) -> tuple[Any, int]:
        rows = self.worked()
        return share(len([row for row in rows if row.cold_at > self.now]), len(rows)), len(rows)

    def _going_cold(self) -> tuple[Any, int]:
        rows = [row for row in self.worked() if row.cold_at <= self.now]
        return len(rows), len(rows)

    def _opening_rate(self, days: int) -> tuple[Any, int]:
        """Of those targeted in the period and `days` ago at least, the share opened within as many days."""
        rows = [
            row
            for row in self.tables.dream_clients
            if self.allowed(row.team_id, row.owner_id)
            and self.fits(row.account, row, row.list_id)
            and self.inside(row.targeted_at)
            and self.now - row.targeted_at >= timedelta(days=days)
        ]
        soon = [
            row
            for row in rows
            for reached in self.tables.rungs
            if reached.dream_client_id == row.pk and reached.rung == "opened"
            if reached.at - row.targeted_at <= timedelta(days=days)
        ]
        return share(len(soon), len(rows)), len(rows)


def share(part: Any, whole: Any) -> Any:
    """The quotient, None where there is nothing to divide."""
    return float(part / whole) if whole else None
