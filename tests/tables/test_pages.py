"""The page of a table: what it shows, at what cost, what it does with nonsense."""

import re
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.users.models import Team, User
from tests import factories as make

pytestmark = pytest.mark.django_db
PAGES = {"accounts": "/accounts/", "contacts": "/contacts/", "dream_clients": "/dream-clients/"}
ROWS = {"hx-request": "true", "hx-target": "div#rows"}


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


def names(client: Client, url: str, status: int = 200) -> list[str]:
    response = client.get(url)
    assert response.status_code == status
    return [row.name for row in response.context["shown"].rows]


@pytest.mark.parametrize("key", PAGES)
def test_a_page_costs_the_same_for_3_rows_and_for_60(rep: User, key: str) -> None:
    client = signed_in(rep)
    every = ",".join(client.get(PAGES[key]).context["table"].columns)
    urls = [PAGES[key] + "?view=all", f"{PAGES[key]}?where=owner.is.me&columns={every}"]
    if key == "dream_clients":
        urls[0] = PAGES[key] + "?view=team"

    def fill(number: int) -> None:
        for _ in range(number):
            row = make.make_dream_client(owner=rep)
            make.make_contact(row.account, phone="+1 555")

    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    fill(3)
    few = [queries(url) for url in urls]
    fill(57)
    assert [queries(url) for url in urls] == few
    assert max(few) <= 12


def test_columns_stand_as_the_address_says(rep: User) -> None:
    make.make_account("Zoetis", employees=1200, country="DE")
    client = signed_in(rep)
    page = client.get("/accounts/?columns=employees.90,name.300,gone,country")
    assert [str(one) for one in page.context["asking"].columns] == ["name.300", "employees.90", "country.160"]
    text = page.content.decode()
    assert '<col width="90"' in text
    assert "1,200" in text
    assert "Germany (DE)" in text
    assert "These columns are left out, as their fields are gone: gone" in text
    answer = client.get("/accounts/?q=z&col=name.260&col=country.160&col=industry.180&move=industry.up")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/?q=z&columns=name.260%2Cindustry.180%2Ccountry.160"
    for nonsense in ("x", "name." + "9" * 30, "name.-1", ",,,", "\x00", "name.²"):
        assert client.get("/accounts/", {"columns": nonsense}).status_code == 200


def test_an_editable_cell_says_where_it_is_edited(rep: User, outsider: User, team: Team) -> None:
    account = make.make_account("Zoetis", team=team)
    mine = signed_in(rep).get("/accounts/").content.decode()
    assert f'id="cell-{account.pk}-domain"' in mine
    assert f'data-edit="/tables/accounts/{account.pk}/domain/"' in mine
    assert "data-edit" not in signed_in(outsider).get("/accounts/").content.decode()


def test_filters_read_as_sentences_each_with_its_way_out(rep: User) -> None:
    client = signed_in(rep)
    url = "/dream-clients/?where=tier.is.(A,B),or(owner.is.me,last_touch.older.14d),cold.is.yes"
    chips = client.get(url).context["shown"].chips
    assert [chip.text for chip in chips] == [
        "Tier is A or B", "Owner is me or Not touched for 14 days", "Going cold",
    ]  # fmt: skip
    left = client.get(chips[1].remove).context["asking"]
    assert left.where_text == "tier.is.(A,B),cold.is.yes"


@pytest.mark.parametrize(
    "query",
    ["?where=tier.is.Z", "?where=c_gone.is.1", "?where=)))", "?where=or(tier.is.A", "?tier=Z", "?owner=x&list=4",
     "?where=" + "x" * 9000, "?where=%00", "?where=account.has.%22%00%22", "?where=last_touch.older.x"],
)  # fmt: skip
def test_a_filter_without_sense_says_so_and_shows_no_rows(rep: User, query: str) -> None:
    make.make_dream_client(make.make_account("Zoetis"), owner=rep)
    client = signed_in(rep)
    page = client.get("/dream-clients/" + query)
    text = page.content.decode()
    assert page.status_code == 200
    assert "No rows are shown" in text
    assert "Zoetis" not in text
    remove = re.search(r'href="([^"]*)">Remove th', text)
    assert remove is not None
    assert client.get(
        remove[1].replace("&amp;", "&").replace("/dream-clients/", "") or "/dream-clients/"
    ).status_code in (200, 404)


