"""Forms that look like ours, and forms that notice when two people edit one row."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format, localize, number_format
from django.utils.translation import gettext_lazy as _

type Conflict = list[tuple[str, str, str]]


class Renderer(TemplatesSetting):
    """Renders `{{ form }}` and `{{ form.name.as_field_group }}` with the templates in `components/`."""

    form_template_name = "components/form_fields.html"
    field_template_name = "components/field.html"


@dataclass(frozen=True)
class Difference:
    """A field that is not what the saved row says.

    `whose`: "theirs", only they changed it, and the form has taken that over; "mine", only the writer did; "both",
    or nobody can tell: the writer chooses, and theirs is taken over with the next save where `choice` says so.
    """

    label: str
    theirs: str
    yours: str
    whose: str
    choice: str
    """The name of the radio buttons."""


class VersionedFormMixin(forms.BaseForm):
    """For a form whose `instance` has an integer `version` that grows with every change.

    The form carries the version that its writer saw in a hidden field, and digests of what the fields said then.
    Where the row has moved on since, the form is invalid, `conflict` lists (label, theirs, yours) for every field that
    differs, and the hidden fields hold the row as it is now: what was typed is kept, both versions are shown
    (components/conflict.html), and saving again overwrites knowingly. What only the others changed is taken over, what
    both did is to be chosen. A valid form leaves `instance.version` one higher: whoever saves the instance saves it too.

    Fetch the row with `select_for_update()` where the form is posted, or two savers may pass at the same moment.
    """

    instance: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conflict: Conflict = []
        self.differences: list[Difference] = []
        self._saved_version: int = self.instance.version
        self.fields["version"] = forms.IntegerField(
            widget=forms.HiddenInput, required=False, initial=self._saved_version
        )
        self.fields["seen"] = forms.Field(widget=forms.HiddenInput, required=False, initial=self._digests)

    def full_clean(self) -> None:
        """First of all, theirs is put where the writer chose it."""
        if self.is_bound:
            chosen = [
                bound for bound in self.visible_fields() if self.data.get(choice_name(bound)) == "theirs"
            ]
            if chosen:
                self._take_over(chosen)
        super().full_clean()

    def _post_clean(self) -> None:
        """After the fields, before a model form takes their values over into its instance."""
        seen = self.cleaned_data.pop("seen", "")
        if self.instance.pk is not None and self.cleaned_data.get("version") != self._saved_version:
            self._note_conflict(_read(seen))
        self.cleaned_data.pop("version", None)
        super()._post_clean()  # type: ignore[misc]  # a hook of BaseForm that django-stubs leave out
        if not self.errors:
            self.instance.version = self._saved_version + 1

    def _digests(self) -> str:
        """What the fields of a row say before anybody types, too short to be read."""
        if self.instance.pk is None:
            return ""
        return json.dumps({bound.name: digest(shown(bound)) for bound in self.visible_fields()})

    def _note_conflict(self, seen: dict[str, str]) -> None:
        for bound in self.visible_fields():
            if not bound.field.has_changed(bound.initial, as_given(bound.data)):
                continue
            theirs, yours = said(bound, bound.initial), said(bound, bound.data)
            whose = self._whose(bound, seen.get(bound.name))
            self.differences.append(Difference(str(bound.label), theirs, yours, whose, choice_name(bound)))
        if not self.differences:
            return  # both wrote the same: nothing is overwritten
        self.conflict = [(one.label, one.theirs, one.yours) for one in self.differences]
        taken = {one.choice for one in self.differences if one.whose == "theirs"}
        self._take_over([bound for bound in self.visible_fields() if choice_name(bound) in taken])
        self.data[self.add_prefix("version")] = str(self._saved_version)  # type: ignore[index]  # a copy by now
        self.data[self.add_prefix("seen")] = self._digests()  # type: ignore[index]
        self.add_error(
            None, ValidationError(_("Somebody changed this while you were editing."), code="conflict")
        )

    def _whose(self, bound: BoundField, seen: str | None) -> str:
        if seen is None:
            return "both"
        if seen == digest(shown(bound)):
            return "mine"
        return "theirs" if seen == digest(given(bound)) else "both"

    def _take_over(self, fields: Iterable[BoundField]) -> None:
        """Put into the form, for these fields, what the saved row says, as a browser would send it."""
        data: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict, or a plain dict
        for bound in fields:
            values = shown(bound)
            data.pop(bound.html_name, None)
            if isinstance(data, QueryDict):
                data.setlist(bound.html_name, values)
            elif values:
                data[bound.html_name] = values if len(values) > 1 else values[0]
        self.data = data


def choice_name(bound: BoundField) -> str:
    """The name of the radio buttons that choose between mine and theirs."""
    return f"keep-{bound.html_name}"


def shown(bound: BoundField) -> list[str]:
    """What a browser would send of the field as it is before anybody types. Nothing of a box that is not ticked."""
    value, widget = bound.initial, bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return ["on"] if widget.check_test(value) else []
    formatted = widget.format_value(bound.field.prepare_value(value))
    many = formatted if isinstance(formatted, list | tuple | set) else [formatted]
    return [str(one) for one in many if one not in (None, "")]


def given(bound: BoundField) -> list[str]:
    """What a browser did send."""
    value = bound.data
    if isinstance(bound.field.widget, forms.CheckboxInput):
        return ["on"] if value else []
    many = value if isinstance(value, list | tuple | set) else [value]
    return [str(one) for one in many if one not in (None, "")]


def digest(values: list[str]) -> str:
    """The same for the same values, in whatever order and with whatever line ends."""
    text = json.dumps(sorted(str(as_given(one)).strip() for one in values))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]


def _read(seen: str) -> dict[str, str]:
    try:
        read = json.loads(seen or "{}")
    except (ValueError, TypeError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def as_given(data: Any) -> Any:
    """What was posted, with the line ends that the page was given: browsers send others, which changes nothing."""
    return data.replace("\r\n", "\n") if isinstance(data, str) else data


def said(bound: BoundField, value: Any) -> str:
    """A field's value as a person reads it: in the words of its choices, with its currency, as a day."""
    if isinstance(bound.field, forms.BooleanField):
        return str(_("Yes") if value and value != "False" else _("No"))
    values = value if isinstance(value, list | tuple | set) else [value]
    if isinstance(bound.field, forms.ModelMultipleChoiceField | forms.ModelChoiceField | forms.ChoiceField):
        keys = {str(getattr(one, "pk", one)) for one in values if one not in (None, "")}
        return ", ".join(str(label) for key, label in flat_choices(bound.field.choices) if str(key) in keys)
    return ", ".join(_in_words(bound, one) for one in values if one not in (None, ""))


def _in_words(bound: BoundField, value: Any) -> str:
    """One value; what was typed is read as the field reads it, and stays as it is where that fails."""
    if isinstance(value, str):
        try:
            value = bound.field.to_python(value)
        except (ValidationError, ValueError, TypeError, OverflowError):
            return str(value)
    if isinstance(value, datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
        return date_format(value, "DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, Decimal):
        currency = getattr(getattr(bound.form, "instance", None), "currency", "")
        amount = number_format(value, force_grouping=True)
        return f"{amount} {currency}".strip()
    return value if isinstance(value, str) else localize(value)


def flat_choices(choices: Any) -> list[tuple[Any, Any]]:
    """Choices without their groups."""
    flat: list[tuple[Any, Any]] = []
    for key, label in choices:
        flat += list(label) if isinstance(label, list | tuple) else [(key, label)]
    return flat
