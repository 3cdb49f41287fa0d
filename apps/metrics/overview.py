"""What the overview and a rep's page show."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.dreamclients.models import DreamClient
from apps.metrics import words
from apps.metrics.definitions import METRICS, Metric
from apps.metrics.definitions.cohorts import WITHIN, cohorts
from apps.metrics.definitions.rungs import Step, funnel, rung_slug
from apps.metrics.figures import Figures, figures, weeks
from apps.metrics.filters import Filters, visible_reps
from apps.users.models import Membership, User

TIERS: list[tuple[Any, list[str]]] = [
    (gettext_lazy("What came out"), ["first-commitments", "meetings-held", "openings", "value-opened"]),
    (
        gettext_lazy("How it converts"),
        [
            "touches-per-commitment",
            "give-to-ask",
            "yes-per-ask",
            "show-rate",
            "creation-share",
            "creation-share-value",
            "win-rate-created",
            "win-rate-captured",
            "stalled",
        ],
    ),
    (
        gettext_lazy("What was done"),
        [
            "touches",
            "accounts-touched",
            "newly-touched",
            "conversations",
            "asks",
            "coverage",
            "going-cold",
        ],
    ),
]
COLUMNS = ["touches", "conversations", "first-commitments", "openings", "coverage", "going-cold"]
ONLY_WHERE_KEPT = {"asks", "yes-per-ask"}
"""Left out where nobody wrote down an ask in the period or the one before: not every team does."""
COLD_SHOWN = 10
REPS_SHOWN = 100


@dataclass(frozen=True)
class Card:
    """A key figure."""

    metric: Metric
    value: str
    note: str
    delta: str
    delta_good: bool | None
    url: str


@dataclass(frozen=True)
class RepRow:
    """A rep in the table: a figure and its address for each of COLUMNS. No page for who has left the teams since."""

    user: User
    url: str
    cells: list[dict[str, Any]]


@dataclass(frozen=True)
class Overview:
    """All of the page's content."""

    filters: Filters
    tiers: list[tuple[Any, list[Card]]]
    steps: list[dict[str, Any]]
    ladder: list[Step]
    weeks: list[dict[str, Any]]
    cohorts: list[dict[str, Any]]
    cold: list[DreamClient]
    going_cold: int
    reps: list[RepRow] = field(default_factory=list)
    more_reps: int = 0

    @property
    def is_empty(self) -> bool:
        """True where no dream client climbed and nobody touched anything."""
        return not any(step.reached for step in self.ladder) and not any(
            card.value not in ("", "0")
            for _title, cards in self.tiers
            for card in cards
            if card.metric.slug == "touches"
        )

    @property
    def columns(self) -> list[Metric]:
        """The metrics of the table of reps."""
        return [METRICS[slug] for slug in COLUMNS]

    @property
    def cohort_metrics(self) -> list[Metric]:
        """The metrics of the table of cohorts."""
        return [METRICS[f"opening-rate-{days}"] for days in WITHIN]

    @property
    def delta_note(self) -> str:
        """What changes are against."""
        before = self.filters.period.before
        return _("Changes are against %(first)s to %(last)s, as many days just before.") % {
            "first": f"{before.first:%-d %b %Y}",
            "last": f"{before.last:%-d %b %Y}",
        }


def drill(slug: str, filters: Filters, **changed: Any) -> str:
    """The address of the rows behind a figure."""
    return reverse("metrics:drill", args=[slug]) + filters.query(**changed)


def overview(filters: Filters, *, with_reps: bool, against: Filters | None = None) -> Overview:
    """The figures of `filters`; beside them the sums of `against`, and a table of reps, where wanted."""
    found = figures(filters, by_rep=with_reps)
    sums = figures(against) if against else None
    ladder = funnel(filters)
    reps, more = rep_rows(filters, found) if with_reps else ([], 0)
    cold = METRICS["going-cold"].rows(filters).order_by("cold_at", "pk")[:COLD_SHOWN]
    return Overview(
        filters=filters,
        tiers=[
            (
                title,
                [
                    card(METRICS[slug], filters, found, sums)
                    for slug in slugs
                    if slug not in ONLY_WHERE_KEPT or found.now[slug].of or found.before[slug].of
                ],
            )
            for title, slugs in TIERS
        ],
        steps=steps(ladder, filters),
        ladder=ladder,
        weeks=week_bars(filters),
        cohorts=cohort_rows(filters),
        cold=list(cold),
        going_cold=int(found.now["going-cold"].value),
        reps=reps,
        more_reps=more,
    )


