"""The planning of touches, over every zone with a peculiarity and both changes of clocks."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.sequences.planning import (
    WEEK,
    Calendar,
    Caps,
    History,
    Rule,
    next_free,
    plan,
    remaining_days,
    spread_of,
    wish,
)
from opener.days import WorkingHours, holidays_of, local_day

ZONES = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kolkata",  # a half hour
    "Asia/Kathmandu",  # 45 minutes
    "Australia/Lord_Howe",  # changes by half an hour
    "Pacific/Chatham",  # 45 minutes and a change
    "Pacific/Apia",  # left out 30 December 2011
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Africa/Cairo",  # changes at midnight
    "America/Santiago",  # changes at midnight
    "America/St_Johns",
]
# Around changes of clocks, leap days, years' ends, and the day that Samoa left out.
INTERESTING = [
    datetime(2026, 3, 8, tzinfo=UTC),
    datetime(2026, 3, 29, tzinfo=UTC),
    datetime(2026, 4, 24, tzinfo=UTC),
    datetime(2026, 10, 25, tzinfo=UTC),
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2028, 2, 28, tzinfo=UTC),
    datetime(2026, 12, 30, tzinfo=UTC),
    datetime(2011, 12, 28, tzinfo=UTC),
]

moments = st.builds(
    lambda start, seconds: start + timedelta(seconds=seconds),
    st.sampled_from(INTERESTING),
    st.integers(-4 * 86_400, 12 * 86_400),
)
windows = st.tuples(st.integers(0, 23 * 60), st.integers(15, 1440)).map(
    lambda pair: (
        time(pair[0] // 60, pair[0] % 60),
        time(min(pair[0] + pair[1], 1439) // 60, min(pair[0] + pair[1], 1439) % 60),
    )
)
hours = st.builds(
    lambda tz, weekdays, window, country: WorkingHours(
        tz, tuple(sorted(weekdays)), window[0], window[1], country
    ),
    st.sampled_from(ZONES),
    st.sets(st.integers(0, 6), min_size=1),
    windows,
    st.sampled_from(["", "US", "DE", "JP", "XX"]),
)
calendars = st.builds(Calendar, hours, st.sampled_from(ZONES), st.sampled_from(ZONES))
caps = st.builds(Caps, st.integers(1, 2), st.integers(1, 4), st.integers(1, 8))


@st.composite
def histories(draw: st.DrawFn) -> History:
    mine = tuple(draw(st.lists(moments, max_size=6)))
    others = tuple(draw(st.lists(moments, max_size=8)))
    return History(mine, mine + others)


def in_week(day: date, taken: Counter[date]) -> int:
    """The most touches that any seven days in a row that hold `day` have."""
    return max(
        sum(taken[day + timedelta(days=first + offset)] for offset in range(7)) for first in range(-6, 1)
    )


@given(st.integers(0, 12), moments, moments, calendars, caps, histories(), st.floats(0, 0.99))
@settings(max_examples=400, deadline=None)
def test_never_outside_windows_holidays_or_caps(delay, after, now, calendar, rules, history, spread):
    result = plan(
        delay_days=delay,
        after=after,
        now=now,
        calendar=calendar,
        caps=rules,
        history=history,
        spread=spread,
    )

    local = result.at.astimezone(ZoneInfo(calendar.hours.tz))
    assert result.at >= max(after, now)
    assert local.weekday() in calendar.hours.weekdays
    assert local.date() not in holidays_of(calendar.hours.country, local.year)
    opens, closes = calendar.hours.window(local.date())
    assert opens <= result.at < closes
    if not clocks_change(local):
        assert calendar.hours.start <= local.time() < calendar.hours.end
    contact_day = local_day(result.at, calendar.contact_tz)
    contact = Counter(local_day(moment, calendar.contact_tz) for moment in history.contact)
    account = Counter(local_day(moment, calendar.account_tz) for moment in history.account)
    assert contact[contact_day] + 1 <= rules.contact_day
    assert in_week(contact_day, contact) + 1 <= rules.contact_week
    assert in_week(local_day(result.at, calendar.account_tz), account) + 1 <= rules.account_week


def clocks_change(local: datetime) -> bool:
    """True on a day on which the clock on the wall jumps."""
    midnight = local.replace(hour=0, minute=0, second=0, fold=0)
    return midnight.utcoffset() != (midnight + timedelta(days=1)).utcoffset()


@given(
    moments, st.timedeltas(timedelta(0), timedelta(days=9)), st.integers(0, 8), calendars, caps, histories()
)
@settings(max_examples=300, deadline=None)
def test_a_later_wish_never_gives_an_earlier_moment(after, later, delay, calendar, rules, history):
    def planned(moment: datetime, days: int) -> datetime:
        return plan(
            delay_days=days, after=moment, now=after, calendar=calendar, caps=rules, history=history
        ).at

    assert planned(after, delay) <= planned(after + later, delay)
    assert planned(after, delay) <= planned(after, delay + 1)


@given(moments, calendars, caps, histories())
@settings(max_examples=200, deadline=None)
def test_the_same_input_gives_the_same_answer_and_planning_again_moves_nothing(now, calendar, rules, history):
    first = next_free(now, calendar=calendar, caps=rules, history=history)

    assert first == next_free(now, calendar=calendar, caps=rules, history=history)
    again = next_free(first.at, calendar=calendar, caps=rules, history=history)
    assert (again.at, again.rule) == (first.at, None)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=8), moments, calendars, caps)
@settings(max_examples=150, deadline=None)
def test_a_whole_sequence_stays_within_the_caps(delays, start, calendar, rules):
    after, history = start, History()
    for delay in delays:
        planned = plan(
            delay_days=delay, after=after, now=start, calendar=calendar, caps=rules, history=history
        )
        assert planned.at >= after
        after, history = planned.at, history.plus(planned.at)
    days = Counter(local_day(moment, calendar.contact_tz) for moment in history.contact)
    assert all(count <= rules.contact_day for count in days.values())
    assert all(in_week(day, days) <= rules.contact_week for day in days)


NINE_TO_FIVE = Calendar(WorkingHours())
MONDAY = datetime(2026, 3, 9, 10, tzinfo=UTC)


def test_without_a_delay_it_is_due_at_once():
    result = plan(
        delay_days=0, after=MONDAY, now=MONDAY, calendar=NINE_TO_FIVE, caps=Caps(), history=History()
    )
    assert (result.at, result.held_back) == (MONDAY, "")


def test_business_days_pass_over_the_weekend_and_holidays():
    friday = datetime(2026, 7, 2, 16, tzinfo=UTC)  # a Thursday; 3 July 2026 is observed as Independence Day
    calendar = Calendar(WorkingHours(country="US"))
    result = plan(delay_days=1, after=friday, now=friday, calendar=calendar, caps=Caps(), history=History())
    assert result.at == datetime(2026, 7, 6, 9, tzinfo=UTC)


def test_a_touch_of_today_moves_the_next_to_tomorrow_and_says_why():
    result = next_free(MONDAY, calendar=NINE_TO_FIVE, caps=Caps(), history=History((MONDAY,), (MONDAY,)))
    assert result.at == datetime(2026, 3, 10, 9, tzinfo=UTC)
    assert result.rule == Rule.CONTACT_DAY
    assert result.held_back == "At most 1 touch a contact a day"


def test_a_week_is_any_seven_days_not_one_of_the_calendar():
    days = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in (5, 6, 9)]  # Thursday, Friday, Monday
    result = next_free(
        datetime(2026, 3, 10, 12, tzinfo=UTC),
        calendar=NINE_TO_FIVE,
        caps=Caps(),
        history=History(tuple(days), tuple(days)),
    )
    assert result.at == datetime(2026, 3, 12, 9, tzinfo=UTC)
    assert result.rule == Rule.CONTACT_WEEK


def test_a_week_that_lies_ahead_counts_as_well():
    ahead = tuple(MONDAY + timedelta(days=days) for days in (1, 2, 3))
    result = next_free(MONDAY, calendar=NINE_TO_FIVE, caps=Caps(), history=History(ahead, ahead))
    assert result.at > MONDAY + WEEK


def test_colleagues_fill_the_week_of_the_account():
    others = tuple(MONDAY - timedelta(hours=hours) for hours in range(6))
    result = next_free(MONDAY, calendar=NINE_TO_FIVE, caps=Caps(), history=History((), others))
    assert result.rule == Rule.ACCOUNT_WEEK
    assert result.at == datetime(2026, 3, 16, 9, tzinfo=UTC)


def test_the_day_is_the_contacts_whatever_zone_the_sequence_sends_in():
    calendar = Calendar(WorkingHours(weekdays=tuple(range(7)), start=time(0), end=time(23, 59)), "Asia/Tokyo")
    touched = datetime(2026, 3, 9, 14, 30, tzinfo=UTC)  # 23:30 in Tokyo
    result = next_free(
        touched + timedelta(hours=1), calendar=calendar, caps=Caps(), history=History((touched,), (touched,))
    )
    assert result.rule is None  # half past midnight there: another day


def test_a_cap_of_nought_is_looked_at_again_in_a_year():
    result = next_free(MONDAY, calendar=NINE_TO_FIVE, caps=Caps(contact_day=0), history=History())
    assert result.rule == Rule.CONTACT_DAY
    assert result.at >= MONDAY + timedelta(days=366)


def test_emails_of_a_day_are_spread_over_the_first_half_of_the_window():
    moments = {wish(1, MONDAY, WorkingHours(), spread_of(number, 7)) for number in range(200)}
    assert len(moments) > 150
    assert min(moments) >= datetime(2026, 3, 10, 9, tzinfo=UTC)
    assert max(moments) < datetime(2026, 3, 10, 13, tzinfo=UTC)


def test_a_pause_keeps_the_business_days_that_are_left():
    friday = datetime(2026, 3, 13, 9, tzinfo=UTC)
    assert remaining_days(friday, MONDAY, WorkingHours()) == 4
    assert remaining_days(MONDAY, friday, WorkingHours()) == 0


def test_after_hours_a_cap_of_today_is_named_before_the_hours() -> None:
    """A rep may send at night; a second email to the same person on the same day stays held back."""
    evening = datetime(2026, 11, 23, 20, tzinfo=UTC)
    open_hours = Calendar(WorkingHours("UTC"))
    earlier = History((evening - timedelta(hours=3),), (evening - timedelta(hours=3),))
    held = next_free(evening, calendar=open_hours, caps=Caps(), history=earlier)
    assert held.rule is Rule.CONTACT_DAY
    assert held.at == datetime(2026, 11, 24, 9, tzinfo=UTC)
    free = next_free(evening, calendar=open_hours, caps=Caps(), history=History())
    assert free.rule is Rule.HOURS
