"""Settings → Custom fields: what an admin makes, changes, orders, archives and deletes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts import custom_indexes, custom_services, custom_work
from apps.accounts.custom_usage import usage
from apps.accounts.models import Account, ChoiceChange, CustomField
from apps.users.models import AuditEntry, User
from tests import factories as make

pytestmark = pytest.mark.django_db
LIST, NEW = "/settings/fields/", "/settings/fields/new/"


@pytest.fixture
def admin() -> User:
    return make.make_user("Nadia Admin", is_admin=True)


@pytest.fixture
def page(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def made(label: str = "Fleet", kind: str = "choice", **fields: Any) -> CustomField:
    field = CustomField(model=fields.pop("model", "account"), label=label, type=kind, **fields)
    return custom_services.add_field(field=field, by=None)


def edit(page: Client, field: CustomField, **given: Any) -> Any:
    field.refresh_from_db()
    data = {
        "label": field.label,
        "type": field.type,
        "choices": "\n".join(field.choices),
        "version": field.version,
    }
    return page.post(f"{LIST}{field.pk}/", {**data, **given})


def test_a_field_is_made_and_is_in_the_form_at_once(page: Client) -> None:
    answer = page.post(f"{NEW}?model=contact", {"label": " Shoe  size ", "type": "number", "help_text": "EU"})
    assert answer["Location"] == f"{LIST}?model=contact"
    field = CustomField.objects.get()
    assert (field.model, field.key, field.label, field.position) == ("contact", "shoe_size", "Shoe size", 1)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.detail["key"]) == ("field added", "Shoe size", "shoe_size")
    contact = make.make_contact()
    assert "Shoe size" in page.get(f"/contacts/{contact.pk}/edit/").content.decode()
    shown = page.get(f"{LIST}?model=contact").content.decode()
    assert "Shoe size" in shown
    assert "being indexed" in shown
    assert page.get(f"{LIST}?model=invoice").status_code == 404


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"label": ""}, "required"),
        ({"label": "x" * 81}, "at most 80"),
        ({"label": "a\x00b"}, "cannot be shown"),
        ({"label": "FLEET"}, "There is a field “FLEET” already"),
        ({"type": "picture"}, "Choose another"),
        ({"type": "choice"}, "at least one choice"),
        ({"type": "choice", "choices": "a\nA"}, "twice"),
        ({"type": "choice", "choices": "a;b"}, "semicolon"),
        ({"type": "choice", "choices": "x" * 81}, "longer than 80"),
        ({"type": "choice", "choices": "\n".join(map(str, range(201)))}, "at most 200"),
        ({"help_text": "x" * 201}, "at most 200"),
    ],
)
def test_what_cannot_be_a_field_is_refused(page: Client, given: dict[str, str], says: str) -> None:
    made("Fleet", "text")
    answer = page.post(NEW, {"label": "New", "type": "text", **given})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert CustomField.objects.count() == 1


@pytest.mark.parametrize("label", ["🎉" * 80, "שלום עולם", "<b>x</b>", "a" * 80, "e\u0301" * 40, "---"])
def test_labels_of_every_kind_get_a_key(page: Client, label: str) -> None:
    assert page.post(NEW, {"label": label, "type": "choice", "choices": f"{label}\nother"}).status_code == 302
    field = CustomField.objects.get()
    assert field.key.isascii()
    assert 0 < len(field.key) <= 60
    assert "<b>x" not in page.get(LIST).content.decode()
    custom_services.archive_field(field=field, by=make.make_user())
    assert made(label, "text").key != field.key


def test_there_is_a_limit(page: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made("Fleet", "text")
    monkeypatch.setattr(custom_services, "MOST_FIELDS", 1)
    answer = page.post(NEW, {"label": "More", "type": "text"})
    assert answer.status_code == 422
    assert "Delete one for good first" in answer.content.decode()


def test_a_new_name_keeps_the_key(page: Client) -> None:
    field = made("Fleet", "number")
    assert edit(page, field, label="Vehicles", is_required="on").status_code == 302
    field.refresh_from_db()
    assert (field.key, field.label, field.is_required, field.version) == ("fleet", "Vehicles", True, 2)
    detail = AuditEntry.objects.filter(action="field changed").latest("id").detail
    assert detail["label"] == ["Fleet", "Vehicles"]


def test_two_admins_at_once(page: Client) -> None:
    field = made("Fleet", "number")
    CustomField.objects.filter(pk=field.pk).update(version=2, label="Theirs")
    answer = page.post(f"{LIST}{field.pk}/", {"label": "Mine", "type": "number", "version": 1})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "Theirs" in html
    assert "Mine" in html
    field.refresh_from_db()
    assert field.label == "Theirs"


def test_a_choice_that_goes_is_asked_about_where_rows_hold_it(page: Client) -> None:
    field = made(choices=["Gold", "Silver", "Tin"])
    gold, silver = (make.make_account(custom={"fleet": choice}) for choice in ("Gold", "Silver"))
    asked = edit(page, field, choices="Platinum\nSilver")
    assert asked.status_code == 422
    html = asked.content.decode()
    assert "What becomes of “Gold”" in html
    assert "What becomes of “Tin”" not in html
    assert '<option value="Platinum" selected>' in html
    assert edit(page, field, choices="Platinum\nSilver", gone_0="Platinum").status_code == 302
    assert list(ChoiceChange.objects.values_list("before", "after")) == [("Gold", "Platinum")]
    assert "rows are being changed" in page.get(LIST).content.decode()
    again = edit(page, field, choices="Platinum\nSilver\nGold")
    assert "Add it again in a minute" in again.content.decode()
    run()
    gold.refresh_from_db()
    silver.refresh_from_db()
    assert (gold.custom, silver.custom) == ({"fleet": "Platinum"}, {"fleet": "Silver"})
    assert edit(page, field, choices="Platinum", gone_1=";").status_code == 302
    run()
    silver.refresh_from_db()
    assert silver.custom == {}


def run() -> None:
    """What a worker does."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
    custom_work.tick()


