"""Search: what begins with what was typed."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.users.models import User
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep() -> User:
    return make.make_user("Rita Rep", team=make.make_team("North"))


def found(user: User, text: str) -> tuple[list[str], list[str], list[str]]:
    client = Client()
    client.force_login(user)
    context = client.get(reverse("search:results"), {"q": text}).context
    return tuple([row.name for row in context[kind]] for kind in ("accounts", "contacts", "lists"))  # type: ignore[return-value]


def test_accounts_contacts_and_lists_by_the_beginning_of_any_word(rep: User) -> None:
    account = make.make_account("General Motors", domain="gm.com")
    make.make_contact(account, first_name="Mora", last_name="Genz", email="boss@gm.com")
    make.make_list("Motor makers", owner=rep)
    make.make_list("Motor of others")
    assert found(rep, "mo") == (["General Motors"], ["Mora Genz"], ["Motor makers"])
    assert found(rep, "gen") == (["General Motors"], ["Mora Genz"], [])
    assert found(rep, "makers") == ([], [], ["Motor makers"])
    assert found(rep, "otors") == ([], [], [])
    assert found(rep, "boss@") == ([], ["Mora Genz"], [])
    assert found(rep, "https://www.gm.com/x")[0] == ["General Motors"]


@pytest.mark.parametrize(
    "text", ["", "   ", "\x00", "%", "_", "'", "& | ! :*", "\\", "مر", "🦄", "x" * 3000, "a@b@c"]
)
def test_anything_may_be_typed(rep: User, text: str) -> None:
    make.make_account("Zoetis")
    assert found(rep, text) == ([], [], [])


def test_while_typing_only_the_results_come_back(rep: User) -> None:
    make.make_account("<b>Zoetis</b>")
    client = Client()
    client.force_login(rep)
    headers = {"HX-Request": "true", "HX-Target": "div#found"}
    answer = client.get(reverse("search:results"), {"q": "zoe"}, headers=headers).content.decode()
    assert "&lt;b&gt;Zoetis" in answer
    assert "<html" not in answer
    nothing = client.get(reverse("search:results"), {"q": "<i>"}, headers=headers).content.decode()
    assert "No account, contact or list" in nothing
    assert "<i>" not in nothing


def test_it_costs_the_same_for_any_number_of_rows(rep: User) -> None:
    client = Client()
    client.force_login(rep)

    def queries(number: int) -> int:
        for _ in range(number):
            make.make_contact(make.make_account("Motor works"), first_name="Mo")
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("search:results") + "?q=mo")
        return len(captured)

    queries(1)
    few = queries(12)
    assert queries(20) == few
    assert few <= 12
