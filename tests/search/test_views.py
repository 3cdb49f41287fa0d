"""The page of the search, its options while typing, and the commands of the palette."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Note
from apps.search.commands import COMMANDS
from apps.users.models import User
from tests import factories as make

pytestmark = pytest.mark.django_db
TYPING = {"HX-Request": "true", "HX-Target": "found"}


@pytest.fixture
def rep() -> User:
    return make.make_user("Rita Rep", team=make.make_team("North"))


@pytest.fixture
def client(rep: User) -> Client:
    client = Client()
    client.force_login(rep)
    return client


def search(client: Client, text: str, **headers: str) -> str:
    answer = client.get(reverse("search:results"), {"q": text}, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


GARBAGE = [
    *(
        "",
        "   ",
        "\x00",
        "%",
        "_",
        "'",
        '"',
        "& | ! :*",
        "\\",
        "!!!",
        "...",
        "--",
        "()",
        "a@b@c",
        "@",
        "+",
        "0000",
    ),
    *("مر", "مرحبا", "🦄", "🦄 🦄", "é" * 300, "x" * 3000, "x " * 300, "<script>alert(1)</script>"),
    *(
        "\u202eabc",
        "e\u0301" * 100,
        "' OR 1=1 --",
        "a:* & b",
        "NULL",
        "½",
        "\ud7ff",
        "1" * 300,
        "a.b.c.d.e.f",
    ),
]


@pytest.mark.parametrize("text", GARBAGE)
def test_anything_may_be_typed(client: Client, text: str) -> None:
    make.make_account("Zoetis")
    for headers in ({}, TYPING):
        answer = search(client, text, **headers)
        assert "Zoetis" not in answer
        assert "<script>alert" not in answer


def test_while_typing_only_the_options_come_back(client: Client, rep: User) -> None:
    account = make.make_account("<b>Zoetis</b>")
    Note.objects.create(account=account, author=rep, body="The <i>zoetis</i> plan")
    answer = search(client, "zoe", **TYPING)
    assert "&lt;b&gt;Zoetis" in answer
    assert "<mark>zoetis</mark>" in answer
    assert "<i>" not in answer
    assert 'role="option"' in answer
    assert "<html" not in answer
    nothing = search(client, "nothing at all", **TYPING)
    assert nothing.count('role="option"') == 1
    assert "Everything for “nothing at all”" in nothing
    assert search(client, "", **TYPING).strip() == ""


def test_the_page_shows_ten_of_a_kind_and_leads_to_all(client: Client) -> None:
    for _ in range(12):
        make.make_account("Motor works")
    page = search(client, "motor")
    assert page.count("list-row") == 10
    assert f'href="{reverse("accounts:list")}?q=motor"' in page
    assert search(client, "motor", **TYPING).count('data-kind="account"') == 5
    assert "Did you mean" in search(client, "moter")
    assert "Nothing is called" in search(client, "qqqqqq")


def test_it_costs_the_same_for_any_number_of_rows(client: Client, rep: User) -> None:
    def queries(number: int, text: str) -> int:
        for _ in range(number):
            account = make.make_account("Motor works")
            make.make_contact(account, first_name="Mo")
            make.make_dream_client(account, owner=rep, dream_client_list=book)
            Note.objects.create(account=account, author=rep, body="Motor")
        with CaptureQueriesContext(connection) as captured:
            search(client, text)
        return len(captured)

    book = make.make_list("Motors", owner=rep)
    few = queries(1, "motor")
    assert queries(20, "motor") == few
    assert queries(0, "mo") == few
    assert queries(0, "a") <= few
    assert queries(0, "mottor wroks") <= 12


def test_the_palette_offers_what_its_user_may_do(client: Client) -> None:
    address = reverse("search:palette")
    page = client.get(address).content.decode()
    assert reverse("accounts:create") in page
    assert reverse("users:people") not in page
    client.force_login(make.make_user("Ada Admin", is_admin=True))
    page = client.get(address).content.decode()
    for command in COMMANDS:
        assert str(command.label) in page or command.label == "Caught mail"
        assert command.url or command.press or command.page == "mail:catcher", command


@pytest.mark.parametrize("said", ["going cold", "export", "assign", "nobody works", "my opportunities"])
def test_views_and_deeds_are_found_among_the_commands(said: str) -> None:
    words = [f"{one.label} {one.more}".lower() for one in COMMANDS]
    assert any(all(part in text for part in said.split()) for text in words)


def test_each_command_leads_where_its_user_may_go(client: Client, rep: User) -> None:
    for user in (rep, make.make_user("Ada Admin", is_admin=True)):
        client.force_login(user)
        for command in COMMANDS:
            if command.is_for(user) and command.url:
                assert client.get(command.url).status_code in (200, 302), command.label
