"""Forms that look like ours, and forms that notice when two people edit one row."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.http import QueryDict
from django.utils.formats import localize
from django.utils.translation import gettext_lazy as _

type Conflict = list[tuple[str, str, str]]


class Renderer(TemplatesSetting):
    """Renders `{{ form }}` and `{{ form.name.as_field_group }}` with the templates in `components/`."""

    form_template_name = "components/form_fields.html"
    field_template_name = "components/field.html"


class VersionedFormMixin(forms.BaseForm):
    """For a form whose `instance` has an integer `version` that grows with every change.

    The form carries the version that its writer saw in a hidden field. Where the row has moved on since then, the form
    is invalid, `conflict` lists (label, theirs, yours) for every field that differs, and the hidden field holds the
    row's version now: what was typed is kept, both versions are shown (components/conflict.html), and saving again
    overwrites knowingly. A valid form leaves `instance.version` one higher: whoever saves the instance saves it too.

    Fetch the row with `select_for_update()` where the form is posted, or two savers may pass at the same moment.
    """

    instance: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conflict: Conflict = []
        self._saved_version: int = self.instance.version
        self.fields["version"] = forms.IntegerField(
            widget=forms.HiddenInput, required=False, initial=self._saved_version
        )

    def _post_clean(self) -> None:
        """After the fields, before a model form takes their values over into its instance."""
        if self.instance.pk is not None and self.cleaned_data.get("version") != self._saved_version:
            self._note_conflict()
        self.cleaned_data.pop("version", None)
        super()._post_clean()  # type: ignore[misc]  # a hook of BaseForm that django-stubs leave out
        if not self.errors:
            self.instance.version = self._saved_version + 1

    def _note_conflict(self) -> None:
        self.conflict = [
            (str(bound.label), said(bound, bound.initial), said(bound, bound.data))
            for bound in self.visible_fields()
            if bound.field.has_changed(bound.initial, as_given(bound.data))
        ]
        if not self.conflict:
            return  # both wrote the same: nothing is overwritten
        data = cast("QueryDict", self.data).copy()
        data[self.add_prefix("version")] = str(self._saved_version)
        self.data = data
        self.add_error(
            None, ValidationError(_("Somebody changed this while you were editing."), code="conflict")
        )


def as_given(data: Any) -> Any:
    """What was posted, with the line ends that the page was given: browsers send others, which changes nothing."""
    return data.replace("\r\n", "\n") if isinstance(data, str) else data


def said(bound: BoundField, value: Any) -> str:
    """A field's value in the words of its choices, as a person would read it."""
    if isinstance(bound.field, forms.BooleanField):
        return str(_("Yes") if value and value != "False" else _("No"))
    values = value if isinstance(value, list | tuple | set) else [value]
    if isinstance(bound.field, forms.ModelMultipleChoiceField | forms.ModelChoiceField | forms.ChoiceField):
        keys = {str(getattr(one, "pk", one)) for one in values if one not in (None, "")}
        return ", ".join(str(label) for key, label in flat_choices(bound.field.choices) if str(key) in keys)
    return ", ".join(localize(one) if not isinstance(one, str) else one for one in values if one is not None)


def flat_choices(choices: Any) -> list[tuple[Any, Any]]:
    """Choices without their groups."""
    flat: list[tuple[Any, Any]] = []
    for key, label in choices:
        flat += list(label) if isinstance(label, list | tuple) else [(key, label)]
    return flat
