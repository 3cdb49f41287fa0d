"""What a text means for a custom field, and how a value reads."""

import contextlib
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.accounts import custom_cache as cache
from apps.accounts.custom import clean_value, fits, form_field, html, say, shown, typed, words
from apps.accounts.models import Account, CustomField
from tests import factories as make

Type = CustomField.Type


def field(kind: str, *choices: str, **more: Any) -> CustomField:
    return CustomField(model="account", key="f", label="The field", type=kind, choices=list(choices), **more)


@pytest.fixture(autouse=True)
def _organisation(monkeypatch: pytest.MonkeyPatch) -> None:
    people = {7: cache.Person(7, "Ann Berg", "ann@opener.test", is_active=True)}
    people[8] = cache.Person(8, "Bo Chen", "bo@opener.test", is_active=True)
    people[9] = cache.Person(9, "Bo Chen", "bo2@opener.test", is_active=False)
    monkeypatch.setattr(cache, "people", lambda: people)
    monkeypatch.setattr(cache, "currency", lambda: "EUR")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("1200.5", "1,200.50"),
        ("1200", "1,200"),
        ("0.125", "0.125"),
        ("-5.1", "-5.10"),
        ("1200000", "1,200,000"),
    ],
)
def test_money_reads_as_money(value: str, said: str) -> None:
    assert words(field("money"), value).replace("€", "").replace("EUR", "").strip() == said


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "  two   words\n", "two words"),
        ("text", "", None),
        ("text", "<script>", "<script>"),
        ("number", "1,250", "1250"),
        ("number", "1 250.50", "1250.5"),
        ("number", "1.234,5", "1234.5"),
        ("number", "1.234.567", "1234567"),
        ("number", "0,5", "0.5"),
        ("number", "-0", "0"),
        ("number", "+3", "3"),
        ("number", ".5", "0.5"),
        ("number", "\N{MINUS SIGN}3", "-3"),
        ("money", "€ 1,200", "1200"),
        ("money", "1.200,50 €", "1200.5"),
        ("money", "EUR 12", "12"),
        ("money", "-€5", "-5"),
        ("date", "2026-03-31", "2026-03-31"),
        ("date", "31.3.2026", "2026-03-31"),
        ("date", "25/12/2026", "2026-12-25"),
        ("date", "12/25/2026", "2026-12-25"),
        ("date", "2026-03-31 00:00:00", "2026-03-31"),
        ("date", "31 March 2026", "2026-03-31"),
        ("choice", "gold", "Gold"),
        ("choice", "silver,  OLD", "Silver, old"),
        ("choices", "tin, Gold", ["Gold", "Tin"]),
        ("choices", "Silver, old", ["Silver, old"]),
        ("choices", "tin; silver, old", ["Silver, old", "Tin"]),
        ("yes_no", "Ja", True),
        ("yes_no", "no", False),
        ("url", "example.com/a", "https://example.com/a"),
        ("user", "ANN@opener.test", 7),
        ("user", "ann berg", 7),
    ],
)
def test_a_text_becomes_a_value(kind: str, text: str, value: Any) -> None:
    assert clean_value(field(kind, "Gold", "Silver, old", "Tin"), text) == value


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("text", "a\x00b", "cannot be shown"),
        ("text", "x" * 2001, "2001 characters"),
        ("number", "twelve", "no number"),
        ("number", "1e5", "no number"),
        ("number", "NaN", "no number"),
        ("number", "٣", "no number"),
        ("number", "1" * 16, "too large"),
        ("number", "0.1234567", "too exact"),
        ("number", "12 %", "no number"),
        ("money", "$12", "EUR"),
        ("money", "1.234", "too exact"),
        ("date", "03/04/2026", "2026-03-31"),
        ("date", "2026-02-30", "no day"),
        ("date", "0001-01-01", "no day"),
        ("date", "soon", "no day"),
        ("choice", "Bronze", "Gold, Silver"),
        ("choices", "Gold; Bronze", "Bronze"),
        ("yes_no", "perhaps", "neither yes nor no"),
        ("url", "javascript:alert(1)", "no web address"),
        ("url", "not an address", "no web address"),
        ("url", "https://example.com/" + "x" * 500, "500 characters"),
        ("user", "Zed", "Nobody"),
        ("user", "Bo Chen", "2 people"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_do(kind: str, text: str, says: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        clean_value(field(kind, "Gold", "Silver"), text)
    assert says in refusal.value.messages[0]


CHOICES = ["Gold", "a, b", "Größe", "x" * 80, "🎉", "שלום"]
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**14), max_value=10**14)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1).filter(str.strip),
    "number": NUMBERS.map(lambda number: clean_value(field("number"), f"{number:f}")),
    "money": NUMBERS.map(lambda number: clean_value(field("money"), f"{number.quantize(Decimal('0.01')):f}")),
    "date": st.dates(min_value=make.A_TUESDAY.date().replace(year=1000))
    .filter(lambda d: d.year < 3000)
    .map(str),
    "choice": st.sampled_from(CHOICES),
    "choices": st.sets(st.sampled_from(CHOICES), min_size=1).map(
        lambda some: sorted(some, key=CHOICES.index)
    ),
    "yes_no": st.booleans(),
    "url": st.sampled_from(["https://example.com", "http://a.example/b?c=d;e#f"]),
    "user": st.sampled_from([7, 8, 9]),
}


