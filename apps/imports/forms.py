"""The two forms of an import: the file and where it goes, and what each column becomes."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import CustomField
from apps.accounts.models.custom import custom_key
from apps.dreamclients.models import DreamClientList, Tier
from apps.imports.custom import SAMPLED, guess_column, is_custom, known, match, normal
from apps.imports.fields import CUSTOM, FIELDS
from apps.imports.models import Import
from apps.users.models import User
from opener.validators import no_control_characters

NOBODY, ME = "", "me"


class UploadForm(forms.Form):
    """A file, the list that its companies go to, and who owns them there."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV with one company or one contact a row, and names of columns in the first row."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("This file is empty. Choose one that has a table in it."),
        },
    )
    target_list = forms.ModelChoiceField(
        DreamClientList.objects.none(),
        label=gettext_lazy("Into the list"),
        required=False,
        empty_label=gettext_lazy("No list: accounts and contacts only"),
    )
    list_name = forms.CharField(
        label=gettext_lazy("… or into a new list called"),
        max_length=120,
        required=False,
        validators=[no_control_characters],
    )
    owner = forms.ChoiceField(
        label=gettext_lazy("New dream clients belong to"),
        required=False,
        choices=[
            (NOBODY, gettext_lazy("nobody yet")),
            (ME, gettext_lazy("me, as far as my book has room")),
        ],
    )
    tier = forms.ChoiceField(
        label=gettext_lazy("Tier"),
        choices=Tier.choices,
        initial=Tier.B,
        help_text=gettext_lazy("Where the file has a column of tiers, that counts."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = self.fields["target_list"]
        assert isinstance(lists, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        lists.queryset = DreamClientList.objects.visible_to(user).live()

    def clean_file(self) -> UploadedFile[bytes]:
        """Not more than the installation reads."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        size = file.size or 0
        if size > settings.IMPORT_MAX_BYTES:
            raise ValidationError(
                _("This file has %(size)s; %(most)s are read at most. Split it into several files.")
                % {"size": filesizeformat(size), "most": filesizeformat(settings.IMPORT_MAX_BYTES)}
            )
        return file

    def clean(self) -> dict[str, Any]:
        """One list, not two."""
        cleaned = super().clean() or {}
        if cleaned.get("target_list") and cleaned.get("list_name"):
            self.add_error("list_name", _("Choose a list, or name a new one, not both."))
        if cleaned.get("owner") == ME and not (cleaned.get("target_list") or cleaned.get("list_name")):
            self.add_error("owner", _("Only dream clients have an owner: choose a list, or name a new one."))
        return cleaned


class MappingForm(forms.Form):
    """For each column of a file the field that it becomes."""

    def __init__(self, data: Any = None, *, draft: Import, samples: list[list[str]]) -> None:
        super().__init__(data)
        self.draft = draft
        self.known = known()
        groups = _groups()
        for index, label in enumerate(draft.header):
            field = forms.ChoiceField(
                label=label,
                required=False,
                choices=[("", _("Leave out")), *groups, *self._custom(label, samples[index])],
                initial=self._standing(draft.mapping.get(str(index), "")),
            )
            field.widget.attrs["aria-label"] = _("What “%s” becomes") % label
            self.fields[f"c{index}"] = field
        self.samples = samples

    def _standing(self, name: str) -> str:
        """What was chosen; a field that was made since then is that field."""
        return normal(name) if is_custom(name) and normal(name) in self.known else name

    def _custom(self, label: str, samples: list[str]) -> list[tuple[str, list[tuple[str, str]]]]:
        """The custom fields that a column may become, by whose they are; and a new one, where there is none for it."""
        groups: dict[str, list[tuple[str, str]]] = {}
        if f"{CUSTOM}{custom_key(label)}" not in self.known and not match(label, self.known.values()):
            said = {"label": label, "type": self._guess(samples)}
            groups[_("Custom field")] = [(f"{CUSTOM}{label}", _("New: %(label)s (%(type)s)") % said)]
        titles = {
            "contact": _("Custom field of the contact"),
            "dream_client": _("Custom field of the dream client"),
        }
        for name, field in self.known.items():
            title = titles.get(field.model, _("Custom field"))
            groups.setdefault(title, []).append((name, f"{field.label} ({field.get_type_display()})"))
        return list(groups.items())

    def _guess(self, samples: list[str]) -> str:
        """The type that a new field would have, as far as the first rows tell."""
        is_admin = self.draft.owner.is_admin
        field = guess_column(samples, min(self.draft.total, SAMPLED)) if is_admin else CustomField()
        return str(field.get_type_display())

    def columns(self) -> list[dict[str, Any]]:
        """The rows of the table of columns: label, some values, the choice."""
        return [
            {"label": label, "samples": self.samples[index][:3], "field": self[f"c{index}"]}
            for index, label in enumerate(self.draft.header)
        ]

    def clean(self) -> dict[str, Any]:
        """A name, and each field once."""
        cleaned = super().clean() or {}
        taken: dict[str, str] = {}
        for index, label in enumerate(self.draft.header):
            name = cleaned.get(f"c{index}", "")
            place = normal(name) if is_custom(name) else name
            if place and place in taken:
                self.add_error(
                    f"c{index}",
                    _("“%s” becomes this already. Choose another, or leave it out.") % taken[place],
                )
            taken.setdefault(place, label)
        if "name" not in taken:
            raise ValidationError(_("Choose which column has the account's name."))
        return cleaned

    def mapping(self) -> dict[str, str]:
        """What was chosen, as an import keeps it."""
        cleaned = getattr(self, "cleaned_data", {})
        return {str(index): cleaned.get(f"c{index}", "") for index in range(len(self.draft.header))}


def _groups() -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for field in FIELDS:
        groups.setdefault(str(field.group), []).append((field.name, str(field.label)))
    return list(groups.items())
