"""What people write down and upload about an account."""

from typing import Self

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models.company import Account
from apps.accounts.models.person import Contact
from apps.accounts.words import Key, Words
from apps.users.models import User
from opener.access import ScopedQuerySet
from opener.validators import no_control_characters


class WrittenQuerySet[M: models.Model](ScopedQuerySet[M]):
    """What people wrote down or uploaded about an account: seen by their team."""

    owner_path = "author"
    bin_paths = ("account", "contact")

    def kept(self) -> Self:
        """Those that are not in the bin, nor about somebody who is."""
        return super().kept().filter(deleted_at=None)


class NoteQuerySet(WrittenQuerySet["Note"]):
    """Notes, as far as somebody may see them: those of their team."""


class Note(models.Model):
    """What somebody wrote about an account or a contact there, in Markdown; may be edited, unlike an activity."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="notes")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="notes")
    team = models.ForeignKey("users.Team", models.SET_NULL, null=True, related_name="+")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    body = models.TextField(_("note"), max_length=20_000)
    mentions = models.ManyToManyField(User, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)

    objects = NoteQuerySet.as_manager()

    class Meta:
        # The notes of an account, newest first.
        indexes = [
            models.Index(fields=["account", "-created_at"], name="note_of_account"),
            # Search: any word of it.
            GinIndex(Words(Key("body")), name="note_words"),
        ]


class FileQuerySet(WrittenQuerySet["File"]):
    """Files, as far as somebody may see them: those of their team."""


class File(models.Model):
    """A file about an account or a contact there. Its type is what its content says, not its name."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="files")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="files")
    team = models.ForeignKey("users.Team", models.SET_NULL, null=True, related_name="+")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(_("name"), max_length=200, validators=[no_control_characters])
    content = models.FileField(upload_to="files/%Y/%m/")
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    """Bytes."""
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = FileQuerySet.as_manager()

    class Meta:
        # The files of an account, newest first.
        indexes = [models.Index(fields=["account", "-created_at"], name="file_of_account")]

    def __str__(self) -> str:
        return self.name
