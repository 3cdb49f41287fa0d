"""Companies."""

from typing import Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.names import name_key, normalise_domain
from apps.accounts.words import LastDigits, Words
from apps.users.models import User
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

    def kept(self) -> Self:
        """Those that are not in the bin."""
        return self.filter(deleted_at=None)

    def visible_to(self, user: User) -> Self:
        """Every account that is not in the bin."""
        return self.kept()

    def editable_by(self, user: User) -> Self:
        """Admins: every account. Others: those of their teams, and those that belong to no team. None in the bin."""
        if user.is_admin:
            return self.kept()
        return self.kept().filter(models.Q(team__in=user.team_ids) | models.Q(team=None))


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
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
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
            # The table filtered or ordered by country, by size, by when they came.
            models.Index(fields=["country", "name_key", "id"], name="account_of_country"),
            models.Index(fields=["employees", "id"], name="account_by_employees"),
            models.Index(fields=["created_at", "id"], name="account_by_created"),
            # Search: the beginning of a name.
            models.Index(fields=["name_key"], opclasses=["varchar_pattern_ops"], name="account_name_prefix"),
            # Search: the beginning of any word of it.
            GinIndex(Words("name_key"), name="account_name_words"),
            # Search: the beginning of a web domain, the end of a phone number.
            models.Index(fields=["domain"], opclasses=["varchar_pattern_ops"], name="account_domain_prefix"),
            models.Index(
                OpClass(LastDigits("phone"), name="text_pattern_ops"),
                condition=~models.Q(phone=""),
                name="account_phone_end",
            ),
            # Filters on a custom field by a value itself: a choice, yes, a person (apps.accounts.custom_columns).
            GinIndex(fields=["custom"], opclasses=["jsonb_path_ops"], name="account_custom"),
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
