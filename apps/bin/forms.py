"""What is asked before something goes."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class DeleteForm(forms.Form):
    """Asks once more where something is open there (`obstacles`, in words)."""

    knowingly = forms.BooleanField(
        label=gettext_lazy("Delete it all the same: this goes with it, and comes back with it"),
        error_messages={"required": gettext_lazy("Tick this, or leave it where it is.")},
    )

    def __init__(self, *args: Any, obstacles: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not obstacles:
            del self.fields["knowingly"]


class BulkDeleteForm(forms.Form):
    """Asks whether what has something open goes too."""

    knowingly = forms.BooleanField(
        label=gettext_lazy("Also what has an open opportunity or a coming meeting"), required=False
    )


class PurgeForm(forms.Form):
    """The name, typed: nobody deletes for good by a slip."""

    name = forms.CharField(
        label=gettext_lazy("Type its name to delete it for good"),
        max_length=400,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label = label

    def clean_name(self) -> str:
        """What is typed is what the bin calls it."""
        name: str = self.cleaned_data["name"]
        if " ".join(name.split()).casefold() != " ".join(self.label.split()).casefold():
            raise ValidationError(
                _("This is not its name. It is called “%(name)s”."), params={"name": self.label}
            )
        return name
