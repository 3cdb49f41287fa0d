"""The forms with which an admin makes and changes a custom field."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.custom_services import Refused, holders, holders_of
from apps.accounts.models import CustomField
from apps.accounts.models.custom import MOST_CHOICES
from opener.forms import VersionedFormMixin
from opener.templatetags.ui import sentence
from opener.validators import no_control_characters

Type = CustomField.Type
GONE = "gone_"
NOTHING = ";"
"""What a row holds instead, where that is nothing: no choice has a semicolon in it."""


class _Lines(forms.CharField):
    """Not optional where it is shown; whether there have to be some, the form knows."""

    widget = forms.Textarea(attrs={"rows": 6})

    def validate(self, value: Any) -> None:
        """Left to the form."""


class FieldForm(forms.ModelForm[CustomField]):
    """A new field: what it is called, what it holds, and of what one chooses."""

    choices = _Lines(
        label=gettext_lazy("Choices"),
        help_text=gettext_lazy("One a line, in the order in which they are offered."),
    )

    class Meta:
        model = CustomField
        fields = ["label", "type", "choices", "help_text", "is_required"]
        help_texts = {
            "help_text": gettext_lazy("Stands below the field in forms."),
            "is_required": gettext_lazy(
                "Forms ask for a value; rows without one stay as they are, and so do imports."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["choices"] = "\n".join(self.instance.choices)
        for name in ("label", "help_text"):
            self.fields[name].validators.append(no_control_characters)
        self.fields["label"].widget.attrs["autofocus"] = True
        self.offer(list(Type))

    def offer(self, types: list[Type]) -> None:
        """The types that it may have."""
        field = self.fields["type"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(one.value, sentence(one.label)) for one in types]

    def clean_label(self) -> str:
        """In one line."""
        return " ".join(str(self.cleaned_data["label"]).split())

    def clean_choices(self) -> list[str]:
        """What stands on the lines, each once."""
        text = self.cleaned_data["choices"]
        no_control_characters(text)
        lines = [" ".join(line.split()) for line in text.splitlines()]
        found = list(dict.fromkeys(line for line in lines if line))
        if len(found) > MOST_CHOICES:
            raise ValidationError(_("A field has at most %d choices. Merge some.") % MOST_CHOICES)
        for choice in found:
            if len(choice) > 80:
                raise ValidationError(_("“%s…” is longer than 80 characters. Shorten it.") % choice[:40])
            if ";" in choice or "|" in choice:
                raise ValidationError(
                    _("“%s” holds a semicolon or a bar, which part several choices in a file. Leave it out.")
                    % choice
                )
        folded = [choice.casefold() for choice in found]
        double = next((choice for choice in found if folded.count(choice.casefold()) > 1), "")
        if double:
            raise ValidationError(_("“%s” stands there twice. Name each choice once.") % double)
        return found

    def clean(self) -> dict[str, Any]:
        """Choices where there is something to choose, and none elsewhere."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("type") not in (Type.CHOICE, Type.CHOICES):
            cleaned["choices"] = []
        elif not cleaned.get("choices") and "choices" not in self.errors and self.needs_choices():
            self.add_error("choices", _("Write down at least one choice."))
        return cleaned

    def needs_choices(self) -> bool:
        """Whether there have to be some."""
        return True

    def refuse(self, why: Refused) -> None:
        """Show why it cannot be kept."""
        self.add_error(None, str(why))


class FieldEditForm(VersionedFormMixin, FieldForm):
    """Change a field. For each choice that went and that rows hold it asks what they hold instead."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = CustomField.objects.get(pk=self.instance.pk)
        self.unanswered: list[str] = []
        self.is_empty = not holders(self.before).exists()
        allowed = list(Type) if self.is_empty or self.before.type == Type.TEXT else [Type(self.before.type)]
        self.offer(allowed)
        if len(allowed) == 1:
            self.fields["type"].help_text = _(
                "Rows hold values of this type, so it stays. Add another field for another type."
            )
        elif not self.is_empty:
            self.fields["type"].help_text = _(
                "The texts that rows hold become values of another type where all of them fit."
            )
        self._ask()

    def _ask(self) -> None:
        """A question for each choice that went; before the fields are cleaned, so that it has an answer."""
        if not self.is_bound or not self.before.has_choices or self.data.get("type") != self.before.type:
            return
        lines = [" ".join(line.split()) for line in str(self.data.get("choices", "")).splitlines()]
        new = list(dict.fromkeys(line for line in lines if line))[:MOST_CHOICES]
        added = [choice for choice in new if choice not in self.before.choices]
        for position, choice in enumerate(self.before.choices):
            if choice in new or not holders_of(self.before, choice).exists():
                continue
            same_place = new[position] if position < len(new) and new[position] in added else ""
            guess = same_place or (added[0] if len(added) == 1 else "")
            self.fields[f"{GONE}{position}"] = forms.ChoiceField(
                label=_("What becomes of “%s”, which rows hold") % choice,
                choices=[
                    (NOTHING, _("Nothing: take it away from them")),
                    *[(one, _("Make it “%s”") % one) for one in new],
                ],
            )
            if f"{GONE}{position}" not in self.data:
                self.unanswered.append(f"{GONE}{position}")
                data = cast("QueryDict", self.data).copy()
                data[f"{GONE}{position}"] = guess or NOTHING
                self.data = data

    def clean(self) -> dict[str, Any]:
        """No choice goes unasked."""
        cleaned = super().clean()
        for name in self.unanswered:
            self.add_error(name, _("Rows hold it. Say what they hold instead, and save again."))
        return cleaned

    @property
    def gone_fields(self) -> list[forms.BoundField]:
        """The questions about choices that went."""
        return [self[name] for name in self.fields if name.startswith(GONE)]

    def becomes(self) -> dict[str, str]:
        """What rows hold instead of each choice that went; "" for nothing."""
        asked = (name for name in self.fields if name.startswith(GONE))
        answers = {int(name.removeprefix(GONE)): self.cleaned_data[name] for name in asked}
        return {self.before.choices[at]: "" if new == NOTHING else new for at, new in answers.items()}

    def needs_choices(self) -> bool:
        """Texts that become choices bring their own."""
        return self.is_empty or self.before.type != Type.TEXT
