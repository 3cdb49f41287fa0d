"""The ladder: who reached which rung, how many go on, and what the first commitment takes."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

from django.db.models import (
    Case,
    Count,
    DurationField,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest
from django.db.models.lookups import GreaterThan
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.activities.models import Activity
from apps.dreamclients.models import Rung, RungReached
from apps.metrics.definitions.base import Figure, Median, Metric, Source, days
from apps.metrics.filters import Filters
from apps.metrics.periods import Span

REACHED = Source(
    kind="rung",
    model=RungReached,
    rep="owner",
    account="dream_client__account",
    related=("dream_client__account", "dream_client__list", "owner", "touch"),
)
COMMITMENTS = replace(REACHED, kind="commitment")
HEIGHT = Case(*[When(rung=rung.value, then=Value(rung.height)) for rung in Rung], output_field=IntegerField())


def _higher() -> QuerySet[RungReached]:
    """The higher rungs that the dream client of an outer row (with its `height`) has reached, the first one first."""
    return (
        RungReached.objects.annotate(height=HEIGHT)
        .filter(dream_client=OuterRef("dream_client"), height__gt=OuterRef("height"))
        .order_by("at")
    )


@dataclass(frozen=True, kw_only=True)
class OnARung(Metric):
    """Dream clients that first reached a rung, as the share that has reached a higher one by now."""

    source: Source = REACHED
    rung: Rung = Rung.TARGETED

    def base(self, filters: Filters) -> QuerySet[Any]:
        """Each with when its dream client first reached a higher rung."""
        rows = super().base(filters).annotate(height=HEIGHT)
        return cast("QuerySet[Any]", rows.annotate(next_at=Subquery(_higher().values("at")[:1])))


@dataclass(frozen=True, kw_only=True)
class TouchesPerCommitment(Metric):
    """Touches on the dream clients that committed time, divided by their number."""

    source: Source = COMMITMENTS
    unit: Any = "ratio"

    def base(self, filters: Filters) -> QuerySet[Any]:
        """First commitments, each with the touches that it took: by anybody, from the targeting up to it."""
        touches = (
            Activity.objects.filter(
                kind=Activity.Kind.TOUCH,
                account=OuterRef("dream_client__account"),
                at__gte=OuterRef("dream_client__targeted_at"),
                at__lte=OuterRef("at"),
            )
            .order_by()
            .values("account")
            .annotate(number=Count("pk"))
            .values("number")
        )
        taken = Coalesce(Subquery(touches), 0, output_field=IntegerField())
        rows = super().base(filters).filter(rung=Rung.TIME_COMMITTED)
        return cast("QuerySet[Any]", rows.annotate(touches=taken))

    def parts(self, filters: Filters, span: Span) -> dict[str, Any]:
        """The touches, and the commitments."""
        counted = self.which(filters) & self.within(span)
        return {
            "n": Coalesce(Sum("touches", filter=counted), 0),
            "of": Count("pk", filter=counted),
        }

    def figure(self, n: Any, of: Any = None, rows: int | None = None) -> Figure:
        """The ratio; None where nobody committed."""
        return Figure(n / of if of else None, n, of, rows=int(of))


@dataclass(frozen=True)
class Step:
    """One step of the funnel."""

    rung: Rung
    reached: int
    went_on: int
    median_days: float | None
    """From this rung to the next, of those that went on."""

    @property
    def conversion(self) -> float | None:
        """The share that went on; None on the last rung and where nobody reached this one."""
        return self.went_on / self.reached if self.reached and self.rung != Rung.OPENED else None


def rung_slug(rung: Rung) -> str:
    """The slug of the metric of a rung."""
    return f"rung-{rung.value.replace('_', '-')}"


def funnel(filters: Filters) -> list[Step]:
    """All rungs, lowest first, by one query: it counts the rows of the metrics of RUNGS.

    It joins the rungs above instead of looking them up row by row as `OnARung` does, which takes half the time.
    """
    above = Case(*[When(dream_client__rungs__rung=rung.value, then=Value(rung.height)) for rung in Rung])
    first_above = Min("dream_client__rungs__at", filter=Q(GreaterThan(above, HEIGHT)))
    rows = REACHED.rows(filters).filter(RUNGS[0].within(filters.period.span))
    rows = rows.values("pk", "rung", "at").annotate(next_at=first_above)
    took = Greatest(F("next_at") - F("at"), Value(timedelta(0)), output_field=DurationField())
    parts: dict[str, Any] = {}
    for rung in Rung:
        went_on = Q(rung=rung, next_at__isnull=False)
        parts[f"{rung}_reached"] = Count("pk", filter=Q(rung=rung))
        parts[f"{rung}_on"] = Count("pk", filter=went_on)
        parts[f"{rung}_days"] = Median(took, filter=went_on, output_field=DurationField())
    found = rows.aggregate(**parts)
    return [
        Step(rung, found[f"{rung}_reached"], found[f"{rung}_on"], days(found[f"{rung}_days"]))
        for rung in Rung
    ]


def _on(rung: Rung) -> Any:
    return lambda _filters: Q(rung=rung)


RUNGS: list[Metric] = [
    OnARung(
        slug=rung_slug(rung),
        name=format_lazy(_("Reached: {rung}"), rung=rung.label),
        figure_name=_("Went on"),
        words=_(
            "Dream clients that first reached this rung in the period, the share of them that has reached a higher "
            "one by now, and the median days that took."
        ),
        level="converts",
        unit="share",
        rung=rung,
        which=_on(rung),
        part=lambda _filters: Q(next_at__isnull=False),
    )
    for rung in Rung
]

METRICS: list[Metric] = [
    Metric(
        slug="first-commitments",
        name=_("First commitments"),
        words=_(
            "Dream clients that first committed time in the period: a first meeting with them was booked."
        ),
        level="out",
        source=REACHED,
        which=_on(Rung.TIME_COMMITTED),
    ),
    TouchesPerCommitment(
        slug="touches-per-commitment",
        name=_("Touches per first commitment"),
        words=_(
            "Touches by anybody on the dream clients that first committed time in the period, from their targeting "
            "up to that moment, divided by the number of those dream clients."
        ),
        level="converts",
        note=_("%(n)s touches on %(of)s dream clients"),
        good="less",
    ),
    *RUNGS,
]
