"""Files about an account: kept where nothing can run them, and handed out to whoever may see them."""

import hashlib
from pathlib import PurePath
from typing import BinaryIO, cast
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from apps.accounts.models import Account, Contact, File
from apps.activities.file_types import RefusedFileError, type_of
from apps.activities.models import Activity
from apps.activities.notes import team_for
from apps.activities.services import record
from apps.users.models import User
from opener.validators import no_control_characters

AT_ONCE = 20
"""How many files one form may bring."""


def add_file(
    *, account: Account, upload: UploadedFile[bytes], by: User, contact: Contact | None = None
) -> File:
    """Keep a file about an account for a team, under a name that nobody can guess. RefusedFileError says why not."""
    name = _clean_name(upload.name or "")
    if (upload.size or 0) > settings.FILE_MAX_BYTES:
        raise RefusedFileError(
            _("It is larger than %(limit)s.") % {"limit": filesizeformat(settings.FILE_MAX_BYTES)}
        )
    kind = type_of(name, cast("BinaryIO", upload.file))
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    file = File(
        account=account,
        contact=contact,
        team_id=team_for(account, by),
        author=by,
        name=name,
        content_type=kind,
        size=upload.size or 0,
        sha256=digest.hexdigest(),
    )
    file.content.save(f"{uuid4().hex}{PurePath(name).suffix.lower()}", upload, save=False)
    try:
        with transaction.atomic():
            file.save()
            record(
                kind=Activity.Kind.FILE,
                account=account,
                contact=contact,
                by=by,
                at=file.created_at,
                team_id=file.team_id,
                file=file,
            )
    except Exception:
        file.content.delete(save=False)
        raise
    return file


def _clean_name(name: str) -> str:
    """The name as its sender called it, without folders; a long one keeps its ending."""
    name = " ".join(name.replace("\\", "/").rpartition("/")[2].split())
    try:
        no_control_characters(name)
    except ValidationError as error:
        raise RefusedFileError(_("Its name holds a character that cannot be shown. Rename it.")) from error
    if len(name) > 200:
        ending = PurePath(name).suffix[:20]
        name = name[: 200 - len(ending)] + ending
    return name
