"""What the tables of accounts and contacts are filtered by: the address of the page says it."""

from dataclasses import dataclass
from typing import Any, Self

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.accounts.models import Account, Contact, Industry
from apps.accounts.searching import named
from apps.users.models import Team
from opener.http import query_text

NOBODY = "none"


@dataclass(frozen=True)
class Filters:
    """Text, industry, team (an id, or "none"), stakeholder role; "" where nothing is asked for."""

    q: str = ""
    industry: str = ""
    team: str = ""
    role: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """What the request asks for; a value that does not exist asks for nothing."""
        team = request.GET.get("team", "")
        return cls(
            q=query_text(request),
            industry=_one_of(request.GET.get("industry", ""), Industry.values),
            team=team if team == NOBODY or (team.isdecimal() and len(team) < 10) else "",
            role=_one_of(request.GET.get("role", ""), Contact.Role.values),
        )

    def accounts(self, queryset: QuerySet[Account]) -> QuerySet[Account]:
        """The accounts asked for."""
        if self.q:
            queryset = named(queryset, self.q)
        return queryset.filter(self._of_account(""))

    def contacts(self, queryset: QuerySet[Contact]) -> QuerySet[Contact]:
        """The contacts asked for."""
        if "@" in self.q:
            queryset = queryset.filter(emails__address__startswith=self.q.lower()).distinct()
        elif self.q:
            queryset = named(queryset, self.q)
        if self.role:
            queryset = queryset.filter(role=self.role)
        return queryset.filter(self._of_account("account__"))

    def _of_account(self, path: str) -> Q:
        wanted = Q()
        if self.industry:
            wanted &= Q(**{f"{path}industry": self.industry})
        if self.team:
            wanted &= Q(**{f"{path}team": None if self.team == NOBODY else int(self.team)})
        return wanted

    def chips(self, request: HttpRequest, teams: list[Team]) -> list[dict[str, str]]:
        """The filters in force as sentences, each with the address without it."""
        said: dict[str, Any] = {}
        if self.q:
            said["q"] = _("Name has a word beginning with “%s”") % self.q
        if self.industry:
            said["industry"] = _("Industry is %s") % Industry(self.industry).label
        if self.team == NOBODY:
            said["team"] = _("No team works it")
        elif self.team:
            name = next((team.name for team in teams if str(team.pk) == self.team), self.team)
            said["team"] = _("Team is %s") % name
        if self.role:
            said["role"] = _("Role is %s") % Contact.Role(self.role).label
        return [{"text": text, "remove": without(request, key)} for key, text in said.items()]


def without(request: HttpRequest, *keys: str) -> str:
    """The address of the page without these parts of its query, from its first page on."""
    query = request.GET.copy()
    for key in (*keys, "cursor"):
        query.pop(key, None)
    return f"?{query.urlencode()}" if query else request.path


def _one_of(value: str, values: list[str]) -> str:
    return value if value in values else ""
