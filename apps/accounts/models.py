"""Companies and the people in them."""

from collections.abc import Iterable
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.names import name_key, normalise_domain
from apps.users.models import User
from opener.access import ScopedQuerySet
from opener.validators import no_control_characters, validate_time_zone


class Industry(models.TextChoices):
    """The eleven sectors of the Global Industry Classification Standard, and whatever is none of them."""

    ENERGY = "energy", _("Energy")
    MATERIALS = "materials", _("Materials")
    INDUSTRIALS = "industrials", _("Industrials")
    CONSUMER_DISCRETIONARY = "consumer_discretionary", _("Consumer Discretionary")
    CONSUMER_STAPLES = "consumer_staples", _("Consumer Staples")
    HEALTH_CARE = "health_care", _("Health Care")
    FINANCIALS = "financials", _("Financials")
    TECHNOLOGY = "technology", _("Information Technology")
    COMMUNICATION = "communication", _("Communication Services")
    UTILITIES = "utilities", _("Utilities")
    REAL_ESTATE = "real_estate", _("Real Estate")
    OTHER = "other", _("Other")


class Tag(models.Model):
    """A word that groups accounts and contacts."""

    name = models.CharField(max_length=50)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="tag_name_unique")]

    def __str__(self) -> str:
        return self.name


class AccountQuerySet(models.QuerySet["Account"]):
    """Accounts are known to the whole organisation, so that nobody writes to one unawares of a colleague."""

    def visible_to(self, user: User) -> Self:
        """Every account."""
        return self

    def editable_by(self, user: User) -> Self:
        """Admins: every account. Others: those of their teams, and those that belong to no team."""
        if user.is_admin:
            return self
        return self.filter(models.Q(team__in=user.team_ids) | models.Q(team=None))


class Account(models.Model):
    """A company. Unique by normalised web domain where it has one."""

    name = models.CharField(_("name"), max_length=200, validators=[no_control_characters])
    name_key = models.CharField(max_length=200, editable=False)
    domain = models.CharField(  # noqa: DJ001 - many have none, and NULLs do not collide
        _("web domain"),
        max_length=253,
        null=True,
        blank=True,
        help_text=_("Such as example.com. It tells this company from others of the same name."),
    )
    industry = models.CharField(_("industry"), max_length=30, choices=Industry.choices, blank=True)
    headquarters = models.CharField(_("headquarters"), max_length=200, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[validate_time_zone])
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    team = models.ForeignKey(
        "users.Team",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="accounts",
        help_text=_("The team that works this account; empty where none does yet."),
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="accounts")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["domain"],
                name="account_domain_unique",
                violation_error_message=_("There is an account with this domain already."),
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="account_has_a_name"),
            models.CheckConstraint(condition=~models.Q(domain=""), name="account_domain_null_or_set"),
        ]
        indexes = [
            # The list of accounts, ordered by name, and its keyset pages.
            models.Index(fields=["name_key", "id"], name="account_by_name"),
            # The same, filtered by industry or team.
            models.Index(fields=["industry", "name_key", "id"], name="account_of_industry"),
            models.Index(fields=["team", "name_key", "id"], name="account_of_team"),
            # Search: the beginning of a name.
            models.Index(fields=["name_key"], opclasses=["varchar_pattern_ops"], name="account_name_prefix"),
            # Search: the beginning of any word of it.
            GinIndex(SearchVector("name_key", config="simple"), name="account_name_words"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def time_zone_name(self) -> str:
        """The zone of this company, "" where nobody knows it."""
        return self.time_zone

    def may_edit(self, user: User) -> bool:
        """What `editable_by` says, about this one."""
        return user.is_admin or self.team_id is None or self.team_id in user.team_ids

    def clean(self) -> None:
        """Fills what is derived: the key of the name, the normalised domain."""
        self.name = " ".join(self.name.split())
        self.name_key = name_key(self.name)
        self.domain = normalise_domain(self.domain or "") or None


class ContactQuerySet(models.QuerySet["Contact"]):
    """Contacts follow their account."""

    def visible_to(self, user: User) -> Self:
        """Every contact, like every account."""
        return self

    def editable_by(self, user: User) -> Self:
        """The contacts of the accounts that `user` may change."""
        if user.is_admin:
            return self
        return self.filter(models.Q(account__team__in=user.team_ids) | models.Q(account__team=None))


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
    version = models.PositiveIntegerField(default=1)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["name_key", "id"]
        indexes = [
            # The list of contacts, ordered by last name, and its keyset pages.
            models.Index(fields=["name_key", "id"], name="contact_by_name"),
            # Search: the beginning of a name.
            models.Index(fields=["name_key"], opclasses=["varchar_pattern_ops"], name="contact_name_prefix"),
            # Search: the beginning of any word of it.
            GinIndex(SearchVector("name_key", config="simple"), name="contact_name_words"),
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


class CustomField(models.Model):
    """A field that the organisation added. Its values are in `custom` of the rows, under `key`."""

    class Model(models.TextChoices):
        ACCOUNT = "account", _("account")
        CONTACT = "contact", _("contact")
        DREAM_CLIENT = "dream_client", _("dream client")
        OPPORTUNITY = "opportunity", _("opportunity")

    class Type(models.TextChoices):
        TEXT = "text", _("text")
        NUMBER = "number", _("number")
        MONEY = "money", _("money")
        DATE = "date", _("date")
        CHOICE = "choice", _("choice")
        CHOICES = "choices", _("many choices")
        YES_NO = "yes_no", _("yes or no")
        URL = "url", _("URL")
        USER = "user", _("user")

    model = models.CharField(max_length=12, choices=Model.choices)
    key = models.SlugField(max_length=60)
    label = models.CharField(_("label"), max_length=80)
    type = models.CharField(max_length=10, choices=Type.choices, default=Type.TEXT)
    choices = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["model", "key"], name="custom_field_key_unique")]

    def __str__(self) -> str:
        return self.label


class NoteQuerySet(ScopedQuerySet["Note"]):
    """Notes, as far as somebody may see them: those of their team."""

    owner_path = "author"


class Note(models.Model):
    """What somebody wrote about an account or a contact there; may be edited, unlike an activity."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="notes")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="notes")
    team = models.ForeignKey("users.Team", models.SET_NULL, null=True, related_name="+")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    body = models.TextField(_("note"), max_length=20_000)
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        # The notes of an account, newest first.
        indexes = [models.Index(fields=["account", "-created_at"], name="note_of_account")]
