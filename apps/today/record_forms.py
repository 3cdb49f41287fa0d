"""The form with which a contact's opt-out is written down."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import OptOut
from opener.validators import no_control_characters


class OptOutForm(forms.Form):
    """Which channel they do not want to be reached by, and why."""

    channel = forms.ChoiceField(
        label=_("Does not want"),
        choices=[
            (OptOut.ALL, _("anything from us")),
            ("email", _("emails")),
            ("call", _("calls")),
            ("sms", _("text messages")),
            ("social", _("messages on social networks")),
            ("letter", _("letters")),
            ("visit", _("visits")),
        ],
    )
    reason = forms.CharField(
        label=_("What they said"), max_length=200, required=False, validators=[no_control_characters]
    )
