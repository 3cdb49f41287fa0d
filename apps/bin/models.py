"""What was thrown away, and what has to come back with it."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Account, Contact, File, Note
from apps.dreamclients.models import DreamClientList
from apps.users.models import User

KEPT_FOR = timedelta(days=30)
"""How long something lies in the bin before it is gone for good."""

THINGS = ("account", "contact", "note", "file", "list")
"""What may be thrown away, by the names of the foreign keys."""


def exactly_one() -> Q:
    """That one of the foreign keys is set, and only one."""
    one_of = Q()
    for name in THINGS:
        one_of |= Q(**{f"{other}__isnull": other != name for other in THINGS})
    return one_of


class DeletionQuerySet(models.QuerySet["Deletion"]):
    """Deletions, as far as somebody may see them and take them back."""

    def waiting(self) -> Self:
        """What lies in the bin now."""
        return self.filter(restored_at=None, purged_at=None)

    def visible_to(self, user: User) -> Self:
        """What one threw away; managers: what their teams did; admins: everything."""
        return self if user.is_admin else self.filter(Q(by=user) | Q(team__in=user.led_team_ids))

    def editable_by(self, user: User) -> Self:
        """What one sees, and the accounts and contacts that one may change where they are not in the bin."""
        if user.is_admin:
            return self
        shared = Q(account__isnull=False) | Q(contact__isnull=False)
        of_team = shared & (Q(team__in=user.team_ids) | Q(team=None))
        return self.filter(Q(by=user) | Q(team__in=user.led_team_ids) | of_team)


class Deletion(models.Model):
    """That somebody threw something away. It waits here for `KEPT_FOR`, then what is personal in it is gone.

    What went with it (an account's contacts, a list's dream clients) bears the same moment: their `deleted_at` or
    `left_at` is `at`. What cannot be told from that stands in `undo`.
    """

    account = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="deletions")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="deletions")
    note = models.ForeignKey(Note, models.SET_NULL, null=True, related_name="deletions")
    file = models.ForeignKey(File, models.SET_NULL, null=True, related_name="deletions")
    list = models.ForeignKey(DreamClientList, models.SET_NULL, null=True, related_name="deletions")
    kind = models.CharField(max_length=7)
    """Which of them it is; it stays when that is gone."""
    label = models.CharField(max_length=200)
    team = models.ForeignKey("users.Team", models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    restored_at = models.DateTimeField(null=True, blank=True)
    purged_at = models.DateTimeField(null=True, blank=True)
    undo = models.JSONField(default=dict)

    objects = DeletionQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=exactly_one() | Q(purged_at__isnull=False) | Q(restored_at__isnull=False),
                name="deletion_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(restored_at=None) | Q(purged_at=None), name="deletion_ends_one_way"
            ),
            *(
                models.UniqueConstraint(
                    fields=[name],
                    condition=Q(restored_at=None, purged_at=None),
                    name=f"deletion_of_{name}_once",
                )
                for name in THINGS
            ),
        ]
        indexes = [
            # The bin, newest first, and the tick that empties it.
            models.Index(
                fields=["-at", "-id"],
                condition=Q(restored_at=None, purged_at=None),
                name="deletion_waiting",
            ),
            # The bin of whoever is no admin.
            models.Index(
                fields=["by", "-at", "-id"],
                condition=Q(restored_at=None, purged_at=None),
                name="deletion_waiting_of",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def thing(self) -> Any:
        """What was thrown away; None once it is gone."""
        return getattr(self, self.kind)

    @property
    def is_waiting(self) -> bool:
        """True while it can be taken back."""
        return self.restored_at is None and self.purged_at is None

    @property
    def goes_at(self) -> datetime:
        """When it is gone for good."""
        return self.at + KEPT_FOR

    @property
    def days_left(self) -> int:
        """Whole days until then, the one that has begun included."""
        return max(0, -((timezone.now() - self.goes_at) // timedelta(days=1)))

    @property
    def kind_name(self) -> str:
        """What it is, in a word."""
        return str(KIND_NAMES[self.kind])


KIND_NAMES = {
    "account": _("account"),
    "contact": _("contact"),
    "note": _("note"),
    "file": _("file"),
    "list": _("list"),
}
