"""Days and business days."""

from datetime import UTC, date, datetime

from opener.days import WorkingHours

FRIDAY, SATURDAY, MONDAY, TUESDAY = (date(2026, 3, day) for day in (13, 14, 16, 17))


def test_business_days_are_counted_from_the_day_itself() -> None:
    hours = WorkingHours()
    assert hours.add_business_days(FRIDAY, 0) == FRIDAY
    assert hours.add_business_days(SATURDAY, 0) == MONDAY
    assert hours.add_business_days(FRIDAY, 1) == MONDAY
    assert hours.add_business_days(SATURDAY, 1) == MONDAY
    assert hours.add_business_days(SATURDAY, 2) == TUESDAY


def test_a_working_day_ends_today_or_after_hours_on_the_next() -> None:
    hours = WorkingHours()
    ends = [hours.end_of_day(datetime(2026, 3, 13, hour, tzinfo=UTC)) for hour in (3, 12, 23)]
    assert ends == [hours.window(FRIDAY)[1], hours.window(FRIDAY)[1], hours.window(MONDAY)[1]]
    assert hours.end_of_day(datetime(2026, 3, 14, 12, tzinfo=UTC)) == hours.window(MONDAY)[1]
