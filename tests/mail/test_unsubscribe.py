"""The page behind the unsubscribe link, for people and for mail programs (RFC 8058)."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import OptOut
from apps.mail.models import OutboundEmail
from apps.mail.services import is_suppressed
from tests import factories as make
from tests.mail.rows import make_email

pytestmark = pytest.mark.django_db


@pytest.fixture
def email() -> OutboundEmail:
    make.make_user()  # somebody is here: it is no first run
    contact = make.make_contact(email="carla@company.test")
    return make_email(is_outreach=True, contact=contact)


def link(email: OutboundEmail) -> str:
    return reverse("mail:unsubscribe", args=[email.unsubscribe_token])


def test_looking_changes_nothing(client: Client, email: OutboundEmail) -> None:
    for method in (client.get, client.head):
        assert method(link(email)).status_code == 200
    assert not OptOut.objects.exists()
    assert not is_suppressed(email.to_address)


def test_the_page_asks_without_a_sign_in_and_the_button_opts_out(
    client: Client, email: OutboundEmail
) -> None:
    page = client.get(link(email)).content.decode()
    assert "carla@company.test" in page
    assert "<form" in page
    answer = client.post(link(email))
    assert answer.status_code == 200
    assert "<form" not in answer.content.decode()
    assert OptOut.objects.get().contact == email.contact
    assert "<form" not in client.get(link(email)).content.decode()


def test_one_click_of_a_mail_program_needs_no_session_and_no_token(email: OutboundEmail) -> None:
    client = Client(enforce_csrf_checks=True, headers={"origin": "https://mail-program.test"})
    body = "List-Unsubscribe=One-Click"
    answer = client.post(link(email), body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200  # RFC 8058 wants no redirect
    assert "sessionid" not in answer.cookies
    assert is_suppressed(email.to_address)


def test_a_second_click_is_as_good_as_the_first(client: Client, email: OutboundEmail) -> None:
    for _ in range(2):
        assert client.post(link(email)).status_code == 200
    assert OptOut.objects.count() == 1


def test_only_the_right_token_opens_it(client: Client, email: OutboundEmail) -> None:
    notice = make_email()
    for token in [uuid.uuid4(), notice.unsubscribe_token]:
        assert client.get(reverse("mail:unsubscribe", args=[token])).status_code == 404
        assert client.post(reverse("mail:unsubscribe", args=[token])).status_code == 404
    assert client.put(link(email)).status_code == 405
    assert not OptOut.objects.exists()