def test_many_choices_follow_in_batches(page: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custom_work, "BATCH", 2)
    field = made(kind="choices", choices=["a'b", "B", "🎉"])
    held = [["a'b"], ["a'b", "B"], ["B"], ["🎉", "a'b"], ["a'b", "🎉", "B"]]
    rows = [make.make_account(custom={"fleet": value, "x": 1}) for value in held]
    assert edit(page, field, choices="B\n🎉", gone_0="B").status_code == 302
    run()
    assert [Account.objects.get(pk=row.pk).custom["fleet"] for row in rows] == [
        ["B"], ["B"], ["B"], ["🎉", "B"], ["🎉", "B"],
    ]  # fmt: skip
    assert edit(page, field, choices="🎉", gone_0=";").status_code == 302
    run()
    assert [Account.objects.get(pk=row.pk).custom for row in rows] == [
        {"x": 1}, {"x": 1}, {"x": 1}, {"fleet": ["🎉"], "x": 1}, {"fleet": ["🎉"], "x": 1},
    ]  # fmt: skip
    assert ChoiceChange.objects.count() == 2
    ChoiceChange.objects.update(followed_at=timezone.now() - timedelta(minutes=1))
    run()
    assert not ChoiceChange.objects.exists()


def test_a_choice_that_went_may_come_back_once_the_rows_have_followed(page: Client) -> None:
    field = made(choices=["Gold", "Silver"])
    row = make.make_account(custom={"fleet": "Gold"})
    assert edit(page, field, choices="Platinum\nSilver", gone_0="Platinum").status_code == 302
    run()
    assert "rows are being changed" not in page.get(LIST).content.decode()
    assert edit(page, field, choices="Gold\nSilver", gone_0="Gold").status_code == 302
    run()
    row.refresh_from_db()
    assert row.custom == {"fleet": "Gold"}
    assert list(ChoiceChange.objects.values_list("before", "after")) == [("Platinum", "Gold")]


def test_text_becomes_another_type_where_all_of_it_fits(page: Client) -> None:
    field = made("Founded", "text")
    run()
    assert f"custom_f{field.pk}_text_up" in index_names()
    rows = [make.make_account(custom={"founded": text}) for text in ("1902", "2,013")]
    bad = make.make_account(custom={"founded": "long ago"})
    refused = edit(page, field, type="number")
    assert refused.status_code == 422
    assert "1 values do not fit this type" in refused.content.decode()
    bad.delete()
    assert edit(page, field, type="number").status_code == 302
    assert [Account.objects.get(pk=row.pk).custom for row in rows] == [
        {"founded": "1902"},
        {"founded": "2013"},
    ]
    assert edit(page, field, type="date").status_code == 422
    run()
    assert f"custom_f{field.pk}_number_up" in index_names()
    assert f"custom_f{field.pk}_text_up" not in index_names()


def test_text_becomes_choices_of_what_is_there(page: Client) -> None:
    field = made("Segment", "text")
    for text in ("B", "A", "B"):
        make.make_account(custom={"segment": text})
    assert edit(page, field, type="choice").status_code == 302
    field.refresh_from_db()
    assert field.choices == ["A", "B"]


