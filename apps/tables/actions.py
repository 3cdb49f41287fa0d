"""What can be done to many rows at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.functional import Promise

if TYPE_CHECKING:
    from apps.users.models import User


@dataclass
class Done:
    """What came of one batch: what to restore each changed row from, and why others stayed as they were."""

    before: dict[int, Any] = field(default_factory=dict)
    """By id of each row that was changed: what `undo` needs (JSON)."""
    refused: dict[int, str] = field(default_factory=dict)
    """By id of each row that stayed as it was: why, in words."""


type Do = Callable[[Sequence[int], dict[str, Any], "User"], Done]
"""Does it to the rows with these ids (at most one batch, all editable when the job began; check again), with the
form's cleaned parameters (JSON), for this user. Runs inside a transaction."""

type UndoIt = Callable[[dict[int, Any], dict[str, Any], "User"], Done]
"""Takes it back, from what `Done.before` held, by row. A row that has changed since stays and is among `refused`."""


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
    may: Callable[["User"], bool] = lambda user: True
    confirm: str | Promise = ""
    said: Callable[[dict[str, Any]], str] = lambda params: ""
    """What it is in words, with its parameters: "Tier A". For the summary."""
