"""What the first rows of a file would become, for the page on which its columns are chosen."""

from dataclasses import dataclass
from functools import cached_property

from apps.accounts.models import Industry
from apps.accounts.models.custom import custom_key
from apps.imports import services
from apps.imports.cleaning import CleanRow
from apps.imports.fields import BY_NAME, CUSTOM
from apps.imports.models import Import
from apps.imports.reading import Row

SHOWN = 8
PROBLEMS_SHOWN = 10

_STORED_AS = {
    "city": "headquarters",
    "region": "headquarters",
    "contact_name": "last_name",
    "contact_phone": "phone",
}


@dataclass(frozen=True)
class Line:
    """A row as it would be stored: a cell for each column of the preview, or why it would not be."""

    number: int
    cells: list[str]
    reason: str
    notices: list[str]


class Preview:
    """The first rows of a draft with its mapping, and what is wrong with the first few hundred."""

    def __init__(self, draft: Import) -> None:
        self.draft = draft

    @cached_property
    def columns(self) -> list[tuple[str, str]]:
        """Field and title of each column, in the order of the file."""
        names = [
            name for _index, name in sorted(self.draft.mapping.items(), key=lambda item: int(item[0])) if name
        ]
        return [
            (name, name.removeprefix(CUSTOM) if name.startswith(CUSTOM) else str(BY_NAME[name].label))
            for name in names
        ]

    @cached_property
    def _checked(self) -> list[tuple[Row, CleanRow | None, str]]:
        return services.preview(self.draft, services.first_rows(self.draft))

    @property
    def lines(self) -> list[Line]:
        """The first rows."""
        return [self._line(*checked) for checked in self._checked[:SHOWN]]

    @property
    def problems(self) -> list[tuple[int, str]]:
        """Line and reason of what cannot be imported, or not all of it, among the rows looked at."""
        found = [
            (row.line, reason or " ".join(clean.notices if clean else []))
            for row, clean, reason in self._checked
            if reason or (clean and clean.notices)
        ]
        return found[:PROBLEMS_SHOWN]

    @property
    def failing(self) -> int:
        """How many of the rows looked at cannot be imported."""
        return sum(clean is None for _row, clean, _reason in self._checked)

    @property
    def looked_at(self) -> int:
        """How many rows were looked at."""
        return len(self._checked)

    def _line(self, row: Row, clean: CleanRow | None, reason: str) -> Line:
        if clean is None:
            return Line(row.line, [], reason, [])
        return Line(row.line, [_said(clean, name) for name, _title in self.columns], "", clean.notices)


def _said(clean: CleanRow, name: str) -> str:
    """The value that a column's field would get."""
    if name.startswith(CUSTOM):
        return clean.custom.get(custom_key(name.removeprefix(CUSTOM)), "")
    if name == "contact_name":
        return " ".join(filter(None, (clean.contact.get("first_name"), clean.contact.get("last_name"))))
    if name == "industry" and "industry" in clean.account:
        return str(Industry(str(clean.account["industry"])).label)
    stored = _STORED_AS.get(name, name)
    if str(BY_NAME[name].group) == str(BY_NAME["email"].group):
        return clean.contact.get(stored, "")
    if name in ("tier", "why_change", "incumbent"):
        return clean.dream_client.get(name, "")
    return str(clean.account.get(stored, ""))
