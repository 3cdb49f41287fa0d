"""How many rows views mean: a slow one takes no other along."""

from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Account
from apps.tables import counting
from apps.tables.models import SavedView, ViewChoice
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _three_accounts() -> None:
    for name in ("Acme", "Beta", "Gamma"):
        make.make_account(name)


def slow(seconds: float = 5) -> QuerySet[Any]:
    """Takes that long."""
    return Account.objects.filter(pk=RawSQL("(select 0 from pg_sleep(%s))", [seconds]))


def timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("show statement_timeout")
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_slow_one_leaves_the_others_in_place(place: int) -> None:
    usual = timeout()
    rows: list[tuple[str, Any]] = [
        ("all", Account.objects.all()),
        ("none", Account.objects.none()),
        ("one", Account.objects.filter(name="Acme")),
    ]
    rows.insert(place, ("slow", slow()))
    assert counting.counts(dict(rows)) == {"all": "3", "none": "0", "one": "1"}
    assert timeout() == usual


def test_nothing_to_count_asks_nothing() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert counting.counts({"none": Account.objects.none()}) == {"none": "0"}
        assert counting.counts({}) == {}
    assert not [one for one in queries if "count(" in one["sql"]]


def test_nobody_waits_longer_than_that_for_all_of_them() -> None:
    with mock.patch.object(counting, "PATIENCE", 40):
        assert counting.counts({f"slow-{one}": slow(0.2) for one in range(4)}) == {}


def test_the_last_of_very_many_share_a_statement() -> None:
    rows = {f"one-{one}": Account.objects.all() for one in range(40)}
    with CaptureQueriesContext(connection) as queries:
        assert counting.counts(rows) == dict.fromkeys(rows, "3")
    assert len([one for one in queries if "count(" in one["sql"]]) == counting.STATEMENTS


@pytest.mark.parametrize(
    ("table", "where"),
    [("accounts", "name.begins.A"), ("contacts", "name.begins.A"), ("dream_clients", "owner.is.me")],
)
def test_a_page_with_many_views_takes_few_queries(client: Client, table: str, where: str) -> None:
    rep = make.make_user("Rita Rep", team=make.make_team("North"))
    client.force_login(rep)
    for one in range(10):
        view = SavedView.objects.create(table=table, name=f"View {one}", owner=rep, where=where)
        ViewChoice.objects.create(user=rep, table=table, view=view, is_pinned=True)
    with CaptureQueriesContext(connection) as queries:
        html = client.get(f"/tables/{table}/counts/?tabs=1&where={where}").content.decode()
    assert html.count('id="count-') > 10
    assert len(queries) <= 12, [one["sql"][:80] for one in queries]
