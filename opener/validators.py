"""Checks and defaults of model fields. They live below the apps, so that migrations import nothing from those."""

import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from opener.days import MONDAY_TO_FRIDAY

no_control_characters = RegexValidator(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f]",
    _("This holds a character that cannot be shown. Remove it."),
    inverse_match=True,
)


def validate_time_zone(name: str) -> None:
    """ValidationError where `name` is no IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(name)s” is no time zone. Write one like Europe/Berlin."), params={"name": name}
        )


def weekdays_default() -> list[int]:
    """Monday to Friday."""
    return list(MONDAY_TO_FRIDAY)
