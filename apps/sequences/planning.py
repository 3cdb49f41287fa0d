"""When a touch may happen: pure functions of rules, calendar, history and now.

What a day and a week are is said here and nowhere else:

- A *day* is a calendar day of the contact's zone, else the account's, else the organisation's, whatever zone the
  sequence sends in, so that two sequences mean the same day. For the cap of an account it is the account's zone, else
  the organisation's.
- A *week* is any seven such days in a row, not a week of the calendar: three touches from Friday to Monday are three
  touches in a week. A touch must fit into every seven days that it would lie in, those ahead included.
- A touch of several channels counts once.

`plan` gives the earliest moment that breaks no rule, and the rule that pushed it there. A later wish never gives an
earlier moment, and the same input the same answer.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opener.days import WorkingHours, business_days_between, day_start, local_day

WEEK = timedelta(days=7)
HORIZON = timedelta(days=366)
"""How far ahead a free day is looked for. Beyond it (a cap of 0) the touch is looked at again then."""


class Rule(StrEnum):
    """What may hold a touch back."""

    HOURS = "hours"
    CONTACT_DAY = "contact_day"
    CONTACT_WEEK = "contact_week"
    ACCOUNT_WEEK = "account_week"

    @property
    def is_cap(self) -> bool:
        """True where it counts touches; False for the hours, which a person may choose to overlook."""
        return self is not Rule.HOURS


@dataclass(frozen=True)
class Caps:
    """How many touches at most, over all people and sequences."""

    contact_day: int = 1
    contact_week: int = 3
    account_week: int = 6

    def words(self, rule: Rule | None) -> str:
        """The rule in words, "" for none."""
        if rule is None:
            return ""
        if rule == Rule.HOURS:
            return _("Outside sending hours")
        count, text = {
            Rule.CONTACT_DAY: (
                self.contact_day,
                ngettext(
                    "At most %(count)d touch a contact a day",
                    "At most %(count)d touches a contact a day",
                    self.contact_day,
                ),
            ),
            Rule.CONTACT_WEEK: (
                self.contact_week,
                ngettext(
                    "At most %(count)d touch a contact a week",
                    "At most %(count)d touches a contact a week",
                    self.contact_week,
                ),
            ),
            Rule.ACCOUNT_WEEK: (
                self.account_week,
                ngettext(
                    "At most %(count)d touch an account a week",
                    "At most %(count)d touches an account a week",
                    self.account_week,
                ),
            ),
        }[rule]
        return text % {"count": count}


@dataclass(frozen=True)
class Calendar:
    """When may be sent, and whose days the caps count."""

    hours: WorkingHours
    contact_tz: str = "UTC"
    account_tz: str = "UTC"


@dataclass(frozen=True)
class History:
    """The moments of the other touches of the contact and of the whole account (its own contact's included)."""

    contact: tuple[datetime, ...] = ()
    account: tuple[datetime, ...] = ()

    def plus(self, moment: datetime) -> "History":
        """With one more touch of this contact."""
        return History((*self.contact, moment), (*self.account, moment))


@dataclass(frozen=True)
class Plan:
    """When a touch falls due, and the rule that moved it there ("" and None where nothing did)."""

    at: datetime
    held_back: str = ""
    rule: Rule | None = None


def plan(
    *,
    delay_days: int,
    after: datetime,
    now: datetime,
    calendar: Calendar,
    caps: Caps,
    history: History,
    spread: float = 0.0,
) -> Plan:
    """When a touch falls due that comes `delay_days` business days after `after`, at `now` or later.

    With a delay it falls into that day's window, `spread` (0 to below 1) of the window after its opening; without one
    it falls due at once.
    """
    earliest = wish(delay_days, after, calendar.hours, spread)
    return next_free(max(earliest, now), calendar=calendar, caps=caps, history=history)


def next_free(earliest: datetime, *, calendar: Calendar, caps: Caps, history: History) -> Plan:
    """The first moment from `earliest` on that lies in the hours and breaks no cap.

    A cap that `earliest` itself would break is named before the hours: a person may overlook those, not the cap.
    """
    contact = _days(history.contact, calendar.contact_tz)
    account = _days(history.account, calendar.account_tz)
    moment, rule = earliest, _broken(earliest, calendar, caps, contact, account)
    while moment < earliest + HORIZON:
        opened = opening(moment, calendar.hours)
        if opened != moment and rule is None:
            rule = Rule.HOURS
        moment = opened
        broken = _broken(moment, calendar, caps, contact, account)
        if broken is None:
            return Plan(moment, caps.words(rule), rule)
        rule = broken
        tz = calendar.account_tz if broken is Rule.ACCOUNT_WEEK else calendar.contact_tz
        moment = day_start(local_day(moment, tz) + timedelta(days=1), tz)
    return Plan(opening(moment, calendar.hours), caps.words(rule), rule)


def _broken(
    moment: datetime, calendar: Calendar, caps: Caps, contact: Counter[date], account: Counter[date]
) -> Rule | None:
    """The cap that one more touch at `moment` would break."""
    contact_day = local_day(moment, calendar.contact_tz)
    if contact[contact_day] >= caps.contact_day:
        return Rule.CONTACT_DAY
    if not _fits_week(contact_day, contact, caps.contact_week):
        return Rule.CONTACT_WEEK
    if not _fits_week(local_day(moment, calendar.account_tz), account, caps.account_week):
        return Rule.ACCOUNT_WEEK
    return None


def wish(delay_days: int, after: datetime, hours: WorkingHours, spread: float = 0.0) -> datetime:
    """When a step wants to happen, caps aside: `after` itself, or in the window of the day so many days later."""
    if delay_days == 0:
        return after
    day = hours.add_business_days(local_day(after, hours.tz), delay_days)
    start, end = hours.window(day)
    return max(start + timedelta(seconds=int((end - start).total_seconds() * spread)), after)


def opening(moment: datetime, hours: WorkingHours) -> datetime:
    """`moment` where it lies in the hours, else the next opening; a window that a change of clocks swallows is none."""
    for _attempt in range(400):
        candidate = hours.next_moment(moment)
        if hours.contains(candidate):
            return candidate
        moment = day_start(local_day(candidate, hours.tz) + timedelta(days=1), hours.tz)
    msg = "no window within a year"
    raise ValueError(msg)


def remaining_days(due_at: datetime, now: datetime, hours: WorkingHours) -> int:
    """How many business days lie between `now` and `due_at`: what a pause keeps of a delay."""
    today, due = local_day(now, hours.tz), local_day(due_at, hours.tz)
    return business_days_between(today + timedelta(days=1), due, hours)


def spread_of(*ids: int) -> float:
    """A fraction below one half that is always the same for the same ids: not every email leaves at nine sharp."""
    mixed = 0
    for number in ids:
        mixed = (mixed * 31 + number) * 2_654_435_761 % 2**32
    return mixed / 2**33


def _days(moments: Iterable[datetime], tz: str) -> Counter[date]:
    return Counter(local_day(moment, tz) for moment in moments)


def _fits_week(day: date, taken: Counter[date], cap: int) -> bool:
    """True where one more on `day` leaves every seven days in a row that hold it within `cap`."""
    counts = [taken[day + timedelta(days=offset)] for offset in range(-6, 7)]
    return all(sum(counts[first : first + 7]) < cap for first in range(7))
