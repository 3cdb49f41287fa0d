"""What can be done to many rows at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.functional import Promise

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from apps.tables.table import Table
    from apps.users.models import User

BATCH = 1000
"""How many rows one transaction of a job changes."""
AT_ONCE = 200
"""Up to how many rows a job is done in the request that starts it."""


@dataclass
class Done:
    """What came of one batch: what to restore each changed row from, and why others stayed as they were."""

    before: dict[int, Any] = field(default_factory=dict)
    """By id of each row that was changed: what `undo` needs (JSON)."""
    refused: dict[int, str] = field(default_factory=dict)
    """By id of each row that stayed as it was: why, in words."""
    remarks: dict[int, str] = field(default_factory=dict)
    """By id of changed rows: what else is to be known, such as that nobody could take it."""


type Do = Callable[[Sequence[int], dict[str, Any], "User"], Done]
"""Does it to the rows with these ids (at most one batch, in the order of the page), with the form's parameters (JSON),
for this user. The runner asked `Table.editable` about them right before. Runs inside a transaction; locks what it
decides by, in the order of the ids of the rows, or two batches may wait for one another."""

type UndoIt = Callable[[dict[int, Any], dict[str, Any], "User"], Done]
"""Takes it back, from what `Done.before` held, by row. A row that has changed since stays and is among `refused`."""


@dataclass(frozen=True)
class Checked:
    """What would become of one row: it is done to (perhaps with a remark), or refused because of `why`."""

    label: str
    why: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Action:
    """One entry of the bar of bulk actions.

    `form(user)` makes the class of the form that asks for what it needs (None where it needs nothing); its
    `cleaned_data` has to be turned into JSON by `params`. `may` says who is offered it. `confirm` is the question
    asked first where the deed is grave ("" for none).
    """

    key: str
    label: str | Promise
    do: Do
    icon: str = ""
    form: Callable[["User"], type[forms.Form] | None] = lambda user: None
    params: Callable[[dict[str, Any]], dict[str, Any]] = lambda cleaned: cleaned
    undo: UndoIt | None = None
    undo_rows: Callable[["User"], "QuerySet[Any]"] | None = None
    """Which rows its user may take it back from. None for those of `Table.editable`, which is asked right before; an
    action that takes rows out of the table says itself."""
    may: Callable[["User"], bool] = lambda user: True
    confirm: str | Promise = ""
    said: Callable[[dict[str, Any]], str] = lambda params: ""
    """What it is in words, with its parameters: "Tier A". For the summary."""
    told: Callable[[dict[str, Any], int, dict[str, int]], list[str]] | None = None
    """What came of it, in sentences: from its parameters, how many rows were changed, and how often each remark was
    made. Remarks that a sentence says are taken out. None for `said` and the number of rows."""
    is_grave: bool = False
    """Whether its button is red."""
    text: str | Promise = ""
    """What to know before it is done, above its form."""
    check: Callable[[Sequence[int], dict[str, Any], "User"], list[Checked]] | None = None
    """What would become of the first rows, shown between its form and its start."""
    batch: int = BATCH
    """How many rows a transaction holds: fewer where one row costs many queries."""
    at_once: int = AT_ONCE
    """Up to how many rows are done in the request itself: fewer where one row costs many queries."""
    is_export: bool = False
    """Whether it writes a file instead of changing rows: it then concerns all that the user may see."""


def action_of(table: "Table", key: str) -> Action | None:
    """The action of that key which this user is offered; None where there is none."""
    return next((one for one in table.actions if one.key == key and one.may(table.user)), None)
