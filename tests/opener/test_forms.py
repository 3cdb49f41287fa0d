"""Forms: how they are rendered, and what happens when two people edit one row."""

import re
from datetime import date
from decimal import Decimal
from html import unescape
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from django import forms
from django.forms.models import model_to_dict
from django.http import QueryDict

from opener.forms import VersionedFormMixin


class Contact(forms.Form):
    name = forms.CharField(help_text="As on their card.")
    note = forms.CharField(widget=forms.Textarea, required=False)
    active = forms.BooleanField(required=False)
    channel = forms.ChoiceField(choices=[("call", "Call")], widget=forms.RadioSelect)


def test_errors_stand_at_the_field_and_in_a_summary_that_leads_there() -> None:
    html = str(Contact(QueryDict("name=&channel=call")))
    assert '<a href="#id_name">Name</a>' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html


def test_a_fresh_form_has_no_summary_and_says_what_is_optional() -> None:
    html = str(Contact())
    assert "error-summary" not in html
    assert html.count("field-optional") == 1
    assert "<fieldset" in html


def test_what_was_typed_is_kept_and_escaped() -> None:
    html = str(Contact(QueryDict("name=&note=<script>")))
    assert "&lt;script&gt;" in html
    assert "<script>" not in html


class Row(SimpleNamespace):
    """Enough of a model instance."""


class Edit(VersionedFormMixin, forms.Form):
    name = forms.CharField()
    tier = forms.ChoiceField(choices=[("A", "Tier A"), ("B", "Tier B")])
    active = forms.BooleanField(required=False)

    def __init__(self, *args: Any, instance: Row, **kwargs: Any) -> None:
        self.instance = instance
        initial = {"name": instance.name, "tier": instance.tier, "active": instance.active}
        super().__init__(*args, initial=initial, **kwargs)


def row(*, version: int = 4, adding: bool = False) -> Row:
    return Row(name="Theirs", tier="A", active=True, version=version, pk=None if adding else 1)


def test_the_form_carries_the_version_that_its_writer_saw() -> None:
    assert '<input type="hidden" name="version" value="4"' in str(Edit(instance=row()))


def test_nobody_else_saved_in_between() -> None:
    instance = row()
    form = Edit(QueryDict("name=Mine&tier=B&version=4"), instance=instance)
    assert form.is_valid()
    assert form.conflict == []
    assert "version" not in form.cleaned_data
    assert instance.version == 5


@pytest.mark.parametrize("version", ["3", "", "x"])
def test_somebody_else_saved_in_between(version: str) -> None:
    instance = row()
    form = Edit(QueryDict(f"name=Mine&tier=B&version={version}"), instance=instance)
    assert not form.is_valid()
    assert form.conflict == [
        ("Name", "Theirs", "Mine"),
        ("Tier", "Tier A", "Tier B"),
        ("Active", "Yes", "No"),
    ]
    assert instance.version == 4, "nothing is stored"


def test_both_versions_are_shown_nothing_typed_is_lost_and_saving_again_overwrites() -> None:
    posted = QueryDict("name=Mine&tier=B&version=3")
    html = str(Edit(posted, instance=row()))
    assert "Theirs" in html
    assert 'value="Mine"' in html
    assert '<input type="hidden" name="version" value="4"' in html
    assert posted["version"] == "3", "the request's own data is left alone"
    assert Edit(QueryDict("name=Mine&tier=B&version=4"), instance=row()).is_valid()


def test_two_who_wrote_the_same_have_no_conflict() -> None:
    form = Edit(QueryDict("name=Theirs&tier=A&active=on&version=3"), instance=row())
    assert form.is_valid()
    assert form.conflict == []


def test_line_ends_of_a_browser_are_no_conflict() -> None:
    theirs = row()
    theirs.name = "One line\nand another"
    form = Edit(QueryDict("name=One line%0D%0Aand another&tier=B&active=on&version=3"), instance=theirs)
    assert not form.is_valid()
    assert [label for label, _, _ in form.conflict] == ["Tier"]


