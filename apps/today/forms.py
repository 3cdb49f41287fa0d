"""What a rep says about a touch."""

import re
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.activities.models import Outcome
from apps.sequences import templating

_UNFILLED = re.compile(
    r"\[(?:" + "|".join(re.escape(name) for name in templating.VARIABLES) + r"|custom\.[\w-]+)\]"
)


def moment_field(**options: Any) -> forms.DateTimeField:
    """A date and a time of the day, in the zone of whoever fills it in; ISO with a zone is taken as it is."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(widget=widget, **options)


def _to_come(value: datetime | None) -> datetime | None:
    now = timezone.now()
    if value and not now < value < now + timedelta(days=366):
        raise forms.ValidationError(_("Choose a moment to come, within a year."))
    return value


class OutcomeForm(forms.Form):
    """How a call or another touch ended. A moment in `callback` or `callback_at` means: call back then."""

    outcome = forms.ChoiceField(choices=Outcome.choices, required=False)
    notes = forms.CharField(
        label=_("Notes"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    callback = moment_field(required=False)
    callback_at = moment_field(label=_("Call back at"), required=False)

    def clean_callback(self) -> datetime | None:
        """One of the moments that a button offers."""
        return _to_come(self.cleaned_data["callback"])

    def clean_callback_at(self) -> datetime | None:
        """A moment that was typed."""
        return _to_come(self.cleaned_data["callback_at"])

    def clean(self) -> dict[str, Any]:
        """An outcome, and a moment where it is a callback."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("callback"):
            data["outcome"] = Outcome.CALLBACK
        if data.get("outcome") == Outcome.CALLBACK:
            data["callback"] = data.get("callback") or data.get("callback_at")
            if not data["callback"] and not self.errors:
                self.add_error("callback_at", _("Say when to call back."))
        elif not data.get("outcome") and not self.errors:
            self.add_error(None, _("Choose how it went."))
        return data


class EmailForm(forms.Form):
    """The email as the rep leaves it. Nothing that stands for a missing variable may remain."""

    subject = forms.CharField(label=_("Subject"), max_length=300)
    body = forms.CharField(label=_("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 14}))

    def clean(self) -> dict[str, Any]:
        """What is still to be filled in is named."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("subject", "body"):
            if found := unfilled(data.get(name, "")):
                self.add_error(name, _("Fill in first: %(names)s.") % {"names": ", ".join(found)})
        return data


def unfilled(text: str) -> list[str]:
    """The places in `text` that stand for a variable nobody knows, each once."""
    return list(dict.fromkeys(_UNFILLED.findall(text)))


class SkipForm(forms.Form):
    """Why a touch is left out."""

    reason = forms.CharField(label=_("Why"), max_length=300, widget=forms.TextInput(attrs={"data-first": ""}))


class PostponeForm(forms.Form):
    """Until when it is put off."""

    to = moment_field(label=_("Until"), required=False)
    to_at = moment_field(label=_("Another time"), required=False)

    def clean(self) -> dict[str, Any]:
        """A moment to come, by button or typed."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        moment = data.get("to") or data.get("to_at")
        if not self.errors:
            if moment is None:
                raise forms.ValidationError(_("Say until when."))
            data["moment"] = _to_come(moment)
        return data
