"""Reading the files that people have: any of the usual encodings, separators and quotings.

Everything here works on the bytes as they were uploaded, and reads them the same way each time, so that a worker that
takes over from a dead one counts the same rows.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

DELIMITERS = (",", ";", "\t")
MAX_COLUMNS = 200
MAX_LABEL = 80
FIELD_LIMIT = 1024 * 1024

_NOT_TEXT: dict[bytes, Promise] = {
    b"PK\x03\x04": gettext_lazy(
        "This is an Excel workbook. Save it as CSV (File, Save as, CSV UTF-8) and choose that file."
    ),
    b"\xd0\xcf\x11\xe0": gettext_lazy(
        "This is an old Excel workbook. Save it as CSV (File, Save as) and choose that file."
    ),
    b"%PDF": gettext_lazy("This is a PDF. Save the table as CSV and choose that file."),
}


class UnreadableFileError(Exception):
    """The file is no table that can be read; the message says what to do."""


@dataclass(frozen=True)
class Table:
    """How a file is read, and what it holds: `header` has one label a column, each different."""

    encoding: str
    delimiter: str
    header: list[str]
    total: int


@dataclass(frozen=True)
class Row:
    """One record: the line of the file it starts on (1 is the first), and its cells."""

    line: int
    cells: list[str]


def examine(content: bytes) -> Table:
    """How to read `content`. Raises UnreadableFileError, with words for whoever chose the file."""
    if not content.strip():
        raise UnreadableFileError(_("This file is empty. Choose one that has a table in it."))
    encoding = sniff_encoding(content)
    delimiter = sniff_delimiter(content, encoding)
    try:
        records = _records(content, encoding, delimiter)
        header = label_columns(next(records).cells)
        total = sum(1 for _record in records)
        _check_quotes(content, encoding, delimiter)
    except (csv.Error, UnicodeError, StopIteration) as error:
        raise UnreadableFileError(
            _("This file cannot be read as a table. Open it, look for a quotation mark that is never closed, "
              "save it as CSV UTF-8 and choose it again.")
        ) from error  # fmt: skip
    if len(header) > MAX_COLUMNS:
        raise UnreadableFileError(
            _("This file has %(count)s columns. Remove those you do not need: %(most)s are read at most.")
            % {"count": len(header), "most": MAX_COLUMNS}
        )
    if not total:
        raise UnreadableFileError(_("This file has a header and no rows below it."))
    return Table(encoding, delimiter, header, total)


def rows(content: bytes, encoding: str, delimiter: str) -> Iterator[Row]:
    """The records below the header that have something in them."""
    return islice(_records(content, encoding, delimiter), 1, None)


def sniff_encoding(content: bytes) -> str:
    """The codec of `content`: UTF-8 and UTF-16 with or without a mark, else Windows-1252."""
    for magic, message in _NOT_TEXT.items():
        if content.startswith(magic):
            raise UnreadableFileError(str(message))
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _checked(content, "utf-16")
    sample = content[:4000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) > len(sample) // 5 and min(even, odd) <= len(sample) // 50:
        return _checked(content, "utf-16-le" if odd > even else "utf-16-be")
    try:
        return _checked(content, "utf-8-sig")
    except UnreadableFileError:
        return _checked(content, "cp1252")


def _checked(content: bytes, encoding: str) -> str:
    """`encoding` where the whole content is text in it; raises UnreadableFileError where not."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = ""
    control = sum(text[:20_000].count(chr(code)) for code in range(32) if code not in (9, 10, 12, 13))
    if not text or control > len(text[:20_000]) // 50 + 2:
        raise UnreadableFileError(_("This is not a text file. Save the table as CSV and choose that file."))
    return encoding


def sniff_delimiter(content: bytes, encoding: str) -> str:
    """The separator that cuts the first rows into the most columns of the same number; a comma where none does."""

    def score(delimiter: str) -> int:
        try:
            widths = [len(row.cells) for row in islice(_records(content, encoding, delimiter), 50)]
        except csv.Error:
            return 0
        return Counter(widths)[widths[0]] * (widths[0] - 1) if widths else 0

    return max(DELIMITERS, key=score)


def label_columns(cells: list[str]) -> list[str]:
    """A name for each column: as written, with a number where it is empty or stands there twice."""
    labels: list[str] = []
    for index, cell in enumerate(cells, start=1):
        plain = "".join(char if char.isprintable() else " " for char in cell)
        label = " ".join(plain.split())[:MAX_LABEL] or _("Column %s") % index
        base, copy = label[: MAX_LABEL - 6], 1
        while label.casefold() in {known.casefold() for known in labels}:
            copy += 1
            label = f"{base} ({copy})"
        labels.append(label)
    return labels


def _records(content: bytes, encoding: str, delimiter: str, *, strict: bool = False) -> Iterator[Row]:
    csv.field_size_limit(FIELD_LIMIT)
    text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=strict)
    line = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield Row(line, cells)
        line = reader.line_num + 1


def _check_quotes(content: bytes, encoding: str, delimiter: str) -> None:
    """A quotation mark that is never closed would swallow the rest of the file without a word."""
    try:
        for _record in _records(content, encoding, delimiter, strict=True):
            pass
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise
