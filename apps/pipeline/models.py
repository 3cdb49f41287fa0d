"""Opportunities and the commitments that buyers make on the way."""

from datetime import date
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Account, Contact
from apps.accounts.words import Key, Words
from apps.activities.models import Activity
from apps.dreamclients.models import DreamClient, DreamClientList
from apps.sequences.models import Sequence
from apps.users.models import User
from opener.access import ScopedQuerySet
from opener.validators import no_control_characters


class Pipeline(models.Model):
    """An ordered way of commitments."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    is_default = models.BooleanField(default=False)
    opening_stage = models.ForeignKey(
        "Stage",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("An opportunity that reaches it is an opening; empty means the first stage."),
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="pipeline_one_default"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    """Where an opportunity stands: the last commitment that the buyer made. Won and lost end it."""

    class Kind(models.TextChoices):
        OPEN = "open", _("open")
        WON = "won", _("won")
        LOST = "lost", _("lost")

    pipeline = models.ForeignKey(Pipeline, models.CASCADE, related_name="stages")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=60, validators=[no_control_characters])
    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.OPEN)
    question = models.CharField(_("the commitment, as a question to the buyer"), max_length=300, blank=True)
    evidence = ArrayField(
        models.CharField(max_length=200), default=list, blank=True, verbose_name=_("evidence that proves it")
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["pipeline", "position"],
                name="stage_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(
                fields=["pipeline", "name"],
                name="stage_name_once",
                violation_error_message=_("There is a stage of this name already."),
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["open", "won", "lost"]), name="stage_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OpportunityQuerySet(ScopedQuerySet["Opportunity"]):
    """Opportunities, as far as somebody may see them."""

    bin_paths = ("account",)

    def open(self) -> Self:
        """Those neither won nor lost."""
        return self.filter(closed_at=None)

    def stalled(self, today: date) -> Self:
        """Open ones with no next commitment today or later."""
        return self.open().filter(models.Q(next_on=None) | models.Q(next_on__lt=today))


class Opportunity(models.Model):
    """A possible sale, and how it came to be: created (we opened it) or captured (they came to us)."""

    class Origin(models.TextChoices):
        CREATED = "created", _("created")
        CAPTURED = "captured", _("captured")

    name = models.CharField(_("name"), max_length=200, validators=[no_control_characters])
    account = models.ForeignKey(Account, models.PROTECT, related_name="opportunities")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, blank=True, related_name="opportunities")
    dream_client = models.ForeignKey(
        DreamClient, models.PROTECT, null=True, blank=True, related_name="opportunities"
    )
    team = models.ForeignKey("users.Team", models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(User, models.PROTECT, related_name="opportunities")
    pipeline = models.ForeignKey(Pipeline, models.PROTECT, related_name="opportunities")
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="opportunities")
    value = models.DecimalField(
        _("value"), max_digits=14, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(max_length=3, default="USD")
    origin = models.CharField(_("origin"), max_length=8, choices=Origin.choices)
    next_on = models.DateField(_("next commitment by"), null=True, blank=True)
    last_commitment_at = models.DateTimeField(default=timezone.now)
    skipped = models.PositiveSmallIntegerField(default=0)
    """How many commitments were passed over without evidence."""
    lost_reason = models.CharField(_("why it was lost"), max_length=300, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = OpportunityQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(value__gte=0), name="opportunity_value_not_negative"),
            models.CheckConstraint(
                condition=models.Q(origin__in=["created", "captured"]), name="opportunity_origin_known"
            ),
        ]
        indexes = [
            # Filters on a custom field by a value itself: a choice, yes, a person (apps.accounts.custom_columns).
            GinIndex(fields=["custom"], opclasses=["jsonb_path_ops"], name="opportunity_custom"),
            # The board: open opportunities of a stage, the next commitment first.
            models.Index(
                fields=["stage", "next_on", "id"],
                condition=models.Q(closed_at=None),
                name="opportunity_on_board",
            ),
            # The list of what was won or lost, newest first.
            models.Index(
                fields=["stage", "-closed_at", "-id"],
                condition=models.Q(closed_at__isnull=False),
                name="opportunity_closed",
            ),
            # The table: what is open, the next commitment first; everybody's, and one's own.
            models.Index(
                fields=["next_on", "id"], condition=models.Q(closed_at=None), name="opportunity_open_next"
            ),
            models.Index(
                fields=["owner", "next_on", "id"],
                condition=models.Q(closed_at=None),
                name="opportunity_own_next",
            ),
            # The table: what was won or lost, and all there are, newest first.
            models.Index(
                fields=["closed_at", "id"],
                condition=models.Q(closed_at__isnull=False),
                name="opportunity_by_close",
            ),
            models.Index(fields=["created_at", "id"], name="opportunity_by_age"),
            models.Index(fields=["team", "created_at"], name="opportunity_of_team"),
            models.Index(fields=["account", "-created_at"], name="opportunity_of_account"),
            # Search: any word of its name.
            GinIndex(Words(Key("name")), name="opportunity_words"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """True until it is won or lost."""
        return self.closed_at is None

    def is_stalled(self, today: date) -> bool:
        """True where it is open and has no next commitment today or later."""
        return self.is_open and (self.next_on is None or self.next_on < today)


class OpportunityContact(models.Model):
    """A person in an opportunity, with their part in it."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="people")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Contact.Role.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["opportunity", "contact"], name="opportunity_contact_once")
        ]


class Commitment(models.Model):
    """What the buyer agreed to, dated, with its evidence; or that it was passed over (`is_skipped`)."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="commitments")
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    evidence = models.TextField(_("evidence"), blank=True, max_length=2000)
    is_skipped = models.BooleanField(default=False)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["opportunity", "stage"], name="commitment_once_a_stage")
        ]


class Ask(models.Model):
    """A commitment that the rep asked for, and the answer."""

    class Answer(models.TextChoices):
        OPEN = "open", _("no answer yet")
        YES = "yes", _("yes")
        NO = "no", _("no")
        NOT_YET = "not_yet", _("not yet")

    account = models.ForeignKey(Account, models.PROTECT, related_name="asks")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="asks")
    opportunity = models.ForeignKey(Opportunity, models.CASCADE, null=True, blank=True, related_name="asks")
    activity = models.ForeignKey(Activity, models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey("users.Team", models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, related_name="asks")
    commitment = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)
    answer = models.CharField(max_length=8, choices=Answer.choices, default=Answer.OPEN)
    answered_at = models.DateTimeField(null=True, blank=True)
    objection = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["team", "at"], name="ask_of_team")]


class Opening(models.Model):
    """An opportunity with origin *created* that reached the opening stage. Credited once; later edits do not move it."""

    opportunity = models.OneToOneField(Opportunity, models.PROTECT, related_name="opening")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    dream_client = models.ForeignKey(DreamClient, models.PROTECT, null=True, related_name="openings")
    list = models.ForeignKey(DreamClientList, models.PROTECT, null=True, related_name="openings")
    sequence = models.ForeignKey(Sequence, models.PROTECT, null=True, related_name="openings")
    touch = models.ForeignKey(Activity, models.PROTECT, null=True, related_name="+")
    rep = models.ForeignKey(User, models.PROTECT, related_name="openings")
    team = models.ForeignKey("users.Team", models.PROTECT, null=True, related_name="+")
    value = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["team", "at"], name="opening_of_team")]
