"""Forms of the first run, of invitations and of the settings."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.users import choices
from apps.users.models import Membership, Organisation, Team, User
from opener.forms import VersionedFormMixin

NO_TEAM = [("", _("not in this team")), *Membership.Role.choices]
DAYS = [
    (0, _("Mon")),
    (1, _("Tue")),
    (2, _("Wed")),
    (3, _("Thu")),
    (4, _("Fri")),
    (5, _("Sat")),
    (6, _("Sun")),
]


def time_zone_field(**options: Any) -> forms.ChoiceField:
    """A select of time zones."""
    return forms.ChoiceField(
        label=options.pop("label", _("Time zone")), choices=choices.time_zones, **options
    )


class ChoiceOrNone(forms.ChoiceField):
    """A choice of which "" is one, so that nothing is missing where it is chosen."""

    def validate(self, value: Any) -> None:
        """Only what is offered."""
        if not self.valid_value(value):
            message = self.error_messages["invalid_choice"]
            raise ValidationError(message, code="invalid_choice", params={"value": value})


class TimeWidget(forms.TimeInput):
    """The browser's own field for a time of day."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class ProfileForm(VersionedFormMixin, forms.ModelForm[User]):
    """What people say about themselves."""

    work_days = forms.TypedMultipleChoiceField(
        label=_("Working days"), choices=DAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = User
        fields = ["name", "time_zone", "work_start", "work_end", "work_days", "theme"]
        widgets = {"work_start": TimeWidget, "work_end": TimeWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        help_text = _("Times are shown in it, and your queue follows it.")
        self.fields["time_zone"] = time_zone_field(help_text=help_text)
        self.fields["theme"] = ChoiceOrNone(label=_("Appearance"), choices=User.Theme.choices)


class InviteForm(forms.Form):
    """Somebody new."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("Email address"), max_length=254)
    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.all(), required=False, empty_label=_("no team yet")
    )
    role = forms.ChoiceField(
        label=_("Role in the team"), choices=Membership.Role.choices, initial=Membership.Role.REP
    )
    is_admin = forms.BooleanField(
        label=_("Admin"),
        required=False,
        help_text=_("Sees every team, and configures users, sequences and pipelines."),
    )

    def clean_email(self) -> str:
        """Lower case, and nobody's yet."""
        email = str(self.cleaned_data["email"]).strip().lower()
        if User.objects.filter(email__iexact=email).exists():
            raise ValidationError(_("Somebody with this address is here already."))
        return email


class PersonForm(VersionedFormMixin, forms.ModelForm[User]):
    """A person, as an admin sees them, with a role in each team."""

    class Meta:
        model = User
        fields = ["name", "email", "is_admin"]
        help_texts = {"is_admin": _("Sees every team, and configures users, sequences and pipelines.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = dict(self.instance.memberships.values_list("team_id", "role"))
        self.teams = list(Team.objects.all())
        for team in self.teams:
            self.fields[f"team_{team.pk}"] = ChoiceOrNone(
                label=team.name, choices=NO_TEAM, initial=held.get(team.pk, "")
            )

    def clean_email(self) -> str:
        """Lower case: people sign in with it in whichever case they write it."""
        return str(self.cleaned_data["email"]).strip().lower()

    def roles(self) -> dict[Team, str]:
        """The role in each team, "" for none."""
        return {team: self.cleaned_data[f"team_{team.pk}"] for team in self.teams}


class TeamForm(VersionedFormMixin, forms.ModelForm[Team]):
    """A team's name."""

    class Meta:
        model = Team
        fields = ["name"]


class MemberForm(forms.Form):
    """Somebody who joins a team."""

    field_order = ["user", "role"]

    role = forms.ChoiceField(label=_("Role"), choices=Membership.Role.choices)

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"] = forms.ModelChoiceField(
            label=_("Person"),
            queryset=User.objects.filter(is_active=True).exclude(memberships__team=team),
            empty_label=_("Choose a person"),
        )
        self.order_fields(self.field_order)


class RoleForm(forms.Form):
    """A member's role, or "" to leave the team."""

    role = ChoiceOrNone(choices=NO_TEAM)


class OrganisationForm(VersionedFormMixin, forms.ModelForm[Organisation]):
    """The organisation and the rules that protect its dream clients."""

    sections = [
        (None, ["name", "time_zone", "country", "currency"]),
        (
            _("Protecting dream clients"),
            [
                "book_cap",
                "approve_targets",
                "contract_lead_days",
                "active_per_account",
                "contact_day_cap",
                "contact_week_cap",
                "account_week_cap",
            ],
        ),
        (_("Cadence of new lists"), ["cadence_a", "cadence_b", "cadence_c"]),
    ]

    class Meta:
        model = Organisation
        fields = [
            "name",
            "time_zone",
            "country",
            "currency",
            "book_cap",
            "approve_targets",
            "contract_lead_days",
            "active_per_account",
            "contact_day_cap",
            "contact_week_cap",
            "account_week_cap",
            "cadence_a",
            "cadence_b",
            "cadence_c",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        help_text = _("The days of the opening metrics are days of this zone.")
        self.fields["time_zone"] = time_zone_field(help_text=help_text)
        self.fields["country"] = forms.ChoiceField(
            label=_("Country"),
            choices=choices.countries,
            required=False,
            help_text=_("Its public holidays are no business days."),
        )
        for name, field in self.fields.items():
            if isinstance(field, forms.IntegerField) and name != "version":
                field.min_value = 1
                field.widget.attrs["min"] = 1

    def clean(self) -> dict[str, Any]:
        """Caps and cadences of at least 1: a cap of 0 would stop all work without saying so."""
        cleaned = super().clean() or self.cleaned_data
        for name, field in self.fields.items():
            value = cleaned.get(name)
            if name == "version" or not isinstance(field, forms.IntegerField):
                continue
            if isinstance(value, int) and value < 1:
                self.add_error(name, _("At least 1."))
        return cleaned

    def grouped(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields under their headings."""
        return [(title, [self[name] for name in names]) for title, names in self.sections]


class PasswordForm(forms.Form):
    """A first password, twice."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters. Several words are easy to remember."),
    )
    password_again = forms.CharField(
        label=_("Password, once more"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    user: User | None = None

    def clean(self) -> dict[str, Any]:
        """The same twice, and one that the rules allow."""
        cleaned = super().clean() or self.cleaned_data
        first = cleaned.get("password")
        if first and cleaned.get("password_again") not in (None, first):
            self.add_error("password_again", _("The two passwords differ. Type the same twice."))
        if first:
            try:
                password_validation.validate_password(first, self.password_owner())
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned

    def password_owner(self) -> User | None:
        """Whose password it will be, so that it does not resemble their name."""
        return self.user


class WelcomeForm(PasswordForm):
    """The first run: the code, the organisation, its first admin."""

    field_order = [
        "code",
        "organisation",
        "time_zone",
        "country",
        "name",
        "email",
        "password",
        "password_again",
    ]

    code = forms.CharField(
        label=_("One-time code"),
        max_length=40,
        help_text=_("It was printed where Opener was started. “manage.py setup_code” prints a new one."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    organisation = forms.CharField(label=_("Organisation"), max_length=200)
    time_zone = time_zone_field()
    country = forms.ChoiceField(
        label=_("Country"),
        choices=choices.countries,
        required=False,
        help_text=_("Its public holidays are no business days."),
    )
    name = forms.CharField(label=_("Your name"), max_length=120)
    email = forms.EmailField(label=_("Your email address"), max_length=254)

    def password_owner(self) -> User | None:
        """The admin who is about to be."""
        return User(name=self.cleaned_data.get("name", ""), email=self.cleaned_data.get("email", ""))
