"""Forms of opportunities and stages."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.custom_forms import CustomFieldsMixin
from apps.accounts.models import Account
from apps.pipeline.models import Opportunity, OpportunityContact, Pipeline, Stage
from apps.users.models import User
from opener.forms import VersionedFormMixin
from opener.http import id_of


def day_field(**options: Any) -> forms.DateField:
    """A day of the calendar."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, **options)


class _OpportunityForm(forms.ModelForm[Opportunity]):
    custom_model = "opportunity"

    next_on = day_field(
        label=_("Next commitment by"),
        required=False,
        help_text=_("Without a day to come it counts as stalled."),
    )

    def __init__(self, *args: Any, account: Account, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["contact"].queryset = account.contacts.kept().filter(left_at=None)
        fields["value"].required = False
        fields["value"].widget.attrs |= {"min": 0, "step": "any", "inputmode": "decimal"}
        if "owner" in fields:
            may = User.objects.assignable_by(by).values("pk")
            fields["owner"].queryset = User.objects.filter(
                Q(pk__in=may) | Q(pk=self.instance.owner_id or by.pk)
            )

    def clean_value(self) -> Any:
        """Empty means not known yet, which is 0."""
        return self.cleaned_data.get("value") or 0


class CreateForm(CustomFieldsMixin, _OpportunityForm):
    """A new opportunity. `origin` is suggested by what happened before."""

    evidence = forms.CharField(
        label=_("What shows that they give you time"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "A held meeting proves it by itself. Without either, the commitment counts as passed over."
        ),
    )

    class Meta:
        model = Opportunity
        fields = ["name", "value", "origin", "contact", "next_on"]
        widgets = {"origin": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("value", None)
        origin: Any = self.fields["origin"]
        origin.choices = [
            (Opportunity.Origin.CREATED, _("Created: we opened it")),
            (Opportunity.Origin.CAPTURED, _("Captured: they came to us")),
        ]


class EditForm(CustomFieldsMixin, VersionedFormMixin, _OpportunityForm):
    """What may be changed of an opportunity at any time. The origin of a credited opening stays."""

    class Meta:
        model = Opportunity
        fields = ["name", "value", "contact", "next_on", "owner", "origin"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if hasattr(self.instance, "opening"):
            del self.fields["origin"]


class MoveForm(forms.Form):
    """To which stage, what proves it, and by when the next commitment is sought."""

    stage = forms.ModelChoiceField(label=_("Stage"), queryset=Stage.objects.none())
    checks = forms.MultipleChoiceField(
        label=_("Evidence"), required=False, widget=forms.CheckboxSelectMultiple, choices=[]
    )
    evidence = forms.CharField(
        label=_("In their words"),
        required=False,
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    next_on = day_field(label=_("Next commitment by"), required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, opportunity: Opportunity, target: Stage | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        stages = opportunity.pipeline.stages.exclude(kind=Stage.Kind.LOST)
        fields["stage"].queryset = stages
        chosen = self.data.get("stage", "") if self.is_bound else ""
        target = stages.filter(pk=id_of(chosen)).first() or target
        self.target = target
        self.initial.setdefault("version", opportunity.version)
        if target is not None:
            self.initial.setdefault("stage", target.pk)
            fields["checks"].choices = [(item, item) for item in target.evidence]
        if not fields["checks"].choices:
            del self.fields["checks"]

    def clean_next_on(self) -> Any:
        """A day to come: a commitment is not sought in the past."""
        day = self.cleaned_data.get("next_on")
        if day and day < timezone.localdate():
            raise forms.ValidationError(_("Choose today or a later day."))
        return day

    def proof(self) -> str:
        """What was ticked and what was written, a line each."""
        lines = [*self.cleaned_data.get("checks", []), self.cleaned_data.get("evidence", "").strip()]
        return "\n".join(line for line in lines if line)


def next_day(opportunity: Opportunity) -> dict[str, Any]:
    """What the form starts with: the day that was set for the next commitment, unless it has passed."""
    return {} if opportunity.is_stalled(timezone.localdate()) else {"next_on": opportunity.next_on}


class NextDayForm(forms.Form):
    """By when the next commitment is sought."""

    next_on = day_field(label=_("Next commitment by"))

    def clean_next_on(self) -> Any:
        """A day to come: a commitment is not sought in the past."""
        day = self.cleaned_data["next_on"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("Choose today or a later day."))
        return day


class LostForm(forms.Form):
    """Why it was lost."""

    reason = forms.CharField(label=_("Why it was lost"), max_length=300)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class ProofForm(forms.Form):
    """What proves a commitment that was passed over."""

    evidence = forms.CharField(label=_("Evidence"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class PersonForm(forms.ModelForm[OpportunityContact]):
    """A person in the opportunity."""

    class Meta:
        model = OpportunityContact
        fields = ["contact", "role"]

    def __init__(self, *args: Any, opportunity: Opportunity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taken = opportunity.people.values("contact")
        people: Any = self.fields["contact"]
        people.queryset = opportunity.account.contacts.kept().filter(left_at=None).exclude(pk__in=taken)


class StageForm(VersionedFormMixin, forms.ModelForm[Stage]):
    """The words of a stage. Evidence is written one item a line."""

    evidence = forms.CharField(
        label=_("Evidence that proves it"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line."),
    )

    class Meta:
        model = Stage
        fields = ["name", "question", "evidence"]

    def __init__(self, *args: Any, pipeline: Pipeline, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pipeline_id:
            self.instance.pipeline = pipeline
        self.initial["evidence"] = "\n".join(self.instance.evidence)
        self.fields["question"].widget.attrs["placeholder"] = _("Will you …?")

    def clean_evidence(self) -> list[str]:
        """A list of what was written, without empty lines."""
        lines = [line.strip() for line in self.cleaned_data["evidence"].splitlines()]
        lines = [line for line in lines if line]
        if any(len(line) > 200 for line in lines):
            raise forms.ValidationError(_("Keep each line under 200 characters."))
        return lines

    def _get_validation_exclusions(self) -> set[str]:
        """The pipeline is no field of the form, but a name is unique within it."""
        return {*super()._get_validation_exclusions()} - {"pipeline"}  # type: ignore[misc]


class OpeningStageForm(forms.Form):
    """At which stage an opportunity counts as an opening."""

    stage = forms.ModelChoiceField(
        label=_("Opening stage"),
        queryset=Stage.objects.none(),
        required=False,
        empty_label=_("The first stage, so at once"),
    )

    def __init__(self, *args: Any, pipeline: Pipeline, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["stage"]
        field.queryset = pipeline.stages.filter(kind=Stage.Kind.OPEN)
        self.initial.setdefault("stage", pipeline.opening_stage_id)
