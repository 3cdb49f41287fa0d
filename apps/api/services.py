"""Making and checking keys."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.api.models import Token
from apps.users.models import AuditEntry, User

PREFIX = "opener_"
"""How every key begins, so that whoever finds one in a file knows what it is."""
NOTED_EVERY = timedelta(hours=1)


def make_token(*, user: User, name: str, days: int | None) -> tuple[Token, str]:
    """A new key, and its text, which is told this once. `days` is how long it lives (None: until it is revoked)."""
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = Token.objects.create(
            user=user,
            name=name,
            token_hash=_hash(text),
            hint=text[:12],
            expires_at=timezone.now() + timedelta(days=days) if days else None,
        )
        AuditEntry.objects.create(by=user, action="token.made", subject=name, detail={"hint": token.hint})
    return token, text


def revoke(*, token: Token, by: User) -> None:
    """The key opens nothing any more."""
    with transaction.atomic():
        if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
            AuditEntry.objects.create(
                by=by, action="token.revoked", subject=token.name, detail={"hint": token.hint}
            )


def holder(text: str) -> User | None:
    """Whom a key acts for; None where it opens nothing, or its owner may not sign in any more."""
    token = Token.objects.open().select_related("user").filter(token_hash=_hash(text)).first()
    if token is None or not token.user.is_active:
        return None
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - NOTED_EVERY:
        Token.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token.user


def _hash(text: str) -> str:
    """A key is random and long: a plain hash cannot be guessed back."""
    return hashlib.sha256(text.encode()).hexdigest()
