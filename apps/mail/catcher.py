"""Reading the mail that the local catcher keeps: the demo writes to nobody, and its mail is looked at here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from opener.http import AuthedRequest, render

PAGE = 50
_HEAD_BYTES = 64 * 1024
_MOST_BYTES = 2 * 1024 * 1024
_NAME = re.compile(r"\d{1,30}-\d{1,10}-\d{1,10}\.eml", re.ASCII)
"""What the catcher calls its files. Nothing else is opened, so no name leads out of the folder."""


@dataclass(frozen=True)
class Mail:
    """A mail as its page shows it. `text` is plain; `html` is the source, to be shown as text."""

    name: str
    subject: str
    sender: str
    recipient: str
    date: datetime | None
    headers: list[tuple[str, str]]
    text: str = ""
    html: str = ""


@dataclass(frozen=True)
class Folder:
    """One page of the caught mail."""

    rows: list[Mail]
    next: str
    """The cursor that leads to older mail, "" where there is none."""
    previous: str = ""
    """Nothing: the way back is the browser's."""


@require_safe
def mails(request: AuthedRequest) -> HttpResponse:
    """The caught mail, newest first."""
    folder = _folder(request)
    names = _names(folder)
    before = request.GET.get("cursor", "")
    if _NAME.fullmatch(before):
        names = [name for name in names if _age(name) < _age(before)]
    rows = [mail for name in names[:PAGE] if (mail := _read(folder / name, whole=False))]
    page = Folder(rows, next=names[PAGE - 1] if len(names) > PAGE else "")
    return render(request, "mail/catcher.html", {"page": page}, part="rows")


@require_safe
def mail(request: AuthedRequest, name: str) -> HttpResponse:
    """One caught mail."""
    folder = _folder(request)
    found = _read(folder / name, whole=True) if _NAME.fullmatch(name) else None
    if found is None:
        raise Http404
    return render(request, "mail/caught.html", {"mail": found})


def _folder(request: AuthedRequest) -> Path:
    """Where the mail is. 404 where none is caught; where the mail is real people's, only admins see it.

    Among it are links that set a new password.
    """
    if not settings.CATCHER_DIR:
        raise Http404
    if not (settings.DEMO or request.user.is_admin):
        raise PermissionDenied
    return Path(settings.CATCHER_DIR)


def _names(folder: Path) -> list[str]:
    """The files of the catcher, newest first."""
    try:
        names = [path.name for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    except OSError:
        return []
    return sorted(names, key=_age, reverse=True)


def _age(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.removesuffix(".eml").split("-"))


def _read(path: Path, *, whole: bool) -> Mail | None:
    """The mail in a file; None where the file is gone. Whatever is damaged in it is shown as far as it goes."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES if whole else _HEAD_BYTES)
    except OSError:
        return None
    parser = BytesParser(policy=policy.default)
    message = parser.parsebytes(content, headersonly=not whole)
    return Mail(
        name=path.name,
        subject=_header(message, "Subject"),
        sender=_header(message, "From"),
        recipient=_header(message, "To") or _header(message, "X-Envelope-To"),
        date=_date(message),
        headers=list(_headers(message)) if whole else [],
        text=_body(message, "plain") if whole else "",
        html=_body(message, "html") if whole else "",
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except Exception:  # noqa: BLE001 - the parser raises what it likes on damaged headers
        return ""


def _headers(message: EmailMessage) -> Iterator[tuple[str, str]]:
    for name in dict.fromkeys(message.keys()):
        yield name, _header(message, name)


def _date(message: EmailMessage) -> datetime | None:
    try:
        date = parsedate_to_datetime(_header(message, "Date"))
    except (TypeError, ValueError, IndexError):
        return None
    return date if date.tzinfo else None


def _body(message: EmailMessage, kind: str) -> str:
    try:
        part = message.get_body(preferencelist=(kind,))
        return str(part.get_content()) if part is not None else ""
    except Exception:  # noqa: BLE001 - as above
        return ""
