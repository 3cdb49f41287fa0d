"""Times that suit both sides."""

from datetime import time

import pytest

from apps.meetings.times import suggest
from opener.days import zone
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_within_both_working_days() -> None:
    rep = make.make_user(time_zone="Europe/Berlin")
    for at in suggest(rep, "America/New_York", make.A_TUESDAY):
        assert time(9) <= at.astimezone(zone("Europe/Berlin")).time() < time(17)
        assert time(9) <= at.astimezone(zone("America/New_York")).time() < time(17)


def test_the_reps_day_where_they_never_meet() -> None:
    rep = make.make_user(time_zone="Europe/Berlin")
    found = suggest(rep, "Pacific/Auckland", make.A_TUESDAY)
    assert len(found) == 4
    assert all(time(9) <= at.astimezone(zone("Europe/Berlin")).time() < time(17) for at in found)


def test_weekends_are_left_out() -> None:
    rep = make.make_user()
    found = suggest(rep, "", make.A_TUESDAY, count=10)
    assert len(found) == 10
    assert all(at.weekday() < 5 for at in found)
    assert found == sorted(found)
