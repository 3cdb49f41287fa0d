"""Forms of meetings. Times are in the zone of whoever fills them in."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Account
from apps.meetings.models import Meeting

OTHER = "other"


def moment_field(**options: Any) -> forms.DateTimeField:
    """A date and a time of the day."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(widget=widget, **options)


def can_be_meant(at: datetime) -> bool:
    """True where `at` is not further away than anybody plans or remembers: a slip of the year is no meeting."""
    now = timezone.now()
    return now - timedelta(days=60) < at < now + timedelta(days=730)


class _WhenMixin(forms.BaseForm):
    """Times that can be meant."""

    def clean_starts_at(self) -> datetime | None:
        """A moment that can be meant."""
        value: datetime | None = self.cleaned_data.get("starts_at")
        if value and not can_be_meant(value):
            raise forms.ValidationError(_("Choose a day within the next two years or the last 60 days."))
        return value

    def clean_minutes(self) -> int:
        """From five minutes to a working day."""
        minutes = int(self.cleaned_data["minutes"])
        if not 5 <= minutes <= 600:
            raise forms.ValidationError(_("A meeting lasts from 5 to 600 minutes."))
        return minutes


class BookForm(_WhenMixin, forms.ModelForm[Meeting]):
    """With whom, when, where and about what. `slots` are the moments offered, with their words."""

    quick = forms.ChoiceField(
        label=_("When"),
        widget=forms.RadioSelect,
        choices=[(OTHER, _("Another time"))],
        error_messages={"required": _("Say when.")},
    )
    starts_at = moment_field(label=_("Another time"), required=False, help_text=_("In your own time zone."))

    class Meta:
        model = Meeting
        fields = ["contact", "starts_at", "minutes", "place", "about"]

    field_order = ["contact", "quick", "starts_at", "minutes", "place", "about"]

    def __init__(
        self, *args: Any, account: Account, slots: list[tuple[datetime, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["contact"]
        people.queryset = account.contacts.kept().filter(left_at=None)
        # Another person may live by another clock: the times offered are drawn again.
        people.widget.attrs |= {
            "hx-get": reverse("meetings:book", args=[account.pk]),
            "hx-target": "#when",
            "hx-swap": "outerHTML",
            "hx-trigger": "change",
        }
        quick: Any = self.fields["quick"]
        quick.choices = [*((at.isoformat(), words) for at, words in slots), (OTHER, _("Another time"))]
        self.fields["place"].widget.attrs["placeholder"] = _("A room, a number or a link")

    def clean(self) -> dict[str, Any]:
        """The moment is one of those offered, or the one that was typed."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        quick = data.get("quick")
        if quick and quick != OTHER:
            data["starts_at"] = parse_datetime(quick)
        elif quick and not data.get("starts_at") and "starts_at" not in self.errors:
            self.add_error("starts_at", _("Say when."))
        return data


class MoveForm(_WhenMixin, forms.ModelForm[Meeting]):
    """Another time for a meeting."""

    starts_at = moment_field(label=_("New time"), help_text=_("In your own time zone."))

    class Meta:
        model = Meeting
        fields = ["starts_at", "minutes", "place"]


class NotesForm(forms.Form):
    """What came of it."""

    notes = forms.CharField(
        label=_("What came of it"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
