import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Account, Contact, CustomField
from apps.sequences.templating import VARIABLES, UnknownVariables, names, problems, render, without_fallback
from apps.users.models import User

SENDER = User(name="Ann Berg", email="ann@opener.test")


def contact(**fields: object) -> Contact:
    account = Account(
        name="Acme", headquarters="Berlin, Germany", industry="energy", custom={"plant": "Kiel", "size": 12}
    )
    return Contact(**{"first_name": "Carla", "last_name": "Diaz", "account": account} | fields)


def test_variables_are_filled_in():
    text = "Hi {{ first_name }} of {{company}} in {{ city }} ({{industry}}), {{ sender_first_name }} / {{ full_name }}"
    assert render(text, contact(), SENDER).text == "Hi Carla of Acme in Berlin (Energy), Ann / Carla Diaz"


@pytest.mark.django_db
def test_custom_fields_are_variables_too_the_contacts_before_the_accounts():
    rendered = render("{{ custom.plant }} {{ custom.size }}", contact(custom={"plant": "Rostock"}), SENDER)
    assert rendered.text == "Rostock 12"


@pytest.mark.django_db
def test_custom_fields_read_as_a_person_would_write_them():
    for key, kind in (("spend", "money"), ("due", "date"), ("topics", "choices"), ("open", "yes_no")):
        CustomField.objects.create(
            model="account", key=key, label=key, type=kind, choices=["Cost", "Emissions"]
        )
    someone = contact()
    someone.account.custom = {
        "spend": "12500",
        "due": "2026-03-31",
        "topics": ["Emissions", "Cost"],
        "open": False,
    }
    text = "{{ custom.spend }}, {{ custom.due }}, {{ custom.topics }}, {{ custom.open }}"
    assert render(text, someone, SENDER).text == "$12,500, 31 Mar 2026, Cost, Emissions, No"


def test_a_fallback_stands_in():
    rendered = render("Hello {{ first_name | there }}{{ title|}}", contact(first_name=""), SENDER)
    assert (rendered.text, rendered.missing) == ("Hello there", [])


@pytest.mark.django_db
def test_missing_variables_are_reported_once_and_shown():
    rendered = render("{{ title }} {{ title }} {{ custom.budget }}", contact(), SENDER)
    assert rendered.text == "[title] [title] [custom.budget]"
    assert rendered.missing == ["title", "custom.budget"]


def test_an_unknown_variable_is_an_error_that_names_it_and_those_that_exist():
    with pytest.raises(UnknownVariables, match=r"nick_name.*first_name") as caught:
        render("{{ nick_name }}", contact(), SENDER)
    assert caught.value.names == ["nick_name"]


def test_values_are_data_never_templates_nor_new_lines():
    rendered = render("{{ first_name }}", contact(first_name="{{ title }}\r\nBcc: all@example.com"), SENDER)
    assert rendered.text == "{{ title }} Bcc: all@example.com"
    assert rendered.missing == []


@pytest.mark.parametrize(
    "text", ["{{ first_name", "first_name }}", "{{ {first_name} }}", "{{{{ first_name }}"]
)
def test_braces_that_do_not_close_are_a_problem(text):
    assert problems(text, custom_keys=[])


@pytest.mark.parametrize("text", ["", "no variables", "{ curly }", "{{ first_name | friend }} {{title}}"])
def test_texts_without_a_problem(text):
    assert problems(text, custom_keys=[]) == []


@pytest.mark.django_db
def test_only_custom_fields_that_exist_may_be_named():
    CustomField.objects.create(model="account", key="plant", label="Plant")
    assert problems("{{ custom.plant }}") == []
    assert "custom.boat" in problems("{{ custom.boat }}")[0]


def test_variables_without_a_fallback():
    assert without_fallback("{{ title }} {{ first_name | there }} {{ title | x }}") == ["title"]
    assert names("{{ title }} {{ first_name | there }}") == ["title", "first_name"]


@given(st.text(alphabet="{}|ab_. \nfirst_name", max_size=60))
def test_any_text_renders_or_names_what_is_unknown(text):
    unknown = [name for name in names(text) if not (name in VARIABLES or name.startswith("custom."))]
    if unknown:
        with pytest.raises(UnknownVariables):
            render(text, contact(), SENDER)
    else:
        assert "{{ first_name }}" not in render(text, contact(), SENDER).text
