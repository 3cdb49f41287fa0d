"""Sequences, the contacts who go through them, and the touches that come of it."""

from datetime import time
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Account, Contact
from apps.activities.models import Activity, Channel, Intent, Outcome
from apps.dreamclients.models import DreamClient, Insight
from apps.mail.models import Mailbox, OutboundEmail
from apps.users.models import User
from opener.access import ScopedQuerySet
from opener.days import WorkingHours
from opener.validators import validate_time_zone, weekdays_default


class Schedule(models.Model):
    """When sequences may send: weekdays and a window of the day, in the contact's zone, else the account's, else this."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(), default=weekdays_default, verbose_name=_("weekdays")
    )
    start = models.TimeField(_("from"), default=time(9))
    end = models.TimeField(_("to"), default=time(17))
    country = models.CharField(_("holidays of"), max_length=2, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__gt=models.F("start")), name="schedule_ends_after_start"
            ),
            models.CheckConstraint(condition=models.Q(weekdays__len__gte=1), name="schedule_has_a_day"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def weekday_names(self) -> str:
        """Such as "Mon–Fri", or each day where they do not follow one another."""
        days = sorted(self.weekdays)
        names = [str(WEEKDAYS_ABBR[day]) for day in days]
        if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
            return f"{names[0]}–{names[-1]}"
        return ", ".join(names)

    def hours(self, tz: str = "", country: str = "") -> WorkingHours:
        """The windows in the zone `tz` and with the holidays of `country`, or of this schedule where they are ""."""
        return WorkingHours(
            tz or self.time_zone, tuple(self.weekdays), self.start, self.end, country or self.country
        )


class SequenceQuerySet(ScopedQuerySet["Sequence"]):
    """Sequences: a team's own, and those of no team, which are everybody's."""

    def usable(self) -> Self:
        """Those that contacts may be enrolled in."""
        return self.filter(status=Sequence.Status.ACTIVE)


class Sequence(models.Model):
    """An ordered plan of steps. What it says is in its versions; an enrollment keeps the one it started on."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        ARCHIVED = "archived", _("archived")

    name = models.CharField(_("name"), max_length=120)
    description = models.CharField(_("what for"), max_length=300, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    owner = models.ForeignKey(User, models.PROTECT, related_name="sequences")
    team = models.ForeignKey("users.Team", models.PROTECT, null=True, blank=True, related_name="sequences")
    schedule = models.ForeignKey(Schedule, models.PROTECT, related_name="sequences")
    exit_on_reply = models.BooleanField(default=True)
    exit_on_meeting = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = SequenceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["draft", "active", "paused", "archived"]),
                name="sequence_status_known",
            )
        ]

    def __str__(self) -> str:
        return self.name


class SequenceVersion(models.Model):
    """The steps of a sequence as they stood. A version that somebody was enrolled on is never changed again."""

    sequence = models.ForeignKey(Sequence, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["sequence", "number"], name="sequence_version_once")]

    def __str__(self) -> str:
        return f"{self.sequence} v{self.number}"


class Step(models.Model):
    """One planned touch. Several channels make it a combo."""

    version = models.ForeignKey(SequenceVersion, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    channels = ArrayField(
        models.CharField(max_length=12, choices=Channel.choices), verbose_name=_("channels")
    )
    delay_days = models.PositiveSmallIntegerField(
        _("business days after the step before"), default=0, validators=[MaxValueValidator(365)]
    )
    intent = models.CharField(_("intent"), max_length=4, choices=Intent.choices, default=Intent.GIVE)
    insight = models.ForeignKey(Insight, models.SET_NULL, null=True, blank=True, related_name="steps")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "position"],
                name="step_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=models.Q(channels__len__gte=1), name="step_has_a_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.channel_names}"

    @property
    def channel_names(self) -> str:
        """The channels in words."""
        return " + ".join(str(Channel(channel).label) for channel in self.channels)

    @property
    def is_automatic(self) -> bool:
        """True where the engine does it without a person."""
        return self.channels == [Channel.AUTO_EMAIL]


class Variant(models.Model):
    """One of the texts of a step: subject and body of an email, or the script of a call."""

    step = models.ForeignKey(Step, models.CASCADE, related_name="variants")
    label = models.CharField(max_length=1, default="A")
    weight = models.PositiveSmallIntegerField(default=1)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    body = models.TextField(_("text"), blank=True, max_length=20_000)

    class Meta:
        ordering = ["label"]
        constraints = [models.UniqueConstraint(fields=["step", "label"], name="variant_label_once")]


class EnrollmentQuerySet(ScopedQuerySet["Enrollment"]):
    """Enrollments, as far as somebody may see them."""

    bin_paths = ("account", "contact", "dream_client__list")

    def running(self) -> Self:
        """Those that have not ended."""
        return self.filter(state__in=Enrollment.RUNNING)