def test_a_new_row_has_nobody_to_conflict_with() -> None:
    assert Edit(QueryDict("name=New&tier=A"), instance=row(version=1, adding=True)).is_valid()


def test_with_a_prefix() -> None:
    form = Edit(QueryDict("c-name=Mine&c-tier=B&c-version=3"), instance=row(), prefix="c")
    assert not form.is_valid()
    assert '<input type="hidden" name="c-version" value="4"' in str(form)


@pytest.mark.django_db
def test_a_model_form_shows_what_is_saved_not_what_was_typed() -> None:
    """A model form writes into its instance while it cleans: theirs has to be read before."""
    from apps.accounts.models import Account

    class AccountForm(VersionedFormMixin, forms.ModelForm[Account]):
        class Meta:
            model = Account
            fields = ["name"]

    account = Account(pk=1, name="Theirs", version=2)
    form = AccountForm(QueryDict("name=Mine&version=1"), instance=account)
    assert model_to_dict(account, ["name"]) == {"name": "Theirs"}
    assert not form.is_valid()
    assert form.conflict == [("Name", "Theirs", "Mine")]


def field(html: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found
    return unescape(found[1])


def edited(posted: str, *, before: Row, now: Row) -> Edit:
    """What `posted` on a page that showed `before` means for the row as it is now."""
    page = str(Edit(instance=before))
    query = QueryDict(posted, mutable=True)
    query.update({"version": field(page, "version"), "seen": field(page, "seen")})
    return Edit(query, instance=now)


def test_what_only_they_changed_is_taken_over_and_what_only_i_did_is_kept() -> None:
    before = row(version=3)
    before.name = "Before"
    form = edited("name=Before&tier=B&active=on", before=before, now=row(version=4))
    assert not form.is_valid()
    assert [(one.label, one.whose) for one in form.differences] == [("Name", "theirs"), ("Tier", "mine")]
    html = str(form)
    assert 'value="Theirs"' in html
    assert 'type="radio"' not in html
    second = QueryDict("name=Theirs&tier=B&active=on", mutable=True)
    second.update({"version": field(html, "version"), "seen": field(html, "seen")})
    form = Edit(second, instance=row(version=4))
    assert form.is_valid()
    assert form.cleaned_data == {"name": "Theirs", "tier": "B", "active": True}


def test_where_both_changed_a_field_its_writer_chooses() -> None:
    before = row(version=3)
    before.name, before.active = "Before", False
    form = edited("name=Mine&tier=A", before=before, now=row(version=4))
    assert not form.is_valid()
    assert [(one.label, one.whose) for one in form.differences] == [("Name", "both"), ("Active", "theirs")]
    html = str(form)
    assert 'name="keep-name" value="mine" checked' in html
    for choice, name in (("mine", "Mine"), ("theirs", "Theirs")):
        posted = QueryDict(f"name=Mine&tier=A&active=on&keep-name={choice}&version=4")
        form = Edit(posted, instance=row(version=4))
        assert form.is_valid()
        assert form.cleaned_data["name"] == name
        assert form.cleaned_data["active"] is True


@pytest.mark.parametrize("seen", ["", "x", "[]", "7", '{"name": 7}', "9" * 30_000, '{"name": {"a": []}}'])
def test_digests_that_make_no_sense(seen: str) -> None:
    form = Edit(QueryDict(f"name=Mine&tier=A&version=3&seen={quote(seen)}"), instance=row())
    assert not form.is_valid()
    assert form.differences[0].whose == "both"


def test_values_are_said_as_people_read_them() -> None:
    class Deal(VersionedFormMixin, forms.Form):
        value = forms.DecimalField()
        day = forms.DateField()

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.instance = Row(version=2, pk=1, currency="EUR")
            super().__init__(*args, initial={"value": Decimal(1200), "day": date(2026, 3, 1)}, **kwargs)

    form = Deal(QueryDict("value=12500.5&day=2026-04-02&version=1"))
    assert not form.is_valid()
    assert form.conflict == [
        ("Value", "1,200 EUR", "12,500.5 EUR"),
        ("Day", "1 Mar 2026", "2 Apr 2026"),
    ]
