"""The people in companies, and how they are reached, or not."""

from collections.abc import Iterable
from typing import Any, Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models.company import Account, Tag
from apps.accounts.names import name_key
from apps.accounts.words import LastDigits, Words
from apps.users.models import User
from opener.validators import no_control_characters, validate_time_zone


class ContactQuerySet(models.QuerySet["Contact"]):
    """Contacts follow their account."""

    def kept(self) -> Self:
        """Those that are not in the bin. Whoever puts an account there puts its contacts there too."""
        return self.filter(deleted_at=None)

    def visible_to(self, user: User) -> Self:
        """Every contact, like every account."""
        return self.kept()

    def editable_by(self, user: User) -> Self:
        """The contacts of the accounts that `user` may change."""
        if user.is_admin:
            return self.kept()
        return self.kept().filter(models.Q(account__team__in=user.team_ids) | models.Q(account__team=None))


class Contact(models.Model):
    """A person at an account."""

    class Role(models.TextChoices):
        DECISION_MAKER = "decision_maker", _("decision maker")
        INFLUENCER = "influencer", _("influencer")
        CHAMPION = "champion", _("champion")
        GATEKEEPER = "gatekeeper", _("gatekeeper")
        USER = "user", _("user")
        BLOCKER = "blocker", _("blocker")

    account = models.ForeignKey(Account, models.PROTECT, related_name="contacts")
    first_name = models.CharField(
        _("first name"), max_length=100, blank=True, validators=[no_control_characters]
    )
    last_name = models.CharField(_("last name"), max_length=100, validators=[no_control_characters])
    name_key = models.CharField(max_length=201, editable=False)
    title = models.CharField(_("job title"), max_length=150, blank=True, validators=[no_control_characters])
    role = models.CharField(_("stakeholder role"), max_length=20, choices=Role.choices, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[validate_time_zone])
    linkedin = models.URLField(_("profile"), blank=True)
    custom = models.JSONField(default=dict, blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="contacts")
    left_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["name_key", "id"]
        indexes = [
            # The list of contacts, ordered by last name, and its keyset pages.
            models.Index(fields=["name_key", "id"], name="contact_by_name"),
            # The table of contacts filtered or ordered by role, and ordered by when they came.
            models.Index(fields=["role", "name_key", "id"], name="contact_of_role"),
            models.Index(fields=["created_at", "id"], name="contact_by_created"),
            # Search: the beginning of a name.
            models.Index(fields=["name_key"], opclasses=["varchar_pattern_ops"], name="contact_name_prefix"),
            # Search: the beginning of any word of it.
            GinIndex(Words("name_key"), name="contact_name_words"),
            # Filters on a custom field by a value itself: a choice, yes, a person (apps.accounts.custom_columns).
            GinIndex(fields=["custom"], opclasses=["jsonb_path_ops"], name="contact_custom"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Fills the key by which contacts are ordered and found: last name, first name."""
        self.first_name = " ".join(self.first_name.split())
        self.last_name = " ".join(self.last_name.split())
        self.name_key = name_key(f"{self.last_name} {self.first_name}")

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def time_zone_name(self) -> str:
        """The contact's zone, else the account's, else ""."""
        return self.time_zone or self.account.time_zone

    @property
    def email(self) -> str:
        """The primary address, "" where there is none. Prefetch `emails` for many contacts."""
        return next((row.address for row in self._primary_first(self.emails.all())), "")

    @property
    def phone(self) -> str:
        """The primary number, "" where there is none. Prefetch `phones` for many contacts."""
        return next((row.number for row in self._primary_first(self.phones.all())), "")

    @staticmethod
    def _primary_first(rows: Iterable[Any]) -> list[Any]:
        return sorted(rows, key=lambda row: (not row.is_primary, row.pk))

    def is_opted_out(self, channel: str) -> bool:
        """True where this person asked not to be reached by `channel` ("email", "call", …). Prefetch `opt_outs`."""
        return any(row.channel in (channel, OptOut.ALL) for row in self.opt_outs.all())


class ContactEmail(models.Model):
    """An email address of a contact, lower case; an address belongs to one contact."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="emails")
    address = models.EmailField(_("email"), max_length=254)
    is_primary = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("address"),
                name="contact_email_unique",
                violation_error_message=_("This address belongs to another contact."),
            ),
            models.UniqueConstraint(
                fields=["contact"], condition=models.Q(is_primary=True), name="contact_one_primary_email"
            ),
        ]
        indexes = [
            # Search: the beginning of an address.
            models.Index(fields=["address"], opclasses=["varchar_pattern_ops"], name="contact_email_prefix"),
        ]

    def __str__(self) -> str:
        return self.address


class ContactPhone(models.Model):
    """A phone number of a contact, as it was typed."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="phones")
    number = models.CharField(_("phone"), max_length=40)
    is_primary = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact"], condition=models.Q(is_primary=True), name="contact_one_primary_phone"
            ),
        ]
        indexes = [
            # Search: the end of a number.
            models.Index(OpClass(LastDigits("number"), name="text_pattern_ops"), name="contact_phone_end"),
        ]

    def __str__(self) -> str:
        return self.number


class OptOut(models.Model):
    """That a contact does not want to be reached by a channel. Nothing in Opener reaches them by it again."""

    ALL = "all"

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="opt_outs")
    channel = models.CharField(max_length=12)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "channel"], name="opt_out_once")]
