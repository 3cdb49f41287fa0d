"""The bulk bar: what is asked first, what a click does, and what makes no sense does nothing."""

import re
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Account, Tag
from apps.tables import counting, jobs, runner
from apps.tables.models import BulkJob
from apps.users.models import Organisation, User
from tests import factories as make

pytestmark = pytest.mark.django_db
DIALOG = {"hx-request": "true", "hx-target": "div#dialog"}


@pytest.fixture
def rep() -> User:
    return make.make_user("Rita Rep", team=make.make_team("North"))


@pytest.fixture
def page(client: Client, rep: User) -> Client:
    client.force_login(rep)
    return client


@pytest.fixture
def accounts(rep: User) -> list[Account]:
    team = rep.memberships.get().team
    return [make.make_account(name, team=team) for name in ("Acme", "Beta", "Gamma")]


def said(page: Client) -> list[str]:
    return [str(one) for one in page.get("/tables/jobs/").context["messages"]]


def post(page: Client, table: str = "accounts", **given: Any) -> Any:
    headers = given.pop("headers", {})
    return page.post(f"/tables/{table}/bulk/", {"next": "/accounts/?q=x", **given}, headers=headers)


def test_an_action_asks_for_what_it_needs(page: Client, accounts: list[Account]) -> None:
    ids = [row.pk for row in accounts[:2]]
    html = post(page, action="tag", selected=ids).content.decode()
    assert "<html" in html  # a page, without scripts
    assert "<strong>2</strong> rows." in html
    dialog = post(page, action="tag", selected=ids, headers=DIALOG).content.decode()
    assert "<html" not in dialog
    assert dialog.count('name="selected"') == 2
    assert post(page, action="tag", selected=ids, step="start", tags="").status_code == 422
    assert not BulkJob.objects.exists()
    response = post(page, action="tag", selected=ids, step="start", tags="Hot, new")
    assert (response.status_code, response["Location"]) == (302, "/accounts/?q=x")
    assert said(page) == ["Tagged Hot, new: 2 rows."]
    assert set(Tag.objects.get(name="Hot").accounts.all()) == set(accounts[:2])


def test_the_toast_takes_it_back(page: Client, accounts: list[Account]) -> None:
    post(page, action="tag", selected=[accounts[0].pk], step="start", tags="Hot")
    html = page.get("/tables/jobs/").content.decode()
    found = re.search(r'action="(/tables/jobs/\d+/undo/)"', html)
    assert found is not None
    response = page.post(found.group(1), headers={"referer": "http://testserver/accounts/?tier=A"})
    assert response["Location"] == "/accounts/?tier=A"
    assert said(page) == ["Taken back: 1 row."]
    assert not accounts[0].tags.exists()
    page.post(found.group(1))
    assert said(page) == ["There is nothing to take back any more."]


def test_all_that_match_are_those_of_the_filter(page: Client, accounts: list[Account]) -> None:
    given: dict[str, Any] = {
        "action": "tag",
        "all": "1",
        "selected": [accounts[1].pk],
        "where": "name.begins.A",
    }
    assert "<strong>1</strong> row." in post(page, **given).content.decode()
    post(page, **given, step="start", tags="Hot")
    assert list(Tag.objects.get().accounts.all()) == [accounts[0]]


@pytest.mark.parametrize(
    "where", ["gibberish", "nothing.is.3", "name.is.", "or(", "employees.over.many", "x" * 5000]
)
def test_a_filter_that_makes_no_sense_does_nothing(page: Client, accounts: list[Account], where: str) -> None:
    response = post(page, action="tag", all="1", where=where, step="start", tags="Hot")
    assert response.status_code == 302
    assert said(page)[0].startswith("Nothing was changed.")
    assert not BulkJob.objects.exists()
    assert not Tag.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        {"action": "nothing"},
        {},
        {"action": "tag"},
        {"action": "tag", "selected": ["x", "\x00", "9" * 40, "-1"]},
        {"action": "tag", "all": "1", "q": "\x00nobody\x00"},
    ],
)
def test_what_makes_no_sense_does_nothing(
    page: Client, accounts: list[Account], given: dict[str, Any]
) -> None:
    assert post(page, **given).status_code == 302
    assert len(said(page)) == 1
    assert not BulkJob.objects.exists()


def test_an_unknown_table_is_404_and_a_get_no_way(page: Client) -> None:
    assert post(page, "nothing", action="tag").status_code == 404
    assert page.get("/tables/accounts/bulk/").status_code == 405


