"""Times as people say them, in the current time zone."""

import zoneinfo
from datetime import UTC, date, datetime, time
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

_UNITS = [(365, "years"), (30, "months"), (7, "weeks"), (1, "days")]


@lru_cache(maxsize=4096)
def _day(day: date, style: str, language: str | None) -> str:
    """A day, written. Cached, as a table says the same days again and again; by language, as names of days are in it."""
    return date_format(day, style)


@lru_cache(maxsize=4096)
def _clock(hour: int, minute: int, style: str, language: str | None) -> str:
    return time_format(time(hour, minute), style)


def _written(day: date, style: str) -> str:
    return _day(day, style, get_language())


def _time(value: datetime, style: str = "TIME_FORMAT") -> str:
    return _clock(value.hour, value.minute, style, get_language())


def spoken(value: date | datetime, *, now: datetime | None = None) -> str:
    """When, in words: "today 14:00", "Tue 14:00", "3 Mar", "3 Mar 2024"; without the time where `value` is a day."""
    now = timezone.localtime(now)
    clock = ""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
        clock = _time(value)
        day = value.date()
    else:
        day = value
    apart = (day - now.date()).days
    if apart in (-1, 0, 1):
        name = [_("yesterday"), _("today"), _("tomorrow")][apart + 1]
    elif abs(apart) < 7:
        name = _written(day, "D")
    else:
        return _written(day, "MONTH_DAY_FORMAT" if day.year == now.year else "DATE_FORMAT")
    return f"{name} {clock}".rstrip()


def ago(value: date | datetime, *, now: datetime | None = None) -> str:
    """How long ago: "just now", "5 minutes ago", "yesterday", "3 weeks ago"; "in 3 days" for what is still to come."""
    now = timezone.localtime(now)
    if not isinstance(value, datetime):
        return _days((now.date() - value).days, get_language())
    value = timezone.localtime(value)
    seconds = (now - value).total_seconds()
    minutes = int(abs(seconds) // 60)
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        text = ngettext("%d minute", "%d minutes", minutes) % minutes
    elif minutes < 24 * 60 and (value.date() == now.date() or minutes < 12 * 60):
        text = ngettext("%d hour", "%d hours", minutes // 60) % (minutes // 60)
    else:
        return _days((now.date() - value.date()).days, get_language())
    return (_("%s ago") if seconds > 0 else _("in %s")) % text


@lru_cache(maxsize=4096)
def _days(days: int, language: str | None) -> str:
    if days in (-1, 0, 1):
        return {1: _("yesterday"), 0: _("today"), -1: _("tomorrow")}[days]
    size, unit = next((size, unit) for size, unit in _UNITS if abs(days) >= size * (1 if size == 1 else 2))
    number = abs(days) // size
    text = {
        "years": ngettext("%d year", "%d years", number),
        "months": ngettext("%d month", "%d months", number),
        "weeks": ngettext("%d week", "%d weeks", number),
        "days": ngettext("%d day", "%d days", number),
    }[unit] % number
    return (_("%s ago") if days > 0 else _("in %s")) % text


def exact(value: date | datetime) -> str:
    """In full, for a title: "Tue 3 Mar 2026, 14:00 CET"."""
    if not isinstance(value, datetime):
        return _written(value, "D j M Y")
    value = timezone.localtime(value)
    return f"{_written(value.date(), 'D j M Y')}, {_time(value)} {value.tzname() or ''}".rstrip()


def urgency(value: datetime, *, now: datetime | None = None) -> str:
    """How near it is: "late" once its day is over, "soon" on that day, else "". Days are those of whoever looks."""
    day, today = timezone.localtime(value).date(), timezone.localtime(now).date()
    if day < today:
        return "late"
    return "soon" if day == today else ""


@lru_cache(maxsize=512)
def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None


def there(value: datetime, zone_name: str) -> str:
    """The hour in their zone ("9:00 there"), or "" where it is the same, or their zone is not known."""
    zone = _zone(zone_name) if zone_name else None
    if zone is None:
        return ""
    here, theirs = timezone.localtime(value), value.astimezone(UTC).astimezone(zone)
    if here.utcoffset() == theirs.utcoffset():
        return ""
    clock = _time(theirs, "G:i")
    if theirs.date() != here.date():
        clock = f"{_written(theirs.date(), 'D')} {clock}"
    return _("%s there") % clock
