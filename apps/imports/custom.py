"""Columns of a file that become custom fields: which there are, which are made, and of what type."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain

from django.core.exceptions import ValidationError

from apps.accounts import custom, custom_services
from apps.accounts.models import CustomField
from apps.accounts.models.custom import custom_key
from apps.imports.fields import CUSTOM, plain
from apps.users.models import User

_PLACES = {
    CustomField.Model.ACCOUNT: CUSTOM,
    CustomField.Model.CONTACT: "custom.contact:",
    CustomField.Model.DREAM_CLIENT: "custom.dream_client:",
}
FEW_CHOICES = 12
"""Up to so many different values in a column are choices, where each stands there several times on average."""
_EACH = 4
SAMPLED = 200
"""So many rows are looked at before somebody says what the columns are."""
MOST_DIFFERENT = 5000
"""Of so many different values the type is guessed; a column with more is text."""


def place(field: CustomField) -> str:
    """What a mapping calls `field`."""
    return f"{_PLACES[CustomField.Model(field.model)]}{field.key}"


def is_custom(name: str) -> bool:
    """True where a mapping leads to a custom field."""
    return name.startswith(tuple(_PLACES.values()))


def model_of(name: str) -> str:
    """Whose custom field a mapping leads to."""
    return next(model.value for model, prefix in _PLACES.items() if name.startswith(prefix))


def normal(name: str) -> str:
    """A mapping's name with the key for the label: `custom:Fleet size` is `custom:fleet_size`."""
    prefix, _colon, label = name.partition(":")
    return f"{prefix}:{custom_key(label)}"


def known() -> dict[str, CustomField]:
    """Every field that a column may become, by what a mapping calls it."""
    fields = chain.from_iterable(custom.fields(model) for model in _PLACES)
    return {place(field): field for field in fields}


def match(header: str, fields: Iterable[CustomField]) -> str:
    """What the mapping of a column of this name says, where there is a field of that label or key; else ""."""
    said = plain(header)
    for field in fields:
        if said and said in (plain(field.label), plain(field.key)):
            return place(field)
    return ""


def guess(values: Collection[str]) -> str:
    """The type of a new field for these different values."""
    if not values or len(values) > MOST_DIFFERENT:
        return CustomField.Type.TEXT
    if any(re.fullmatch(r"0\d+", value) for value in values):
        return CustomField.Type.TEXT  # numbers of cases and postcodes: their zeros mean something
    for kind in (CustomField.Type.YES_NO, CustomField.Type.NUMBER, CustomField.Type.DATE):
        if kind == CustomField.Type.YES_NO and {value.casefold() for value in values} <= {"0", "1", "x", "y"}:
            continue
        if _all_fit(CustomField(type=kind), values):
            return kind
    if all(re.match(r"https?://", value, re.IGNORECASE) for value in values):
        is_url = _all_fit(CustomField(type=CustomField.Type.URL), values)
        return CustomField.Type.URL if is_url else CustomField.Type.TEXT
    return CustomField.Type.TEXT


def guess_column(different: Sequence[str], rows: int) -> CustomField:
    """A field (not saved) of the type that the different values of a column, which stand in `rows` rows, speak for."""
    kind = guess(different)
    choices: list[str] = []
    if kind == CustomField.Type.TEXT and _are_choices(different, rows):
        kind, choices = CustomField.Type.CHOICE, sorted(different, key=str.casefold)
    return CustomField(type=kind, choices=choices)


def _are_choices(different: Sequence[str], rows: int) -> bool:
    folded = {value.casefold() for value in different}
    return (
        1 < len(different) <= FEW_CHOICES
        and len(folded) == len(different)
        and rows >= _EACH * len(different)
        and all(len(value) <= 40 and not re.search(r"[;|\d]", value) for value in different)
    )


def _all_fit(field: CustomField, values: Iterable[str]) -> bool:
    try:
        for value in values:
            custom.clean_value(field, value)
    except ValidationError:
        return False
    return True


def new_labels(mapping: Mapping[str, str], fields: Collection[str]) -> dict[str, str]:
    """By column, the labels of the fields that a mapping wants and that are not there yet."""
    return {
        index: name.removeprefix(CUSTOM)
        for index, name in mapping.items()
        if name.startswith(CUSTOM) and normal(name) not in fields
    }


def make(mapping: Mapping[str, str], columns: Mapping[str, Sequence[str]], by: User) -> dict[str, str]:
    """The mapping with every new field made, for accounts. Raises custom_services.Refused where there are too many.

    An admin's get the type that all the values of the column speak for; anybody else's are texts, since a type is for
    all, and only an admin decides for all.
    """
    found = dict(mapping)
    for index, label in new_labels(mapping, known()).items():
        values = columns.get(index, [])
        field = guess_column(list(dict.fromkeys(values)), len(values)) if by.is_admin else CustomField()
        field.model, field.label = CustomField.Model.ACCOUNT, label[:80]
        same = next(
            (one for one in custom.fields(field.model) if one.label.casefold() == label.casefold()), None
        )
        found[index] = place(same or custom_services.add_field(field=field, by=by))
    return found
