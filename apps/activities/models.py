"""What happened (never edited), what is to be done, and the nudges about it."""

from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Account, Contact, File, Note
from apps.accounts.words import Key, Words
from apps.users.models import User
from opener.access import ScopedQuerySet


class Channel(models.TextChoices):
    """How a contact is reached."""

    AUTO_EMAIL = "auto_email", _("automatic email")
    EMAIL = "email", _("email")
    CALL = "call", _("call")
    VOICEMAIL = "voicemail", _("voicemail")
    SMS = "sms", _("SMS")
    SOCIAL = "social", _("social")
    LETTER = "letter", _("letter or gift")
    VISIT = "visit", _("visit")
    TASK = "task", _("task")

    @property
    def is_email(self) -> bool:
        """True for the channels that write to an email address."""
        return self in (Channel.AUTO_EMAIL, Channel.EMAIL)


class Intent(models.TextChoices):
    """What a touch does: bring something, or ask for a commitment."""

    GIVE = "give", _("give")
    ASK = "ask", _("ask")


class Outcome(models.TextChoices):
    """How a touch ended."""

    SENT = "sent", _("sent")
    CONNECTED = "connected", _("connected")
    VOICEMAIL = "voicemail", _("left a voicemail")
    NO_ANSWER = "no_answer", _("no answer")
    GATEKEEPER = "gatekeeper", _("gatekeeper")
    WRONG_NUMBER = "wrong_number", _("wrong number")
    CALLBACK = "callback", _("call back later")
    DONE = "done", _("done")


class ActivityQuerySet(ScopedQuerySet["Activity"]):
    """Activities, as far as somebody may see them."""

    owner_path = "by"
    bin_paths = ("account",)

    def touches(self) -> Self:
        """Outbound touches done: one row each, a combo included."""
        return self.filter(kind=Activity.Kind.TOUCH)

    def conversations(self) -> Self:
        """Human replies and calls that connected."""
        connected = models.Q(kind=Activity.Kind.TOUCH, outcome=Outcome.CONNECTED)
        return self.filter(models.Q(kind=Activity.Kind.REPLY) | connected)


