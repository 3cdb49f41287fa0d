"""Cursors come from addresses, which anybody may write."""

import base64
import json
from typing import Any

import pytest

from apps.accounts.models import Account
from apps.activities.models import Activity
from apps.dreamclients.models import DreamClient
from opener.paging import keyset
from tests import factories as make

pytestmark = pytest.mark.django_db


def cursor(*values: Any, direction: Any = "n") -> str:
    """A cursor made by hand."""
    return base64.urlsafe_b64encode(json.dumps([direction, *values]).encode()).decode()


NONSENSE = [
    "no day", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "a\x00b", "\ud800", "", None, True, 1.5,
    10**30, float("inf"), float("nan"), [1], {"a": 1},
]  # fmt: skip


@pytest.mark.parametrize("value", NONSENSE, ids=repr)
@pytest.mark.parametrize("direction", ["n", "p"])
def test_a_cursor_with_any_value_is_a_page(value: Any, direction: str) -> None:
    make.make_activity(make.make_account())
    for queryset, order in (
        (Activity.objects.all(), ["-at", "-id"]),
        (Account.objects.all(), ["name_key", "id"]),
        (DreamClient.objects.all(), ["last_touch_at", "id"]),
    ):
        for values in ((value, 1), ("2026-01-01T00:00:00+00:00", value), (value, value)):
            keyset(queryset, order=order, cursor=cursor(*values, direction=direction))


@pytest.mark.parametrize(
    "text",
    ["garbage", "é", "=", cursor(), cursor(1), cursor(1, 2, 3), cursor(1, 2, direction=["n"]), cursor("no day", 1),
     cursor(float("inf"), 1), base64.b64encode(b"{}").decode(), base64.b64encode(b"[" * 2000).decode()],
)  # fmt: skip
def test_a_cursor_that_makes_no_sense_is_the_first_page(text: str) -> None:
    activity = make.make_activity(make.make_account())
    page = keyset(Activity.objects.all(), order=["-at", "-id"], cursor=text)
    assert page.rows == [activity]
    assert not page.previous
