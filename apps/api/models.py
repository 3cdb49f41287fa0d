"""Keys with which programs act for people."""

from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.users.models import User
from opener.validators import no_control_characters


class TokenQuerySet(models.QuerySet["Token"]):
    """Keys, as far as somebody may see them."""

    def visible_to(self, user: User) -> Self:
        """One's own. Not even an admin sees those of others: a key acts for its owner."""
        return self.filter(user=user)

    def editable_by(self, user: User) -> Self:
        """One's own."""
        return self.visible_to(user)

    def open(self) -> Self:
        """Those that still open something."""
        return self.filter(
            models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now()),
            models.Q(user__cut_off_at=None) | models.Q(user__cut_off_at__lt=models.F("created_at")),
            revoked_at=None,
        )


class Token(models.Model):
    """A key to the API. It may do what its owner may do. Only its hash is kept; `hint` is how it begins."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("what it is for"), max_length=80, validators=[no_control_characters])
    token_hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    """To the hour."""
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """True while it opens something."""
        cut_off_at = self.user.cut_off_at
        is_before = cut_off_at is not None and self.created_at <= cut_off_at
        is_over = self.expires_at is not None and self.expires_at <= timezone.now()
        return self.revoked_at is None and not is_over and not is_before
