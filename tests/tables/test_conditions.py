"""Every condition that a table can be asked, against the same in plain Python over rows that are there."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import EmptyResultSet
from django.utils import timezone

from apps.accounts.models import OptOut, Tag
from apps.accounts.names import name_key
from apps.tables.columns import Column, Kind
from apps.tables.conditions import ME, OPERATORS, WITHOUT_VALUE
from apps.tables.table import TABLES, Asked, Table
from apps.tables.where import Condition, Group, WhereError, write
from apps.users.models import User
from opener.days import local_day
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep() -> User:
    """Somebody far from UTC, with rows of all sorts, some of them another team's."""
    team, other = make.make_team("North"), make.make_team("South")
    rep = make.make_user("Rita Rep", team=team, time_zone="Pacific/Auckland")
    colleague = make.make_user("Carl", team=team)
    stranger = make.make_user("Otto", team=other)
    now = timezone.now()
    tags = [Tag.objects.create(name=name) for name in ("Hot", "Fair 2026", "Old")]
    owners = [rep, colleague, None, stranger]
    for number in range(12):
        account = make.make_account(
            f"Société {number} Ltd" if number % 2 else f"Alpha {number}",
            team=[team, other, None][number % 3],
            domain=f"company{number}.example" if number % 4 else None,
            industry=["technology", "energy", ""][number % 3],
            country=["DE", "", "US"][number % 3],
            employees=[None, 0, 3, 250][number % 4],
            headquarters=["Oslo", ""][number % 2],
            phone=["", "+49 30 1"][number % 2],
            created_at=now - timedelta(days=number * 9, hours=number),
        )
        account.tags.set(tags[: number % 4])
        contact = make.make_contact(
            account, first_name="Édith", role=["champion", ""][number % 2], title=["CFO", ""][number % 2],
            email=f"e{number}@zoetis.example" if number % 3 else "", phone=["", "+1 555"][number % 2],
        )  # fmt: skip
        if number % 5 == 0:
            OptOut.objects.create(contact=contact, channel="email")
        if number == 11:
            continue
        owner = owners[number % 4]
        wishes = make.make_list(owner=owner or rep, team=other if owner == stranger else team)
        make.make_dream_client(
            account, owner=owner, dream_client_list=wishes, tier="ABC"[number % 3],
            rung=["targeted", "met", "opened"][number % 3], why_change=["", "Costs rise"][number % 2],
            last_touch_at=None if number % 3 == 0 else now - timedelta(days=number * 5, hours=3),
            next_touch_at=None if number % 2 else now + timedelta(days=number),
            contract_end=None if number % 2 else date(2026, 1, 1) + timedelta(days=number * 40),
            parked_until=now + timedelta(days=9) if number == 4 else None,
            cold_at=now + timedelta(days=6 - number),
        )  # fmt: skip
    return rep


@pytest.mark.parametrize("key", ["accounts", "contacts", "dream_clients"])
def test_a_condition_means_what_python_says(rep: User, key: str) -> None:
    table = TABLES[key](rep)
    rows = table.fetch(table.rows(), table.columns)
    assert len(rows) > 8
    asked = 0
    for column in table.columns.values():
        if not column.is_filterable:
            continue
        for operator in OPERATORS[column.kind]:
            for values in _values(column, operator, rows, rep):
                condition = Condition(column.key, operator, values)
                found = {row.pk for row in table.matching(Asked.of(where=write(Group("and", (condition,)))))}
                meant = {row.pk for row in rows if _holds(column, operator, values, row, rep)}
                assert found == meant, str(condition)
                asked += 1
    assert asked > 100


def _values(  # noqa: PLR0911 - one a kind
    column: Column, operator: str, rows: list[Any], user: User
) -> list[tuple[str, ...]]:
    """What to hold it against: values that are there, several, and some that are not."""
    if operator in WITHOUT_VALUE:
        return [()]
    if operator in ("within", "older", "next"):
        return [("0",), ("9d",), ("30",)]
    if column.kind in (Kind.DATE, Kind.MOMENT):
        return [("today",), ("2026-03-22",), (str(local_day(timezone.now(), user.time_zone) - timedelta(9)),)]
    if column.kind is Kind.YES_NO:
        return [("yes",), ("no",)]
    if column.kind in (Kind.NUMBER, Kind.MONEY):
        return [("3",), ("2.5",), ("0",), ("99999999999",)] + (
            [("3", "250")] if operator in ("is", "not") else []
        )
    if column.choices is not None:
        known = [str(value) for value, _label in column.choices(user)][:3]
        own = [(ME,)] if column.kind is Kind.USER else []
        return [*[(value,) for value in known], tuple(known), *own]
    there = [str(value) for value in (_said(column, row) for row in rows) if value][:2]
    return [("a",), ("é",), ("%",), *((text,) for text in there), tuple(there) or ("x",)]


def _said(column: Column, row: Any) -> Any:
    if column.key == "name" and hasattr(row, "first_name"):
        return row.name_key
    return column.value_of(row)