@pytest.mark.parametrize("kind", Type.values)
@settings(max_examples=40)
@given(data=st.data())
def test_what_is_exported_comes_back_as_it_was(kind: str, data: st.DataObject) -> None:
    one = field(kind, *CHOICES)
    value = data.draw(VALUES[kind])
    if kind == "text":
        value = clean_value(one, value)
    assert clean_value(one, say(one, value)) == value
    assert fits(one, value)
    assert words(one, value)


@pytest.mark.parametrize("kind", Type.values)
@settings(max_examples=60)
@given(text=st.text(max_size=60))
def test_no_text_breaks_it(kind: str, text: str) -> None:
    one = field(kind, "Gold", "Silver")
    with contextlib.suppress(ValidationError):
        value = clean_value(one, text)
        assert value is None or fits(one, value)


@pytest.mark.parametrize("kind", Type.values)
@pytest.mark.parametrize(
    "value", ["", "abc", "2026-02-31", 12, 1.5, None, True, [], ["x", 3], {"a": 1}, "🎉" * 300]
)
def test_a_stored_value_that_does_not_fit_is_shown_all_the_same(kind: str, value: Any) -> None:
    one = field(kind, "Gold")
    for read in (say, words, html):
        assert isinstance(read(one, value), str)
    typed(one, value)
    form_field(one, value)


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("number", "1250.5", "1,250.5"),
        ("money", "-12500", "-€12,500"),
        ("date", "2026-03-31", "31 Mar 2026"),
        ("user", 7, "Ann Berg"),
        ("user", 99, "somebody who is gone"),
        ("choices", ["Silver", "Gold"], "Gold, Silver"),
        ("yes_no", False, "No"),
    ],
)
def test_values_in_words(kind: str, value: Any, said: str) -> None:
    assert words(field(kind, "Gold", "Silver"), value) == said


def test_an_address_is_a_link_and_nothing_else_is() -> None:
    assert 'href="https://a.example/?q=&quot;&gt;"' in html(field("url"), 'https://a.example/?q=">')
    assert html(field("url"), "javascript:alert(1)") == "javascript:alert(1)"


@pytest.mark.django_db
def test_what_is_shown_of_a_row(django_assert_num_queries: Any) -> None:
    CustomField.objects.create(model="account", key="b", label="B", type="yes_no", position=2)
    CustomField.objects.create(model="account", key="a", label="A", type="number", position=1)
    CustomField.objects.create(model="account", key="x", label="X", archived_at=make.A_TUESDAY)
    CustomField.objects.create(model="contact", key="c", label="C")
    row = Account(custom={"b": False, "x": "hidden", "a": "1000", "old_key": "Kept", "c": "", "n": None})
    with django_assert_num_queries(1):
        assert shown("account", row) == [("A", "1,000"), ("B", "No"), ("old key", "Kept")]


def test_a_file_of_people_looks_at_each_of_them_once(monkeypatch: pytest.MonkeyPatch) -> None:
    people = {pk: cache.Person(pk, f"P {pk}", f"p{pk}@opener.test", is_active=True) for pk in range(9)}
    looked_at: list[int] = []

    class Counted(dict[int, cache.Person]):
        def values(self) -> Any:
            looked_at.extend(self)
            return super().values()

    monkeypatch.setattr(cache, "people", lambda: Counted(people))
    with cache.remembered():
        for _row in range(50):
            assert clean_value(field("user"), "P 7") == 7
    assert len(looked_at) == len(people), "not rows times people"