def test_an_outsider_changes_nothing_and_is_told(client: Client, accounts: list[Account]) -> None:
    client.force_login(make.make_user("Otto Outsider", team=make.make_team("South")))
    post(client, action="tag", selected=[row.pk for row in accounts], step="start", tags="Hot")
    assert said(client) == ["None of them is yours to change."]
    assert not Tag.objects.exists()
    mine = make.make_account()
    given: dict[str, Any] = {"action": "tag", "selected": [mine.pk, accounts[0].pk]}
    assert "1 more is not yours to change" in post(client, **given).content.decode()
    post(client, **given, step="start", tags="Hot")
    assert said(client) == ["Tagged Hot: 1 row.", "1 more is not yours to change."]


def test_rows_that_stay_are_told_with_the_reason(page: Client, rep: User, accounts: list[Account]) -> None:
    wishes = make.make_list("Wishes", owner=rep)
    make.make_dream_client(accounts[0], dream_client_list=wishes)
    ids = [row.pk for row in accounts]
    post(page, action="put_on_list", selected=ids, step="start", dream_client_list=wishes.pk, tier="A")
    assert said(page) == [
        "Put on the list Wishes: 2 rows.",
        "1 stayed as it was. Is on the list “Wishes” already.",
    ]


def test_what_is_only_proposed_is_said_so_and_nothing_else(
    page: Client, rep: User, accounts: list[Account]
) -> None:
    wishes = make.make_list("Wishes", owner=rep)
    Organisation.current()
    Organisation.objects.update(approve_targets=True)
    given: dict[str, Any] = {"action": "put_on_list", "selected": [row.pk for row in accounts]}
    assert "Wishes (to be approved)" in post(page, **given).content.decode()
    post(page, **given, step="start", dream_client_list=wishes.pk, tier="A")
    assert said(page) == [
        "3 accounts are proposed for the list Wishes: a manager has to approve them.",
    ]


def test_a_deletion_is_red_and_says_where_they_are(page: Client, accounts: list[Account]) -> None:
    given: dict[str, Any] = {"action": "delete", "selected": [row.pk for row in accounts[:2]]}
    assert "btn btn-danger" in post(page, **given).content.decode()
    post(page, **given, step="start")
    assert said(page) == ["2 accounts are in the bin."]


def many(number: int = jobs.AT_ONCE + 1) -> None:
    Account.objects.bulk_create(
        Account(name=f"Company {one:04}", name_key=f"company {one:04}") for one in range(number)
    )


def test_many_rows_lead_to_the_page_of_the_job(page: Client, client: Client, rep: User) -> None:
    many()
    response = post(page, action="tag", all="1", step="start", tags="Hot")
    job = BulkJob.objects.get()
    assert response["Location"] == f"/tables/jobs/{job.pk}/?next=%2Faccounts%2F%3Fq%3Dx"
    html = page.get(response["Location"]).content.decode()
    assert 'hx-trigger="every 1s"' in html
    assert "/accounts/?q=x" in html
    fragment = page.get(
        f"/tables/jobs/{job.pk}/", headers={"hx-request": "true", "hx-target": "div#progress"}
    )
    assert "<html" not in fragment.content.decode()
    while runner.run_next():
        pass
    html = page.get(f"/tables/jobs/{job.pk}/").content.decode()
    assert "every 1s" not in html
    assert f"/tables/jobs/{job.pk}/undo/" in html
    assert page.get(f"/tables/jobs/{job.pk}/rows/?state=done").content.decode().count("Company 0") == 50
    assert page.get("/accounts/").status_code == 200
    # Undone by a worker as well, and its page says how far that is.
    assert page.post(f"/tables/jobs/{job.pk}/undo/")["Location"] == f"/tables/jobs/{job.pk}/"
    assert "Taking back" in page.get(f"/tables/jobs/{job.pk}/").content.decode()
    page.post(f"/tables/jobs/{job.pk}/cancel/")
    assert "Stopped" in page.get(f"/tables/jobs/{job.pk}/").content.decode()


def counting_queries(queries: CaptureQueriesContext) -> list[str]:
    return [one["sql"] for one in queries if "COUNT(" in one["sql"] and "accounts_account" in one["sql"]]


def test_rows_are_counted_once_and_not_again_at_each_step(page: Client, accounts: list[Account]) -> None:
    make.make_account("Aleph", team=make.make_team("South"))
    given: dict[str, Any] = {"action": "tag", "all": "1", "where": "name.begins.A"}
    with CaptureQueriesContext(connection) as queries:
        html = post(page, **given).content.decode()
    assert len(counting_queries(queries)) == 2  # the rows, and all that the rep sees
    assert not any("DISTINCT" in sql for sql in counting_queries(queries))
    assert "<strong>1</strong> row." in html
    assert "1 more is not yours to change" in html
    assert '<input type="hidden" name="counted" value="1.1">' in html
    with CaptureQueriesContext(connection) as queries:
        again = post(page, **given, counted="1.1", step="start", tags="")
    assert again.status_code == 422
    assert 'value="1.1"' in again.content.decode()
    assert not counting_queries(queries)
    with CaptureQueriesContext(connection) as queries:
        post(page, **given, counted="1.1", step="start", tags="Hot")
    assert len(counting_queries(queries)) == 1  # how many were left out, for the job
    assert said(page) == ["Tagged Hot: 1 row.", "1 more is not yours to change."]


