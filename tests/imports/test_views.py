"""The pages of an import, as their owner, a colleague and somebody without JavaScript see them."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Account
from apps.activities.models import Notification
from apps.dreamclients.models import DreamClient, DreamClientList
from apps.imports import runner
from apps.imports.models import Import
from apps.users.models import User
from opener.sheets import harmless
from tests import factories as make

pytestmark = pytest.mark.django_db
TEXT = "Company,Website,Sector\nAcme,acme.example,Energy\nBeta,not a domain,Energy\n"


@pytest.fixture
def rep() -> User:
    return make.make_user("Rita Rep", team=make.make_team("North"))


@pytest.fixture
def page(client: Client, rep: User) -> Client:
    client.force_login(rep)
    return client


def upload(page: Client, text: str | bytes = TEXT, **fields: Any) -> Any:
    content = text.encode() if isinstance(text, str) else text
    data = {"file": SimpleUploadedFile("companies.csv", content), "tier": "B", **fields}
    return page.post(reverse("imports:upload"), data)


def start(page: Client, draft: Import, **changes: str) -> Any:
    chosen = {f"c{index}": field for index, field in draft.mapping.items()}
    return page.post(reverse("imports:mapping", args=[draft.pk]), chosen | changes | {"start": "1"})


def test_from_a_file_to_a_list(page: Client, rep: User) -> None:
    answer = upload(page, list_name="Wishes", owner="me", tier="A")
    draft = Import.objects.get()
    assert answer.url == reverse("imports:mapping", args=[draft.pk])
    body = page.get(answer.url).content.decode()
    assert "acme.example" in body
    assert "is no web domain" in body
    assert not Account.objects.exists()
    assert not DreamClientList.objects.exists()
    answer = start(page, draft)
    progress = reverse("imports:progress", args=[draft.pk])
    assert answer.url == progress
    body = page.get(progress).content.decode()
    assert 'hx-trigger="every 1s"' in body
    assert "Look again" in body
    assert runner.run_next()
    body = page.get(progress).content.decode()
    assert "is no web domain" in body
    assert 'hx-trigger="every 1s"' not in body
    dream_client = DreamClient.objects.get()
    assert (dream_client.account.name, dream_client.owner, dream_client.tier) == ("Acme", rep, "A")
    assert Notification.objects.get(user=rep).text == "companies.csv: 1 created, 1 failed"


def test_who_watches_lands_on_the_list(page: Client) -> None:
    upload(page, "Company\nAcme\n", list_name="Wishes")
    draft = Import.objects.get()
    start(page, draft)
    headers = {"HX-Request": "true", "HX-Target": "div#progress"}
    progress = reverse("imports:progress", args=[draft.pk])
    part = page.get(progress, headers=headers)
    assert part.status_code == 200
    assert "<html" not in part.content.decode()
    runner.run_next()
    answer = page.get(progress, headers=headers)
    assert answer["HX-Redirect"] == reverse("dreamclients:list", args=[DreamClientList.objects.get().pk])
    assert page.get(progress).status_code == 200


def test_starting_twice_is_starting_once(page: Client) -> None:
    upload(page, list_name="Wishes")
    draft = Import.objects.get()
    start(page, draft)
    start(page, draft, c0="")
    draft.refresh_from_db()
    assert draft.mapping["0"] == "name"
    assert DreamClientList.objects.count() == 1


def test_the_preview_follows_the_choice_and_is_kept(page: Client) -> None:
    upload(page)
    draft = Import.objects.get()
    url = reverse("imports:mapping", args=[draft.pk])
    headers = {"HX-Request": "true", "HX-Target": "div#preview"}
    data = {"c0": "name", "c1": "custom:Website", "c2": ""}
    part = page.post(url, data, headers=headers).content.decode()
    assert "<html" not in part
    assert "not a domain" in part
    assert "is no web domain" not in part
    draft.refresh_from_db()
    assert draft.mapping == {"0": "name", "1": "custom:Website", "2": ""}
    assert draft.state == Import.State.MAPPING


def test_a_choice_that_does_not_work_says_so(page: Client) -> None:
    upload(page)
    draft = Import.objects.get()
    nameless = start(page, draft, c0="")
    assert nameless.status_code == 422
    assert "Choose which column has the account" in nameless.content.decode()
    twice = start(page, draft, c1="name")
    assert twice.status_code == 422
    assert "becomes this already" in twice.content.decode()
    assert start(page, draft, c1="no such field").status_code == 422


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "This file is empty"),
        (b"Company\n", "no rows below it"),
        (b"PK\x03\x04" + bytes(200), "Save it as CSV"),
        (b"Company\n" + b"x" * 2000, "are read at most"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    page: Client, settings: Any, content: bytes, says: str
) -> None:
    settings.IMPORT_MAX_BYTES = 1500
    answer = upload(page, content, list_name="Wishes")
    assert answer.status_code == 422
    body = answer.content.decode()
    assert says in body
    assert "Wishes" in body, "what was typed is kept"
    assert not Import.objects.exists()


def test_only_lists_that_one_sees_can_be_chosen(page: Client, rep: User) -> None:
    own = make.make_list("Ours", owner=rep)
    other = make.make_list("Theirs")
    assert upload(page, target_list=other.pk).status_code == 422
    assert "Theirs" not in page.get(reverse("imports:upload")).content.decode()
    assert upload(page, target_list=own.pk).status_code == 302
    assert upload(page, target_list=own.pk, list_name="Another").status_code == 422


def test_nobody_else_sees_it_but_an_admin(page: Client, client: Client) -> None:
    upload(page)
    draft = Import.objects.get()
    colleague = make.make_user("Cora", team=draft.owner.teams.get())
    for person, status in ((colleague, 404), (make.make_user("Ada", is_admin=True), 200)):
        client.force_login(person)
        for name in ("mapping", "problems", "failed_rows"):
            assert client.get(reverse(f"imports:{name}", args=[draft.pk])).status_code == status
        assert ("companies.csv" in client.get(reverse("imports:list")).content.decode()) == (status == 200)


def test_failed_rows_come_back_as_a_file_that_can_be_mended(page: Client) -> None:
    text = 'Company;Website;Note\n;=HYPERLINK("http://evil.example");+49 30 1\nÄrzte AG;@nonsense;-5;over\n'
    upload(page, text)
    start(page, Import.objects.get())
    runner.run_next()
    answer = page.get(reverse("imports:failed_rows", args=[Import.objects.get().pk]))
    content = b"".join(answer)
    assert content.startswith("\ufeff".encode())
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Company", "Website", "Note", "Reason"]
    assert rows[1][:3] == ["", '\'=HYPERLINK("http://evil.example")', "+49 30 1"]
    assert rows[1][3].endswith("(line 2)")
    assert rows[2][:3] == ["Ärzte AG", "'@nonsense", "-5"]
    assert rows[2][4] == "over"
    assert "attachment" in answer["Content-Disposition"]


@pytest.mark.parametrize(
    "cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "\t=1", "\r=1"]
)
def test_formulas_are_made_harmless(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-5", "+1 (212) 555-0100", "Acme", "", "3.5", "a=b"])
def test_what_is_no_formula_stays(cell: str) -> None:
    assert harmless(cell) == cell


def test_stopping_and_trying_again(page: Client) -> None:
    upload(page)
    draft = Import.objects.get()
    page.post(reverse("imports:cancel", args=[draft.pk]))
    draft.refresh_from_db()
    assert draft.state == Import.State.CANCELLED
    page.post(reverse("imports:retry", args=[draft.pk]))
    draft.refresh_from_db()
    assert draft.state == Import.State.CANCELLED
    assert page.get(reverse("imports:progress", args=[draft.pk])).status_code == 200


def test_the_list_of_imports_takes_the_same_queries_for_more(
    page: Client, rep: User, django_assert_max_num_queries: Any
) -> None:
    for _number in range(3):
        upload(page, list_name="Wishes")
    with django_assert_max_num_queries(12) as few:
        page.get(reverse("imports:list"))
    queries = len(few)
    for _number in range(6):
        upload(page)
    with django_assert_max_num_queries(queries):
        page.get(reverse("imports:list"))


def test_before_the_first_import_the_page_says_what_to_do(page: Client) -> None:
    assert "becomes a list of dream clients here" in page.get(reverse("imports:list")).content.decode()
