"""What forms say where Django's own words are a puzzle, and what no date may be: for every form of every app.

Fields take their words from their classes when they are made, so `begin` comes before the first form is.
"""

from datetime import date

from django import forms
from django.core import validators
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

FIRST_YEAR, LAST_YEAR = 1900, 2200

GONE = _("This is not there any more. Choose another.")
NO_LIST = _("Choose from the list.")


def likely_day(day: date) -> None:
    """ValidationError for a day of another age: a year that was typed wrongly, and that no calendar can add to."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(
            _("Choose a day between %(first)s and %(last)s."),
            code="unlikely_day",
            params={"first": FIRST_YEAR, "last": LAST_YEAR},
        )


def begin() -> None:
    """Put our words, and the limits of dates, into Django's fields."""
    forms.ChoiceField.default_error_messages["invalid_choice"] = GONE
    forms.TypedChoiceField.default_error_messages["invalid_choice"] = GONE
    forms.MultipleChoiceField.default_error_messages |= {"invalid_choice": GONE, "invalid_list": NO_LIST}
    forms.ModelChoiceField.default_error_messages["invalid_choice"] = GONE
    forms.ModelMultipleChoiceField.default_error_messages |= {
        "invalid_choice": GONE,
        "invalid_pk_value": GONE,
        "invalid_list": NO_LIST,
    }
    forms.DateField.default_validators = [likely_day]
    forms.DateTimeField.default_validators = [likely_day]
    validators.MinValueValidator.message = _("Write %(limit_value)s or more.")
    validators.MaxValueValidator.message = _("Write %(limit_value)s or less.")
    validators.MaxLengthValidator.message = ngettext_lazy(
        "Write at most %(limit_value)d character; this has %(show_value)d.",
        "Write at most %(limit_value)d characters; this has %(show_value)d.",
        "limit_value",
    )
    validators.ProhibitNullCharactersValidator.message = _(
        "This holds a character that cannot be shown. Remove it."
    )
