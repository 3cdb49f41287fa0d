"""CSV files that a spreadsheet opens as they are meant."""

import csv
import re
from collections.abc import Iterable, Sequence
from typing import Any

BOM = "\ufeff"
"""What such a file begins with: without it Excel takes UTF-8 for something else."""


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def lines(rows: Iterable[Sequence[str]], *, delimiter: str = ",") -> Iterable[str]:
    """The lines of a file, cell by cell harmless."""
    writer: Any = csv.writer(_Echo(), delimiter=delimiter)
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])


def harmless(cell: str) -> str:
    """`cell` so that a spreadsheet does not take it for a formula; numbers and phone numbers stay as they are.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not re.fullmatch(r"[+-]?[\d\s().,/-]+", cell):
        return f"'{cell}"
    return cell
