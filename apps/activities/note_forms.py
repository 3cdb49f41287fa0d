"""The form for a note."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Account, Note
from apps.users.models import User
from opener.forms import VersionedFormMixin
from opener.validators import no_control_characters


class NoteForm(VersionedFormMixin, forms.ModelForm[Note]):
    """A note in Markdown. What is typed survives a lost connection (static/js/draft.js)."""

    body = forms.CharField(
        label=_("Note"),
        max_length=20_000,
        validators=[no_control_characters],
        widget=forms.Textarea(
            attrs={"rows": 6, "placeholder": _("What should a colleague know? @ and a name tells them.")}
        ),
    )

    class Meta:
        model = Note
        fields = ["body"]

    def __init__(
        self, *args: Any, account: Account, user: User, in_page: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        about = f"note-{self.instance.pk}" if self.instance.pk else f"new-note-{account.pk}"
        self.fields["body"].widget.attrs |= {
            "data-draft": f"{about}-{user.pk}",
            "data-mention": reverse("activities:colleagues", args=[account.pk]),
        }
        # In the page it waits for its key; in a dialog it is what the dialog was opened for.
        self.fields["body"].widget.attrs |= (
            {"data-key": "n", "rows": 2, "aria-label": _("Note")} if in_page else {"autofocus": True}
        )
