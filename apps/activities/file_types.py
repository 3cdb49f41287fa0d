"""Which files may be kept: those whose content is what their name says, of the kinds that offices send each other."""

import zipfile
import zlib
from pathlib import PurePath
from typing import BinaryIO

import puremagic
from django.utils.translation import gettext as _

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 8192
ENTRIES = 10_000
"""How many files an archive may hold."""

TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "docx": f"{_OOXML}wordprocessingml.document",
    "xlsx": f"{_OOXML}spreadsheetml.sheet",
    "pptx": f"{_OOXML}presentationml.presentation",
    "odt": f"{_ODF}text",
    "ods": f"{_ODF}spreadsheet",
    "odp": f"{_ODF}presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "txt": "text/plain",
    "csv": "text/csv",
    "md": "text/markdown",
    "eml": "message/rfc822",
    "ics": "text/calendar",
    "zip": "application/zip",
}
"""The endings that may be kept, each with its type."""

IMAGES = frozenset(kind for kind in TYPES.values() if kind.startswith("image/"))
_TEXTS = frozenset({"txt", "csv", "md", "eml", "ics"})
_OLD_OFFICE = frozenset({"doc", "xls", "ppt"})
_REFUSED = frozenset({"text/html", "image/svg+xml", "application/xhtml+xml", "application/xml", "text/xml"})
_MARKUP = (b"<!doctype", b"<html", b"<svg", b"<script", b"<?xml", b"<body", b"<head", b"<iframe")


class RefusedFileError(Exception):
    """Why a file is not kept, in words for whoever sent it."""


def type_of(name: str, content: BinaryIO) -> str:
    """The type of a file. RefusedFileError where its content is not what its name says, or of no kind that is kept."""
    ending = PurePath(name).suffix.lower().lstrip(".")
    if ending not in TYPES:
        raise RefusedFileError(
            _("Files of this kind are not kept. Possible are %(endings)s.") % {"endings": ", ".join(TYPES)}
        )
    content.seek(0)
    head = content.read(_HEAD)
    if not head:
        raise RefusedFileError(_("It is empty."))
    if not _fits(ending, head, content):
        raise RefusedFileError(
            _(
                "Its content is not what its name says (.%(ending)s). Open it where it comes from and save it again."
            )
            % {"ending": ending}
        )
    content.seek(0)
    return TYPES[ending]


def _fits(ending: str, head: bytes, content: BinaryIO) -> bool:
    """Whether the content can be what the ending says."""
    if ending in _TEXTS:
        return _is_text(content) and not _is_markup(head)
    if ending in _OLD_OFFICE:
        return head.startswith(_OLE)
    if ending == "pdf":
        return head.startswith(b"%PDF-")
    if TYPES[ending] in IMAGES:
        return TYPES[ending] in _guesses(head)
    return _archive(content) == TYPES[ending]


def _guesses(head: bytes) -> set[str]:
    try:
        return {match.mime_type for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return set()


def _is_markup(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00").replace(b"\x00", b"")[:200].lower()
    return start.startswith(_MARKUP) or bool(_guesses(head) & _REFUSED)


def _is_text(content: BinaryIO) -> bool:
    """Text in UTF-8 or UTF-16, or in an older encoding without control characters."""
    content.seek(0)
    data = content.read()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return not any(ord(char) < 32 and char not in "\t\n\r\f\x1b" for char in text[:1_000_000])


def _archive(content: BinaryIO) -> str:
    """What a zip archive is, by what lies in it; "" where it is none. Macros make it none of ours."""
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as archive:
            names = archive.namelist()
            if len(names) > ENTRIES:
                raise RefusedFileError(_("It holds too many files. Send fewer at once."))
            if any(PurePath(name).name.lower() == "vbaproject.bin" for name in names):
                raise RefusedFileError(_("It holds macros. Save it without them and send it again."))
            if "[Content_Types].xml" in names:
                for folder, kind in (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx")):
                    if any(name.startswith(folder) for name in names):
                        return TYPES[kind]
            if "mimetype" in names:
                with archive.open("mimetype") as said:
                    return said.read(100).decode("ascii", "replace").strip()
            return TYPES["zip"]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError):
        return ""
