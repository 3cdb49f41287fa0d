"""Editing a cell of the table of opportunities."""

from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from apps.pipeline import services
from apps.pipeline.forms import EditForm
from apps.tables.columns import Column
from apps.tables.editing import EDITORS, Editor, narrow


class OpportunityEditor(Editor):
    """Opportunities. Where one stands needs evidence: that is moved, not typed."""

    def form(self, row: Any, column: Column, data: MultiValueDict[str, str] | None) -> forms.BaseForm:
        """As on the page that edits it."""
        form = EditForm(data, instance=row, account=row.account, by=self.user)
        return narrow(form, self.name_of(column))

    def save(self, form: Any, row: Any, column: Column) -> None:
        """As that page does."""
        services.update(opportunity=form.instance, by=self.user)


EDITORS["opportunities"] = OpportunityEditor
