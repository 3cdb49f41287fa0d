"""Invitations: an admin sends a link, the invited choose a password, once."""

import re
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.test import Client, override_settings
from django.utils import timezone

from apps.mail.models import OutboundEmail
from apps.users.models import AuditEntry, Invitation, User
from apps.users.services import InvitationClosed, accept_invitation, deactivate, invite, invite_again
from tests.factories import make_team, make_user

pytestmark = pytest.mark.django_db
PASSWORD = "seven quiet herons"


@pytest.fixture
def admin() -> User:
    return make_user("Ada King", is_admin=True, password=PASSWORD)


def invited(admin: User) -> tuple[User, str, str]:
    """The user, the path of the link, and its token."""
    user, link = invite(
        name="Ben Ode", email="Ben@Opener.test", is_admin=False, team=make_team(), role="rep", by=admin
    )
    path = re.sub(r"^https?://[^/]+", "", link)
    return user, path, path.split("/")[2]


def test_the_link_is_mailed_and_only_its_hash_is_kept(admin: User, mailoutbox: list[EmailMessage]) -> None:
    user, path, token = invited(admin)
    email = mailoutbox[0]
    assert email.to == ["ben@opener.test"]
    assert path in email.body
    assert "Ada King" in email.subject
    assert token not in Invitation.objects.get().token_hash
    assert not user.has_usable_password()
    assert user.roles == {user.teams.get().pk: "rep"}
    assert AuditEntry.objects.get().action == "user invited"


@override_settings(MAILERS={"default": {"BACKEND": "apps.mail.backend.OutboxBackend"}})
def test_the_mail_is_a_row_of_the_outbox(admin: User) -> None:
    _user, path, _token = invited(admin)
    email = OutboundEmail.objects.get()
    assert (email.to_address, email.state, email.is_outreach) == ("ben@opener.test", "scheduled", False)
    assert path in email.text


def test_the_invited_choose_a_password_and_are_signed_in(admin: User, client: Client) -> None:
    user, path, _token = invited(admin)
    assert "Ben Ode" in client.get(path).content.decode()
    response = client.post(path, {"password": PASSWORD, "password_again": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/")
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_used_link_says_so_and_changes_nothing(admin: User, client: Client) -> None:
    user, path, token = invited(admin)
    accept_invitation(token=token, password=PASSWORD)
    for response in (
        client.get(path),
        client.post(path, {"password": "eight loud herons", "password_again": "eight loud herons"}),
    ):
        assert response.status_code == 410
        assert "works once" in response.content.decode()
        assert "ask whoever invited you" in response.content.decode()
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_link_expires_after_seven_days(admin: User) -> None:
    _user, _path, token = invited(admin)
    with pytest.raises(InvitationClosed):
        accept_invitation(token=token, password=PASSWORD, now=timezone.now() + timedelta(days=7, seconds=1))
    accept_invitation(token=token, password=PASSWORD, now=timezone.now() + timedelta(days=6, hours=23))


def test_a_new_link_ends_the_old_one(admin: User) -> None:
    user, _path, old = invited(admin)
    new = invite_again(user=user, by=admin).rstrip("/").rpartition("/")[2]
    with pytest.raises(InvitationClosed):
        accept_invitation(token=old, password=PASSWORD)
    assert accept_invitation(token=new, password=PASSWORD) == user


def test_a_deactivated_person_cannot_use_their_link(admin: User, client: Client) -> None:
    user, path, token = invited(admin)
    deactivate(user=user, by=admin)
    assert client.get(path).status_code == 410
    with pytest.raises(InvitationClosed):
        accept_invitation(token=token, password=PASSWORD)


def test_a_made_up_token_is_a_closed_link(client: Client) -> None:
    assert client.get("/invitations/nonsense/").status_code == 410


def test_a_weak_password_is_refused(admin: User, client: Client) -> None:
    _user, path, _token = invited(admin)
    response = client.post(path, {"password": "password12", "password_again": "password12"})
    assert response.status_code == 422
    assert "too common" in response.content.decode()
