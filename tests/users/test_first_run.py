"""The first run: one visitor, with the code that was printed, makes the organisation."""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from apps.users.middleware import FirstRunMiddleware
from apps.users.models import AuditEntry, Membership, Organisation, SetupCode, User
from apps.users.services import AlreadySetUp, WrongCode, create_organisation, make_setup_code
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _first_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FirstRunMiddleware, "somebody_is_here", False)


def answers(code: str, **changed: str) -> dict[str, str]:
    return {
        "code": code,
        "organisation": "Nordlicht",
        "time_zone": "Europe/Berlin",
        "country": "DE",
        "name": "Ada King",
        "email": "Ada@Nordlicht.test",
        "password": "seven quiet herons",
        "password_again": "seven quiet herons",
    } | changed


@pytest.mark.parametrize("path", ["/", "/account/login/", "/metrics/", "/settings/", "/no-such-page/"])
def test_every_page_leads_to_the_first_run(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"] == "/welcome/"


def test_health_is_told_before_the_first_run(client: Client) -> None:
    assert client.get("/healthz").status_code != 302


def test_the_code_makes_organisation_team_and_admin_who_is_signed_in(client: Client) -> None:
    response = client.post("/welcome/", answers(make_setup_code()))
    assert (response.status_code, response["Location"]) == (302, "/")
    user = User.objects.get()
    assert (user.email, user.is_admin, user.time_zone) == ("ada@nordlicht.test", True, "Europe/Berlin")
    assert user.check_password("seven quiet herons")
    assert client.session["_auth_user_id"] == str(user.pk)
    organisation = Organisation.current()
    assert (organisation.name, organisation.time_zone, organisation.country) == (
        "Nordlicht",
        "Europe/Berlin",
        "DE",
    )
    assert Membership.objects.get(user=user).role == "manager"
    assert AuditEntry.objects.get().action == "organisation created"


def test_the_page_is_gone_once_somebody_is_here(client: Client) -> None:
    make_user()
    assert client.get("/welcome/").status_code == 404
    assert client.post("/welcome/", answers("ABCD-EFGH-JKMN")).status_code == 404


def test_a_wrong_code_makes_nothing_and_keeps_what_was_typed(client: Client) -> None:
    make_setup_code()
    response = client.post("/welcome/", answers("ABCD-EFGH-JKMN"))
    assert response.status_code == 422
    assert "Nordlicht" in response.content.decode()
    assert "not the code" in response.content.decode()
    assert not User.objects.exists()


def test_without_any_code_nothing_is_made(client: Client) -> None:
    assert client.post("/welcome/", answers("")).status_code == 422
    assert client.post("/welcome/", answers("ABCD-EFGH-JKMN")).status_code == 422
    assert not User.objects.exists()


def test_a_code_may_be_typed_in_small_letters_and_without_dashes(client: Client) -> None:
    code = make_setup_code()
    assert client.post("/welcome/", answers(code.lower().replace("-", " "))).status_code == 302


def test_a_newer_code_ends_the_older_one() -> None:
    old, new = make_setup_code(), make_setup_code()
    assert SetupCode.objects.count() == 1
    given = {
        "name": "N",
        "time_zone": "UTC",
        "country": "",
        "admin_name": "A",
        "email": "a@n.test",
        "password": "x",
    }
    with pytest.raises(WrongCode):
        create_organisation(**given, code=old)
    create_organisation(**given, code=new)
    with pytest.raises(AlreadySetUp):
        create_organisation(**given, code=new)


def test_only_the_hash_of_the_code_is_kept() -> None:
    code = make_setup_code()
    stored = SetupCode.objects.get().code_hash
    assert stored.startswith("argon2")
    assert code not in stored
    assert code.replace("-", "") not in stored


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("password_again", "seven quiet heron", "differ"),
        ("password", "short", "at least 10"),
        ("time_zone", "Mars/Olympus", "not there any more"),
        ("email", "nobody", "valid email"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(client: Client, field: str, value: str, says: str) -> None:
    response = client.post("/welcome/", answers(make_setup_code(), **{field: value}))
    assert response.status_code == 422
    assert says in response.content.decode()
    assert not User.objects.exists()


def test_the_command_prints_a_code_that_works(client: Client) -> None:
    out = StringIO()
    call_command("setup_code", stdout=out)
    found = re.search(r"\b[A-Z2-9]{4}(-[A-Z2-9]{4}){2}\b", out.getvalue())
    assert found
    assert client.post("/welcome/", answers(found[0])).status_code == 302


def test_the_command_prints_no_code_once_somebody_is_here() -> None:
    make_user()
    out = StringIO()
    call_command("setup_code", stdout=out)
    assert not re.search(r"[A-Z2-9]{4}-", out.getvalue())
    assert not SetupCode.objects.exists()


def test_that_somebody_is_here_is_asked_once(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_user()
    client.get("/account/login/")
    assert FirstRunMiddleware.somebody_is_here
    with django_assert_max_num_queries(0):
        client.get("/account/login/")
