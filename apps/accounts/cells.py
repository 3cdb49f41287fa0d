"""Editing a cell of the tables of accounts and contacts."""

from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from apps.accounts import services
from apps.accounts.forms import AccountForm, ContactForm
from apps.accounts.tagging import MOST_OF_ONE, TagsField, suggestions, tags_named
from apps.tables.columns import Column
from apps.tables.editing import EDITORS, Editor, narrow

type Data = MultiValueDict[str, str] | None


class TagsForm(forms.Form):
    """The tags of one row."""

    tags = TagsField(required=False, most=MOST_OF_ONE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.suggestions = {"tags": suggestions()}


class _TaggedEditor(Editor):
    """A row with tags."""

    def form(self, row: Any, column: Column, data: Data) -> forms.BaseForm:
        """Tags with commas between them; any other field as on the row's page."""
        if column.edit == "tags":
            names = row.tags.values_list("name", flat=True)
            return TagsForm(data, initial={"tags": ", ".join(names)})
        return self.field_form(row, column, data)

    def field_form(self, row: Any, column: Column, data: Data) -> forms.BaseForm:
        """The form of the row's page, narrowed to the field."""
        raise NotImplementedError

    def save(self, form: forms.BaseForm, row: Any, column: Column) -> None:
        """Tags that are new are made."""
        if column.edit == "tags":
            row.tags.set(tags_named(form.cleaned_data["tags"]))
        else:
            self.save_field(form)

    def save_field(self, form: Any) -> None:
        """Keep what the narrowed form says."""
        raise NotImplementedError


class AccountEditor(_TaggedEditor):
    """Accounts."""

    with_box = {"name": "same_name_is_fine"}

    def field_form(self, row: Any, column: Column, data: Data) -> forms.BaseForm:
        """As on the page of the account."""
        form = AccountForm(data, instance=row, user=self.user)
        name = self.name_of(column)
        return narrow(form, name, self.with_box.get(name, ""))

    def save_field(self, form: Any) -> None:
        """As the page of the account does."""
        services.save_account(form=form, by=self.user)


class ContactEditor(_TaggedEditor):
    """Contacts."""

    def field_form(self, row: Any, column: Column, data: Data) -> forms.BaseForm:
        """As on the page of the contact."""
        return narrow(ContactForm(data, instance=row), self.name_of(column))

    def save_field(self, form: Any) -> None:
        """The fields of the contact itself; addresses and numbers have rows of their own."""
        form.save()


EDITORS["accounts"] = AccountEditor
EDITORS["contacts"] = ContactEditor
