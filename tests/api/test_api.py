"""The API: keys, what it gives and takes, and whose rows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Account, Contact, CustomField
from apps.api.models import Token
from apps.api.services import make_token
from apps.users.models import AuditEntry, User
from apps.users.services import deactivate, reactivate
from tests import factories as make

pytestmark = pytest.mark.django_db
type Call = Callable[..., Any]


def caller(user: User) -> Call:
    """A program that acts for `user`: `call("get", "accounts/")` gives status and body."""
    _token, text = make_token(user=user, name="a test", days=None)
    client = Client(headers={"authorization": f"Bearer {text}"})

    def call(method: str, path: str, data: Any = None, **query: Any) -> tuple[int, Any]:
        options: dict[str, Any] = {"query_params": query} if query else {}
        if data is not None:
            options |= {"data": data, "content_type": "application/json"}
        answer = getattr(client, method)(f"/api/v1/{path}", **options)
        return answer.status_code, answer.json()

    return call


@pytest.fixture
def rep() -> User:
    return make.make_user(team=make.make_team("North"))


@pytest.fixture
def outsider() -> User:
    return make.make_user(team=make.make_team("South"))


@pytest.fixture
def call(rep: User) -> Call:
    return caller(rep)


def field(model: str, key: str, kind: str, **more: Any) -> CustomField:
    return CustomField.objects.create(model=model, key=key, label=key.title(), type=kind, **more)


def test_nothing_opens_without_a_key(client: Client, rep: User) -> None:
    client.force_login(rep)  # a session is no key: no page of another site may act through it
    for header in ("", "Bearer ", "Bearer opener_wrong", "Basic x"):
        answer = client.get("/api/v1/accounts/", headers={"authorization": header} if header else {})
        assert answer.status_code == 401


def test_a_revoked_an_expired_and_a_leavers_key_open_nothing(rep: User) -> None:
    for spoil in ("revoked_at", "expires_at"):
        token, text = make_token(user=rep, name="x", days=30)
        headers = {"authorization": f"Bearer {text}"}
        assert Client().get("/api/v1/accounts/", headers=headers).status_code == 200
        Token.objects.filter(pk=token.pk).update(**{spoil: timezone.now() - timedelta(seconds=1)})
        assert Client().get("/api/v1/accounts/", headers=headers).status_code == 401
    _token, text = make_token(user=rep, name="x", days=None)
    User.objects.filter(pk=rep.pk).update(is_active=False)
    assert Client().get("/api/v1/accounts/", headers={"authorization": f"Bearer {text}"}).status_code == 401


def test_a_key_of_before_stays_shut_once_its_owner_is_back(rep: User, call: Call) -> None:
    admin = make.make_user(is_admin=True)
    assert call("get", "accounts/")[0] == 200
    deactivate(user=rep, by=admin)
    reactivate(user=rep, by=admin)
    assert call("get", "accounts/")[0] == 401
    assert not Token.objects.get().is_open
    assert caller(rep)("get", "accounts/")[0] == 200  # a new one


def test_accounts_are_paged_and_filtered_like_their_table(call: Call) -> None:
    for number in range(5):
        make.make_account(f"Acme {number}", industry="energy" if number % 2 else "")
    status, first = call("get", "accounts/", limit=2)
    assert status == 200
    seen = [row["name"] for row in first["items"]]
    while first["next"]:
        _status, first = call("get", "accounts/", limit=2, cursor=first["next"])
        seen += [row["name"] for row in first["items"]]
    assert sorted(seen) == [f"Acme {number}" for number in range(5)]
    _status, found = call("get", "accounts/", where="industry.is.energy")
    assert {row["name"] for row in found["items"]} == {"Acme 1", "Acme 3"}
    assert len(call("get", "accounts/", q="acme 3")[1]["items"]) == 1
    status, refused = call("get", "accounts/", where="colour.is.red")
    assert status == 422
    assert "colour" in refused["errors"]["where"][0]


def test_an_account_is_made_read_and_changed(call: Call, rep: User) -> None:
    field("account", "plants", "number")
    status, made = call(
        "post", "accounts/", {"name": "Zoetis", "domain": "https://www.zoetis.com", "custom": {"plants": 41}}
    )
    assert status == 201, made
    assert made["domain"] == "zoetis.com"
    assert made["team_id"] == rep.home_team_id
    assert made["custom"] == {"plants": "41"}
    status, changed = call(
        "patch",
        f"accounts/{made['id']}/",
        {"version": made["version"], "employees": 12, "custom": {"plants": None}},
    )
    assert status == 200, changed
    assert (changed["employees"], changed["name"], changed["custom"]) == (12, "Zoetis", {})
    assert call("get", f"accounts/{made['id']}/")[1] == changed


def test_what_is_wrong_is_said_by_field(call: Call) -> None:
    field("account", "plants", "number")
    make.make_account("Taken", domain="taken.test")
    for body, name in (
        ({"name": ""}, "name"),
        ({"name": "x\u0000y"}, "name"),
        ({"name": "Other", "domain": "taken.test"}, "domain"),
        ({"name": "Other", "employees": "many"}, "employees"),
        ({"name": "Other", "colour": "red"}, "colour"),
        ({"name": "Other", "custom": {"plants": "forty"}}, "plants"),
        ({"name": "Other", "custom": {"none_such": "1"}}, "custom_none_such"),
    ):
        status, refused = call("post", "accounts/", body)
        assert status == 422, body
        assert name in refused["errors"], (body, refused)
    assert Account.objects.count() == 1


def test_a_second_change_of_one_version_is_a_conflict(call: Call) -> None:
    account = make.make_account("Zoetis", team=None)
    path = f"accounts/{account.pk}/"
    assert call("patch", path, {"version": 1, "headquarters": "Parsippany"})[0] == 200
    status, refused = call("patch", path, {"version": 1, "headquarters": "Denver"})
    assert status == 409
    assert refused["version"] == 2
    assert refused["differs"] == [{"field": "Headquarters", "now": "Parsippany", "yours": "Denver"}]
    assert Account.objects.get().headquarters == "Parsippany"


def test_contacts_with_their_addresses(call: Call) -> None:
    account = make.make_account("Zoetis", team=None)
    body = {"account": account.pk, "last_name": "Diaz", "emails": ["c@zoetis.test", "d@zoetis.test"]}
    status, made = call("post", "contacts/", body)
    assert status == 201, made
    assert made["emails"] == ["c@zoetis.test", "d@zoetis.test"]
    status, changed = call(
        "patch", f"contacts/{made['id']}/", {"version": made["version"], "phones": ["+49 30 1234"]}
    )
    assert status == 200, changed
    assert (changed["emails"], changed["phones"]) == (made["emails"], ["+49 30 1234"])
    assert [row["id"] for row in call("get", "contacts/")[1]["items"]] == [made["id"]]


def test_dream_clients_and_opportunities(call: Call, rep: User) -> None:
    team = rep.teams.get()
    account = make.make_account("Zoetis", team=team)
    wished = make.make_dream_client(
        account, owner=rep, dream_client_list=make.make_list(owner=rep, team=team)
    )
    status, changed = call("patch", f"dream-clients/{wished.pk}/", {"version": 1, "why_change": "41 plants"})
    assert status == 200, changed
    assert (changed["why_change"], changed["rung"]) == ("41 plants", "targeted")
    assert call("get", "dream-clients/")[1]["items"][0]["id"] == wished.pk
    opportunity = make.make_opportunity(account, owner=rep)
    status, changed = call(
        "patch", f"opportunities/{opportunity.pk}/", {"version": opportunity.version, "value": "1200.50"}
    )
    assert status == 200, changed
    assert float(changed["value"]) == 1200.5
    assert [row["id"] for row in call("get", "opportunities/")[1]["items"]] == [opportunity.pk]


def test_opportunities_are_filtered_like_their_table(call: Call, rep: User, outsider: User) -> None:
    field("opportunity", "risk", "choice", choices=["High", "Low"])
    account = make.make_account("Zoetis")
    shaky = make.make_opportunity(account, owner=rep, name="Vaccines", custom={"risk": "High"})
    make.make_opportunity(account, owner=rep, name="Feed", closed_at=timezone.now())

    def found(by: Call, **asked: str) -> list[int]:
        status, answer = by("get", "opportunities/", **asked)
        assert status == 200, answer
        return [row["id"] for row in answer["items"]]

    assert found(call, where="c_risk.is.High") == [shaky.pk]
    assert found(call, where="state.is.open") == [shaky.pk]
    assert found(call, q="vaccines") == [shaky.pk]
    assert len(found(call, q="zoetis")) == 2
    assert call("get", "opportunities/", where="colour.is.red")[0] == 422
    assert found(caller(outsider), where="c_risk.is.High") == []


def test_an_outsider_sees_and_changes_what_they_may(rep: User, outsider: User) -> None:
    team = rep.teams.get()
    account = make.make_account("Zoetis", team=team)
    contact = make.make_contact(account)
    wished = make.make_dream_client(
        account, owner=rep, dream_client_list=make.make_list(owner=rep, team=team)
    )
    opportunity = make.make_opportunity(account, owner=rep)
    foreign = caller(outsider)
    assert foreign("get", f"accounts/{account.pk}/")[0] == 200  # known to the whole organisation
    for path in (f"accounts/{account.pk}/", f"contacts/{contact.pk}/"):
        assert foreign("patch", path, {"version": 1})[0] == 404
    assert foreign("post", "contacts/", {"account": account.pk, "last_name": "X"})[0] == 404
    for path in (f"dream-clients/{wished.pk}/", f"opportunities/{opportunity.pk}/"):
        assert foreign("get", path)[0] == 404
        assert foreign("patch", path, {"version": 1})[0] == 404
    assert foreign("get", "dream-clients/")[1]["items"] == []
    assert foreign("get", "opportunities/")[1]["items"] == []
    assert Contact.objects.count() == 1


def test_senseless_ids_and_cursors_are_no_errors(call: Call) -> None:
    assert call("get", f"accounts/{2**70}/")[0] == 404
    assert call("get", "accounts/", cursor="\x00%")[0] == 200
    assert call("get", "accounts/", q="\x00", limit=10**12)[0] == 200
    assert call("get", "accounts/x/")[0] in (404, 422)


def test_the_fields_and_the_document(call: Call, client: Client) -> None:
    field("contact", "shoe_size", "choice", choices=["42", "43"])
    assert call("get", "custom-fields/")[1][0]["choices"] == ["42", "43"]
    document = client.get("/api/v1/openapi.json").json()
    assert document["info"]["title"] == "Opener"
    assert "/api/v1/accounts/" in document["paths"]


def test_queries_do_not_grow_with_rows(call: Call, django_assert_max_num_queries: Any) -> None:
    for _number in range(3):
        make.make_contact(make.make_account())
    call("get", "contacts/")
    with django_assert_max_num_queries(10):
        call("get", "contacts/")
    for _number in range(30):
        make.make_contact(make.make_account())
    with django_assert_max_num_queries(10):
        assert len(call("get", "contacts/")[1]["items"]) == 33


def test_a_key_is_shown_once_and_revoked(client: Client, rep: User, outsider: User) -> None:
    client.force_login(rep)
    page = client.post(reverse("api:tokens"), {"name": "Sync", "days": "30"})
    text = page.context["made"]
    assert text in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    assert text not in client.get(reverse("api:tokens")).content.decode()
    token = Token.objects.get()
    assert text not in (token.token_hash, token.hint)
    client.force_login(outsider)
    assert client.post(reverse("api:token_revoke", args=[token.pk])).status_code == 404
    client.force_login(rep)
    client.post(reverse("api:token_revoke", args=[token.pk]))
    assert Client().get("/api/v1/accounts/", headers={"authorization": f"Bearer {text}"}).status_code == 401
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "token.made",
        "token.revoked",
    ]


def test_an_unnamed_key_is_refused_and_nothing_typed_is_lost(client: Client, rep: User) -> None:
    client.force_login(rep)
    page = client.post(reverse("api:tokens"), {"name": "", "days": "365"})
    assert page.status_code == 422
    assert '<option value="365" selected' in page.content.decode()


@pytest.mark.parametrize(
    "where",
    [
        "created.within.0000000019999999999",
        "created.older.99999",
        "employees.over.1E-200000",
        "employees.is.1E-999999",
        "employees.over." + "9" * 60,
    ],
)
def test_figures_beyond_reason_are_refused_in_words(call: Call, where: str) -> None:
    status, refused = call("get", "accounts/", where=where)
    assert status == 422
    assert refused["errors"]["where"]


def test_half_a_character_is_shown_as_what_cannot_be(call: Call) -> None:
    status, made = call("post", "accounts/", {"name": "a\ud800b"})
    assert status == 201, made
    assert made["name"] == "a\ufffdb"