def _holds(  # noqa: PLR0911 - one a kind
    column: Column, operator: str, values: Sequence[str], row: Any, user: User
) -> bool:
    value = _said(column, row)
    if column.kind is Kind.CHOICES:
        return _holds_many(column, operator, values, value or [], user)
    if operator in WITHOUT_VALUE:
        return (value in (None, "")) == (operator == "empty")
    if column.kind is Kind.YES_NO:
        return bool(value) == (values[0] == "yes")
    if operator == "not":
        return not _holds(column, "is", values, row, user)
    if column.kind in (Kind.DATE, Kind.MOMENT):
        return _holds_day(operator, values[0], value, user)
    if value is None:
        return False
    if column.kind in (Kind.NUMBER, Kind.MONEY):
        held = [Decimal(one) for one in values]
        return bool({"is": value in held, "under": value < held[0], "over": value > held[0]}[operator])
    if column.choices is not None:
        return str(value) in [str(user.pk) if one == ME else one for one in values]
    plain = name_key if column.key in ("name", "account") else str.lower
    texts = [plain(one) for one in values]
    said = plain(str(value))
    tests = {"is": said.__eq__, "has": said.__contains__, "begins": said.startswith}
    return any(tests[operator](one) for one in texts)


def _holds_many(column: Column, operator: str, values: Sequence[str], there: list[str], user: User) -> bool:
    labels = {str(value): str(label) for value, label in column.choices(user)} if column.choices else {}
    wanted = [labels[value] for value in values]
    return {
        "empty": not there,
        "set": bool(there),
        "has": any(one in there for one in wanted),
        "all": all(one in there for one in wanted),
        "lacks": not any(one in there for one in wanted),
    }[operator]


def _holds_day(operator: str, text: str, value: Any, user: User) -> bool:
    if value is None:
        return operator == "older"
    day = local_day(value, user.time_zone) if isinstance(value, datetime) else value
    today = local_day(timezone.now(), user.time_zone)
    if operator in ("within", "older", "next"):
        span = timedelta(days=int(text.removesuffix("d")))
        tests = {
            "within": today - span <= day <= today,
            "older": day < today - span,
            "next": today <= day <= today + span,
        }
        return tests[operator]
    named = today if text == "today" else date.fromisoformat(text)
    return {"is": day == named, "before": day < named, "after": day > named}[operator]


def test_groups_join_as_they_say(rep: User) -> None:
    table = TABLES["dream_clients"](rep)

    def found(where: str) -> set[int]:
        return {row.pk for row in table.matching(Asked.of(where=where))}

    a, cold, mine = found("tier.is.A"), found("cold.is.yes"), found("owner.is.me")
    assert found("or(tier.is.A,cold.is.yes)") == a | cold
    assert found("tier.is.A,or(cold.is.yes,owner.is.me)") == a & (cold | mine)
    assert found("or(and(tier.is.A,cold.is.yes),owner.is.me)") == (a & cold) | mine
    assert all((a, cold, mine))
    assert a != cold


NONSENSE = [
    "tier.is.Z", "tier.is", "nothing.is.1", "tier.has.A", "owner.is.99999", "owner.is.x", "team.is.²", "list.is.0x1",
    "last_touch.older.soon", "last_touch.older.999999", "last_touch.is.2026-02-30", "last_touch.before.(2026-01-01,2026-01-02)",
    "contract_end.is.0001-01-01", "contract_end.after.99999-01-01", "employees.over.NaN", "employees.is.1e99",
    "employees.under.(1,2)", "cold.is.maybe", "tags.has.none", 'account.has."\x00"', "account.has.", "industry.is.",
    "employees.over.", "why.is", "created.is.today",
]  # fmt: skip


@pytest.mark.parametrize("where", NONSENSE)
def test_what_makes_no_sense_means_no_rows_and_says_why(rep: User, where: str) -> None:
    table: Table = TABLES["dream_clients"](rep)
    with pytest.raises(WhereError, match=r"[.]"):
        table.matching(Asked.of(where=where))


def test_nobody_learns_from_a_filter_how_far_another_team_has_come(rep: User) -> None:
    table = TABLES["accounts"](rep)
    rows = table.fetch(table.rows(), ["name", "rung", "owner"])
    others = {row.pk for row in rows if row.worked and not row.seen}
    assert others
    for where in (
        "rung.is.(targeted,touched,engaged,time_committed,met,opened)",
        "tier.is.(A,B,C)",
        "next_touch.set",
    ):
        assert not others & {row.pk for row in table.matching(Asked.of(where=where))}


DENIED = re.compile(r"NOT \(+[^()]*(?:\([^()]*\)[^()]*)*? IN \(\s*SELECT", re.IGNORECASE)


@pytest.mark.parametrize("key", ["accounts", "contacts", "dream_clients"])
def test_no_condition_reads_another_table_again_for_every_row(rep: User, key: str) -> None:
    """PostgreSQL cannot hash NOT IN (SELECT …) over a million rows in its memory; NOT EXISTS it joins."""
    table = TABLES[key](rep)
    rows = table.fetch(table.rows(), table.columns)
    for column in table.columns.values():
        for operator in OPERATORS[column.kind] if column.is_filterable else ():
            for values in _values(column, operator, rows, rep):
                where = write(Group("and", (Condition(column.key, operator, values),)))
                with suppress(EmptyResultSet):
                    sql, _values_of_it = table.matching(Asked.of(where=where)).query.sql_with_params()
                    assert not DENIED.search(sql), where
