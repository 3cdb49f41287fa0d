"""CSV files that a spreadsheet opens as they are meant."""

import csv
import re
from collections.abc import Iterable, Sequence
from typing import Any

BOM = "\ufeff"
"""What such a file begins with: without it Excel takes UTF-8 for something else."""

FORMULA = frozenset("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n")
"""With what a cell begins that some spreadsheet takes for a formula, full-width signs included."""


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def lines(rows: Iterable[Sequence[str]], *, delimiter: str = ",") -> Iterable[str]:
    """The lines of a file, cell by cell harmless. All are quoted: elsewhere another sign may part the cells."""
    writer: Any = csv.writer(_Echo(), delimiter=delimiter, quoting=csv.QUOTE_ALL)
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])


def harmless(cell: str) -> str:
    """`cell` so that a spreadsheet does not take it for a formula; numbers and phone numbers stay as they are.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if cell[:1] in FORMULA and not re.fullmatch(r"[+-]?[\d\s().,/-]+", cell):
        return f"'{cell}"
    return cell
