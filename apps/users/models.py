"""The organisation, its people and teams."""

from datetime import datetime, time
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opener.days import WorkingHours
from opener.validators import validate_time_zone, weekdays_default


class Organisation(models.Model):
    """The one organisation of this installation, with the rules that protect its dream clients."""

    id = models.SmallAutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=200)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text=_("The days of the opening metrics are days of this zone."),
    )
    country = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        help_text=_("Two letters, such as DE or US. Its public holidays are no business days."),
    )
    book_cap = models.PositiveSmallIntegerField(
        _("dream clients a rep"),
        default=60,
        validators=[MinValueValidator(1)],
        help_text=_("Taking one more means letting one go."),
    )
    contact_day_cap = models.PositiveSmallIntegerField(_("touches a contact a day"), default=1)
    contact_week_cap = models.PositiveSmallIntegerField(_("touches a contact a week"), default=3)
    account_week_cap = models.PositiveSmallIntegerField(_("touches an account a week"), default=6)
    active_per_account = models.PositiveSmallIntegerField(
        _("contacts of an account in sequences at once"), default=2, validators=[MinValueValidator(1)]
    )
    cadence_a = models.PositiveSmallIntegerField(_("cadence of tier A in days"), default=14)
    cadence_b = models.PositiveSmallIntegerField(_("cadence of tier B in days"), default=30)
    cadence_c = models.PositiveSmallIntegerField(_("cadence of tier C in days"), default=60)
    approve_targets = models.BooleanField(
        _("managers approve dream clients"),
        default=False,
        help_text=_("What a rep puts on a list is a proposal until a manager of the team approves it."),
    )
    contract_lead_days = models.PositiveSmallIntegerField(
        _("days before a contract ends"),
        default=120,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("So long before their supplier's contract ends, a dream client comes up by itself."),
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="USD",
        validators=[RegexValidator(r"^[A-Z]{3}\Z", _("Three capital letters, such as EUR."))],
        help_text=_("Three letters, such as EUR. New opportunities are in it."),
    )
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="organisation_only_one")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> "Organisation":
        """The organisation; made with its defaults where there is none yet."""
        return cls.objects.get_or_create(pk=1, defaults={"name": "Opener"})[0]

    def cadence(self, tier: str) -> int:
        """Within how many days a dream client of `tier` is to be touched again."""
        return int({"A": self.cadence_a, "B": self.cadence_b}.get(tier, self.cadence_c))


class SetupCode(models.Model):
    """The one-time code with which the first visitor makes the organisation and its admin. Only its hash is kept."""

    code_hash = models.CharField(max_length=128)
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True, blank=True)


class UserManager(BaseUserManager["User"]):
    """Makes users; the email address is normalised to lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with that address. Without a password nobody can sign in as them until they set one."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user with that address, in whichever case it was written."""
        return self.get(email=(username or "").strip().lower())


class UserQuerySet(models.QuerySet["User"]):
    """People, as far as somebody may see them."""

    def visible_to(self, user: "User") -> "UserQuerySet":
        """Everybody knows their colleagues' names: sequences, owners and handovers need them."""
        return self

    def invited(self) -> "UserQuerySet":
        """Those who have not set their first password yet."""
        return self.filter(is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX)

    def assignable_by(self, user: "User") -> "UserQuerySet":
        """Active people to whom `user` may give work: admins anybody, managers their teams, reps themselves."""
        people = self.filter(is_active=True)
        if user.is_admin:
            return people
        return people.filter(
            models.Q(pk=user.pk) | models.Q(memberships__team__in=user.led_team_ids)
        ).distinct()


