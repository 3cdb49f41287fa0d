"""Settings → Outbox: what waits for a person."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import factories as make
from tests.mail.rows import make_email, state

pytestmark = pytest.mark.django_db

URL = "/settings/outbox/"


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make.make_user("Ada", is_admin=True))
    return client


def unknown(**fields: Any) -> Any:
    return make_email(state="unknown", handed_over_at=timezone.now(), answer="It may have arrived", **fields)


@pytest.mark.parametrize("role", ["rep", "manager"])
def test_only_admins(client: Client, role: str) -> None:
    client.force_login(make.make_user(team=make.make_team(), role=role))
    email = unknown()
    assert client.get(URL).status_code == 403
    assert client.post(reverse("mail:retry", args=[email.pk])).status_code == 403
    assert client.post(reverse("mail:settle", args=[email.pk]), {"arrived": "yes"}).status_code == 403
    assert state(email) == "unknown"


def test_nobody_else(client: Client) -> None:
    make.make_user()
    assert client.get(URL).status_code == 302


def test_an_empty_outbox_says_so(admin: Client) -> None:
    make_email()
    page = admin.get(URL)
    assert page.status_code == 200
    assert "Nothing waits for you" in page.content.decode()


def test_what_waits_is_listed_with_its_reason(admin: Client) -> None:
    unknown(subject="First figure")
    make_email(subject="Second figure", state="refused", answer="550 <No such person>")
    make_email(subject="Third figure", state="failed", answer="Timed out")
    make_email(subject="Fourth figure", state="cancelled")
    page = admin.get(URL).content.decode()
    for words in ["First figure", "Second figure", "550 &lt;No such person&gt;", "Third figure", "Timed out"]:
        assert words in page
    assert "Fourth figure" not in page


def test_rows_are_a_part_of_their_own(admin: Client) -> None:
    unknown(subject="First figure")
    page = admin.get(URL, headers={"HX-Request": "true", "HX-Target": "div#rows"}).content.decode()
    assert "First figure" in page
    assert "<html" not in page


def test_pages_follow_each_other(admin: Client) -> None:
    for number in range(60):
        unknown(subject=f"Figure {number:02}")
    first = admin.get(URL)
    second = admin.get(URL, {"cursor": first.context["page"].next})
    subjects = [email.subject for page in (first, second) for email in page.context["page"].rows]
    assert subjects == [f"Figure {number:02}" for number in reversed(range(60))]


def test_the_number_of_queries_does_not_grow(admin: Client, django_assert_max_num_queries: Any) -> None:
    for _ in range(40):
        unknown(account=make.make_account())
    with django_assert_max_num_queries(8):
        admin.get(URL)


def test_send_once_more(admin: Client) -> None:
    email = unknown()
    assert admin.post(reverse("mail:retry", args=[email.pk])).status_code == 302
    assert state(email) == "scheduled"
    again = admin.post(reverse("mail:retry", args=[email.pk]), follow=True)
    assert "dealt with that email already" in again.content.decode()
    assert admin.post(reverse("mail:retry", args=[0])).status_code == 404


@pytest.mark.parametrize(("arrived", "expected"), [("yes", "accepted"), ("no", "cancelled")])
def test_settle(admin: Client, arrived: str, expected: str) -> None:
    email = unknown()
    admin.post(reverse("mail:settle", args=[email.pk]), {"arrived": arrived})
    assert state(email) == expected


def test_nothing_changes_on_get(admin: Client) -> None:
    email = unknown()
    assert admin.get(reverse("mail:retry", args=[email.pk])).status_code == 405
    assert admin.get(reverse("mail:settle", args=[email.pk])).status_code == 405
    assert state(email) == "unknown"


def test_a_server_that_is_away_shows(admin: Client, settings: Any) -> None:
    settings.SMTP_URL = ""
    assert "No mail server is set" in admin.get(URL).content.decode()
    settings.SMTP_URL = "smtp://127.0.0.1:1"
    make_email(attempts=2, answer="Connection refused")
    page = admin.get(URL).content.decode()
    assert "1 email is tried again later" in page
    assert "Connection refused" in page
