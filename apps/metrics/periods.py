"""Periods of days, in the organisation's time zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.http import QueryDict
from django.utils.translation import gettext as _

from opener.days import day_start

PRESETS = ("30", "month", "quarter", "custom")
DEFAULT = "30"
LONGEST = timedelta(days=5 * 366)


@dataclass(frozen=True)
class Span:
    """From a moment up to another, that one excluded."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Period:
    """The days `first` to `last`, both included, of the zone `tz`."""

    first: date
    last: date
    tz: str
    preset: str = "custom"

    @cached_property
    def span(self) -> Span:
        """Its moments."""
        return Span(day_start(self.first, self.tz), day_start(self.last + timedelta(days=1), self.tz))

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @cached_property
    def before(self) -> "Period":
        """As many days, just before."""
        return Period(
            self.first - timedelta(days=self.days), self.first - timedelta(days=1), self.tz, "custom"
        )

    @property
    def name(self) -> str:
        """In words, for a chip."""
        names = {"30": _("Last 30 days"), "month": _("This month"), "quarter": _("This quarter")}
        if self.preset in names:
            return names[self.preset]
        return f"{self.first:%-d %b %Y} – {self.last:%-d %b %Y}"


def read_period(params: QueryDict, *, today: date, tz: str) -> Period:
    """What the address asks for. Days that make no sense are the last 30."""
    preset = params.get("period", "")
    first, last = _day(params.get("first")), _day(params.get("last"))
    if (preset == "custom" or not preset) and first and last and first <= last <= first + LONGEST:
        return Period(first, last, tz)
    if preset == "month":
        return Period(today.replace(day=1), today, tz, preset)
    if preset == "quarter":
        return Period(today.replace(month=today.month - (today.month - 1) % 3, day=1), today, tz, preset)
    return Period(today - timedelta(days=29), today, tz, DEFAULT)


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 1990 <= day.year <= 2200 else None
