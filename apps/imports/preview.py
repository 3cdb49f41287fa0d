"""What the first rows of a file would become, for the page on which its columns are chosen."""

from dataclasses import dataclass
from functools import cached_property

from apps.accounts.custom import words
from apps.accounts.models import CustomField, Industry
from apps.imports import services
from apps.imports.cleaning import CleanRow
from apps.imports.custom import is_custom, known, model_of, normal
from apps.imports.fields import BY_NAME
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
        return [(name, self._title(name)) for name in names]

    def _title(self, name: str) -> str:
        if not is_custom(name):
            return str(BY_NAME[name].label)
        field = self._fields.get(normal(name))
        return field.label if field else name.partition(":")[2]

    @cached_property
    def _fields(self) -> dict[str, CustomField]:
        return known()

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
        return Line(row.line, [self._said(clean, name) for name, _title in self.columns], "", clean.notices)

    def _said(self, clean: CleanRow, name: str) -> str:
        """The value that a column's field would get."""
        if not is_custom(name):
            return _said(clean, name)
        held = {"contact": clean.contact_custom, "dream_client": clean.dream_client_custom}
        place = normal(name)
        value = held.get(model_of(name), clean.custom).get(place.partition(":")[2])
        field = self._fields.get(place)
        return words(field, value) if field else str(value or "")


def _said(clean: CleanRow, name: str) -> str:
    """The value that a field of ours would get."""
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