class Enrollment(models.Model):
    """One contact's way through one sequence, at most one at a time (the constraint below)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        FINISHED = "finished", _("finished")
        EXITED = "exited", _("exited")

    RUNNING = (State.WAITING, State.ACTIVE, State.PAUSED)

    sequence = models.ForeignKey(Sequence, models.PROTECT, related_name="enrollments")
    sequence_version = models.ForeignKey(SequenceVersion, models.PROTECT, related_name="enrollments")
    dream_client = models.ForeignKey(DreamClient, models.PROTECT, related_name="enrollments")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="enrollments")
    account = models.ForeignKey(Account, models.PROTECT, related_name="enrollments")
    team = models.ForeignKey("users.Team", models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(User, models.PROTECT, related_name="enrollments")
    mailbox = models.ForeignKey(Mailbox, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    reason = models.CharField(max_length=200, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    remaining_days = models.PositiveSmallIntegerField(null=True, blank=True)
    """While paused: the business days its next step still has to wait; None where it was waiting to start."""
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "sequence"],
                condition=models.Q(state__in=["waiting", "active", "paused"]),
                name="enrollment_one_at_a_time",
                violation_error_message=_("This contact is in this sequence already."),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "active", "paused", "finished", "exited"]),
                name="enrollment_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["finished", "exited"], ended_at__isnull=False)
                | models.Q(state__in=["waiting", "active", "paused"], ended_at=None),
                name="enrollment_ended_when",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="exited") | ~models.Q(reason=""), name="enrollment_exited_why"
            ),
        ]
        indexes = [
            # Who of an account is on the way: waves, and the pause after a reply.
            models.Index(
                fields=["account"],
                condition=models.Q(state__in=["waiting", "active", "paused"]),
                name="enrollment_running",
            ),
            # The tick: pauses that are over.
            models.Index(
                fields=["paused_until"], condition=models.Q(state="paused"), name="enrollment_paused"
            ),
            # The tick: who waits for a colleague of theirs to end.
            models.Index(
                fields=["account", "id"], condition=models.Q(state="waiting"), name="enrollment_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact} in {self.sequence}"

    def may_edit(self, user: User) -> bool:
        """What `editable_by` says, about this one."""
        return user.is_admin or self.owner_id == user.pk or self.team_id in user.led_team_ids

    @property
    def is_running(self) -> bool:
        """True until it has ended."""
        return self.state in self.RUNNING


class TouchQuerySet(ScopedQuerySet["Touch"]):
    """Touches, as far as somebody may see them."""

    bin_paths = ("account", "contact")

    def open(self) -> Self:
        """Planned or due."""
        return self.filter(state__in=Touch.OPEN)

    def manual(self) -> Self:
        """Those that a person does."""
        return self.filter(is_automatic=False)


class Touch(models.Model):
    """One step for one enrollment, or one made by hand. One per enrollment and step (the constraint below)."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        DUE = "due", _("due")
        DONE = "done", _("done")
        SKIPPED = "skipped", _("skipped")
        FAILED = "failed", _("failed")

    OPEN = (State.PLANNED, State.DUE)

    enrollment = models.ForeignKey(Enrollment, models.CASCADE, null=True, blank=True, related_name="touches")
    step = models.ForeignKey(Step, models.PROTECT, null=True, blank=True, related_name="touches")
    variant = models.ForeignKey(Variant, models.PROTECT, null=True, blank=True, related_name="+")
    dream_client = models.ForeignKey(
        DreamClient, models.PROTECT, null=True, blank=True, related_name="touches"
    )
    account = models.ForeignKey(Account, models.PROTECT, related_name="touches")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="touches")
    team = models.ForeignKey("users.Team", models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(User, models.PROTECT, related_name="touches")
    channels = ArrayField(models.CharField(max_length=12, choices=Channel.choices))
    is_automatic = models.BooleanField(default=False)
    intent = models.CharField(max_length=4, choices=Intent.choices, default=Intent.GIVE)
    insight = models.ForeignKey(Insight, models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    due_at = models.DateTimeField()
    held_back = models.CharField(max_length=200, blank=True)
    """The rule that moved it to a later moment, in words; "" where none did."""
    done_at = models.DateTimeField(null=True, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    """Why it was skipped or failed."""
    email = models.OneToOneField(OutboundEmail, models.PROTECT, null=True, blank=True, related_name="touch")
    activity = models.OneToOneField(Activity, models.PROTECT, null=True, blank=True, related_name="touch")
    created_at = models.DateTimeField(default=timezone.now)

    objects = TouchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrollment", "step"], name="touch_once_a_step"),
            models.CheckConstraint(
                condition=models.Q(state__in=["planned", "due", "done", "skipped", "failed"]),
                name="touch_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="done", done_at__isnull=False) | ~models.Q(state="done"),
                name="touch_done_when",
            ),
            models.CheckConstraint(condition=models.Q(channels__len__gte=1), name="touch_has_a_channel"),
        ]
        indexes = [
            # The tick: automatic touches that are due and not yet in the outbox.
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(state="planned", is_automatic=True),
                name="touch_due_automatic",
            ),
            # The tick: manual touches that fall due.
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(state="planned", is_automatic=False),
                name="touch_due_manual",
            ),
            # The tick: touches whose email is on its way, or may yet be settled by a person.
            models.Index(
                fields=["email"],
                condition=models.Q(state__in=["due", "failed"], email__isnull=False),
                name="touch_in_the_outbox",
            ),
            # Today: what one person has to do, earliest first.
            models.Index(
                fields=["owner", "due_at", "id"],
                condition=models.Q(state__in=["planned", "due"], is_automatic=False),
                name="touch_open_of_owner",
            ),
            # Caps: what a contact and an account got lately and will get.
            models.Index(fields=["contact", "due_at"], name="touch_of_contact"),
            models.Index(fields=["account", "due_at"], name="touch_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.channel_names} → {self.contact}"

    @property
    def channel_names(self) -> str:
        """The channels in words."""
        return " + ".join(str(Channel(channel).label) for channel in self.channels)

    @property
    def channel(self) -> str:
        """The first channel."""
        return str(self.channels[0])

    @property
    def is_open(self) -> bool:
        """True while it is still to be done."""
        return self.state in self.OPEN
