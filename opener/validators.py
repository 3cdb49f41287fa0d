"""Checks and defaults of model fields. They live below the apps, so that migrations import nothing from those."""

import zoneinfo
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from opener.days import MONDAY_TO_FRIDAY

no_control_characters = RegexValidator(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f]",
    _("This holds a character that cannot be shown. Remove it."),
    inverse_match=True,
)


def plausible_day(day: date) -> None:
    """ValidationError for a day of another age: a year typed wrongly, such as 0202."""
    if not 1990 <= day.year <= 2100:
        raise ValidationError(_("Choose a day between 1990 and 2100."))


def validate_time_zone(name: str) -> None:
    """ValidationError where `name` is no IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(name)s” is no time zone. Write one like Europe/Berlin."), params={"name": name}
        )


def weekdays_default() -> list[int]:
    """Monday to Friday."""
    return list(MONDAY_TO_FRIDAY)
