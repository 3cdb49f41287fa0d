"""Editing a cell of the table of dream clients."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from apps.dreamclients import saving, services
from apps.dreamclients.forms import DreamClientForm
from apps.tables.columns import Column
from apps.tables.editing import EDITORS, CannotSave, Editor, narrow
from apps.users.models import User

type Data = MultiValueDict[str, str] | None


class DreamClientEditor(Editor):
    """Dream clients: the owner and the tier through the services that keep what hangs on them."""

    def locks(self, column: Column) -> bool:
        """Assigning locks the book first, and then the row."""
        return column.edit != "owner"

    def form(self, row: Any, column: Column, data: Data) -> forms.BaseForm:
        """Those one may assign to; any other field as on the record."""
        if column.edit == "owner":
            return _owner_form(self.user, row.owner_id)(data, initial={"owner": row.owner_id})
        return narrow(DreamClientForm(data, instance=row), self.name_of(column))

    def save(self, form: Any, row: Any, column: Column) -> None:
        """As the record does. Raises CannotSave where the book is full or it left its list."""
        try:
            if column.edit == "owner":
                services.assign(dream_client=row, owner=form.cleaned_data["owner"], by=self.user)
            elif column.edit == "tier":
                services.set_tier(dream_client=row, tier=form.cleaned_data["tier"], by=self.user)
            else:
                saving.save_dream_client(form=form, by=self.user)
        except (services.BookFull, services.LeftItsList) as refusal:
            raise CannotSave(str(refusal)) from refusal


def _owner_form(user: User, current: int | None) -> type[forms.Form]:
    """Whoever has it may stay, even where one could not choose them."""
    assignable = User.objects.assignable_by(user).values("pk")

    class OwnerForm(forms.Form):
        owner = forms.ModelChoiceField(
            User.objects.filter(Q(pk__in=assignable) | Q(pk=current)),
            label=_("Owner"),
            required=False,
            empty_label=_("Nobody"),
        )

    return OwnerForm


EDITORS["dream_clients"] = DreamClientEditor
