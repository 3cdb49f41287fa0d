"""Moments that one key chooses: for a callback, and for what is put off."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from apps.accounts.models import Contact
from apps.users.models import Organisation, User
from opener.days import WorkingHours, local_day
from opener.ui.moments import spoken, there

type Choice = tuple[str, str, str]
"""The moment as ISO, its name, and when that is in words."""


def callback_choices(user: User, contact: Contact, now: datetime) -> list[Choice]:
    """In two hours, the next working morning here, the next one there."""
    country = Organisation.current().country
    theirs = WorkingHours(contact.time_zone_name or user.time_zone, country=contact.account.country)
    return [
        _choice(_("In two hours"), _quarter(now + timedelta(hours=2)), contact),
        _choice(_("Tomorrow morning"), morning(user.working_hours(country), now, 1), contact),
        _choice(_("Their next morning"), morning(theirs, now, 1), contact),
    ]


def postpone_choices(user: User, now: datetime) -> list[Choice]:
    """In two hours, the next working day, a week later."""
    hours = user.working_hours(Organisation.current().country)
    return [
        _choice(_("In two hours"), _quarter(now + timedelta(hours=2))),
        _choice(_("Tomorrow"), morning(hours, now, 1)),
        _choice(_("Next week"), morning(hours, now, 5)),
    ]


def morning(hours: WorkingHours, now: datetime, days: int) -> datetime:
    """When the working day begins, `days` business days from now."""
    return hours.window(hours.add_business_days(local_day(now, hours.tz), days))[0]


def _quarter(moment: datetime) -> datetime:
    """The quarter of an hour that comes next."""
    whole = moment.replace(second=0, microsecond=0)
    return whole + timedelta(minutes=-whole.minute % 15)


def _choice(name: str, at: datetime, contact: Contact | None = None) -> Choice:
    local = there(at, contact.time_zone_name) if contact else ""
    return at.isoformat(), name, f"{spoken(at)} ({local})" if local else spoken(at)
