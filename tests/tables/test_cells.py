"""Editing a cell in place: who may, what is refused, two at once, and taking it back."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Account, CustomField, Tag
from apps.activities.models import Activity
from apps.dreamclients import services
from apps.dreamclients.models import DreamClient
from apps.users.models import Membership, Organisation, User
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep() -> User:
    return make.make_user("Rita Rep", team=make.make_team("North"))


@pytest.fixture
def page(client: Client, rep: User) -> Client:
    client.force_login(rep)
    return client


@pytest.fixture
def account(rep: User) -> Account:
    return make.make_account("Acme", team=rep.memberships.get().team, domain="acme.example")


def url(row: Any, column: str) -> str:
    table = "dream_clients" if isinstance(row, DreamClient) else f"{row._meta.model_name}s"
    return f"/tables/{table}/{row.pk}/{column}/"


def opened(page: Client, address: str) -> str:
    """The digest of what a cell held when its input opened."""
    response = page.get(address)
    assert response.status_code == 200
    found = re.search(r'name="was" value="(\w+)"', response.content.decode())
    assert found is not None
    return found.group(1)


def undo(page: Client, response: Any) -> str:
    """Press the button of the toast, and read what it says then."""
    found = re.search(r'action="(/tables/cells/[^"]+/undo/)"', response.content.decode())
    assert found is not None, response.content.decode()
    page.post(found.group(1))
    return str(list(page.get("/tables/jobs/").context["messages"])[-1])


HTMX = {"hx-request": "true"}


def test_a_cell_that_is_not_to_be_changed_says_why(
    page: Client, rep: User, account: Account, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(6):
        assert (
            page.get(url(account, "created"), {"as": "why"}).content.decode()
            == "Created is not changed in the table."
        )
    theirs = make.make_account("Theirs", team=make.make_team("South"))
    told = page.get(url(theirs, "domain"), {"as": "why"})
    assert told.content.decode() == "Only South may change this."
    assert told["Content-Type"].startswith("text/plain")
    assert page.get(url(account, "colour"), {"as": "why"}).status_code == 404
    assert page.get("/tables/accounts/999999/domain/?as=why").status_code == 404
    dream_client = make.make_dream_client(account, owner=make.make_user("Otto", team=account.team))
    told = page.get(url(dream_client, "tier"), {"as": "why"})
    assert told.content.decode() == "Only Otto and the managers of North may change this."
    hidden = make.make_dream_client(theirs, owner=make.make_user("Una", team=theirs.team))
    assert page.get(url(hidden, "tier"), {"as": "why"}).status_code == 404


def test_the_cell_shows_its_input_and_is_a_cell_again(page: Client, account: Account) -> None:
    html = page.get(url(account, "headquarters")).content.decode()
    assert f'id="cell-{account.pk}-headquarters"' in html
    assert f'form="form-{account.pk}-headquarters"' in html
    assert "autofocus" not in html
    response = page.post(url(account, "headquarters"), {"headquarters": "Oslo"}, headers=HTMX)
    assert response.status_code == 200
    account.refresh_from_db()
    assert (account.headquarters, account.version) == ("Oslo", 2)
    assert "Oslo" in response.content.decode()
    assert "data-editing" not in response.content.decode()
    assert undo(page, response) == "Headquarters is what it was."
    account.refresh_from_db()
    assert account.headquarters == ""


def test_what_is_refused_keeps_what_was_typed(page: Client, account: Account) -> None:
    make.make_account("Beta", domain="beta.example")
    response = page.post(url(account, "domain"), {"domain": "https://BETA.example/x"})
    assert response.status_code == 422
    html = response.content.decode()
    assert "has this domain already" in html
    assert 'value="https://BETA.example/x"' in html
    assert 'aria-invalid="true"' in html
    account.refresh_from_db()
    assert account.domain == "acme.example"


def test_a_second_one_of_a_name_asks_first(page: Client, account: Account) -> None:
    make.make_account("Beta")
    response = page.post(url(account, "name"), {"name": "beta"})
    assert response.status_code == 422
    assert "another company of the same name" in response.content.decode()
    response = page.post(url(account, "name"), {"name": "beta", "box": "1"}, headers=HTMX)
    assert response.status_code == 200
    account.refresh_from_db()
    assert (account.name, account.name_key) == ("beta", "beta")
    undo(page, response)
    account.refresh_from_db()
    assert account.name == "Acme"


def test_two_at_once_see_both_values_and_choose(page: Client, account: Account) -> None:
    address = url(account, "headquarters")
    was = opened(page, address)
    Account.objects.filter(pk=account.pk).update(headquarters="Bergen", version=2)
    response = page.post(address, {"headquarters": "Oslo", "was": was})
    html = response.content.decode()
    assert response.status_code == 422
    assert "Bergen" in html
    assert 'value="Oslo"' in html
    again = re.search(r'name="was" value="(\w+)"', html)
    assert again is not None
    assert page.post(address, {"headquarters": "Oslo", "was": again.group(1)}).status_code == 200
    account.refresh_from_db()
    assert account.headquarters == "Oslo"


def test_another_field_changed_meanwhile_is_no_conflict(page: Client, account: Account) -> None:
    was = opened(page, url(account, "headquarters"))
    Account.objects.filter(pk=account.pk).update(employees=5, version=7)
    page.post(url(account, "headquarters"), {"headquarters": "Oslo", "was": was})
    account.refresh_from_db()
    assert (account.headquarters, account.employees, account.version) == ("Oslo", 5, 8)


def test_undo_after_somebody_changed_it_is_refused_kindly(page: Client, account: Account) -> None:
    response = page.post(url(account, "headquarters"), {"headquarters": "Oslo"}, headers=HTMX)
    Account.objects.filter(pk=account.pk).update(headquarters="Bergen")
    assert undo(page, response) == "Somebody has changed it since: it is “Bergen” now."
    account.refresh_from_db()
    assert account.headquarters == "Bergen"


def test_an_undo_is_for_whoever_made_the_change(
    client: Client, page: Client, account: Account, rep: User
) -> None:
    response = page.post(url(account, "headquarters"), {"headquarters": "Oslo"}, headers=HTMX)
    found = re.search(r'action="(/tables/cells/[^"]+/undo/)"', response.content.decode())
    assert found is not None
    client.force_login(make.make_user("Cara", team=rep.memberships.get().team))
    assert client.post(found.group(1)).status_code == 404
    assert client.post("/tables/cells/nothing/undo/").status_code == 302
    account.refresh_from_db()
    assert account.headquarters == "Oslo"


def test_an_outsider_edits_no_cell(client: Client, account: Account) -> None:
    client.force_login(make.make_user("Otto Outsider", team=make.make_team("South")))
    assert client.get(url(account, "headquarters")).status_code == 404
    assert client.post(url(account, "headquarters"), {"headquarters": "x"}).status_code == 404


@pytest.mark.parametrize(
    "address", ["accounts/{}/created/", "accounts/{}/nothing/", "nothing/{}/name/", "accounts/999999/name/"]
)
def test_what_is_no_cell_is_404(page: Client, account: Account, address: str) -> None:
    assert page.get(f"/tables/{address.format(account.pk)}").status_code == 404
    assert page.post(f"/tables/{address.format(account.pk)}").status_code == 404


@pytest.mark.parametrize("text", ["x" * 300, "a\x00b", ""])
def test_bad_input_is_refused_or_shown_as_typed(page: Client, account: Account, text: str) -> None:
    response = page.post(url(account, "name"), {"name": text})
    assert response.status_code == 422
    account.refresh_from_db()
    assert account.name == "Acme"


def test_markup_is_text(page: Client, account: Account) -> None:
    response = page.post(url(account, "headquarters"), {"headquarters": "<script>alert(1)</script>"})
    assert "<script>alert" not in response.content.decode()


def test_tags_are_made_on_the_fly(page: Client, account: Account) -> None:
    account.tags.add(Tag.objects.create(name="Cold"))
    response = page.post(url(account, "tags"), {"tags": "cold, Hot"}, headers=HTMX)
    assert response.status_code == 200
    assert set(account.tags.values_list("name", flat=True)) == {"Cold", "Hot"}
    undo(page, response)
    assert set(account.tags.values_list("name", flat=True)) == {"Cold"}
    page.post(url(account, "tags"), {"tags": ""})
    assert not account.tags.exists()


def test_custom_fields(page: Client, account: Account) -> None:
    CustomField.objects.create(model="account", key="plants", label="Plants", type="number")
    response = page.post(url(account, "c_plants"), {"custom_plants": "a few"})
    assert response.status_code == 422
    response = page.post(url(account, "c_plants"), {"custom_plants": "12"}, headers=HTMX)
    assert response.status_code == 200, response.content.decode()
    account.refresh_from_db()
    assert account.custom == {"plants": "12"}
    undo(page, response)
    account.refresh_from_db()
    assert account.custom == {}


def test_many_choices(page: Client, account: Account) -> None:
    CustomField.objects.create(
        model="account", key="uses", label="Uses", type="choices", choices=["A", "B", "C"]
    )
    response = page.post(url(account, "c_uses"), {"custom_uses": ["A", "C"]}, headers=HTMX)
    account.refresh_from_db()
    assert account.custom == {"uses": ["A", "C"]}
    undo(page, response)
    account.refresh_from_db()
    assert account.custom == {}


def test_a_contact(page: Client, account: Account) -> None:
    contact = make.make_contact(account)
    response = page.post(url(contact, "role"), {"role": "champion"}, headers=HTMX)
    contact.refresh_from_db()
    assert (contact.role, contact.emails.count()) == ("champion", 1)
    undo(page, response)
    contact.refresh_from_db()
    assert contact.role == ""


# --- Dream clients --------------------------------------------------------------------------------------------------


@pytest.fixture
def dream_client(rep: User, account: Account) -> DreamClient:
    return make.make_dream_client(account, dream_client_list=make.make_list(owner=rep))


def test_the_tier_goes_through_its_service(page: Client, dream_client: DreamClient) -> None:
    cold = dream_client.cold_at
    page.post(url(dream_client, "tier"), {"tier": "A"})
    dream_client.refresh_from_db()
    assert dream_client.tier == "A"
    assert dream_client.cold_at < cold
    assert page.post(url(dream_client, "tier"), {"tier": "Z"}).status_code == 422


def test_the_owner_goes_through_its_service(page: Client, rep: User, dream_client: DreamClient) -> None:
    response = page.post(url(dream_client, "owner"), {"owner": rep.pk}, headers=HTMX)
    dream_client.refresh_from_db()
    assert dream_client.owner == rep
    assert Activity.objects.filter(kind="taken").count() == 1
    undo(page, response)
    dream_client.refresh_from_db()
    assert dream_client.owner is None
    colleague = make.make_user("Cara", team=dream_client.team)
    assert page.post(url(dream_client, "owner"), {"owner": colleague.pk}).status_code == 422


def test_a_full_book_is_told_at_the_cell(page: Client, rep: User, dream_client: DreamClient) -> None:
    Organisation.current()
    Organisation.objects.update(book_cap=1)
    make.make_dream_client(owner=rep)
    response = page.post(url(dream_client, "owner"), {"owner": rep.pk})
    assert response.status_code == 422
    assert "all a book holds" in response.content.decode()


def test_a_colleagues_dream_client_is_the_managers_to_edit(
    client: Client, rep: User, dream_client: DreamClient
) -> None:
    services.assign(dream_client=dream_client, owner=rep, by=rep)
    client.force_login(make.make_user("Cara", team=dream_client.team))
    assert client.post(url(dream_client, "tier"), {"tier": "A"}).status_code == 404
    client.force_login(make.make_user("Mona", team=dream_client.team, role=Membership.Role.MANAGER))
    assert client.post(url(dream_client, "tier"), {"tier": "A"}).status_code == 200


def test_a_long_text_can_be_taken_back_too(page: Client, dream_client: DreamClient) -> None:
    long = "".join(f"{number} reasons to change. " for number in range(180))
    DreamClient.objects.filter(pk=dream_client.pk).update(why_change=long)
    response = page.post(url(dream_client, "why"), {"why_change": "short"}, headers=HTMX)
    dream_client.refresh_from_db()
    assert dream_client.why_change == "short"
    assert undo(page, response) == "Why change is what it was."
    dream_client.refresh_from_db()
    assert dream_client.why_change == long.strip()


def test_a_cell_takes_few_queries(page: Client, dream_client: DreamClient) -> None:
    for column, given in [("tier", {"tier": "A"}), ("why", {"why_change": "x"})]:
        with CaptureQueriesContext(connection) as queries:
            page.get(url(dream_client, column))
        assert len(queries) <= 12, [query["sql"] for query in queries]
        with CaptureQueriesContext(connection) as queries:
            page.post(url(dream_client, column), given)
        assert len(queries) <= 25, [query["sql"] for query in queries]
