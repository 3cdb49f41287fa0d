"""Forms for sequences and their steps, for enrollments, and for what is logged by hand."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Account, Contact, OptOut
from apps.activities.models import Channel, Intent, Outcome
from apps.dreamclients.insights import why_not_again
from apps.dreamclients.models import Insight
from apps.sequences import templating
from apps.sequences.authoring import StepText, default_schedule
from apps.sequences.models import Schedule, Sequence, Step
from apps.users.choices import countries, time_zones
from apps.users.models import Team, User
from opener.forms import VersionedFormMixin

MOMENT = "%Y-%m-%dT%H:%M"


def capital(choices: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Choices whose words begin with a capital, for where each stands alone."""
    return [(value, capfirst(label)) for value, label in choices]


class SequenceForm(VersionedFormMixin, forms.ModelForm[Sequence]):
    """What a sequence is called, for whom it is, and when it may send."""

    class Meta:
        model = Sequence
        fields = ["name", "description", "team", "schedule", "exit_on_reply", "exit_on_meeting"]
        labels = {
            "exit_on_reply": gettext_lazy("A reply ends it"),
            "exit_on_meeting": gettext_lazy("A booked meeting ends it"),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.all() if user.is_admin else Team.objects.filter(pk__in=user.team_ids)
        if self.instance.team_id and not user.is_admin:
            teams = teams | Team.objects.filter(pk=self.instance.team_id)
        self.fields["team"] = forms.ModelChoiceField(
            teams.distinct(),
            label=gettext_lazy("Team"),
            initial=user.home_team_id,
            required=not user.is_admin,
            empty_label=gettext_lazy("Everybody") if user.is_admin else None,
            help_text=gettext_lazy("Its members see it and may enroll their contacts."),
        )
        self.fields["schedule"].help_text = _(
            "The hours are those of the contact's zone, else the account's, else the schedule's."
        )
        if self.instance.pk is None:
            self.initial["schedule"] = default_schedule().pk
            self.fields["name"].widget.attrs["autofocus"] = True


class ScheduleForm(VersionedFormMixin, forms.ModelForm[Schedule]):
    """The weekdays and hours in which a sequence may send."""

    WEEKDAYS = [
        (0, gettext_lazy("Monday")),
        (1, gettext_lazy("Tuesday")),
        (2, gettext_lazy("Wednesday")),
        (3, gettext_lazy("Thursday")),
        (4, gettext_lazy("Friday")),
        (5, gettext_lazy("Saturday")),
        (6, gettext_lazy("Sunday")),
    ]
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Weekdays"), choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Schedule
        fields = ["name", "weekdays", "start", "end", "time_zone", "country"]
        widgets = {
            "start": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "end": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"] = forms.ChoiceField(
            label=gettext_lazy("Time zone"),
            choices=time_zones,
            help_text=gettext_lazy("For contacts whose own zone nobody knows."),
        )
        self.fields["country"] = forms.ChoiceField(
            label=gettext_lazy("Holidays of"),
            choices=countries,
            required=False,
            help_text=gettext_lazy("For accounts whose country nobody knows."),
        )

    def clean(self) -> dict[str, Any]:
        """The window is one."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("start") and data.get("end") and data["end"] <= data["start"]:
            self.add_error("end", _("The hours have to end after they start."))
        return data


class StepForm(forms.Form):
    """One step: how, when, to give or to ask, and what it says."""

    channels = forms.MultipleChoiceField(
        label=gettext_lazy("How"),
        choices=capital(Channel.choices),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "An automatic email leaves by itself. Everything else waits in Today for its owner; several together "
            "are done in one sitting and count as one touch."
        ),
    )
    delay_days = forms.IntegerField(
        label=gettext_lazy("Business days after the step before"), min_value=0, max_value=365, initial=2
    )
    intent = forms.ChoiceField(
        label=gettext_lazy("Intent"),
        choices=capital(Intent.choices),
        initial=Intent.GIVE,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Does it bring something, or ask for a commitment?"),
    )
    insight = forms.ModelChoiceField(
        Insight.objects.all(), label=gettext_lazy("Insight it brings"), required=False, empty_label="–"
    )
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=300, required=False)
    body = forms.CharField(
        label=gettext_lazy("Text or script"),
        max_length=20_000,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12}),
    )

    def clean_channels(self) -> list[str]:
        """An automatic email stands alone: in a combo a person does all of it."""
        channels: list[str] = self.cleaned_data["channels"]
        if Channel.AUTO_EMAIL in channels and len(channels) > 1:
            raise ValidationError(_("An automatic email stands alone. Choose email for a combo."))
        return channels

    def clean_subject(self) -> str:
        """No variable that does not exist."""
        return self._checked("subject")

    def clean_body(self) -> str:
        """No variable that does not exist."""
        return self._checked("body").replace("\r\n", "\n").strip()

    def _checked(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        if found := templating.problems(text):
            raise ValidationError([ValidationError(problem) for problem in found])
        return text

    @property
    def text(self) -> StepText:
        """What the services take. Only of a valid form."""
        data = self.cleaned_data
        return StepText(
            channels=data["channels"],
            delay_days=data["delay_days"],
            intent=data["intent"],
            subject=data["subject"],
            body=data["body"],
            insight_id=data["insight"].pk if data["insight"] else None,
        )


class EditStepForm(VersionedFormMixin, StepForm):
    """Change a step, unless somebody changed the sequence since its form was opened."""

    def __init__(self, *args: Any, step: Step, sequence: Sequence, **kwargs: Any) -> None:
        self.instance = sequence
        variant = step.variants.first()
        kwargs["initial"] = {
            "channels": step.channels,
            "delay_days": step.delay_days,
            "intent": step.intent,
            "insight": step.insight_id,
            "subject": variant.subject if variant else "",
            "body": variant.body if variant else "",
        }
        super().__init__(*args, **kwargs)


class PauseForm(forms.Form):
    """Until when, and why. Without a day somebody has to resume it."""

    until = forms.DateField(
        label=gettext_lazy("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("It goes on in the morning of that day. Without one it waits for you."),
    )
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=200, required=False)

    def clean_until(self) -> date | None:
        """A day to come."""
        until: date | None = self.cleaned_data["until"]
        if until is not None and until <= timezone.localdate():
            raise ValidationError(_("Choose a day to come."))
        return until

    @property
    def moment(self) -> datetime | None:
        """The start of that day, for whoever paused it."""
        until = self.cleaned_data["until"]
        return datetime.combine(until, time(0), timezone.get_current_timezone()) if until else None


class ReasonForm(forms.Form):
    """Why something ends or is left out."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].widget.attrs["autofocus"] = True


class _HappenedMixin(forms.Form):
    """With a moment that lies behind us."""

    def clean_at(self) -> datetime | None:
        """Not in the future, and not before anybody can remember."""
        at: datetime | None = self.cleaned_data["at"]
        now = timezone.now()
        if at is not None and not now - timedelta(days=366) < at <= now + timedelta(minutes=5):
            raise ValidationError(_("Choose a moment of the last year."))
        return min(at, now) if at else None


def at_field() -> forms.DateTimeField:
    """When it happened; empty for now."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    return forms.DateTimeField(
        label=gettext_lazy("When"), required=False, widget=widget, help_text=gettext_lazy("Empty means now.")
    )


class LogTouchForm(_HappenedMixin):
    """A touch that was made outside of a sequence."""

    contact = forms.ModelChoiceField(Contact.objects.none(), label=gettext_lazy("With"), empty_label=None)
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("How"),
        choices=capital(choice for choice in Channel.choices if choice[0] != Channel.AUTO_EMAIL),
        initial=[Channel.CALL],
        widget=forms.CheckboxSelectMultiple,
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("How it went"), choices=capital(Outcome.choices), initial=Outcome.CONNECTED
    )
    intent = forms.ChoiceField(
        label=gettext_lazy("Intent"),
        choices=capital(Intent.choices),
        initial=Intent.GIVE,
        widget=forms.RadioSelect,
    )
    insight = forms.ModelChoiceField(
        Insight.objects.none(),
        label=gettext_lazy("Insight that was given"),
        required=False,
        empty_label=gettext_lazy("None"),
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )
    at = at_field()

    def __init__(self, *args: Any, account: Account, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["contact"].queryset = account.contacts.kept().filter(left_at=None)  # type: ignore[attr-defined]
        self.fields["insight"].queryset = Insight.objects.live()  # type: ignore[attr-defined]
        self.fields["notes"].widget.attrs["data-draft"] = f"touch-{account.pk}"

    def clean(self) -> dict[str, Any]:
        """Nobody is engaged by an email that somebody sent: only who is spoken to connects."""
        data: dict[str, Any] = super().clean() or {}
        spoken = {Channel.CALL, Channel.VISIT} & set(data.get("channels", ()))
        if data.get("channels") and data.get("outcome") == Outcome.CONNECTED and not spoken:
            self.add_error("outcome", _("Only a call or a visit connects. Choose how this touch went."))
        insight, contact = data.get("insight"), data.get("contact")
        given = insight and contact and why_not_again(insight=insight, contact=contact, user=self.user)
        if given:
            self.add_error("insight", given)
        return data


class LogReplyForm(_HappenedMixin):
    """What came back from a contact."""

    KINDS = [
        ("reply", gettext_lazy("They replied")),
        ("out_of_office", gettext_lazy("Out of office")),
        ("auto_reply", gettext_lazy("Another automatic reply")),
        ("bounce", gettext_lazy("The email bounced")),
        ("opt_out", gettext_lazy("They do not want to be contacted")),
    ]
    SENTIMENTS = [
        ("positive", gettext_lazy("Positive")),
        ("neutral", gettext_lazy("Neutral")),
        ("negative", gettext_lazy("Negative")),
    ]
    CHANNELS = [
        (OptOut.ALL, gettext_lazy("Any channel")),
        ("email", Channel.EMAIL.label),
        (Channel.CALL.value, Channel.CALL.label),
        (Channel.SMS.value, Channel.SMS.label),
        (Channel.SOCIAL.value, Channel.SOCIAL.label),
        (Channel.LETTER.value, Channel.LETTER.label),
        (Channel.VISIT.value, Channel.VISIT.label),
    ]
    kind = forms.ChoiceField(
        label=gettext_lazy("What came back"), choices=KINDS, initial="reply", widget=forms.RadioSelect
    )
    sentiment = forms.ChoiceField(
        label=gettext_lazy("Tone of the reply"), choices=SENTIMENTS, initial="neutral", required=False
    )
    returns_on = forms.DateField(
        label=gettext_lazy("Back on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy(
            "Out of office: their sequences rest until the day after, or five business days."
        ),
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Not to be contacted by"),
        choices=capital(CHANNELS),
        initial=OptOut.ALL,
        required=False,
        help_text=gettext_lazy("Only where they do not want to be contacted."),
    )
    text = forms.CharField(
        label=gettext_lazy("What they wrote"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    at = at_field()

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs["data-draft"] = f"reply-{contact.pk}"

    def clean_returns_on(self) -> date | None:
        """A day that an absence may end on."""
        day: date | None = self.cleaned_data["returns_on"]
        today = timezone.localdate()
        if day is not None and not today <= day <= today + timedelta(days=366):
            raise ValidationError(_("Choose a day within a year."))
        return day
