"""Files that become accounts, contacts and dream clients."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.dreamclients.models import DreamClientList
from apps.users.models import User


class ImportQuerySet(models.QuerySet["Import"]):
    """Imports: whoever started one sees it, and admins."""

    def visible_to(self, user: User) -> "ImportQuerySet":
        """Own ones; admins all."""
        return self if user.is_admin else self.filter(owner=user)

    def editable_by(self, user: User) -> "ImportQuerySet":
        """Own ones; admins all."""
        return self.visible_to(user)


class Import(models.Model):
    """One uploaded file and how far it has come. A worker reads it in batches and goes on where it stopped."""

    class State(models.TextChoices):
        MAPPING = "mapping", _("to be confirmed")
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    owner = models.ForeignKey(User, models.CASCADE, related_name="imports")
    team = models.ForeignKey("users.Team", models.SET_NULL, null=True, related_name="+")
    target_list = models.ForeignKey(
        DreamClientList, models.SET_NULL, null=True, blank=True, related_name="imports"
    )
    list_name = models.CharField(_("list"), max_length=120, blank=True)
    assign_to = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    tier = models.CharField(max_length=1, default="B")
    file_name = models.CharField(max_length=255)
    content = models.BinaryField()
    encoding = models.CharField(max_length=20)
    delimiter = models.CharField(max_length=1)
    header = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    """From the column's index (as text) to a field name, "custom:<label>", or "" for left out."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.MAPPING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    """Rows read so far: the next batch starts after them."""
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    claim_token = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    """How often it was claimed since its last batch was stored."""
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            # The tick: imports that wait or whose worker died.
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="import_open",
            ),
            models.Index(fields=["owner", "-created_at"], name="import_of_owner"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_open(self) -> bool:
        """True while a worker has something to do with it."""
        return self.state in (self.State.WAITING, self.State.RUNNING)

    def summary(self) -> str:
        """What came of it, in words: "500 created, 3 failed"; "" where nothing did yet."""
        counts = [
            (self.created, _("%d created")),
            (self.updated, _("%d updated")),
            (self.unchanged, _("%d unchanged")),
            (self.failed, _("%d failed")),
        ]
        return ", ".join(str(text) % number for number, text in counts if number)


class ImportProblem(models.Model):
    """A row that could not be imported: where it stands, why, and what it said."""

    of = models.ForeignKey(Import, models.CASCADE, related_name="problems")
    line = models.PositiveIntegerField()
    reason = models.CharField(max_length=500)
    row = models.JSONField()

    class Meta:
        ordering = ["line"]
        constraints = [models.UniqueConstraint(fields=["of", "line"], name="import_problem_once_a_line")]

    @property
    def said(self) -> str:
        """What stood in the row, without its empty cells."""
        return " · ".join(cell for cell in self.row if cell.strip())