class Activity(models.Model):
    """Something that happened, at a moment, to an account. Append-only: a trigger refuses changes and deletions."""

    class Kind(models.TextChoices):
        TOUCH = "touch", _("touch")
        REPLY = "reply", _("reply")
        AUTO_REPLY = "auto_reply", _("automatic reply")
        BOUNCE = "bounce", _("bounce")
        OPTED_OUT = "opted_out", _("opted out")
        NOTE = "note", _("note")
        FILE = "file", _("file")
        TASK_DONE = "task_done", _("task done")
        TARGETED = "targeted", _("targeted")
        TAKEN = "taken", _("taken into a book")
        LET_GO = "let_go", _("let go")
        PARKED = "parked", _("parked")
        RULED_OUT = "ruled_out", _("ruled out")
        REVIVED = "revived", _("taken up again")
        ENROLLED = "enrolled", _("sequence started")
        PAUSED = "paused", _("sequence paused")
        RESUMED = "resumed", _("sequence resumed")
        EXITED = "exited", _("sequence ended")
        TOUCH_SKIPPED = "touch_skipped", _("touch skipped")
        TOUCH_FAILED = "touch_failed", _("touch failed")
        MEETING_BOOKED = "meeting_booked", _("meeting booked")
        MEETING_MOVED = "meeting_moved", _("meeting moved")
        MEETING_HELD = "meeting_held", _("meeting held")
        MEETING_MISSED = "meeting_missed", _("meeting missed")
        MEETING_CANCELLED = "meeting_cancelled", _("meeting cancelled")
        OPPORTUNITY = "opportunity", _("opportunity opened")
        OPENING = "opening", _("opening")
        STAGE = "stage", _("stage changed")
        WON = "won", _("won")
        LOST = "lost", _("lost")

    class Source(models.TextChoices):
        USER = "user", _("a person")
        ENGINE = "engine", _("the sequence engine")
        IMPORT = "import", _("an import")
        CONTACT = "contact", _("the contact")

    at = models.DateTimeField(default=timezone.now)
    recorded_at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.USER)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="activities")
    team = models.ForeignKey("users.Team", models.PROTECT, null=True, blank=True, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, related_name="activities")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, blank=True, related_name="activities")
    channels = ArrayField(models.CharField(max_length=12, choices=Channel.choices), default=list, blank=True)
    intent = models.CharField(max_length=4, choices=Intent.choices, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    note = models.ForeignKey(Note, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    file = models.ForeignKey(File, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    data = models.JSONField(default=dict, blank=True)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            # The timeline of an account, newest first, by keyset.
            models.Index(fields=["account", "-at", "-id"], name="activity_timeline"),
            # Metrics: what a team did in a period.
            models.Index(fields=["team", "kind", "at"], name="activity_of_team"),
            # Metrics over all teams, and the drill-down behind a figure.
            models.Index(fields=["kind", "-at", "-id"], name="activity_by_kind"),
            # What one person did in a period.
            models.Index(fields=["by", "kind", "at"], name="activity_of_person"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject}".strip()


class TaskQuerySet(ScopedQuerySet["Task"]):
    """Tasks, as far as somebody may see them."""

    bin_paths = ("account", "contact")

    def open(self) -> Self:
        """Those not done yet."""
        return self.filter(done_at=None)


class Task(models.Model):
    """Something to do that is not a touch."""

    class Priority(models.IntegerChoices):
        HIGH = 1, _("high")
        NORMAL = 2, _("normal")
        LOW = 3, _("low")

    title = models.CharField(_("what"), max_length=200)
    owner = models.ForeignKey(User, models.PROTECT, related_name="tasks")
    team = models.ForeignKey("users.Team", models.SET_NULL, null=True, blank=True, related_name="+")
    account = models.ForeignKey(Account, models.CASCADE, null=True, blank=True, related_name="tasks")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="tasks")
    due_at = models.DateTimeField(_("due"))
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    done_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            # Today: what one person has to do, by when.
            models.Index(
                fields=["owner", "due_at"], condition=models.Q(done_at=None), name="task_open_of_owner"
            ),
            # Search: any word of what is to be done.
            GinIndex(Words(Key("title")), condition=models.Q(done_at=None), name="task_words"),
        ]

    def __str__(self) -> str:
        return self.title


class ReminderQuerySet(models.QuerySet["Reminder"]):
    """Reminders, each its user's own."""

    def kept(self) -> Self:
        """Those about nothing that is in the bin: what lies there nudges nobody until it comes back."""
        return self.filter(
            account__deleted_at=None, task__account__deleted_at=None, task__contact__deleted_at=None
        )


class Reminder(models.Model):
    """A nudge: which user, about what, when. Delivered once, in the app and, where wanted, by email."""

    user = models.ForeignKey(User, models.CASCADE, related_name="reminders")
    about = models.CharField(_("about"), max_length=200)
    task = models.ForeignKey(Task, models.CASCADE, null=True, blank=True, related_name="reminders")
    account = models.ForeignKey(Account, models.CASCADE, null=True, blank=True, related_name="reminders")
    due_at = models.DateTimeField(_("when"))
    by_email = models.BooleanField(_("by email as well"), default=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["task", "user", "due_at"], name="reminder_of_task_once"),
        ]
        indexes = [
            # The tick: reminders that are due and wait.
            models.Index(
                fields=["due_at"],
                condition=models.Q(delivered_at=None, dismissed_at=None),
                name="reminder_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.about


class Notification(models.Model):
    """What the bell shows. `key` says what it is for, so that it exists once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notifications")
    key = models.CharField(max_length=100)
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=300, blank=True)
    account = models.ForeignKey(Account, models.CASCADE, null=True, blank=True, related_name="+")
    """Which account the text tells of: with the account goes what was told of it, wherever it leads."""
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notification_once")]
        indexes = [
            # The bell: what one person has not read.
            models.Index(fields=["user"], condition=models.Q(read_at=None), name="notification_unread"),
            # The page behind the bell, newest first.
            models.Index(fields=["user", "-created_at", "-id"], name="notification_of_user"),
        ]

    def __str__(self) -> str:
        return self.text