class User(AbstractBaseUser):
    """Somebody who signs in. Is an admin, or has a role in each of their teams."""

    class Theme(models.TextChoices):
        AUTO = "", _("as the device")
        LIGHT = "light", _("light")
        DARK = "dark", _("dark")

    email = models.EmailField(_("email address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=120)
    is_admin: models.BooleanField[bool, bool] = models.BooleanField(_("admin"), default=False)
    is_active = models.BooleanField(_("may sign in"), default=True)
    cut_off_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When they were last kept from signing in. What was opened for them before stays shut once they are back."""
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    work_start = models.TimeField(_("working day starts"), default=time(9))
    work_end = models.TimeField(_("working day ends"), default=time(17))
    work_days = ArrayField(
        models.PositiveSmallIntegerField(), default=weekdays_default, verbose_name=_("working days")
    )
    theme = models.CharField(_("appearance"), max_length=5, choices=Theme.choices, default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = UserManager.from_queryset(UserQuerySet)()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message=_("Somebody with this address is here already."),
            ),
            models.CheckConstraint(
                condition=models.Q(work_end__gt=models.F("work_start")),
                name="user_work_ends_after_start",
                violation_error_message=_("The working day has to end after it starts."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        """The first name."""
        return self.name.split(" ")[0]

    def get_full_name(self) -> str:
        """The whole name."""
        return self.name

    @cached_property
    def roles(self) -> dict[int, str]:
        """The role in each team, by the team's id. One query a request."""
        return dict(self.memberships.values_list("team_id", "role"))

    @property
    def team_ids(self) -> list[int]:
        """The teams this person belongs to."""
        return list(self.roles)

    @property
    def led_team_ids(self) -> list[int]:
        """The teams this person manages."""
        return [team for team, role in self.roles.items() if role == Membership.Role.MANAGER]

    @property
    def is_manager(self) -> bool:
        """True for whoever manages a team, and for admins."""
        return self.is_admin or bool(self.led_team_ids)

    @property
    def home_team_id(self) -> int | None:
        """The team that new work of this person belongs to: the first they joined."""
        return next(iter(self.roles), None)

    @property
    def role_name(self) -> str:
        """The highest role, in words."""
        if self.is_admin:
            return str(_("Admin"))
        return str(_("Manager")) if self.led_team_ids else str(_("Rep"))

    def working_hours(self, country: str = "") -> WorkingHours:
        """When this person works; `country` adds its public holidays."""
        return WorkingHours(self.time_zone, tuple(self.work_days), self.work_start, self.work_end, country)


class Team(models.Model):
    """People who work together and see each other's work."""

    name = models.CharField(_("name"), max_length=120)
    created_at = models.DateTimeField(default=timezone.now)
    members = models.ManyToManyField(User, through="Membership", related_name="teams")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="team_name_unique",
                violation_error_message=_("There is a team of this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """That a user belongs to a team, and as what."""

    class Role(models.TextChoices):
        REP = "rep", _("rep")
        MANAGER = "manager", _("manager")

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.REP)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "team"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=["rep", "manager"]), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.team} ({self.get_role_display()})"


class Invitation(models.Model):
    """A link with which an invited user sets their first password. Only the token's hash is kept; used once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="invitations")
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    def is_open(self, now: datetime) -> bool:
        """True while the link may still be used."""
        return self.accepted_at is None and now < self.expires_at


class Absence(models.Model):
    """Days off, first and last included, and who covers."""

    user = models.ForeignKey(User, models.CASCADE, related_name="absences")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    covered_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")),
                name="absence_ends_after_it_starts",
                violation_error_message=_("The last day cannot lie before the first."),
            )
        ]


class AuditEntry(models.Model):
    """Who changed what in the configuration, and when. Append-only."""

    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]
        # Settings → Audit log pages through it, newest first.
        indexes = [models.Index(fields=["-at", "-id"], name="audit_newest_first")]

    def lines(self) -> list[tuple[str, str]]:
        """The details as a person reads them: what, and its value or "before → after"."""
        return [
            (key, " → ".join(str(part) or "–" for part in value) if isinstance(value, list) else str(value))
            for key, value in self.detail.items()
        ]
