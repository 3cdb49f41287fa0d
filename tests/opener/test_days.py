"""Days and business days."""

from datetime import date

from opener.days import WorkingHours

FRIDAY, SATURDAY, MONDAY, TUESDAY = (date(2026, 3, day) for day in (13, 14, 16, 17))


def test_business_days_are_counted_from_the_day_itself() -> None:
    hours = WorkingHours()
    assert hours.add_business_days(FRIDAY, 0) == FRIDAY
    assert hours.add_business_days(SATURDAY, 0) == MONDAY
    assert hours.add_business_days(FRIDAY, 1) == MONDAY
    assert hours.add_business_days(SATURDAY, 1) == MONDAY
    assert hours.add_business_days(SATURDAY, 2) == TUESDAY