@pytest.mark.parametrize("counted", ["7.0", "0.0", "x", "-1.5", "9" * 40, "1.\x00"])
def test_what_was_counted_is_only_shown(page: Client, accounts: list[Account], counted: str) -> None:
    given: dict[str, Any] = {"action": "tag", "selected": [accounts[0].pk], "counted": counted}
    post(page, **given, step="start", tags="Hot")
    assert said(page) == ["Tagged Hot: 1 row."]
    post(page, **given | {"selected": [10**9]}, step="start", tags="Cold")
    assert said(page) == ["Tick the rows first."]
    assert not Tag.objects.filter(name="Cold").exists()


def test_nobody_counts_further_than_ten_thousand(page: Client, accounts: list[Account]) -> None:
    with mock.patch.object(counting, "MOST", 2):
        html = post(page, action="tag", all="1").content.decode()
    assert "<strong>2+</strong> rows." in html
    assert "Those that are not yours to change stay." in html
    assert 'name="counted" value="3."' in html


def test_what_a_join_names_twice_is_counted_once(accounts: list[Account]) -> None:
    accounts[0].tags.add(Tag.objects.create(name="a"), Tag.objects.create(name="b"))
    assert counting.number(Account.objects.filter(tags__name__in=["a", "b"])) == 1
    assert counting.number(Account.objects.all(), most=2) == 2


def test_an_action_without_a_form_asks_when_it_concerns_many(page: Client, rep: User) -> None:
    wishes = make.make_list("Wishes", owner=rep)
    rows = [make.make_dream_client(dream_client_list=wishes) for _number in range(3)]
    response = post(page, "dream_clients", action="revive", selected=[rows[0].pk])
    assert response.status_code == 302
    assert said(page) == ["1 stayed as it was. Is neither parked nor ruled out."]


def test_a_job_is_its_owners(page: Client, client: Client, accounts: list[Account]) -> None:
    post(page, action="tag", selected=[accounts[0].pk], step="start", tags="Hot")
    job = BulkJob.objects.get()
    client.force_login(make.make_user("Otto Outsider", team=make.make_team("South")))
    for path in ("", "rows/", "file/"):
        assert client.get(f"/tables/jobs/{job.pk}/{path}").status_code == 404
    for path in ("undo/", "cancel/", "retry/"):
        assert client.post(f"/tables/jobs/{job.pk}/{path}").status_code == 404
    client.force_login(make.make_user("Ada Admin", is_admin=True))
    assert client.get(f"/tables/jobs/{job.pk}/").status_code == 200
    assert (
        client.post(f"/tables/jobs/{job.pk}/undo/").status_code == 404
    )  # nobody takes back in another's name


@pytest.mark.parametrize(
    "query", ["?state=nothing", "?state=done&reason=%00", "?cursor=garbage", "?next=//evil.test"]
)
def test_garbage_in_the_address_of_a_job(page: Client, accounts: list[Account], query: str) -> None:
    post(page, action="tag", selected=[accounts[0].pk], step="start", tags="Hot")
    job = BulkJob.objects.get()
    assert page.get(f"/tables/jobs/{job.pk}/rows/{query}").status_code == 200
    response = page.get(f"/tables/jobs/{job.pk}/{query}")
    assert response.status_code == 200
    assert 'href="//evil' not in response.content.decode()


def test_pages_of_jobs_take_few_queries(page: Client, accounts: list[Account]) -> None:
    counted = []
    for number in (2, 6):
        for one in range(number):
            post(
                page,
                action="tag",
                selected=[accounts[0].pk, accounts[1].pk],
                step="start",
                tags=f"t{number}{one}",
            )
        job = BulkJob.objects.first()
        assert job is not None
        said(page)
        found = []
        for address in ("/tables/jobs/", f"/tables/jobs/{job.pk}/", f"/tables/jobs/{job.pk}/rows/"):
            with CaptureQueriesContext(connection) as queries:
                page.get(address)
            found.append(len(queries))
        counted.append(found)
    assert counted[0] == counted[1]
    assert max(counted[0]) <= 12, counted
