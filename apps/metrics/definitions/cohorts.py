"""Of the dream clients targeted in a month, how many were opened soon after."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, cast

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.dreamclients.models import Rung
from apps.metrics.definitions.base import Figure, Metric
from apps.metrics.definitions.coverage import DREAM_CLIENTS
from apps.metrics.filters import Filters
from apps.metrics.periods import Period
from opener.days import zone

WITHIN = (30, 60, 90)
MONTHS = 6
TARGETED = replace(DREAM_CLIENTS, kind="cohort")


@dataclass(frozen=True, kw_only=True)
class OpeningRate(Metric):
    """The share of dream clients opened within some days of their targeting, of those targeted as long ago."""

    source: Any = TARGETED
    at: str = "targeted_at"
    unit: Any = "share"
    days: int = 30

    def base(self, filters: Filters) -> QuerySet[Any]:
        """All that were ever targeted, whoever owns them now, each with when it was opened."""
        opened = FilteredRelation("rungs", condition=Q(rungs__rung=Rung.OPENED))  # one at most
        rows = super().base(filters).annotate(opened=opened, opened_at=F("opened__at"))
        return cast("QuerySet[Any]", rows)


def _soon(days: int) -> Any:
    return lambda _filters: Q(opened_at__lte=F("targeted_at") + timedelta(days=days))


def _long_ago(days: int) -> Any:
    return lambda filters: Q(targeted_at__lte=filters.now - timedelta(days=days))


METRICS: list[Metric] = [
    OpeningRate(
        slug=f"opening-rate-{days}",
        name=format_lazy(_("Opening rate, {days} days"), days=days),
        words=format_lazy(
            _(
                "Of the dream clients targeted in the period and at least {days} days ago, the share that was opened "
                "within {days} days of it."
            ),
            days=days,
        ),
        level="converts",
        days=days,
        which=_long_ago(days),
        part=_soon(days),
        has_interval=True,
    )
    for days in WITHIN
]


@dataclass(frozen=True)
class Cohort:
    """The dream clients targeted in a month."""

    period: Period
    rates: list[tuple[Metric, Figure]]


def cohorts(filters: Filters) -> list[Cohort]:
    """The months up to the period's end, the latest first, by one query."""
    months = [filters.period.last.replace(day=1)]
    while len(months) < MONTHS:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    whole = Period(months[-1], _end(months[0]), filters.tz)
    metric = METRICS[0]
    parts = {
        f"part_{days}_{label}": part
        for days, one in zip(WITHIN, METRICS, strict=True)
        for label, part in one.parts(filters, whole.span).items()
    }
    rows = (
        metric.base(filters)
        .filter(metric.within(whole.span))
        .annotate(month=TruncMonth("targeted_at", tzinfo=zone(filters.tz)))
        .values("month")
        .annotate(**parts)
    )
    found = {row["month"].astimezone(zone(filters.tz)).date(): row for row in rows}
    return [
        Cohort(
            Period(month, _end(month), filters.tz),
            [
                (
                    one,
                    one.figure(
                        found.get(month, {}).get(f"part_{days}_n", 0),
                        found.get(month, {}).get(f"part_{days}_of", 0),
                    ),
                )
                for days, one in zip(WITHIN, METRICS, strict=True)
            ],
        )
        for month in months
    ]


def _end(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
