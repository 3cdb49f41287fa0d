"""Writing through the forms that people use: the same rules, the same words where something is wrong."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from apps.accounts.custom_values import NO, YES


class Refused(Exception):
    """Nothing was written. `errors` by field; with `conflict` the version now and what differs."""

    def __init__(self, errors: Mapping[str, list[str]], form: Any = None) -> None:
        super().__init__()
        self.errors = dict(errors)
        self.conflict: list[dict[str, str]] = [
            {"field": label, "now": theirs, "yours": yours}
            for label, theirs, yours in getattr(form, "conflict", [])
        ]
        self.version: int = form.instance.version if self.conflict else 0


def changes(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a body says, as a form posts it: custom fields under `custom_<key>`, lists one a line, yes and no."""
    said = {name: _posted(value) for name, value in given.items() if name != "custom"}
    for key, value in (given.get("custom") or {}).items():
        said[f"custom_{key}"] = (
            [_readable(str(one)) for one in value] if isinstance(value, list) else _posted(value)
        )
    return said


def _posted(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list):
        return _readable("\n".join(map(str, value)))
    return _readable(str(value))


def _readable(text: str) -> str:
    """Half a character, which JSON can hold and nothing can store, becomes the sign for what cannot be shown."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def filled(blank: Any, said: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a form: what the row says now (by the unbound form `blank`), and over it what is said.

    Raises Refused where a field is named that the form does not know.
    """
    unknown = [name for name in said if name not in blank.fields]
    if unknown:
        raise Refused({name: [_("There is no field of this name.")] for name in unknown})
    data: dict[str, Any] = {}
    for name in blank.fields:
        value = blank[name].value()
        data[name] = "" if value is None else value
    data |= {name: value == YES if _is_box(blank, name) else value for name, value in said.items()}
    return data


def _is_box(form: Any, name: str) -> bool:
    return isinstance(form.fields[name], forms.BooleanField)


def require_valid(form: Any) -> None:
    """Raises Refused with the errors of the form by field; "" stands for the form as a whole."""
    if form.is_valid():
        return
    errors = {
        name.removeprefix("custom_") if name.startswith("custom_") else name.replace("__all__", ""): [
            str(one) for error in found.as_data() for one in error.messages
        ]
        for name, found in form.errors.items()
    }
    raise Refused(errors, form)
