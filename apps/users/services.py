"""Inviting people, changing what they may do, and the first run. Every change of the configuration is audited."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.mail import send_mail
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.users.models import (
    AuditEntry,
    Invitation,
    Membership,
    Organisation,
    SetupCode,
    Team,
    User,
)

INVITATION_DAYS = 7
_CODE_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_FIRST_RUN_LOCK = 20_261_123
"""Any number: two first visitors must not both make an organisation."""


class LastAdmin(Exception):
    """Refused: nobody would be left who may configure Opener."""


class WrongCode(Exception):
    """The one-time code is not the one that was printed last, or was used."""


class AlreadySetUp(Exception):
    """There are users already."""


class InvitationClosed(Exception):
    """The invitation was used, has expired, was replaced by a newer one, or its person may not sign in."""


def audit(
    *, by: User | None, action: str, subject: object, detail: dict[str, Any] | None = None
) -> AuditEntry:
    """Write down that `by` changed the configuration. Call it in the transaction of the change."""
    return AuditEntry.objects.create(
        by=by, action=action[:60], subject=str(subject)[:200], detail=detail or {}
    )


def changes(form: forms.BaseForm) -> dict[str, list[str]]:
    """What a valid form changed, by the field's name: before and after, as text."""
    found = {
        name: [
            _as_text(form.get_initial_for_field(form.fields[name], name)),
            _as_text(form.cleaned_data[name]),
        ]
        for name in form.changed_data
        if name in form.cleaned_data and name != "version"
    }
    return {name: [before, after] for name, (before, after) in found.items() if before != after}


def _as_text(value: object) -> str:
    """One item a line; and browsers end lines in another way than what they were given, which changes nothing."""
    text = "\n".join(map(str, value)) if isinstance(value, list) else str(value)
    return text.replace("\r\n", "\n")


# --- People ------------------------------------------------------------------------------------------


@transaction.atomic
def invite(
    *,
    name: str,
    email: str,
    is_admin: bool,
    team: Team | None,
    role: str,
    by: User,
    time_zone: str = "",
) -> tuple[User, str]:
    """Make a user who has no password yet, and send the link with which they set one. Returns both.

    Raises IntegrityError where the address is taken: forms ask first.
    """
    user = User.objects.create_user(
        email, name=name, is_admin=is_admin, time_zone=time_zone or Organisation.current().time_zone
    )
    if team is not None:
        Membership.objects.create(user=user, team=team, role=role)
    detail = {"email": user.email, "admin": is_admin, "team": str(team or ""), "role": role if team else ""}
    audit(by=by, action="user invited", subject=user, detail=detail)
    return user, _send_invitation(user, by)


@transaction.atomic
def invite_again(*, user: User, by: User) -> str:
    """Send a new link to somebody who has not signed in yet; older links end."""
    audit(by=by, action="user invited again", subject=user, detail={"email": user.email})
    return _send_invitation(user, by)


def _send_invitation(user: User, by: User) -> str:
    now = timezone.now()
    token = secrets.token_urlsafe(32)
    user.invitations.filter(accepted_at=None, expires_at__gt=now).update(expires_at=now)
    invitation = Invitation.objects.create(
        user=user,
        invited_by=by,
        token_hash=hash_token(token),
        expires_at=now + timedelta(days=INVITATION_DAYS),
    )
    link = settings.BASE_URL + reverse("users:invitation", args=[token])
    context = {"user": user, "by": by, "link": link, "days": INVITATION_DAYS, "invitation": invitation}
    send_mail(
        _("%(name)s invites you to Opener") % {"name": by.name},
        render_to_string("users/invitation.txt", context),
        None,
        [user.email],
    )
    return link


