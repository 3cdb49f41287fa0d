"""Forms for lists, dream clients, what changes them, and insights."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Contact, Industry
from apps.dreamclients.models import DreamClient, DreamClientList, Insight, Tier
from apps.users.models import Organisation, Team, User
from opener.forms import VersionedFormMixin
from opener.validators import no_control_characters

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ListForm(VersionedFormMixin, forms.ModelForm[DreamClientList]):
    """A list: what it is called, whose it is, and how often each tier is to be touched."""

    class Meta:
        model = DreamClientList
        fields = ["name", "description", "team", "cadence_a", "cadence_b", "cadence_c"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.all() if user.is_admin else Team.objects.filter(pk__in=user.team_ids)
        first = user.home_team_id or (teams.values_list("pk", flat=True).first() if user.is_admin else None)
        self.fields["team"] = forms.ModelChoiceField(
            teams, label=_("Team"), initial=first, empty_label=None, required=teams.exists()
        )
        self.fields["description"].validators.append(no_control_characters)
        self.fields["name"].widget.attrs["autofocus"] = True
        for name in ("cadence_a", "cadence_b", "cadence_c"):
            self.fields[name].widget.attrs.update(min=1, max=730)
            self.fields[name].validators.append(_one_to_730)
        if not self.instance.pk:
            organisation = Organisation.current()
            for letter in "abc":
                self.fields[f"cadence_{letter}"].initial = getattr(organisation, f"cadence_{letter}")
                self.initial[f"cadence_{letter}"] = getattr(organisation, f"cadence_{letter}")

    def clean(self) -> dict[str, Any]:
        """A live list of the team has a name of its own (the table says so too)."""
        cleaned = super().clean() or self.cleaned_data
        name = " ".join((cleaned.get("name") or "").split())
        others = DreamClientList.objects.live().exclude(pk=self.instance.pk)
        if name and others.filter(team=cleaned.get("team"), name=name).exists():
            self.add_error("name", _("Your team has a list of this name already."))
        elif name:
            cleaned["name"] = name
        return cleaned


class DreamClientForm(VersionedFormMixin, forms.ModelForm[DreamClient]):
    """Why they should change, and what is known about their supplier of today."""

    class Meta:
        model = DreamClient
        fields = ["why_change", "tier", "incumbent", "contract_end", "trigger_event"]
        widgets = {"contract_end": DAY, "why_change": forms.Textarea(attrs={"rows": 5})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("why_change", "incumbent", "trigger_event"):
            self.fields[name].validators.append(no_control_characters)
        self.fields["why_change"].widget.attrs["data-draft"] = f"why-{self.instance.pk}"
        self.fields["why_change"].widget.attrs[
            "autofocus"
        ] = not self.is_bound  # else the errors take the focus


class AddForm(forms.Form):
    """Which list accounts are put on."""

    dream_client_list = forms.ModelChoiceField(
        DreamClientList.objects.none(), label=gettext_lazy("List"), empty_label=None
    )
    tier = forms.ChoiceField(label=gettext_lazy("Tier"), choices=Tier.choices, initial=Tier.B)
    take = forms.BooleanField(label=gettext_lazy("Take them into my book"), required=False, initial=True)

    def __init__(self, *args: Any, lists: QuerySet[DreamClientList], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["dream_client_list"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = lists


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300, validators=[no_control_characters])


class ParkForm(forms.Form):
    """Until when."""

    until = forms.DateField(label=gettext_lazy("Until"), widget=DAY)

    def clean_until(self) -> datetime:
        """The beginning of that day, for whoever parks."""
        day = self.cleaned_data["until"]
        if not timezone.localdate() < day or day.year > 2100:
            raise ValidationError(_("Choose a day that is still to come."))
        return timezone.make_aware(datetime.combine(day, time(0)))


class AssignForm(forms.Form):
    """To whom."""

    owner = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("Owner"), empty_label=None)

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = people


class SwapForm(ReasonForm):
    """Which one of a full book to let go of, and why."""

    instead_of = forms.ModelChoiceField(
        DreamClient.objects.none(),
        label=gettext_lazy("Let go of"),
        widget=forms.RadioSelect,
        empty_label=None,
    )
    field_order = ["instead_of", "reason"]

    def __init__(self, *args: Any, book: QuerySet[DreamClient], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["instead_of"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = book


class InsightForm(forms.ModelForm[Insight]):
    """Something worth a reader's time."""

    industries = forms.MultipleChoiceField(
        label=gettext_lazy("Industries"),
        choices=Industry.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Stakeholder roles"),
        choices=Contact.Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Insight
        fields = ["title", "kind", "body", "url", "industries", "roles"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("title", "body"):
            self.fields[name].validators.append(no_control_characters)


def _one_to_730(days: int) -> None:
    if not 1 <= days <= 730:
        raise ValidationError(_("Write a number of days from 1 to 730."))
