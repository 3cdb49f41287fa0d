"""Days, business days and working hours. A "day" is always somebody's day, and this module alone computes it."""

import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import holidays

MONDAY_TO_FRIDAY = (0, 1, 2, 3, 4)


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The time zone called `name`; UTC where there is none of that name."""
    try:
        return zoneinfo.ZoneInfo(name or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")


def local_day(moment: datetime, tz: str) -> date:
    """The calendar day of `moment` in the zone `tz`."""
    return moment.astimezone(zone(tz)).date()


def day_start(day: date, tz: str) -> datetime:
    """The first moment of `day` in `tz`, in UTC."""
    return datetime.combine(day, time(0), zone(tz)).astimezone(UTC)


def day_bounds(day: date, tz: str) -> tuple[datetime, datetime]:
    """The moments between which `day` lies in `tz`, the second excluded, in UTC (23 to 25 hours apart)."""
    return day_start(day, tz), day_start(day + timedelta(days=1), tz)


@lru_cache(maxsize=256)
def holidays_of(country: str, year: int) -> frozenset[date]:
    """The public holidays of an ISO 3166 country (or "" for none) in a year."""
    if not country:
        return frozenset()
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


@dataclass(frozen=True)
class WorkingHours:
    """When somebody works: a zone, weekdays (Monday is 0), a window of the day, and a country for its holidays."""

    tz: str = "UTC"
    weekdays: tuple[int, ...] = MONDAY_TO_FRIDAY
    start: time = time(9)
    end: time = time(17)
    country: str = ""

    def is_business_day(self, day: date) -> bool:
        """True where `day` is one of the weekdays and no holiday."""
        return day.weekday() in self.weekdays and day not in holidays_of(self.country, day.year)

    def next_business_day(self, day: date) -> date:
        """`day` itself or the first business day after it. ValueError where no day within a year is one."""
        for ahead in range(367):
            if self.is_business_day(candidate := day + timedelta(days=ahead)):
                return candidate
        msg = "no business day within a year"
        raise ValueError(msg)

    def add_business_days(self, day: date, count: int) -> date:
        """The business day that is `count` business days after `day`; for 0 the next business day from `day` on.

        One business day after a Saturday is the Monday.
        """
        if count == 0:
            return self.next_business_day(day)
        for _ in range(count):
            day = self.next_business_day(day + timedelta(days=1))
        return day

    def window(self, day: date) -> tuple[datetime, datetime]:
        """The working window of `day`, in UTC."""
        tz = zone(self.tz)
        return (
            datetime.combine(day, self.start, tz).astimezone(UTC),
            datetime.combine(day, self.end, tz).astimezone(UTC),
        )

    def contains(self, moment: datetime) -> bool:
        """True where `moment` lies in the window of a business day."""
        day = local_day(moment, self.tz)
        start, end = self.window(day)
        return self.is_business_day(day) and start <= moment < end

    def next_moment(self, moment: datetime) -> datetime:
        """`moment` where it lies in working hours, else the opening of the next window, in UTC."""
        if self.contains(moment):
            return moment.astimezone(UTC)
        day = local_day(moment, self.tz)
        if not (self.is_business_day(day) and moment < self.window(day)[0]):
            day = self.next_business_day(day + timedelta(days=1))
        return self.window(day)[0]

    def end_of_day(self, moment: datetime) -> datetime:
        """When the working day of `moment` ends: the next one's where that is over, or none."""
        return self.window(local_day(self.next_moment(moment), self.tz))[1]


def business_days_between(first: date, last: date, hours: WorkingHours, skip: Iterable[date] = ()) -> int:
    """How many business days lie in [first, last], days in `skip` left out; 0 where last is before first."""
    away = set(skip)
    days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
    return sum(1 for day in days if hours.is_business_day(day) and day not in away)
