"""Custom fields: what an admin added to accounts, contacts, dream clients and opportunities.

What other apps use stands here; how it is done, in the modules beside. `CustomField` says how values are stored.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from apps.accounts import custom_cache as cache
from apps.accounts.custom_cache import forget, remembered
from apps.accounts.custom_columns import columns
from apps.accounts.custom_forms import CustomFieldsMixin, form_field, form_fields, put
from apps.accounts.custom_values import clean_value, fits, html, say, typed, words
from apps.accounts.models import CustomField

__all__ = [
    "CustomFieldsMixin",
    "clean_value",
    "columns",
    "field",
    "fields",
    "fits",
    "forget",
    "form_field",
    "form_fields",
    "html",
    "in_words",
    "put",
    "remembered",
    "say",
    "shown",
    "typed",
    "words",
]


class _Row(Protocol):
    custom: Any


def fields(model: str, *, archived: bool = False) -> list[CustomField]:
    """The fields of a model ("account", "contact", …) in their order. One query, and one a request for all models."""
    return [one for one in cache.fields()[model] if one.is_archived == archived]


def field(model: str, key: str) -> CustomField | None:
    """The field of that key; None where there is none, or it is archived."""
    return next((one for one in fields(model) if one.key == key), None)


def in_words(model: str, held: Mapping[str, Any]) -> dict[str, str]:
    """By key, what a person reads: for a text with variables. Asks for nothing where nothing is held."""
    known = {one.key: one for one in cache.fields()[model]} if held else {}
    texts = CustomField()  # what no field is defined for reads as it is
    return {key: words(known.get(key, texts), value) for key, value in held.items()}


def shown(model: str, row: _Row) -> list[tuple[str, str]]:
    """Label and value of each field that `row` has a value for, ready for a page.

    Values that no field is defined for (from an import that was, or an API) come last, under their keys.
    """
    held: Mapping[str, Any] = row.custom or {}
    every = cache.fields()[model] if held else []
    known = [
        (one.label, html(one, held[one.key])) for one in every if not one.is_archived and one.key in held
    ]
    keys = {one.key for one in every}
    others = [(key.replace("_", " "), str(value)) for key, value in held.items() if key not in keys]
    return [pair for pair in [*known, *others] if pair[1] not in ("", "None", "[]")]
