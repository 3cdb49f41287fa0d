"""Columns of a file that become custom fields."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import custom_services
from apps.accounts.models import Account, Contact, CustomField
from apps.dreamclients.models import DreamClient
from apps.imports import services
from apps.imports.custom import guess_column
from apps.imports.models import Import, ImportProblem
from apps.users.models import User
from tests import factories as make
from tests.imports.test_runner import counts, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep() -> User:
    return make.make_user("Rita Rep", team=make.make_team("North"))


@pytest.fixture
def admin() -> User:
    return make.make_user("Nadia Admin", is_admin=True)


def add(label: str, kind: str, model: str = "account", **fields: Any) -> CustomField:
    field = CustomField(model=model, label=label, type=kind, **fields)
    return custom_services.add_field(field=field, by=None)


TYPED = (
    "Company,Email,Fleet,Spend,Renewal,Segment,Topics,Public,Site map,Referrer,Shoe size,Quota\n"
    'Acme,a@acme.example,"1,250",$ 900,31.12.2026,gold,"Cost; Drivers",yes,acme.example/map,rita rep,42,7.50\n'
)


def test_values_go_into_typed_fields_of_account_contact_and_dream_client(rep: User) -> None:
    for label, kind in (("Fleet", "number"), ("Spend", "money"), ("Renewal", "date"), ("Site map", "url")):
        add(label, kind)
    add("Segment", "choice", choices=["Gold", "Silver"])
    add("Topics", "choices", choices=["Drivers", "Cost"])
    add("Public", "yes_no")
    add("Referrer", "user")
    add("Shoe size", "number", "contact")
    add("Quota", "money", "dream_client")
    done = run(TYPED, rep, list_name="Wishes")
    assert (counts(done), CustomField.objects.count()) == ((1, 0, 0, 0), 10)
    assert Account.objects.get().custom == {
        "fleet": "1250", "spend": "900", "renewal": "2026-12-31", "segment": "Gold", "topics": ["Drivers", "Cost"],
        "public": True, "site_map": "https://acme.example/map", "referrer": rep.pk,
    }  # fmt: skip
    assert Contact.objects.get().custom == {"shoe_size": "42"}
    assert DreamClient.objects.get().custom == {"quota": "7.5"}
    again = run(TYPED.replace('"1,250"', ""), rep)
    assert counts(again) == (0, 0, 1, 0)
    changed = run(TYPED.replace(",42,", ",43,"), rep)
    assert counts(changed) == (0, 1, 0, 0)
    assert Contact.objects.get().custom == {"shoe_size": "43"}


def test_what_does_not_fit_fails_its_row_and_the_preview_says_so(client: Client, rep: User) -> None:
    add("Fleet", "number")
    text = "Company,Fleet\nAcme,many\nBeta,12\n=Gamma,'-3\n"
    draft = services.upload(content=text.encode(), file_name="x.csv", by=rep)
    client.force_login(rep)
    html = client.get(reverse("imports:mapping", args=[draft.pk])).content.decode()
    assert "Fleet: “many” is no number" in html
    assert "Fleet (number)" in html
    assert "New: Fleet" not in html
    done = run(text, rep)
    assert counts(done) == (2, 0, 0, 1)
    assert ImportProblem.objects.get(of=done).reason.startswith("Fleet: “many” is no number")
    assert {account.custom["fleet"] for account in Account.objects.all()} == {"12", "-3"}


def test_a_renamed_field_is_found_by_its_label_and_keeps_its_key(rep: User) -> None:
    field = add("Fleet", "number")
    CustomField.objects.filter(pk=field.pk).update(label="Vehicles")
    run("Company,vehicles\nAcme,5\n", rep)
    assert Account.objects.get().custom == {"fleet": "5"}
    assert CustomField.objects.count() == 1


def test_an_archived_field_gets_nothing(rep: User) -> None:
    field = add("Fleet", "number")
    custom_services.archive_field(field=field, by=rep)
    run("Company,Fleet\nAcme,many\n", rep)
    assert Account.objects.get().custom == {"fleet_2": "many"}


FILE = "Company,Website,Founded,Joined,Code,Segment,Listed,Home\n" + "".join(
    f"C{n},c{n}.example,{1900 + n},2026-03-{n + 1:02},0{n},{'Gold' if n % 2 else 'Silver'},{'yes' if n % 3 else 'no'},https://c{n}.example/home\n"
    for n in range(20)
)


def test_an_admins_new_fields_get_the_type_of_all_their_values(admin: User) -> None:
    run(FILE, admin)
    types = dict(CustomField.objects.values_list("key", "type"))
    assert types == {
        "founded": "number", "joined": "date", "code": "text", "segment": "choice", "listed": "yes_no", "home": "url",
    }  # fmt: skip
    assert CustomField.objects.get(key="segment").choices == ["Gold", "Silver"]
    assert Account.objects.get(name="C1").custom["listed"] is True


def test_a_reps_new_fields_are_texts(rep: User) -> None:
    run(FILE, rep)
    assert set(CustomField.objects.values_list("type", flat=True)) == {"text"}
    assert Account.objects.get(name="C1").custom["founded"] == "1901"


def test_one_value_in_the_last_row_decides_against_a_type(admin: User) -> None:
    text = "Company,Founded\n" + "".join(f"C{n},{1900 + n}\n" for n in range(400)) + "Last,1902 (1888)\n"
    assert counts(run(text, admin)) == (401, 0, 0, 0)
    assert CustomField.objects.get().type == "text"


def test_too_many_fields_are_refused_before_anything_is_made(
    client: Client, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custom_services, "MOST_FIELDS", 1)
    draft = services.upload(content=b"Company,A,B\nAcme,1,2\n", file_name="x.csv", by=admin)
    client.force_login(admin)
    chosen = {f"c{index}": field for index, field in draft.mapping.items()}
    answer = client.post(reverse("imports:mapping", args=[draft.pk]), chosen | {"start": "1"})
    assert answer.status_code == 422
    assert "Leave some columns out" in answer.content.decode()
    assert not CustomField.objects.exists()
    draft.refresh_from_db()
    assert draft.state == Import.State.MAPPING


@pytest.mark.parametrize(
    ("values", "rows", "kind"),
    [
        (["1", "2,5", "-3"], 3, "number"),
        (["0", "1"], 90, "number"),
        (["01", "2"], 9, "text"),
        (["yes", "No"], 9, "yes_no"),
        (["2026-01-01", "31.12.2025"], 2, "date"),
        (["a", "b", "c"], 12, "choice"),
        (["a", "b", "c"], 11, "text"),
        (["a", "A"], 99, "text"),
        (["a;b", "c"], 99, "text"),
        (["https://a.example", "http://b.example/x"], 2, "url"),
        (["", "\x00", "🎉" * 300], 3, "text"),
        ([], 0, "text"),
    ],
)
def test_types_are_guessed(values: list[str], rows: int, kind: str) -> None:
    assert guess_column(values, rows).type == kind
