"""What a table of dream clients is filtered and ordered by: the address of the page says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db.models import QuerySet
from django.db.models.functions import Left
from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.accounts.filters import without
from apps.accounts.models import Account
from apps.accounts.searching import named
from apps.dreamclients.models import DreamClient, DreamClientQuerySet, Rung, Tier
from apps.users.models import User
from opener.http import query_text

NOBODY = "nobody"
VIEWS = ("mine", "team", NOBODY, "cold")
ORDERS = {
    "tier": ["tier", "id"],
    "last": ["last_touch_at", "id"],
    "next": ["next_touch_at", "id"],
    "name": ["account__name_key", "id"],
}
SHOWN = [
    *("tier", "rung", "last_touch_at", "next_touch_at", "next_touch_channel", "cold_at", "parked_until"),
    *("ruled_out_at", "team_id", "account__name", "account__name_key", "account__time_zone"),
    *("owner__name", "list__name"),
]


@dataclass(frozen=True)
class Filters:
    """Tier, owner (an id or "nobody"), rung, list (an id), going cold, text; "" where nothing is asked for."""

    view: str = ""
    q: str = ""
    tier: str = ""
    owner: str = ""
    rung: str = ""
    list_id: str = ""
    team: str = ""
    cold: bool = False
    sort: str = "tier"

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """What the request asks for; a value that does not exist asks for nothing.

        Without a view and without an owner, list or team to say otherwise, it is one's own dream clients.
        """
        get = request.GET
        tier, rung, sort = get.get("tier", ""), get.get("rung", ""), get.get("sort", "")
        owner = get.get("owner", "")
        view = get.get("view", "")
        if view not in VIEWS:
            view = "team" if any(get.get(key) for key in ("owner", "list", "team", "rung")) else "mine"
        return cls(
            view=view,
            q=query_text(request),
            tier=tier if tier in Tier.values else "",
            owner=owner if owner == NOBODY else _number(owner),
            rung=rung if rung in Rung.values else "",
            list_id=_number(get.get("list", "")),
            team=_number(get.get("team", "")),
            cold=get.get("cold") == "1",
            sort=sort if sort.lstrip("-") in ORDERS else "tier",
        )

    @property
    def order(self) -> list[str]:
        """The columns to order by."""
        columns = ORDERS[self.sort.lstrip("-")]
        return [f"-{column}" for column in columns] if self.sort.startswith("-") else columns

    def apply(self, rows: DreamClientQuerySet, now: datetime) -> DreamClientQuerySet:
        """The dream clients asked for, but for the view."""
        if self.q:
            rows = rows.filter(account__in=named(Account.objects.all(), self.q))
        wanted = {"tier": self.tier, "rung": self.rung, "list": self.list_id, "team": self.team}
        rows = rows.filter(**{name: value for name, value in wanted.items() if value})
        if self.owner:
            rows = rows.filter(owner=None if self.owner == NOBODY else int(self.owner))
        return rows.going_cold(now) if self.cold else rows

    def of_view(self, rows: DreamClientQuerySet, user: User, now: datetime) -> DreamClientQuerySet:
        """The dream clients of the tab: mine, the team's (all that one sees), nobody's, those going cold."""
        if self.view == "mine":
            return rows.filter(owner=user)
        if self.view == NOBODY:
            return rows.filter(owner=None)
        return rows.going_cold(now) if self.view == "cold" else rows

    def chips(self, request: HttpRequest, names: Mapping[str, Mapping[str, str]]) -> list[dict[str, str]]:
        """The filters in force as sentences; `names` says what the ids of owners, lists and teams are called."""
        said: dict[str, str] = {}
        if self.q:
            said["q"] = _("Name has a word beginning with “%s”") % self.q
        if self.tier:
            said["tier"] = _("Tier is %s") % self.tier
        if self.owner == NOBODY:
            said["owner"] = _("Nobody works it")
        elif self.owner:
            said["owner"] = _("Owner is %s") % names.get("owner", {}).get(self.owner, self.owner)
        if self.rung:
            said["rung"] = _("Rung is %s") % Rung(self.rung).label
        if self.list_id:
            said["list"] = _("List is %s") % names.get("list", {}).get(self.list_id, self.list_id)
        if self.team:
            said["team"] = _("Team is %s") % names.get("team", {}).get(self.team, self.team)
        if self.cold:
            said["cold"] = _("Going cold")
        return [{"text": text, "remove": without(request, key)} for key, text in said.items()]


def shown(rows: QuerySet[DreamClient]) -> QuerySet[DreamClient]:
    """With what a table shows, and nothing else."""
    return rows.annotate(why=Left("why_change", 140)).select_related("account", "owner", "list").only(*SHOWN)


def _number(text: str) -> str:
    return text if text.isdecimal() and len(text) < 10 else ""