def card(metric: Metric, filters: Filters, found: Figures, sums: Figures | None) -> Card:
    """One key figure, with the change, and with the team's where there is one to hold it against."""
    now, before = found.now[metric.slug], found.before[metric.slug]
    delta, good = words.change(metric, now, before, filters.currency)
    notes = [words.note(metric, now, filters.currency)]
    if sums:
        team = words.spoken(metric, sums.now[metric.slug], filters.currency)
        notes.append(_("team %s") % (team or "–"))
    return Card(
        metric,
        words.spoken(metric, now, filters.currency),
        " · ".join(filter(None, notes)),
        delta,
        good,
        drill(metric.slug, filters),
    )


def steps(ladder: list[Step], filters: Filters) -> list[dict[str, Any]]:
    """The funnel's rows: how many reached each rung, and which share of the rung before goes on."""
    shares = [None, *(step.conversion for step in ladder)]
    return [
        {
            "rung": step.rung.value,
            "label": str(step.rung.label).capitalize(),
            "count": step.reached,
            "url": drill(rung_slug(step.rung), filters),
            "conversion": share,
        }
        for step, share in zip(ladder, shares, strict=False)
    ]


def week_bars(filters: Filters) -> list[dict[str, Any]]:
    """Bars by week; each leads to its first commitments."""
    return [
        {
            "start": week.start,
            "first": week.commitments,
            "second": week.openings,
            "url": drill(
                "first-commitments",
                filters,
                period=None,
                first=week.period.first.isoformat(),
                last=week.period.last.isoformat(),
            ),
        }
        for week in weeks(filters)
    ]


def cohort_rows(filters: Filters) -> list[dict[str, Any]]:
    """By month of targeting; each share leads to the dream clients it is one of."""
    return [
        {
            "start": cohort.period.first,
            "cells": [
                {
                    "figure": figure,
                    "value": words.spoken(metric, figure, filters.currency),
                    "note": words.note(metric, figure, filters.currency),
                    "url": drill(
                        metric.slug,
                        filters,
                        period=None,
                        first=cohort.period.first.isoformat(),
                        last=cohort.period.last.isoformat(),
                    ),
                }
                for metric, figure in cohort.rates
            ],
        }
        for cohort in cohorts(filters)
    ]


def rep_rows(filters: Filters, found: Figures) -> tuple[list[RepRow], int]:
    """The reps with a figure or a seat in the teams shown, those with most first commitments first; and how many more."""
    seats = Membership.objects.filter(role=Membership.Role.REP, user__is_active=True)
    if filters.team is not None:
        seats = seats.filter(team=filters.team)
    elif not filters.user.is_admin:
        seats = seats.filter(team__in=filters.user.led_team_ids)
    named = Q(pk__in=[rep for rep in found.by_rep if rep is not None])
    if filters.rep is None:
        named |= Q(pk__in=seats.values("user"))
    people = sorted(
        User.objects.filter(named).order_by(),
        key=lambda user: (*(-_count(found, user, slug) for slug in _ORDER), user.name, user.pk),
    )
    known = set(
        visible_reps(filters.user).filter(pk__in=[user.pk for user in people]).values_list("pk", flat=True)
    )
    rows = [
        RepRow(
            user,
            reverse("metrics:rep", args=[user.pk]) + filters.query(rep=None) if user.pk in known else "",
            [_cell(METRICS[slug], found, user, filters) for slug in COLUMNS],
        )
        for user in people[:REPS_SHOWN]
    ]
    return rows, max(0, len(people) - REPS_SHOWN)


_ORDER = ("first-commitments", "openings", "conversations", "touches")


def _count(found: Figures, user: User, slug: str) -> Any:
    figure = found.by_rep.get(user.pk, {}).get(slug)
    return figure.value if figure else 0


def _cell(metric: Metric, found: Figures, user: User, filters: Filters) -> dict[str, Any]:
    figure = found.by_rep.get(user.pk, {}).get(metric.slug) or metric.figure(0, 0, 0)
    return {
        "metric": metric,
        "figure": figure,
        "value": words.spoken(metric, figure, filters.currency),
        "url": drill(metric.slug, filters, rep=user.pk),
    }