def hash_token(token: str) -> str:
    """What is kept of an invitation's token. It has 256 bits, so that a plain hash gives nothing away."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_invitation(token: str, now: datetime) -> Invitation:
    """The open invitation of that token. Raises InvitationClosed where there is none."""
    invitation = Invitation.objects.select_related("user").filter(token_hash=hash_token(token)).first()
    if invitation is None or not invitation.is_open(now) or not invitation.user.is_active:
        raise InvitationClosed
    return invitation


@transaction.atomic
def accept_invitation(*, token: str, password: str, now: datetime | None = None) -> User:
    """Set the first password of the invited. The link is used up. Raises InvitationClosed."""
    now = now or timezone.now()
    Invitation.objects.select_for_update().filter(token_hash=hash_token(token)).first()
    invitation = find_invitation(token, now)
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    user = invitation.user
    user.set_password(password)
    user.save(update_fields=["password"])
    audit(by=user, action="invitation accepted", subject=user)
    return user


@transaction.atomic
def save_person(*, form: forms.ModelForm[User], roles: dict[Team, str], by: User) -> User:
    """Save name, address and admin flag, and the role in each team ("" for none). Raises LastAdmin."""
    user: User = form.instance
    if not user.is_admin and "is_admin" in form.changed_data:
        _keep_an_admin(without=user)
    detail: dict[str, Any] = changes(form)
    before = dict(user.memberships.values_list("team_id", "role"))
    user.save()
    for team, role in roles.items():
        if before.get(team.pk, "") == role:
            continue
        _set_role(user, team, role)
        detail[str(team)] = [before.get(team.pk, ""), role]
    if detail:
        audit(by=by, action="user changed", subject=user, detail=detail)
    return user


@transaction.atomic
def deactivate(*, user: User, by: User) -> None:
    """Let somebody sign in no longer; their sessions end with their next click, their keys to the API for good.

    Raises LastAdmin.

    What they own stays theirs until it is handed over: nothing is orphaned by a mistake that can be undone.
    """
    if user.is_admin:
        _keep_an_admin(without=user)
    user.is_active, user.cut_off_at = False, timezone.now()
    user.version += 1
    user.save(update_fields=["is_active", "cut_off_at", "version"])
    user.invitations.filter(accepted_at=None).update(expires_at=timezone.now())
    audit(by=by, action="user deactivated", subject=user)


@transaction.atomic
def reactivate(*, user: User, by: User) -> None:
    """Let somebody sign in again, with the password they had. The keys that they had open nothing any more."""
    user.is_active, user.cut_off_at = True, user.cut_off_at or timezone.now()
    user.version += 1
    user.save(update_fields=["is_active", "cut_off_at", "version"])
    audit(by=by, action="user reactivated", subject=user)


def _keep_an_admin(*, without: User) -> None:
    """Raise LastAdmin where `without` is the only admin who can sign in. Locks the admins: two cannot oust each other."""
    admins = User.objects.select_for_update().filter(is_admin=True, is_active=True).order_by("pk")
    if not any(user.pk != without.pk and user.has_usable_password() for user in admins):
        raise LastAdmin


# --- Teams and the organisation ------------------------------------------------------------------------


@transaction.atomic
def save_team(*, form: forms.ModelForm[Team], by: User) -> Team:
    """Create or rename a team."""
    action = "team renamed" if form.initial.get("name") else "team created"
    team = form.save()
    audit(by=by, action=action, subject=team, detail=changes(form))
    return team


@transaction.atomic
def set_role(*, user: User, team: Team, role: str, by: User) -> None:
    """Make `user` a member of `team` with `role`, or no member any longer where it is ""."""
    before = user.memberships.filter(team=team).values_list("role", flat=True).first() or ""
    _set_role(user, team, role)
    audit(by=by, action="membership changed", subject=team, detail={str(user): [before, role]})


def _set_role(user: User, team: Team, role: str) -> None:
    if role:
        Membership.objects.update_or_create(user=user, team=team, defaults={"role": role})
    else:
        Membership.objects.filter(user=user, team=team).delete()


@transaction.atomic
def save_organisation(*, form: forms.ModelForm[Organisation], by: User) -> Organisation:
    """Save the organisation's name, zone, caps and cadences."""
    organisation = form.save()
    if detail := changes(form):
        audit(by=by, action="organisation changed", subject=organisation, detail=detail)
    return organisation


# --- The first run -------------------------------------------------------------------------------------


@transaction.atomic
def make_setup_code() -> str:
    """A new one-time code, such as "K7QD-2MXW-9RTA". Codes printed before and not used end. Raises AlreadySetUp."""
    if User.objects.exists():
        raise AlreadySetUp
    letters = [secrets.choice(_CODE_LETTERS) for _index in range(12)]
    code = "-".join("".join(letters[start : start + 4]) for start in (0, 4, 8))
    SetupCode.objects.filter(used_at=None).delete()
    SetupCode.objects.create(code_hash=make_password(_plain(code)))
    return code


def _plain(code: str) -> str:
    return "".join(letter for letter in code.upper() if letter.isalnum())


@transaction.atomic
def create_organisation(
    *,
    name: str,
    time_zone: str,
    country: str,
    admin_name: str,
    email: str,
    password: str,
    code: str,
) -> User:
    """Make the organisation, its first team and its admin, who manages that team. Uses the code up.

    Raises WrongCode, or AlreadySetUp where there is a user.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_FIRST_RUN_LOCK])
    if User.objects.exists():
        raise AlreadySetUp
    stored = SetupCode.objects.filter(used_at=None).order_by("-pk").first()
    if stored is None or not check_password(_plain(code), stored.code_hash):
        raise WrongCode
    stored.used_at = timezone.now()
    stored.save(update_fields=["used_at"])
    organisation = Organisation.current()
    organisation.name, organisation.time_zone, organisation.country = name, time_zone, country
    organisation.save()
    user = User.objects.create_user(email, password, name=admin_name, is_admin=True, time_zone=time_zone)
    team = Team.objects.create(name=_("Our team"))
    Membership.objects.create(user=user, team=team, role=Membership.Role.MANAGER)
    audit(by=user, action="organisation created", subject=organisation)
    return user
