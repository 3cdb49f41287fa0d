"""The tables and forms of dream clients: what they show, to whom, and at what cost."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.dreamclients.models import DreamClient, DreamClientList
from apps.users.models import Team, User
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make.make_team("North")


@pytest.fixture
def rep(team: Team) -> User:
    return make.make_user("Rita Rep", team=team)


@pytest.fixture
def outsider() -> User:
    return make.make_user("Otto", team=make.make_team("South"))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def fill(rep: User, number: int, dream_list: DreamClientList) -> None:
    for index in range(number):
        account = make.make_account(f"Company {index:03}", team=dream_list.team)
        make.make_dream_client(account, owner=rep, dream_client_list=dream_list, why_change="Costs")


@pytest.mark.parametrize("where", ["list", "all", "lists"])
def test_a_table_costs_the_same_for_any_number_of_rows(rep: User, where: str) -> None:
    dream_list = make.make_list(owner=rep)
    url = reverse(f"dreamclients:{where}", args=[dream_list.pk] if where == "list" else [])
    client = signed_in(rep)
    fill(rep, 3, dream_list)
    client.get(url)
    few = queries(client, url)
    fill_more = make.make_list(owner=rep)
    fill(rep, 27, dream_list)
    fill(rep, 3, fill_more)
    assert queries(client, url) == few
    assert few <= 12


def test_a_list_shows_its_dream_clients_and_to_nobody_else(rep: User, outsider: User) -> None:
    dream_list = make.make_list("Wishes", owner=rep)
    make.make_dream_client(
        make.make_account("Zoetis"),
        owner=rep,
        dream_client_list=dream_list,
        why_change="Vaccines <b>spoil</b>",
    )
    url = reverse("dreamclients:list", args=[dream_list.pk])
    page = signed_in(rep).get(url).content.decode()
    assert "Zoetis" in page
    assert "Vaccines &lt;b&gt;spoil" in page
    assert signed_in(outsider).get(url).status_code == 404


def shown(client: Client, query: str) -> list[str]:
    response = client.get(reverse("dreamclients:all") + query)
    assert response.status_code == 200
    return [row.account.name for row in response.context["page"].rows]


def test_filters_and_orders(rep: User, team: Team) -> None:
    now = timezone.now()
    colleague = make.make_user("Carl", team=team)
    dream_list = make.make_list(owner=rep)

    def row(name: str, **fields: Any) -> DreamClient:
        return make.make_dream_client(make.make_account(name), dream_client_list=dream_list, **fields)

    row("Alpha Motors", owner=rep, tier="B", rung="met", last_touch_at=now, next_touch_at=now)
    row("Beta", owner=rep, tier="A", last_touch_at=now - timedelta(days=40), cold_at=now - timedelta(days=1))
    row("Gamma", owner=colleague, tier="C")
    row("Delta", tier="A")
    make.make_dream_client(make.make_account("Elsewhere"))  # another team's
    client = signed_in(rep)

    assert shown(client, "") == ["Beta", "Alpha Motors"]
    assert shown(client, "?view=team") == ["Beta", "Delta", "Alpha Motors", "Gamma"]
    assert shown(client, "?view=team&sort=-tier") == ["Gamma", "Alpha Motors", "Delta", "Beta"]
    assert shown(client, "?view=nobody") == ["Delta"]
    assert shown(client, "?view=cold") == ["Beta"]
    assert shown(client, "?cold=1") == ["Beta"]
    assert shown(client, f"?owner={colleague.pk}") == ["Gamma"]
    assert shown(client, "?owner=nobody") == ["Delta"]
    assert shown(client, "?rung=met") == ["Alpha Motors"]
    assert shown(client, "?view=team&q=mot") == ["Alpha Motors"]
    assert shown(client, "?view=team&q=alpha+m") == ["Alpha Motors"]
    assert shown(client, "?view=team&tier=A&q=b") == ["Beta"]
    assert shown(client, "?view=team&sort=name") == ["Alpha Motors", "Beta", "Delta", "Gamma"]
    assert shown(client, "?view=team&sort=last")[0] == "Beta"
    assert shown(client, "?view=team&sort=next")[0] == "Alpha Motors"


@pytest.mark.parametrize(
    "query",
    ["?q=%00", "?tier=Z&rung=x&owner=y&list=-1&team=9999999999999999999999", "?cursor=%00", "?cursor=WyJuIiwgIlx1MDAwMCIsIDFd",
     "?cursor=WyJuIiwgIkEiLCA5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OV0", "?q=" + "x" * 5000, "?q=%27%26%7C%21%3A*", "?sort=password", "?sort=last&cursor=WyJuIiwgIm5vIGRheSIsIDFd", "?cursor=WyJuIiwgIkEiLCBJbmZpbml0eV0"],
)  # fmt: skip
def test_a_query_that_makes_no_sense_is_answered(rep: User, query: str) -> None:
    make.make_dream_client(owner=rep)
    client = signed_in(rep)
    for name in (
        "dreamclients:all",
        "accounts:list",
        "accounts:contacts",
        "search:results",
        "dreamclients:lists",
    ):
        assert client.get(reverse(name) + query).status_code == 200


def test_pages_follow_each_other(rep: User) -> None:
    dream_list = make.make_list(owner=rep)
    fill(rep, 60, dream_list)
    client, url = signed_in(rep), reverse("dreamclients:list", args=[dream_list.pk])
    first = client.get(url + "?sort=name").context["page"]
    second = client.get(url, {"sort": "name", "cursor": first.next}).context["page"]
    names = [row.account.name for row in [*first.rows, *second.rows]]
    assert names == sorted(names)
    assert len(set(names)) == 60


def test_htmx_gets_the_rows_alone(rep: User) -> None:
    make.make_dream_client(make.make_account("Zoetis"), owner=rep)
    client = signed_in(rep)
    headers = {"HX-Request": "true", "HX-Target": "div#rows"}
    answer = client.get(reverse("dreamclients:all"), headers=headers).content.decode()
    assert "Zoetis" in answer
    assert "<html" not in answer
