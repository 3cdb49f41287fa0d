"""The form for a key."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opener.validators import no_control_characters


class TokenForm(forms.Form):
    """What a key is for, and how long it opens."""

    name = forms.CharField(
        label=_("What is it for?"),
        max_length=80,
        validators=[no_control_characters],
        widget=forms.TextInput(attrs={"placeholder": _("Sync with the warehouse")}),
    )
    days = forms.TypedChoiceField(
        label=_("It opens for"),
        coerce=lambda text: int(text) or None,
        choices=[
            ("30", _("30 days")),
            ("90", _("90 days")),
            ("365", _("a year")),
            ("0", _("until it is revoked")),
        ],
        initial="90",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "off"
