"""What selects of time zones and countries offer."""

import re
import zoneinfo
from functools import lru_cache

import holidays
from django.utils.translation import gettext as _

type Choices = list[tuple[str, str]]


@lru_cache(maxsize=1)
def time_zones() -> Choices:
    """The zones that are named by a place, and UTC first."""
    places = sorted(
        name
        for name in zoneinfo.available_timezones()
        if "/" in name and not name.startswith(("Etc/", "SystemV/", "posix/", "right/"))
    )
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in places)]


@lru_cache(maxsize=1)
def _countries() -> Choices:
    """The countries whose public holidays are known, by name."""
    found: dict[str, str] = {}
    for names in holidays.registry.COUNTRIES.values():
        name, code = names[0], names[1]
        found.setdefault(code, re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    return sorted(found.items(), key=lambda pair: pair[1])


def countries() -> Choices:
    """None, and the countries whose public holidays are known."""
    return [("", _("No public holidays")), *((code, f"{name} ({code})") for code, name in _countries())]
