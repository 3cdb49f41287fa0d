"""Signing in: throttled by address over all processes, closed to strangers, argon2, sessions that start anew."""

import re

import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from apps.users.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "seven quiet herons"


@pytest.fixture(autouse=True)
def _no_attempts_before() -> None:
    cache.clear()


@pytest.fixture
def user() -> User:
    return make_user("Ben Ode", email="ben@opener.test", password=PASSWORD)


def sign_in(client: Client, password: str, login: str = "ben@opener.test") -> tuple[bool, str]:
    """Whether it worked, and what the page says."""
    response = client.post("/account/login/", {"login": login, "password": password})
    page = re.sub(r"\s+", " ", response.content.decode())
    return "_auth_user_id" in client.session, page


@pytest.mark.usefixtures("user")
def test_the_right_password_signs_in_whatever_the_case_of_the_address(client: Client) -> None:
    assert sign_in(client, PASSWORD, "Ben@Opener.test")[0]


@pytest.mark.usefixtures("user")
def test_after_five_wrong_passwords_even_the_right_one_has_to_wait(client: Client) -> None:
    for _attempt in range(5):
        worked, page = sign_in(client, "wrong herons here")
        assert not worked
        assert "Too many" not in page
    for password in ("wrong herons here", PASSWORD):
        worked, page = sign_in(Client(), password)
        assert not worked
        assert "Too many failed login attempts" in page


@pytest.mark.usefixtures("user")
def test_the_limit_is_that_of_all_processes(client: Client) -> None:
    for _attempt in range(5):
        sign_in(client, "wrong herons here")
    with redis.Redis.from_url(settings.REDIS_URL) as other:
        counted = [key for key in other.keys("opener:*") if b"login_failed" in key]
        assert counted
        other.delete(*counted)  # what another process does to the counter holds for this one
    assert sign_in(client, PASSWORD)[0]


@pytest.mark.usefixtures("user")
def test_somebody_else_is_not_locked_out(client: Client) -> None:
    make_user("Cleo Ma", email="cleo@opener.test", password=PASSWORD)
    for _attempt in range(6):
        sign_in(Client(), "wrong herons here")
    assert sign_in(client, PASSWORD, "cleo@opener.test")[0]


def test_an_unknown_address_gets_the_same_answer_as_a_wrong_password(client: Client, user: User) -> None:
    unknown = sign_in(client, PASSWORD, "nobody@opener.test")[1].replace("nobody@opener.test", "")
    wrong = sign_in(client, "wrong herons here", user.email)[1].replace(user.email, "")
    tokens = r'(csrfmiddlewaretoken" value="|X-CSRFToken":\s*")[^"]+'
    assert re.sub(tokens, "", unknown) == re.sub(tokens, "", wrong)


def test_a_deactivated_person_cannot_sign_in(client: Client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert not sign_in(client, PASSWORD)[0]


def test_nobody_signs_up_by_themselves(client: Client) -> None:
    given = {"email": "new@opener.test", "password1": PASSWORD, "password2": PASSWORD}
    assert client.get("/account/signup/").status_code in (200, 302)
    client.post("/account/signup/", given)
    assert not User.objects.filter(email="new@opener.test").exists()


def test_passwords_are_hashed_with_argon2(user: User) -> None:
    assert user.password.startswith("argon2$argon2id$")


@pytest.mark.usefixtures("user")
def test_a_session_starts_anew_with_signing_in(client: Client) -> None:
    client.get("/account/login/")
    session = client.session
    session["planted"] = "yes"
    session.save()
    before = session.session_key
    assert sign_in(client, PASSWORD)[0]
    assert client.session.session_key != before


@pytest.mark.usefixtures("user")
def test_the_cookie_is_out_of_reach_for_scripts(client: Client) -> None:
    sign_in(client, PASSWORD)
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