def test_order_by_buttons_and_by_dragging(page: Client) -> None:
    first, second, third = (made(label, "text") for label in "abc")
    other = made("z", "text", model="contact")
    page.post(f"{LIST}{third.pk}/shift/", {"direction": "up"})
    page.post(f"{LIST}{first.pk}/shift/", {"direction": "up"})
    labels = CustomField.objects.filter(model="account").values_list("label", flat=True)
    assert list(labels) == ["a", "c", "b"]
    page.post(
        f"{LIST}order/?model=account", {"order": f"{second.pk},{other.pk},x,99999999999999999999,{first.pk}"}
    )
    assert list(labels.all()) == ["b", "a", "c"]
    assert AuditEntry.objects.filter(action="fields ordered").count() == 1


def test_archive_undo_and_delete_for_good(page: Client) -> None:
    field = made("Fleet", "number")
    row = make.make_account(custom={"fleet": "3", "other": "stays"})
    assert "Only what is in the archive" in told(page, f"{LIST}{field.pk}/delete/")
    told(page, f"{LIST}{field.pk}/archive/")
    assert "Fleet" not in page.get("/accounts/new/").content.decode()
    assert "1 row holds a value" in page.get(LIST).content.decode()
    made("fleet", "text")
    assert "already" in told(page, f"{LIST}{field.pk}/restore/")
    CustomField.objects.exclude(pk=field.pk).delete()
    told(page, f"{LIST}{field.pk}/restore/")
    assert "custom_fleet" in page.get("/accounts/new/").content.decode()
    told(page, f"{LIST}{field.pk}/archive/")
    told(page, f"{LIST}{field.pk}/delete/")
    assert "Fleet" not in page.get(LIST).content.decode()
    assert page.get(f"{LIST}{field.pk}/").status_code == 404
    run()
    row.refresh_from_db()
    assert row.custom == {"other": "stays"}
    assert not CustomField.objects.exists()
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"field archived", "field restored", "field deleted"} <= actions


def told(page: Client, url: str) -> str:
    """The page after a deed, with its toast."""
    return page.post(url, follow=True).content.decode()


def index_names() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("select indexname from pg_indexes where indexname like 'custom!_f%%' escape '!'")
        return {row[0] for row in cursor.fetchall()}


def test_indexes_follow_the_field(page: Client) -> None:
    fields = [made(kind, kind, choices=["x"]) for kind in CustomField.Type.values]
    run()
    number = next(field for field in fields if field.type == "number")
    names = {f"custom_f{number.pk}_number_up", f"custom_f{number.pk}_number_down"}
    assert names <= index_names()
    custom_services.archive_field(field=number, by=make.make_user())
    run()
    assert not names & index_names()
    assert not any(custom_indexes.is_due(field) for field in CustomField.objects.all())
    assert "being indexed" not in page.get(LIST).content.decode()


def test_an_index_that_cannot_be_made_is_said(page: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import DatabaseError

    field = made("Fleet", "number")

    def fail(sql: str) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(custom_indexes, "_run", fail)
    custom_work.tick()
    custom_work.tick()
    assert "slow: not indexed" in page.get(LIST).content.decode()
    edit(page, field)
    field.refresh_from_db()
    assert field.indexed_as == ""


def test_usage_is_counted_in_two_queries(django_assert_num_queries: Any) -> None:
    for value in ("1", "2"):
        make.make_account(custom={"a": value, "b": None})
    make.make_account(custom={"a": ""})
    with django_assert_num_queries(2):
        found = usage("account")
    assert (found["a"].rows, found["b"].rows, found["a"].is_estimate) == (3, 2, False)


def test_the_list_asks_the_same_however_many_fields(page: Client, django_assert_num_queries: Any) -> None:
    made("first", "text")
    page.get(LIST)
    with django_assert_num_queries(6):
        page.get(LIST)
    for number in range(20):
        made(f"f{number}", "text")
    with django_assert_num_queries(6):
        page.get(LIST)


def test_reps_and_managers_have_no_part_in_it(client: Client) -> None:
    client.force_login(make.make_user(team=make.make_team(), role="manager"))
    field = made("Fleet", "text")
    assert client.get(LIST).status_code == 403
    assert client.post(NEW, {"label": "x", "type": "text"}).status_code == 403
    assert client.post(f"{LIST}{field.pk}/archive/").status_code == 403
    assert "/settings/fields/" not in client.get("/settings/profile/").content.decode()