def test_only_the_condition_to_blame_goes(rep: User) -> None:
    make.make_dream_client(make.make_account("Zoetis"), owner=rep, tier="A")
    client = signed_in(rep)
    shown = client.get("/dream-clients/?where=tier.is.A,list.is.999").context["shown"]
    assert [chip.is_wrong for chip in shown.chips] == [False, True]
    assert names(client, shown.remove_culprit) == ["Zoetis"]


def test_a_page_beyond_the_end_says_so(rep: User) -> None:
    for number in range(60):
        make.make_account(f"Company {number:02}")
    client = signed_in(rep)
    first = client.get("/accounts/").context["page"]
    second = client.get("/accounts/", {"cursor": first.next}).context["page"]
    assert len(first.rows) + len(second.rows) == 60
    page = client.get("/accounts/", {"cursor": second.previous, "q": "company 59"})
    assert "There are no rows on this page any more" in page.content.decode()
    assert len(client.get("/accounts/?cursor=garbage").context["page"].rows) == 50


@pytest.mark.parametrize("key", PAGES)
def test_every_sortable_column_pages_through_all_rows(
    rep: User, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.tables.pages.SIZE", 4)
    for number in range(7):
        row = make.make_dream_client(owner=rep if number % 3 else None, dream_client_list=None, tier="ABC"[number % 3],
                                     last_touch_at=timezone.now() if number % 2 else None)  # fmt: skip
        make.make_contact(row.account)
    client = signed_in(make.make_user("Ada", is_admin=True))
    start = "?view=team" if key == "dream_clients" else "?view=all"
    sorts = [one.key for one in client.get(PAGES[key]).context["table"].columns.values() if one.is_sortable]
    assert len(sorts) > 6
    for sort in sorts:
        for down in ("", "-"):
            first = client.get(f"{PAGES[key]}{start}&sort={down}{sort}").context["page"]
            rest = client.get(f"{PAGES[key]}{start}&sort={down}{sort}&cursor={first.next}").context["page"]
            assert len({row.pk for row in [*first.rows, *rest.rows]}) == 7, sort


class TestBuilder:
    url = "/tables/dream_clients/filter/"

    def test_it_works_without_scripts(self, rep: User) -> None:
        client = signed_in(rep)
        page = client.get(self.url, {"where": "tier.is.A", "to": "/dream-clients/?view=team"})
        assert 'value="A" checked' in re.sub(r'id="v1-A" ', "", page.content.decode())
        sent = {
            "to": "/dream-clients/?view=team",
            "j0": "or",
            "block": "1",
            "j1": "and",
            "line": ["1", "2", "3", "4"],
        }
        sent |= {
            "b1": "0",
            "f1": "tier",
            "o1": "is",
            "v1": ["A", "B"],
            "b2": "1",
            "f2": "last_touch",
            "o2": "older",
        }
        sent |= {"v2": "14", "b3": "1", "f3": "owner", "o3": "empty", "b4": "0", "f4": ""}
        answer = client.get(self.url, sent | {"do": "apply"})
        assert answer.status_code == 302
        where = client.get(answer["Location"]).context["asking"].where_text
        assert where == "or(tier.is.(A,B),and(last_touch.older.14,owner.empty))"

    def test_it_begins_with_one_empty_condition(self, rep: User) -> None:
        for query, lines in (({"do": "add"}, 1), ({}, 1), ({"where": "tier.is.A", "do": "add"}, 2)):
            page = signed_in(rep).get(self.url, query).content.decode()
            assert page.count('name="line"') == lines, query

    def test_what_is_wrong_is_said_at_its_line_and_nothing_typed_is_lost(self, rep: User) -> None:
        sent = {
            "j0": "and",
            "line": ["1", "2"],
            "f1": "account",
            "o1": "has",
            "v1": "Zoe",
            "f2": "tier",
            "o2": "is",
        }
        answer = signed_in(rep).get(self.url, sent | {"do": "apply"})
        assert answer.status_code == 422
        text = answer.content.decode()
        assert "The filter on “Tier” needs a value." in text
        assert 'value="Zoe"' in text

    @pytest.mark.parametrize(
        "do", ["add", "add-0", "group", "drop-1", "drop-99", "ungroup-1", "x", "add-²", ""]
    )
    def test_buttons_draw_it_again(self, rep: User, do: str) -> None:
        sent = {"j0": "and", "line": ["1", "²", "\x00"], "f1": "tier", "o1": "no", "v1": "\x00", "block": "1"}
        assert signed_in(rep).get(self.url, sent | {"do": do}).status_code == 200

    def test_what_lies_deeper_is_kept_as_it_is(self, rep: User) -> None:
        deep = "tier.is.A,or(and(tier.is.B,cold.is.yes),owner.is.me)"
        client = signed_in(rep)
        page = client.get(self.url, {"where": deep}).content.decode()
        raw = re.search(r'name="r(\d+)" value="([^"]*)"', page)
        assert raw is not None
        sent = {"j0": "and", "line": [raw[1]], f"r{raw[1]}": raw[2], "do": "apply"}
        assert "or%28and%28tier.is.B" in client.get(self.url, sent)["Location"]

    def test_it_leads_back_to_ours_alone(self, rep: User) -> None:
        answer = signed_in(rep).get(self.url, {"j0": "and", "do": "apply", "to": "https://evil.test/"})
        assert answer["Location"].startswith("/dream-clients/?")


class TestCounts:
    def test_all_tabs_are_counted_in_one_request(self, rep: User) -> None:
        for number in range(3):
            make.make_account(f"Company {number}", employees=number)
        client = signed_in(rep)
        kept = {"name": "Big ones", "audience": "private", "where": "employees.over.1"}
        client.post("/tables/accounts/views/new/", kept)
        url = "/tables/accounts/counts/?tabs=1&where=employees.over.0"
        with CaptureQueriesContext(connection) as captured:
            text = client.get(url).content.decode()
        assert len([one for one in captured if "count(*)" in one["sql"]]) <= 4
        assert '<span id="total" hx-swap-oob="innerHTML">2</span>' in text
        assert 'id="count-view-all" hx-swap-oob="true">3</span>' in text
        assert re.search(r'id="count-view-\d+" hx-swap-oob="true">1</span>', text)

    def test_beyond_ten_thousand_nobody_counts(self, rep: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("apps.tables.counting.MOST", 2)
        for number in range(4):
            make.make_account(f"Company {number}")
        assert ">2+</span>" in signed_in(rep).get("/tables/accounts/counts/?where=").content.decode()

    @pytest.mark.parametrize("query", ["?where=)))", "?where=c_gone.is.1", "?where=%00&q=%00", "?tabs=1"])
    def test_nonsense_has_no_number(self, rep: User, query: str) -> None:
        answer = signed_in(rep).get("/tables/accounts/counts/" + query)
        assert answer.status_code == 200
        assert 'id="total"' not in answer.content.decode()


def test_htmx_gets_the_rows_alone(rep: User) -> None:
    make.make_account("Zoetis")
    answer = signed_in(rep).get("/accounts/?q=zo", headers=ROWS).content.decode()
    assert "Zoetis" in answer
    assert "<html" not in answer
    assert '<span id="total" hx-swap-oob="innerHTML">1</span>' in answer
    assert '<span id="total-of" hx-swap-oob="innerHTML">company</span>' in answer


def test_a_query_that_takes_too_long_says_what_to_do(rep: User, monkeypatch: pytest.MonkeyPatch) -> None:
    make.make_account("Zoetis")
    client = signed_in(rep)

    def slow(*_args: Any, **_options: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local statement_timeout = 1")
            cursor.execute("select pg_sleep(1)")

    monkeypatch.setattr("apps.tables.pages.keyset", slow)
    assert names(client, "/accounts/") == []
    assert "Narrow the filter" in client.get("/accounts/").content.decode()
