"""What every metric is made of: the rows it counts, and how a figure comes of them.

A metric's figure and its drill-down are built from the same queryset and the same conditions, so that they cannot
differ: `rows(filters)` is what `value(filters)` counts.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

from django.core.exceptions import PermissionDenied
from django.db.models import Aggregate, Count, DecimalField, Exists, Model, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.dreamclients.models import DreamClient
from apps.metrics.filters import Filters
from apps.metrics.intervals import wilson
from apps.metrics.periods import Span

type Text = str | Promise
type Condition = Callable[[Filters], Q]
type Unit = Literal["count", "share", "ratio", "money", "days"]
type Level = Literal["out", "converts", "done"]


def every(_filters: Filters) -> Q:
    """Every row."""
    return Q()


class Median(Aggregate):
    """The middle of the values, or the mean of the two in the middle. None for no values."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)%(filter)s"


@dataclass(frozen=True)
class Source:
    """A kind of row that metrics count, and the look-ups that lead to whose it is and of which dream client."""

    kind: str
    """The table of the drill-down: templates/metrics/_rows_<kind>.html."""
    model: type[Model]
    rep: str
    team: str = "team"
    account: str = "account"
    dream_client: str | None = "dream_client"
    """None: the account's present dream client, since the row knows none."""
    list: str = ""
    related: tuple[str, ...] = ()
    """What the rows of the drill-down show of other tables."""

    def rows(self, filters: Filters) -> QuerySet[Any]:
        """The rows that the filters leave, of any time."""
        rows = self.model._default_manager.filter(filters.chosen(self.team, self.rep)).order_by()
        if filters.industry:
            rows = rows.filter(**{f"{self.account}__industry": filters.industry})
        wanted: dict[str, Any] = {"list": filters.list, "tier": filters.tier}
        wanted = {name: value for name, value in wanted.items() if value}
        if not wanted:
            return rows
        if self.dream_client is None:
            current = DreamClient.objects.current().filter(account=OuterRef(self.account), **wanted)
            return rows.filter(Exists(current))
        prefix = f"{self.dream_client}__" if self.dream_client else ""
        paths = {"list": self.list or f"{prefix}list", "tier": f"{prefix}tier"}
        return rows.filter(**{paths[name]: value for name, value in wanted.items()})


@dataclass(frozen=True)
class Figure:
    """A metric's value, and what it is made of."""

    value: Any
    """A whole number, an amount, a share of 1, a ratio, days; None where there is nothing to divide."""
    n: Any = 0
    of: Any = 0
    rows: int = 0
    """How many rows the drill-down shows."""
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric of the product: its name, its definition in words, and in code.

    As it stands it counts rows. With `part` it is the share of the rows that meet it.
    """

    slug: str
    name: Text
    words: Text
    figure_name: Text = ""
    """What the figure alone is called, where the name is that of the rows."""
    level: Level
    source: Source
    unit: Unit = "count"
    at: str = "at"
    """The moment that the period is about; "" for how things stand now, whatever the period."""
    which: Condition = field(default=every)
    part: Condition | None = None
    note: Text = ""
    """What a ratio is made of, with %(n)s and %(of)s."""
    has_interval: bool = False
    good: Literal["more", "less", ""] = "more"
    """Which way is better, for the colour of a change."""

    # --- What is counted ---

    def base(self, filters: Filters) -> QuerySet[Any]:
        """The rows of any time that `parts` adds up."""
        return self.source.rows(filters)

    def within(self, span: Span) -> Q:
        """That a row lies in `span`; where it is about now, that it is of nothing that lies in the bin now."""
        if not self.at:
            return Q(**{f"{self.source.account}__deleted_at": None})
        return Q(**{f"{self.at}__gte": span.start, f"{self.at}__lt": span.end})

    def parts(self, filters: Filters, span: Span) -> dict[str, Any]:
        """The aggregates over `base`: "n"; "of" where it differs; "rows" where the figure does not tell from those."""
        counted = self.which(filters) & self.within(span)
        whole = Count("pk", filter=counted) if counted else Count("pk")
        if self.part is None:
            return {"n": whole}
        return {"n": Count("pk", filter=counted & self.part(filters)), "of": whole}

    def rows(self, filters: Filters) -> QuerySet[Any]:
        """Exactly the rows that the figure counts; of a share, all those it is a share of.

        Raises PermissionDenied for a sum whose rows the user may not see.
        """
        if not filters.may_list:
            raise PermissionDenied
        return self._rows(filters).select_related(*self.source.related)

    def _rows(self, filters: Filters) -> QuerySet[Any]:
        return self.base(filters).filter(self.which(filters) & self.within(filters.period.span))

    # --- What comes of it ---

    def value(self, filters: Filters) -> Figure:
        """The figure, by one query."""
        added = self.base(filters).aggregate(**self.parts(filters, filters.period.span))
        return self.figure(**added)

    def figure(self, n: Any, of: Any = None, rows: int | None = None) -> Figure:
        """The figure from its parts."""
        if self.part is None:
            return Figure(n, n, n, rows=int(n))
        return Figure(
            n / of if of else None, n, of, int(of), wilson(int(n), int(of)) if self.has_interval else None
        )

    def said(self, figure: Figure) -> str:
        """What a share or a ratio is made of, in words; "" for a plain count."""
        if self.note:
            return str(self.note) % {"n": figure.n, "of": figure.of}
        return _("%(n)s of %(of)s") % {"n": figure.n, "of": figure.of} if self.unit == "share" else ""


@dataclass(frozen=True, kw_only=True)
class Amount(Metric):
    """The sum of an amount over the rows."""

    unit: Unit = "money"
    amount: str = "value"

    def parts(self, filters: Filters, span: Span) -> dict[str, Any]:
        """The sum, and over how many rows."""
        counted = self.which(filters) & self.within(span)
        zero = Decimal(0)
        total = Coalesce(Sum(self.amount, filter=counted), zero, output_field=DecimalField())
        return {"n": total, "of": Count("pk", filter=counted)}

    def figure(self, n: Any, of: Any = None, rows: int | None = None) -> Figure:
        """The sum."""
        return Figure(n, n, of, rows=int(of))


@dataclass(frozen=True, kw_only=True)
class AmountShare(Metric):
    """The share of an amount that the rows which meet `part` make up."""

    unit: Unit = "share"
    amount: str = "value"

    def parts(self, filters: Filters, span: Span) -> dict[str, Any]:
        """The amount of the part and of the whole, and over how many rows."""
        counted = self.which(filters) & self.within(span)
        zero = Decimal(0)
        hit = self.part(filters) if self.part else Q()
        return {
            "n": Coalesce(Sum(self.amount, filter=counted & hit), zero, output_field=DecimalField()),
            "of": Coalesce(Sum(self.amount, filter=counted), zero, output_field=DecimalField()),
            "rows": Count("pk", filter=counted),
        }

    def figure(self, n: Any, of: Any = None, rows: int | None = None) -> Figure:
        """The share."""
        return Figure(float(n / of) if of else None, n, of, rows=rows or 0)


def days(duration: timedelta | None) -> float | None:
    """A duration in days."""
    return None if duration is None else duration / timedelta(days=1)


def by_slug(metrics: Iterable[Metric]) -> dict[str, Metric]:
    """The metrics by slug. ValueError where two share one."""
    found: dict[str, Metric] = {}
    for metric in metrics:
        if metric.slug in found:
            raise ValueError(metric.slug)
        found[metric.slug] = metric
    return found
