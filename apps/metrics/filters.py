"""Which rows a figure counts: whose (the rights), and of which period, team, rep, list, tier and industry."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import Http404, QueryDict
from django.utils import timezone

from apps.accounts.models import Industry
from apps.dreamclients.models import Tier
from apps.metrics.periods import Period, read_period
from apps.users.models import Organisation, Team, User
from opener.days import local_day


@dataclass(frozen=True)
class Filters:
    """What is asked for, and by whom. Every metric applies all of it, so that no figure shows more than its rows."""

    user: User
    period: Period
    now: datetime
    currency: str = "USD"
    team: int | None = None
    rep: int | None = None
    list: int | None = None
    tier: str = ""
    industry: str = ""
    sum_of: tuple[int, ...] | None = field(default=None)
    """Where set: the sum over these teams, which their members may know although they do not see each other's rows."""

    @property
    def tz(self) -> str:
        """The organisation's zone: its days are the days of every metric."""
        return self.period.tz

    @property
    def may_list(self) -> bool:
        """False for a sum whose rows the user may not see."""
        if self.sum_of is None or self.user.is_admin:
            return True
        return set(self.sum_of) <= set(self.user.led_team_ids)

    def rights(self, team: str, rep: str) -> Q:
        """Admins: all rows. Managers: those of the teams they lead, and their own. Reps: their own."""
        if self.sum_of is not None:
            return Q(**{f"{team}__in": self.sum_of})
        if self.user.is_admin:
            return Q()
        own = Q(**{rep: self.user.pk})
        led = self.user.led_team_ids
        return Q(**{f"{team}__in": led}) | own if led else own

    def chosen(self, team: str, rep: str) -> Q:
        """The rights, and the team and rep that were chosen."""
        condition = self.rights(team, rep)
        if self.team is not None:
            condition &= Q(**{team: self.team})
        if self.rep is not None:
            condition &= Q(**{rep: self.rep})
        return condition

    def of_rep(self, pk: int) -> "Filters":
        """The same for one rep."""
        return replace(self, rep=pk)

    def of_teams(self, teams: tuple[int, ...]) -> "Filters":
        """The sum over whole teams, to hold a rep's figures against. Rows come of it only where they may be seen."""
        return replace(self, rep=None, team=None, sum_of=teams)

    def params(self, **changed: Any) -> dict[str, str]:
        """The query of an address that asks for the same, `changed` applied (None leaves one out)."""
        period = self.period
        days = (
            {"first": period.first.isoformat(), "last": period.last.isoformat()}
            if period.preset == "custom"
            else {"period": period.preset}
        )
        chosen = {name: getattr(self, name) for name in ("team", "rep", "list", "tier", "industry")}
        asked = {**days, **chosen, **changed}
        return {name: str(value) for name, value in asked.items() if value not in (None, "")}

    def query(self, **changed: Any) -> str:
        """`params` as "?…"."""
        query = QueryDict(mutable=True)
        query.update(self.params(**changed))
        return f"?{query.urlencode()}"


def read_filters(params: QueryDict, *, user: User, now: datetime | None = None) -> Filters:
    """What the address asks for. Http404 for a team that `user` does not manage, and for a rep who asks for a colleague.

    A manager may ask for anybody: the rights in the queries leave of them what they did in the manager's teams, which
    they may have left since.
    """
    now = now or timezone.now()
    organisation = Organisation.current()
    tz = organisation.time_zone
    period = read_period(params, today=local_day(now, tz), tz=tz)
    tier, industry = params.get("tier", ""), params.get("industry", "")
    team, rep = _number(params.get("team")), _number(params.get("rep"))
    if team is not None and not user.is_admin and team not in user.led_team_ids:
        raise Http404
    if not user.is_manager:
        if rep not in (None, user.pk):
            raise Http404
        rep = user.pk
    return Filters(
        user=user,
        period=period,
        now=now,
        currency=organisation.currency,
        team=team,
        rep=rep,
        list=_number(params.get("list")),
        tier=tier if tier in Tier.values else "",
        industry=industry if industry in Industry.values else "",
    )


def visible_reps(user: User) -> Any:
    """The people whose figures `user` may see by name: admins all, managers their teams and themselves, reps theirs."""
    people = User.objects.order_by()
    if user.is_admin:
        return people
    led = user.led_team_ids
    return people.filter(Q(pk=user.pk) | Q(memberships__team__in=led)).distinct()


def visible_teams(user: User) -> Any:
    """The teams that a manager may choose between: admins all, others those they lead."""
    return Team.objects.all() if user.is_admin else Team.objects.filter(pk__in=user.led_team_ids)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else None
