"""The functions in the database that make texts comparable (see the migration 0005_search), as Django names them."""

from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db.models import F, Func, TextField, Value
from django.db.models.functions import Reverse


def Words(key: str | Func) -> Func:  # noqa: N802 - reads as the expressions of Django do
    """The words of a text that `name_key` or `Key` made plain, as a tsvector.

    Marks part words and join them: "at&t o'reilly" has at, t, att, o, reilly and oreilly.
    """
    return Func(_field(key), function="opener_words", output_field=SearchVectorField())


def Key(field: str) -> Func:  # noqa: N802
    """What `name_key` makes of a text, without its end at 200 characters."""
    return Func(F(field), function="opener_key", output_field=TextField())


def LastDigits(field: str) -> Func:  # noqa: N802
    """The digits of a phone number, from its end: numbers are alike there, whatever their country code looks like."""
    digits = Func(
        F(field), Value(r"\D"), Value(""), Value("g"), function="regexp_replace", output_field=TextField()
    )
    return Reverse(digits)


def _field(key: str | Func) -> Any:
    return F(key) if isinstance(key, str) else key
