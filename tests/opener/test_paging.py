"""Cursors come from addresses, which anybody may write."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone

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


ORDERS = [
    ["last_touch_at", "id"], ["-last_touch_at", "-id"], ["owner__name", "id"], ["-owner__name", "-id"],
    ["tier", "last_touch_at", "id"], ["-tier", "-last_touch_at", "-id"], ["account__name_key", "id"],
]  # fmt: skip


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_pages_there_and_back_hold_each_row_once_nothing_last(order: list[str]) -> None:
    team = make.make_team()
    owners = [make.make_user(name, team=team) for name in ("Ann", "Bea")]
    rows = []
    for number in range(11):
        owner = [None, *owners][number % 3]
        at = datetime(2026, 1, 1 + number % 4, tzinfo=UTC) if number % 5 < 3 else None
        wishes = make.make_list(owner=owners[0], team=team)
        tier = "ABC"[number % 3]
        rows.append(
            make.make_dream_client(
                owner=owner, dream_client_list=wishes, last_touch_at=at, tier=tier, cold_at=timezone.now()
            )
        )
    everything = DreamClient.objects.select_related("account", "owner")
    there: list[list[DreamClient]] = []
    text = ""
    while True:
        page = keyset(everything, order=order, cursor=text, size=3)
        there.append(page.rows)
        if not page.next:
            break
        text = page.next
    found = [row for part in there for row in part]
    assert sorted(row.pk for row in found) == [row.pk for row in rows]
    first = order[0].lstrip("-")
    nothing = [
        (row.owner_id if first == "owner__name" else getattr(row, first, row.pk)) is None for row in found
    ]
    assert nothing == sorted(nothing)
    back = [page.rows]
    while page.previous:
        page = keyset(everything, order=order, cursor=page.previous, size=3)
        back.insert(0, page.rows)
    assert [row for part in back for row in part] == found
