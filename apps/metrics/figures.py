"""Many figures by few queries: what a page shows is added up side by side, from the definitions and nothing else."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

from django.db.models import CharField, Count, DecimalField, F, IntegerField, QuerySet, Value
from django.db.models.functions import Cast, TruncWeek

from apps.metrics.definitions import METRICS, Figure, Metric
from apps.metrics.filters import Filters
from apps.metrics.periods import Period, Span
from opener.days import zone

type ByRep = dict[int | None, dict[str, Figure]]

OF_THE_LOG = ("touches", "accounts-touched", "conversations", "give-to-ask")
"""Metrics over the activity log: added up by one walk through it."""

ADDITIVE = (
    "first-commitments",
    "touches-per-commitment",
    "openings",
    "value-opened",
    "meetings-held",
    "show-rate",
    "creation-share",
    "creation-share-value",
    "win-rate-created",
    "win-rate-captured",
    "stalled",
    "asks",
    "yes-per-ask",
    "coverage",
    "going-cold",
)
"""Metrics whose rows belong to one rep each, so that the sum over the reps is the figure of all."""

NOT_ADDITIVE = ("newly-touched",)
"""Two reps may touch the same account: counted over all at once."""


@dataclass(frozen=True)
class Figures:
    """What all metrics came to, in the period and in the one before, and in the period by rep."""

    now: dict[str, Figure]
    before: dict[str, Figure]
    by_rep: ByRep


def figures(filters: Filters, *, by_rep: bool = False) -> Figures:
    """Every metric's figure, by two queries, three with the reps."""
    periods = (filters.period, filters.period.before)
    found: list[dict[str, Figure]] = [{}, {}]
    for index, period in enumerate(_of_the_log(filters, periods)):
        found[index] |= period
    sums, reps = _additive(filters, periods)
    for index, period in enumerate(sums):
        found[index] |= period
    if by_rep:
        for rep, row in _of_the_log_by_rep(filters).items():
            reps.setdefault(rep, {}).update(row)
    return Figures(found[0], found[1], reps)


def _of_the_log(filters: Filters, periods: Sequence[Period]) -> list[dict[str, Figure]]:
    metrics = [METRICS[slug] for slug in OF_THE_LOG]
    wanted = {
        f"{index}_{number}_{label}": part
        for index, period in enumerate(periods)
        for number, metric in enumerate(metrics)
        for label, part in metric.parts(filters, period.span).items()
    }
    added = _in(metrics[0], filters, periods).aggregate(**wanted)
    return [
        {
            metric.slug: metric.figure(added[f"{index}_{number}_n"], added.get(f"{index}_{number}_of"))
            for number, metric in enumerate(metrics)
        }
        for index in range(len(periods))
    ]


def _of_the_log_by_rep(filters: Filters) -> ByRep:
    metrics = [METRICS[slug] for slug in ("touches", "conversations")]
    wanted = {
        f"part_{number}": metric.parts(filters, filters.period.span)["n"]
        for number, metric in enumerate(metrics)
    }
    rows = _in(metrics[0], filters, [filters.period]).values("by").annotate(**wanted)
    return {
        row["by"]: {
            metric.slug: metric.figure(row[f"part_{number}"]) for number, metric in enumerate(metrics)
        }
        for row in rows
    }


def _in(metric: Metric, filters: Filters, periods: Sequence[Period]) -> QuerySet[Any]:
    """The rows that matter to any of the periods: the index finds them, the aggregates tell them apart."""
    spans = [period.span for period in periods]
    whole = Span(min(span.start for span in spans), max(span.end for span in spans))
    return metric.base(filters).filter(metric.within(whole))


def _additive(filters: Filters, periods: Sequence[Period]) -> tuple[list[dict[str, Figure]], ByRep]:
    """Sums over all, for each period, and by rep for the first: one query of many branches."""
    branches = [_branch(METRICS[slug], filters, periods) for slug in (*ADDITIVE, *NOT_ADDITIVE)]
    sums: dict[str, list[Decimal]] = {
        slug: [Decimal(0)] * (3 * len(periods)) for slug in (*ADDITIVE, *NOT_ADDITIVE)
    }
    reps: dict[int | None, dict[str, Figure]] = defaultdict(dict)
    for slug, rep, *numbers in branches[0].union(*branches[1:], all=True):
        sums[slug] = [one + more for one, more in zip(sums[slug], numbers, strict=True)]
        if slug in ADDITIVE:
            reps[rep][slug] = _figure(METRICS[slug], numbers[:3])
    return [
        {slug: _figure(METRICS[slug], row[3 * index : 3 * index + 3]) for slug, row in sums.items()}
        for index in range(len(periods))
    ], dict(reps)


def _branch(metric: Metric, filters: Filters, periods: Sequence[Period]) -> QuerySet[Any, Any]:
    """Rows of slug, rep, and n, of and rows for each period."""
    rep: Any = F(metric.source.rep) if metric.slug in ADDITIVE else Value(None, output_field=IntegerField())
    columns = {}
    for index, period in enumerate(periods):
        parts = metric.parts(filters, period.span)
        for label in ("n", "of", "rows"):
            columns[f"part_{index}_{label}"] = Cast(parts.get(label, Value(0)), DecimalField())
    slug = Value(metric.slug, output_field=CharField())
    rows = _in(metric, filters, periods).filter(metric.which(filters)).values(a_rep=rep).annotate(**columns)
    return cast("QuerySet[Any, Any]", rows.annotate(a_slug=slug).values_list("a_slug", "a_rep", *columns))


def _figure(metric: Metric, numbers: Sequence[Decimal]) -> Figure:
    if metric.unit != "money" and metric.slug != "creation-share-value":
        n, of, rows = (int(number) for number in numbers)
        return metric.figure(n, of, rows)
    return metric.figure(numbers[0], numbers[1], int(numbers[2]) or int(numbers[1]))


@dataclass(frozen=True)
class Week:
    """First commitments and openings of the days of one week that lie in the period."""

    start: date
    period: Period
    commitments: int
    openings: int


def weeks(filters: Filters, *, least: int = 12) -> list[Week]:
    """By week (Monday to Sunday) of the organisation's zone: the period's, and at least the last twelve up to its end."""
    period = filters.period
    first = min(period.first, period.last - timedelta(weeks=least - 1))
    first -= timedelta(days=first.weekday())
    shown = Period(first, period.last, period.tz)
    found: dict[tuple[str, date], int] = {}
    branches = []
    for slug in ("first-commitments", "openings"):
        metric = METRICS[slug]
        rows = metric.base(filters).filter(metric.which(filters) & metric.within(shown.span))
        week = TruncWeek(metric.at, tzinfo=zone(period.tz))
        branches.append(
            rows.annotate(a_slug=Value(slug, output_field=CharField()), a_week=week)
            .values("a_slug", "a_week")
            .annotate(number=Count("pk"))
            .values_list("a_slug", "a_week", "number")
        )
    for slug, week, number in branches[0].union(branches[1], all=True):
        found[slug, week.astimezone(zone(period.tz)).date()] = number
    starts = [first + timedelta(weeks=index) for index in range((period.last - first).days // 7 + 1)]
    return [
        Week(
            start,
            Period(start, min(start + timedelta(days=6), period.last), period.tz),
            found.get(("first-commitments", start), 0),
            found.get(("openings", start), 0),
        )
        for start in starts
    ]
