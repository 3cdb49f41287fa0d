"""The form for a saved view: what it is called and who sees it."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.tables.models import SavedView
from apps.users.models import Team, User
from opener.forms import VersionedFormMixin


class SavedViewForm(VersionedFormMixin, forms.ModelForm[SavedView]):
    """Anybody shares with their own teams; managers and admins with everybody."""

    class Meta:
        model = SavedView
        fields = ["name", "audience", "team"]
        widgets = {"audience": forms.RadioSelect}
        labels = {"team": _("which team")}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autofocus"] = True
        teams = Team.objects.all() if user.is_admin else Team.objects.filter(pk__in=user.team_ids)
        team = cast("forms.ModelChoiceField[Team]", self.fields["team"])
        team.queryset = teams
        team.required = False
        likely = self.instance.team_id or user.home_team_id
        only = teams[0] if len(teams) == 1 else None
        self.default_team = next((one for one in teams if one.pk == likely), only)
        self.initial["team"] = self.default_team and self.default_team.pk
        choices = [(one.value, one.label) for one in self._audiences(user)]
        cast("forms.ChoiceField", self.fields["audience"]).choices = choices
        if len(teams) < 2:
            team.widget = forms.HiddenInput()

    def _audiences(self, user: User) -> list[SavedView.Audience]:
        audience = SavedView.Audience
        offered = [audience.PRIVATE]
        if user.is_admin or user.team_ids:
            offered.append(audience.TEAM)
        if user.is_manager or self.instance.audience == audience.EVERYBODY:
            offered.append(audience.EVERYBODY)
        return offered

    def clean(self) -> dict[str, Any]:
        """A view for a team names one; any other names none."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("audience") != SavedView.Audience.TEAM:
            cleaned["team"] = None
        elif cleaned.get("team") is None and "team" not in self.errors:
            cleaned["team"] = self.default_team  # the field is hidden where there is nothing to choose
            if self.default_team is None:
                self.add_error("team", _("Choose the team that is to see it."))
        return cleaned
