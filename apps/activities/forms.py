"""Forms for tasks and reminders. Times are those of whoever types them."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Account, Contact
from apps.activities.models import Task
from apps.users.models import User
from opener.forms import VersionedFormMixin
from opener.validators import no_control_characters

MOMENT = "%Y-%m-%dT%H:%M"


def in_range(moment: datetime) -> None:
    """ValidationError where `moment` lies too far away to mean anything."""
    if not 2000 <= moment.year <= 2100:
        raise ValidationError(_("Choose a day nearer to today."))


class MomentField(forms.DateTimeField):
    """A day and a time, as browsers ask for them."""

    default_validators = [in_range]
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)


class TaskForm(VersionedFormMixin, forms.ModelForm[Task]):
    """Something to do that is not a touch."""

    due_at = MomentField(label=gettext_lazy("Due"))
    remind = forms.BooleanField(
        label=gettext_lazy("Remind me then, by email as well"), required=False, initial=False
    )

    class Meta:
        model = Task
        fields = ["title", "due_at", "owner", "contact", "priority"]

    def __init__(self, *args: Any, people: QuerySet[User], account: Account | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].validators.append(no_control_characters)
        self.fields["title"].widget.attrs["autofocus"] = True
        self.fields["owner"] = forms.ModelChoiceField(people, label=_("Who does it"), empty_label=None)
        if account is None:
            del self.fields["contact"]
        else:
            self.fields["contact"] = forms.ModelChoiceField(
                Contact.objects.kept().filter(account=account),
                label=_("About"),
                required=False,
                empty_label=account.name,
            )
        self.initial.setdefault("due_at", tomorrow_at_9())
        self.order_fields(["title", "due_at", "priority", "owner", "contact", "remind"])


class ReminderForm(forms.Form):
    """A nudge: about what, when, and whether by email too."""

    IN_AN_HOUR, TOMORROW, MONDAY, OWN = "hour", "tomorrow", "monday", "own"

    about = forms.CharField(label=gettext_lazy("About"), max_length=200, validators=[no_control_characters])
    when = forms.ChoiceField(
        label=gettext_lazy("When"),
        widget=forms.RadioSelect,
        choices=[
            (IN_AN_HOUR, gettext_lazy("In 1 hour")),
            (TOMORROW, gettext_lazy("Tomorrow 9:00")),
            (MONDAY, gettext_lazy("Next Monday 9:00")),
            (OWN, gettext_lazy("At a time of my own")),
        ],
        initial=TOMORROW,
    )
    own = MomentField(label=gettext_lazy("Time of my own"), required=False)
    by_email = forms.BooleanField(label=gettext_lazy("By email as well"), required=False, initial=True)

    def clean(self) -> dict[str, Any]:
        """Works out `due_at`."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        when = cleaned.get("when")
        if when == self.OWN and not cleaned.get("own"):
            if "own" not in self.errors:
                self.add_error("own", _("Write the day and the time."))
        elif when == self.OWN and cleaned["own"] <= timezone.now():
            self.add_error("own", _("This moment is over. Choose a later one."))
        elif when:
            cleaned["due_at"] = cleaned["own"] if when == self.OWN else _quick(when)
        return cleaned


def tomorrow_at_9() -> datetime:
    """9:00 of tomorrow, for whoever is signed in."""
    return _at_9(1)


def _quick(when: str) -> datetime:
    if when == ReminderForm.IN_AN_HOUR:
        return timezone.now() + timedelta(hours=1)
    if when == ReminderForm.TOMORROW:
        return tomorrow_at_9()
    return _at_9(7 - timezone.localdate().weekday())


def _at_9(days: int) -> datetime:
    return timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=days), time(9)))
