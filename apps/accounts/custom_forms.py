"""Custom fields in forms."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from apps.accounts import custom_cache as cache
from apps.accounts.custom_values import LONGEST_TEXT, NO, YES, Json, clean_value, fits, say
from apps.accounts.models import CustomField

Type = CustomField.Type
FEW = 12
"""Up to so many choices, each has a box to tick."""


def form_field(field: CustomField, held: Any = None) -> forms.Field:
    """The form field for `field`, whose clean value is what is stored: None for nothing.

    `held` is what the row holds now. A choice that is none any more, and a person who left, may stay.
    """
    options: dict[str, Any] = {
        "label": field.label,
        "required": field.is_required,
        "help_text": _escaped(field.help_text),
        "initial": initial(field, held),
    }
    if field.type == Type.CHOICES:
        return _Choices(field, held, **options)
    if field.type in (Type.CHOICE, Type.YES_NO, Type.USER):
        return _Choice(field, held, **options)
    return _Written(field, held, **options)


def initial(field: CustomField, held: Any) -> Any:
    """What a form starts with, from what is stored."""
    if held is None or not (fits(field, held) or field.has_choices or field.type in (Type.TEXT, Type.URL)):
        return [] if field.type == Type.CHOICES else ""
    if field.type == Type.YES_NO:
        return YES if held else NO
    if field.type == Type.CHOICES:
        return [str(one) for one in held] if isinstance(held, list) else [str(held)]
    return str(held)


def _escaped(text: str) -> str:
    """Templates take help for HTML; this one was typed by a person."""
    from django.utils.html import escape

    return escape(text)


class _Held(forms.Field):
    """A form field that knows its custom field and what the row holds."""

    def __init__(self, field: CustomField, held: Any, **options: Any) -> None:
        self.field, self.held = field, held
        wrong = _("“%(value)s” is none of the choices. Choose again.")
        options["error_messages"] = {"invalid_choice": wrong}
        if held is not None and not options["initial"] and not fits(field, held):
            kept = _("It holds “%s” now, which does not fit; that stays until you fill this in.")
            options["help_text"] = f"{options['help_text']} {_escaped(kept % str(held)[:60])}".strip()
            options["required"] = False
        super().__init__(**options)


class _Written(_Held):
    """A value that is typed: text, number, money, day, address."""

    def __init__(self, field: CustomField, held: Any, **options: Any) -> None:
        widget: Any = forms.TextInput(attrs={"maxlength": LONGEST_TEXT})
        if field.type == Type.DATE:
            widget = forms.DateInput(attrs={"type": "date", "max": "2999-12-31"}, format="%Y-%m-%d")
        elif field.type in (Type.NUMBER, Type.MONEY):
            widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        elif field.type == Type.URL:
            widget = forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://", "maxlength": 600})
        elif len(str(held or "")) > 80:
            widget = forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST_TEXT})
        if field.type == Type.MONEY:
            options["label"] = f"{options['label']} ({cache.currency()})"
        super().__init__(field, held, widget=widget, **options)

    def to_python(self, value: Any) -> Json | None:
        """What is stored."""
        return clean_value(self.field, str(value)) if value is not None else None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether another value is meant, however it is written."""
        if self.disabled or str(initial or "").strip() == str(data or "").strip():
            return False
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


class _Choice(_Held, forms.ChoiceField):
    """One of few: a choice, yes or no, a person."""

    def __init__(self, field: CustomField, held: Any, **options: Any) -> None:
        super().__init__(field, held, choices=_choices_of(field, held), **options)

    def clean(self, value: Any) -> Json | None:
        """What is stored."""
        text = super().clean(value)
        if not text:
            return None
        if self.field.type == Type.USER:
            return int(text)
        return text == YES if self.field.type == Type.YES_NO else str(text)


class _Choices(_Held, forms.MultipleChoiceField):
    """Several of few."""

    def __init__(self, field: CustomField, held: Any, **options: Any) -> None:
        few = len(field.choices) <= FEW
        widget = forms.CheckboxSelectMultiple() if few else forms.SelectMultiple(attrs={"size": 6})
        super().__init__(field, held, choices=_choices_of(field, held), widget=widget, **options)

    def clean(self, value: Any) -> Json | None:
        """What is stored, in the order of the choices."""
        chosen = set(super().clean(value))
        return [str(key) for key, _label in _flat(self.choices) if key in chosen] or None


def _flat(choices: Any) -> list[tuple[str, str]]:
    return [(str(key), str(label)) for key, label in choices]


def _choices_of(field: CustomField, held: Any) -> list[tuple[str, str]]:
    none = [] if field.type == Type.CHOICES else [("", "–")]
    if field.type == Type.YES_NO:
        return [*none, (YES, _("Yes")), (NO, _("No"))]
    if field.type == Type.USER:
        people = cache.people().values()
        return [*none, *[(str(one.pk), one.name) for one in people if one.is_active or one.pk == held]]
    gone = [str(one) for one in (held if isinstance(held, list) else [held] if held is not None else [])]
    said = _("%s (no choice any more)")
    return [
        *none,
        *[(choice, choice) for choice in field.choices],
        *[(one, said % one) for one in gone if one not in field.choices],
    ]


class CustomFieldsMixin(forms.BaseForm):
    """For a model form: adds the custom fields of its model as `custom_<key>`, and writes what is said into `custom`.

    Put it before VersionedFormMixin and ModelForm. `custom_model` names the model. The instance is not saved: whoever
    saves it saves `custom` too. What the form does not show, archived fields and values that do not fit, stays.
    """

    instance: Any
    custom_model: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held: Mapping[str, Any] = self.instance.custom or {}
        self._custom = [field for field in cache.fields()[self.custom_model] if not field.is_archived]
        for field in self._custom:
            self.fields[f"custom_{field.key}"] = form_field(field, held.get(field.key))

    @property
    def custom_fields(self) -> list[BoundField]:
        """The bound fields, for a template that places them by hand."""
        return [self[f"custom_{field.key}"] for field in self._custom]

    @property
    def custom_keys_changed(self) -> list[str]:
        """The keys whose values this form changes."""
        return [field.key for field in self._custom if f"custom_{field.key}" in self.changed_data]

    def own_data(self) -> dict[str, Any]:
        """The clean data without the custom fields, whose values are in `instance.custom`."""
        names = {f"custom_{field.key}" for field in self._custom}
        return {name: value for name, value in self.cleaned_data.items() if name not in names}

    def _post_clean(self) -> None:
        """After the fields: what they say becomes part of the instance."""
        super()._post_clean()  # type: ignore[misc]  # a hook of BaseForm that django-stubs leave out
        values = dict(self.instance.custom or {})
        for field in self._custom:
            name = f"custom_{field.key}"
            if name not in self.cleaned_data or name not in self.changed_data:
                continue
            put(values, field.key, self.cleaned_data[name])
        self.instance.custom = values


def put(values: dict[str, Any], key: str, value: Json | None) -> None:
    """Write a value down; nothing is written as no key at all."""
    if value is None or value == []:
        values.pop(key, None)
    else:
        values[key] = value


def form_fields(model: str, held: Mapping[str, Any] | None = None) -> dict[str, forms.Field]:
    """The form fields of a model by their names, `custom_<key>`."""
    values = held or {}
    return {
        f"custom_{field.key}": form_field(field, values.get(field.key))
        for field in cache.fields()[model]
        if not field.is_archived
    }


__all__ = ["CustomFieldsMixin", "form_field", "form_fields", "initial", "put", "say"]
