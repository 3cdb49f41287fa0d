"""The pages that people see before they are signed in wear our look, and the demo opens with one click."""

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from opener.embedded.serve import PASSWORD, SIGN_INS

pytestmark = pytest.mark.django_db


def test_outside_of_the_demo_nobody_is_named(client: Client) -> None:
    html = client.get(reverse("account_login")).content.decode()
    assert "entrance-card" in html
    assert PASSWORD not in html


@override_settings(DEMO=True)
def test_the_demo_names_the_people_that_script_server_prints(client: Client) -> None:
    html = client.get(reverse("account_login")).content.decode()
    for email, _who in SIGN_INS:
        assert f'value="{email}"' in html
    assert html.count(f'value="{PASSWORD}"') == len(SIGN_INS)


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_signup",
        "account_reset_password",
        "account_reset_password_done",
        "account_inactive",
    ],
)
def test_every_page_before_sign_in_wears_our_look(client: Client, name: str) -> None:
    html = client.get(reverse(name)).content.decode()
    assert "entrance-card" in html
    assert html.count("<h1>") == 1


def test_a_wrong_password_says_so_on_top_of_the_form(client: Client) -> None:
    response = client.post(reverse("account_login"), {"login": "nobody@opener.test", "password": "x"})
    html = response.content.decode()
    assert "error-summary" in html
    assert "nobody@opener.test" in html, "what was typed is kept"
