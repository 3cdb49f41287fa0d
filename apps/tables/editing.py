"""Editing one cell of a table: which form asks for it, and who keeps what it says.

A table's app puts an `Editor` into `EDITORS`. It reuses the form of the row's page, narrowed to one field, so that a
cell refuses what the page refuses, in the same words.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.datastructures import MultiValueDict

from apps.tables.columns import Column
from apps.tables.table import Table


class CannotSave(Exception):
    """What was typed is right, but cannot be kept; the text says why and what to do."""


class Editor:
    """How the cells of one table are edited, for one user."""

    with_box: ClassVar[dict[str, str]] = {}
    """Fields that come with a box to tick, shown once the form asks for it."""

    def __init__(self, table: Table) -> None:
        self.table, self.user = table, table.user

    def name_of(self, column: Column) -> str:
        """The form field that edits a column: custom fields have a prefix of their own."""
        return column.edit.replace("custom.", "custom_", 1)

    def locks(self, column: Column) -> bool:
        """Whether the row is locked before it is written. A service that locks something else first does it itself."""
        return True

    def form(self, row: Any, column: Column, data: MultiValueDict[str, str] | None) -> forms.BaseForm:
        """The form with the one field (and its box); bound where `data` is given."""
        raise NotImplementedError

    def save(self, form: forms.BaseForm, row: Any, column: Column) -> None:
        """Keep what the valid form says. Raises CannotSave. Called inside a transaction."""
        raise NotImplementedError


EDITORS: dict[str, type[Editor]] = {}
"""By the key of their table. Apps add theirs when they are ready."""


def narrow[F: forms.BaseForm](form: F, *names: str) -> F:
    """The form with these fields only, and those that guard the version of its row."""
    for name in [one for one in form.fields if one not in (*names, "version", "seen")]:
        del form.fields[name]
    return form


def posted(name: str, values: Sequence[str], row: Any) -> MultiValueDict[str, str]:
    """Data of a form, as if the page of the row had been sent with its field `name` holding `values`.

    The version is the row's own: whether the cell was changed meanwhile is asked of the cell, not of the whole row.
    """
    return MultiValueDict({name: list(values), "version": [str(getattr(row, "version", ""))]})
