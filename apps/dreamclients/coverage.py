"""How the dream clients of a list stand: touched within their cadence, going cold, nobody's, parked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.dreamclients.models import DreamClient, DreamClientList, DreamClientQuerySet, Proposal, Rung
from apps.users.models import Organisation, User

SOON = 6
"""How many of those that go cold next are named."""


LABELS: dict[str, str | Promise] = {
    "warm": _("touched within the cadence"),
    "cold": _("going cold"),
    "free": _("nobody's"),
    "parked": _("parked"),
    "opened": _("opened"),
    "ruled_out": _("ruled out"),
}
"""How a dream client may stand. It is always just one of these."""


def conditions(now: datetime) -> dict[str, Q]:
    """Which dream clients on a list stand how. Each is in one of them."""
    out, opened = Q(ruled_out_at__isnull=False), Q(rung=Rung.OPENED)
    parked = Q(parked_until__isnull=False, parked_until__gt=now)
    owned = Q(owner__isnull=False, ruled_out_at__isnull=True) & ~opened
    return {
        "warm": owned & ~parked & Q(cold_at__gt=now),
        "cold": owned & ~parked & Q(cold_at__lte=now),
        "free": Q(owner__isnull=True, ruled_out_at__isnull=True) & ~opened,
        "parked": owned & parked,
        "opened": opened & Q(ruled_out_at__isnull=True),
        "ruled_out": out,
    }


@dataclass(frozen=True)
class Part:
    """One part of the bar."""

    key: str
    label: str | Promise
    count: int
    url: str
    start: float
    width: float
    """In hundredths of the whole."""


LARGE = 2_000
"""How many dream clients of a list are counted while its page is made."""


@dataclass(frozen=True)
class Stand:
    """How many dream clients of a list there are, each in one of these."""

    warm: int = 0
    cold: int = 0
    free: int = 0
    parked: int = 0
    opened: int = 0
    ruled_out: int = 0

    @property
    def number(self) -> int:
        """All of them."""
        return self.bar + self.opened + self.ruled_out

    @property
    def bar(self) -> int:
        """Those that the bar is made of: opened and ruled out ones need no touch."""
        return self.warm + self.cold + self.free + self.parked

    @property
    def worked(self) -> int:
        """Those that somebody is to touch: what coverage is a share of."""
        return self.warm + self.cold

    def parts(self, url: str) -> list[Part]:
        """The parts of the bar; each leads to the table at `url`, filtered."""
        parts, start = [], 0.0
        for key in ("warm", "cold", "free", "parked"):
            count = getattr(self, key)
            width = 100 * count / self.bar if self.bar else 0.0
            parts.append(Part(key, LABELS[key], count, f"{url}?standing={key}", start, width))
            start += width
        return parts


def is_large(row: DreamClientList) -> bool:
    """Whether counting how a list stands takes longer than its page may: the figures then follow by themselves."""
    return DreamClient.objects.current().filter(list=row).order_by()[LARGE : LARGE + 1].exists()


def stands(lists: Iterable[DreamClientList], now: datetime | None = None) -> dict[int, Stand]:
    """How each of the lists stands, by its id, in one query."""
    now = now or timezone.now()
    rows: Any = (
        DreamClient.objects.current()
        .filter(list__in=[row.pk for row in lists])
        .values("list")
        .annotate(**{key: Count("id", filter=condition) for key, condition in conditions(now).items()})
        .order_by()
    )
    return {row.pop("list"): Stand(**row) for row in rows}


def next_cold(rows: DreamClientQuerySet, now: datetime) -> list[DreamClient]:
    """Those of `rows` that go cold soonest, the ones that are cold already first."""
    soonest = rows.worked(now).order_by("cold_at", "id").select_related("account", "owner")
    return list(soonest[:SOON])


@dataclass(frozen=True)
class Book:
    """How full somebody's book is."""

    size: int
    cap: int

    @property
    def room(self) -> int:
        """How many more fit."""
        return max(0, self.cap - self.size)

    @property
    def is_full(self) -> bool:
        """Whether one has to go for one to come."""
        return self.room == 0


def book_context(user: User) -> dict[str, Any]:
    """What `dreamclients/_book.html` shows. One query."""
    mine = DreamClient.objects.in_book_of(user).order_by().values("owner").annotate(number=Count("pk"))
    cap_and_size = Organisation.objects.annotate(size=Subquery(mine.values("number"))).values_list(
        "book_cap", "size"
    )
    cap, size = cap_and_size.first() or (Organisation.current().book_cap, 0)
    return {"book": Book(size or 0, cap)}


def list_context(row: DreamClientList, user: User) -> dict[str, Any]:
    """What `dreamclients/_list_head.html` shows of a list. Three queries."""
    now = timezone.now()
    stand = stands([row], now).get(row.pk, Stand())
    seen = DreamClient.objects.visible_to(user).filter(list=row)
    return {
        "list": row,
        "stand": stand,
        "parts": stand.parts(reverse("dreamclients:list", args=[row.pk])),
        "filter_url": _filter_url(row),
        "next_cold": next_cold(seen, now),
        "proposed": Proposal.objects.visible_to(user).asked().filter(list=row).count(),
        "may_edit": row.may_edit(user),
        "now": now,
    }


def _filter_url(row: DreamClientList) -> str:
    """The table of accounts with the list's filter, from where it can be given another; "" where it has none."""
    asked = {name: value for name, value in (("where", row.where), ("q", row.q)) if value}
    return f"{reverse('accounts:list')}?{urlencode(asked)}" if asked else ""
