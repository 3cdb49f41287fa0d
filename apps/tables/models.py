"""Views of tables that people keep, and work on many rows that a worker does."""

from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.users.models import User
from opener.validators import no_control_characters


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Views, as far as somebody may see them."""

    def visible_to(self, user: User) -> Self:
        """One's own, those of one's teams, and those for everybody. An admin sees no private one of others."""
        shared = models.Q(audience=SavedView.Audience.EVERYBODY) | models.Q(
            audience=SavedView.Audience.TEAM, team__in=user.team_ids
        )
        return self.filter(shared | models.Q(owner=user), deleted_at=None)

    def editable_by(self, user: User) -> Self:
        """One's own; managers those of the teams they lead; admins every one that they see."""
        rows = self.visible_to(user)
        if user.is_admin:
            return rows
        led = models.Q(audience=SavedView.Audience.TEAM, team__in=user.led_team_ids)
        return rows.filter(models.Q(owner=user) | led)

    def deleted_of(self, user: User) -> Self:
        """Deleted ones that `user` may take back: those that they could have deleted."""
        rows = self.filter(deleted_at__isnull=False)
        shared = models.Q(audience=SavedView.Audience.EVERYBODY) | models.Q(audience=SavedView.Audience.TEAM)
        if user.is_admin:
            return rows.filter(models.Q(owner=user) | shared)
        led = models.Q(audience=SavedView.Audience.TEAM, team__in=user.led_team_ids)
        return rows.filter(models.Q(owner=user) | led)


class SavedView(models.Model):
    """What is asked of a table and how it is shown, under a name: for its owner, a team, or everybody."""

    class Audience(models.TextChoices):
        PRIVATE = "private", _("only you")
        TEAM = "team", _("your team")
        EVERYBODY = "everybody", _("everybody")

    table = models.CharField(max_length=30)
    name = models.CharField(_("name"), max_length=80, validators=[no_control_characters])
    owner = models.ForeignKey(User, models.CASCADE, related_name="saved_views")
    audience = models.CharField(
        _("who sees it"), max_length=10, choices=Audience.choices, default=Audience.PRIVATE
    )
    team = models.ForeignKey("users.Team", models.CASCADE, null=True, blank=True, related_name="+")
    q = models.CharField(max_length=200, blank=True)
    where = models.TextField(blank=True)
    sort = models.CharField(max_length=80, blank=True)
    columns = models.TextField(blank=True)
    """As in the address: keys with their widths, "name.240,tier"."""
    created_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    """Deleted ones are kept for a while, with who pinned them, so that it can be taken back."""
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    """Who changed it last, for whoever is about to overwrite that."""

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(audience="team") | models.Q(team__isnull=False),
                name="saved_view_of_a_team_names_it",
            ),
            models.UniqueConstraint(
                fields=["table", "owner", "name"],
                condition=models.Q(deleted_at=None),
                name="saved_view_name_once",
                violation_error_message=_("You have a view of this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def may_edit(self, user: User) -> bool:
        """What `editable_by` says, about one that `user` sees."""
        led = self.audience == self.Audience.TEAM and self.team_id in user.led_team_ids
        return user.is_admin or self.owner_id == user.pk or led


class ViewChoice(models.Model):
    """That somebody pinned a view of a table, or opens the table with it. A ready-made view is named by its slug."""

    user = models.ForeignKey(User, models.CASCADE, related_name="view_choices")
    table = models.CharField(max_length=30)
    view = models.ForeignKey(SavedView, models.CASCADE, null=True, blank=True, related_name="choices")
    slug = models.CharField(max_length=30, blank=True)
    is_pinned = models.BooleanField(default=False)
    is_default = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "view"],
                condition=models.Q(view__isnull=False),
                name="view_choice_once",
            ),
            models.UniqueConstraint(
                fields=["user", "table", "slug"],
                condition=models.Q(view=None),
                name="view_choice_of_ready_once",
            ),
            models.UniqueConstraint(
                fields=["user", "table"],
                condition=models.Q(is_default=True),
                name="view_choice_one_default",
            ),
            models.CheckConstraint(
                condition=models.Q(view=None, slug__gt="") | models.Q(view__isnull=False, slug=""),
                name="view_choice_names_one",
            ),
        ]


class BulkJobQuerySet(models.QuerySet["BulkJob"]):
    """Work on many rows: whoever started it sees it, and admins."""

    def visible_to(self, user: User) -> Self:
        """Own ones; admins all."""
        return self if user.is_admin else self.filter(owner=user)

    def editable_by(self, user: User) -> Self:
        """Own ones; admins all."""
        return self.visible_to(user)

    def open(self) -> Self:
        """Those that wait or run."""
        return self.filter(state__in=[BulkJob.State.WAITING, BulkJob.State.RUNNING])


class BulkJob(models.Model):
    """One action on many rows of a table, how far it has come, and whether it was taken back.

    Its rows are fixed in `BulkItem` when it starts. A worker claims it and goes through them in batches, each in one
    transaction with what it did, so that it may die at any moment. Taking it back goes through the done ones again.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    owner = models.ForeignKey(User, models.CASCADE, related_name="bulk_jobs")
    table = models.CharField(max_length=30)
    action = models.CharField(max_length=30)
    params = models.JSONField(default=dict)
    said = models.CharField(max_length=300)
    """What is done, in words, for the progress page."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    is_undo = models.BooleanField(default=False)
    """Whether it is being (or has been) taken back."""
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    undone = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    """Rows that could not be taken back."""
    left_out = models.PositiveIntegerField(default=0)
    """Rows that were meant as well, but that the owner may not change."""
    error = models.CharField(max_length=300, blank=True)
    result = models.FileField(upload_to="exports/", blank=True)
    """The file that an export made."""
    claim_token = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = BulkJobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            # The tick: jobs that wait or whose worker died.
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="bulk_job_open",
            ),
            models.Index(fields=["owner", "-created_at", "-id"], name="bulk_job_of_owner"),
        ]

    def __str__(self) -> str:
        return self.said

    @property
    def is_open(self) -> bool:
        """True while there is work left that a worker will do."""
        return self.state in (self.State.WAITING, self.State.RUNNING)

    @property
    def gone_through(self) -> int:
        """How many rows are behind it, on the way that it goes now."""
        return self.undone + self.kept if self.is_undo else self.done + self.refused

    @property
    def of(self) -> int:
        """How many rows it goes through, on the way that it goes now."""
        return self.undone + self.kept + self.done if self.is_undo else self.total


class BulkItem(models.Model):
    """A row that a job is to change: what it was before, or why it stayed. `row` is an id of the job's table."""

    class State(models.TextChoices):
        TO_DO = "to_do", _("to do")
        DONE = "done", _("done")
        REFUSED = "refused", _("stayed as it was")
        UNDONE = "undone", _("taken back")
        KEPT = "kept", _("could not be taken back")

    job = models.ForeignKey(BulkJob, models.CASCADE, related_name="items")
    row = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.TO_DO)
    before = models.JSONField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "row"], name="bulk_item_once")]
        indexes = [
            # The next batch of a job, done or taken back.
            models.Index(fields=["job", "state", "id"], name="bulk_item_next"),
        ]
