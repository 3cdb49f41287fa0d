"""What forms of any app say, whoever made them."""

import pytest
from django import forms
from django.http import QueryDict

from apps.users.models import Team


class Asked(forms.Form):
    tier = forms.ChoiceField(choices=[("A", "A")], required=False)
    tiers = forms.MultipleChoiceField(choices=[("A", "A")], required=False)
    team = forms.ModelChoiceField(Team.objects.none(), required=False)
    teams = forms.ModelMultipleChoiceField(Team.objects.none(), required=False)
    day = forms.DateField(required=False)
    moment = forms.DateTimeField(required=False)
    name = forms.CharField(max_length=5, required=False)
    number = forms.IntegerField(min_value=1, max_value=3, required=False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("tier=B", "not there any more"),
        ("tiers=B", "not there any more"),
        ("team=7", "not there any more"),
        ("team=x", "not there any more"),
        ("teams=7", "not there any more"),
        ("teams=x", "not there any more"),
        ("day=0001-01-01", "between 1900 and 2200"),
        ("day=9999-12-31", "between 1900 and 2200"),
        ("moment=0001-01-01T00:00", "between 1900 and 2200"),
        ("name=123456", "Write at most 5 characters; this has 6"),
        ("name=a%00b", "cannot be shown"),
        ("number=0", "Write 1 or more."),
        ("number=4", "Write 3 or less."),
    ],
)
def test_it_says_what_to_do(query: str, said: str) -> None:
    errors = Asked(QueryDict(query)).errors
    assert said in str(errors[query.partition("=")[0]][0])


def test_a_likely_day() -> None:
    assert Asked(QueryDict("day=2026-02-28&moment=2026-02-28T10:00")).is_valid()
