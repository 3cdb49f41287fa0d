"""Forms for lists, dream clients, what changes them, and insights."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.custom_forms import CustomFieldsMixin
from apps.accounts.models import Contact, Industry
from apps.dreamclients.models import DreamClient, DreamClientList, Insight, Tier, TriggerEvent
from apps.tables.where import WhereError
from apps.users.models import Membership, Organisation, Team, User
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
        if self.instance.pk:
            self._keep_team(user)
            self._of_a_list(user)
        else:
            organisation = Organisation.current()
            for letter in "abc":
                self.fields[f"cadence_{letter}"].initial = getattr(organisation, f"cadence_{letter}")
                self.initial[f"cadence_{letter}"] = getattr(organisation, f"cadence_{letter}")

    def _keep_team(self, user: User) -> None:
        """A list stays in its team, but for those who lead both that and the new one."""
        team_id = self.instance.team_id
        if user.is_admin or team_id is None:
            return
        others = user.led_team_ids if team_id in user.led_team_ids else []
        field = self.fields["team"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Team.objects.filter(pk__in=[team_id, *others])
        field.required = True

    def _owners(self, user: User) -> QuerySet[User]:
        """To whom `user` may give it: reps to a rep of its team, so that it does not gain rights that they lack."""
        active, team_id = User.objects.filter(is_active=True), self.instance.team_id
        if user.is_admin or team_id in user.led_team_ids:
            team = Q(memberships__team=team_id) | Q(is_admin=True) | Q(pk=self.instance.owner_id)
            return active.filter(team).distinct()
        rep = Q(memberships__team=team_id, memberships__role=Membership.Role.REP, is_admin=False)
        return active.filter(rep | Q(pk=user.pk)).distinct()

    def _of_a_list(self, user: User) -> None:
        """What only a list that is there has: an owner to change, and a filter to follow."""
        people = self._owners(user)
        self.fields["owner"] = forms.ModelChoiceField(
            people, label=_("Owner"), initial=self.instance.owner_id, empty_label=None
        )
        if self.instance.where or self.instance.q:
            self.fields["is_live"] = forms.BooleanField(
                label=_("Keeps following its filter"),
                required=False,
                initial=self.instance.is_live,
                help_text=_("Accounts that come to match are added; those that no longer do, and that nobody "
                            "has worked, are taken off."),
            )  # fmt: skip
            self.fields["live_tier"] = forms.ChoiceField(
                label=_("Tier of what it adds"), choices=Tier.choices, initial=self.instance.live_tier
            )

    def clean(self) -> dict[str, Any]:
        """A live list of the team has a name of its own (the table says so too)."""
        cleaned = super().clean() or self.cleaned_data
        name = " ".join((cleaned.get("name") or "").split())
        others = DreamClientList.objects.live().exclude(pk=self.instance.pk)
        if name and others.filter(team=cleaned.get("team"), name=name).exists():
            self.add_error("name", _("Your team has a list of this name already."))
        elif name:
            cleaned["name"] = name
        if cleaned.get("is_live") and not self.instance.is_live:
            self._check_filter(cleaned.get("owner") or self.instance.owner)
        return cleaned

    def _check_filter(self, owner: User) -> None:
        """The filter can be followed."""
        from apps.dreamclients import following

        try:
            following.check(q=self.instance.q, where=self.instance.where, user=owner, live=True)
        except WhereError as error:
            self.add_error("is_live", str(error))


class DreamClientForm(CustomFieldsMixin, VersionedFormMixin, forms.ModelForm[DreamClient]):
    """Why they should change, and what is known about their supplier of today."""

    custom_model = "dream_client"

    class Meta:
        model = DreamClient
        fields = ["why_change", "tier", "incumbent", "contract_end"]
        widgets = {"contract_end": DAY, "why_change": forms.Textarea(attrs={"rows": 5})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("why_change", "incumbent"):
            self.fields[name].validators.append(no_control_characters)
        self.fields["why_change"].widget.attrs["data-draft"] = f"why-{self.instance.pk}"
        self.fields["why_change"].widget.attrs[
            "autofocus"
        ] = not self.is_bound  # else the errors take the focus


class FromFilterForm(forms.Form):
    """A list of all accounts that a filter means: as they are today, or live."""

    KINDS = [
        ("static", gettext_lazy("As it is today: what matches now is put on the list, and that is it")),
        ("live", gettext_lazy("Live: it keeps following the filter, and adds what comes to match")),
    ]
    for_list = forms.ModelChoiceField(
        DreamClientList.objects.none(),
        label=gettext_lazy("Which list"),
        required=False,
        empty_label=gettext_lazy("A new list"),
        help_text=gettext_lazy("A list made by a filter may be given this one instead of its own."),
    )
    name = forms.CharField(
        label=gettext_lazy("Name of the new list"),
        max_length=120,
        required=False,
        validators=[no_control_characters],
    )
    team = forms.ModelChoiceField(Team.objects.none(), label=gettext_lazy("Team"), empty_label=None)
    tier = forms.ChoiceField(label=gettext_lazy("Tier"), choices=Tier.choices, initial=Tier.B)
    kind = forms.ChoiceField(
        label=gettext_lazy("How"), choices=KINDS, initial="static", widget=forms.RadioSelect
    )
    q = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    where = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.all() if user.is_admin else Team.objects.filter(pk__in=user.team_ids)
        given = DreamClientList.objects.editable_by(user).live().exclude(where="", q="")
        for name, rows in (("team", teams), ("for_list", given)):
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = rows
        if not given.exists():
            self.fields["for_list"].widget = forms.HiddenInput()
        # Said to be needed, as most often it is: `clean` asks for it where no list was chosen.
        self.fields["name"].required = not self.is_bound
        first = user.home_team_id or (teams.values_list("pk", flat=True).first() if user.is_admin else None)
        self.fields["team"].required = self.fields["team"].required and teams.exists()
        self.initial = {"team": first, **self.initial}
        self.fields["name"].widget.attrs["autofocus"] = not self.is_bound

    def clean(self) -> dict[str, Any]:
        """A new list needs a name that no other of the team has."""
        cleaned = super().clean() or self.cleaned_data
        name = " ".join((cleaned.get("name") or "").split())
        cleaned["name"] = name
        if not cleaned.get("for_list"):
            taken = DreamClientList.objects.live().filter(team=cleaned.get("team"), name=name)
            if not name and "name" not in self.errors:
                self.add_error("name", _("Give the list a name."))
            elif name and taken.exists():
                self.add_error("name", _("Your team has a list of this name already."))
        return cleaned


class EventForm(VersionedFormMixin, forms.ModelForm[TriggerEvent]):
    """Something that happened there."""

    class Meta:
        model = TriggerEvent
        fields = ["what", "on", "url"]
        widgets = {"on": DAY}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].widget.attrs |= {
            "autofocus": True,
            "placeholder": _("New head of operations, a merger, a second plant …"),
        }
        self.fields["on"].help_text = _("A day to come brings them up on that day.")
        self.fields["url"] = forms.URLField(
            label=_("Where it says so"), required=False, max_length=500, assume_scheme="https"
        )


class QuestionForm(forms.Form):
    """What one asks the colleague who works a dream client."""

    text = forms.CharField(
        label=gettext_lazy("What do you want to ask?"),
        max_length=200,
        validators=[no_control_characters],
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
    )


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


class InsightForm(VersionedFormMixin, forms.ModelForm[Insight]):
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
        widgets = {"body": forms.Textarea(attrs={"rows": 5})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("title", "body"):
            self.fields[name].validators.append(no_control_characters)


def _one_to_730(days: int) -> None:
    if not 1 <= days <= 730:
        raise ValidationError(_("Write a number of days from 1 to 730."))
