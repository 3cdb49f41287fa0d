"""Custom fields in the forms, filters and orders of each model."""

import re
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client

from apps.accounts import custom, custom_columns, custom_indexes
from apps.accounts.models import Account, CustomField
from apps.tables import cells
from apps.tables.conditions import as_q
from apps.tables.table import TABLES, Asked
from apps.tables.where import WhereError, parse
from apps.users.models import Team, User
from tests import factories as make

pytestmark = pytest.mark.django_db
Type = CustomField.Type
CHOICES = ["Gold", "Silver, old", "<b>", "🎉", "שלום"]


def make_field(kind: str = "text", model: str = "account", **fields: Any) -> CustomField:
    fields.setdefault("label", f"The {kind}")
    fields.setdefault("key", kind)
    if kind in ("choice", "choices"):
        fields.setdefault("choices", CHOICES)
    return CustomField.objects.create(model=model, type=kind, **fields)


@pytest.fixture
def team() -> Team:
    return make.make_team()


@pytest.fixture
def rep(team: Team) -> User:
    return make.make_user(team=team)


@pytest.fixture
def page(client: Client, rep: User) -> Client:
    client.force_login(rep)
    return client


def rows_of(model: str, team: Team, rep: User) -> Any:
    """A row of each model, and the address of its form."""
    account = make.make_account(team=team)
    if model == "account":
        return account, f"/accounts/{account.pk}/edit/", {"name": account.name}
    if model == "contact":
        contact = make.make_contact(account)
        return contact, f"/contacts/{contact.pk}/edit/", {"last_name": "Diaz"}
    dream_client = make.make_dream_client(account=account, owner=rep)
    if model == "dream_client":
        return dream_client, f"/dream-clients/{dream_client.pk}/edit/", {"tier": "A"}
    opportunity = make.make_opportunity(account=account, owner=rep)
    given = {"name": "It", "owner": rep.pk, "origin": "created"}
    return opportunity, f"/opportunities/{opportunity.pk}/edit/", given


POSTED: dict[str, tuple[Any, Any, Any]] = {
    # kind: what is typed, what is stored, what is refused
    "text": ("<script>alert(1)</script>", "<script>alert(1)</script>", "x" * 2001),
    "number": ("1,250.50", "1250.5", "many"),
    "money": ("$ 12 500", "12500", "12 €"),
    "date": ("2026-03-31", "2026-03-31", "soon"),
    "choice": ("<b>", "<b>", "Bronze"),
    "choices": (["🎉", "Gold"], ["Gold", "🎉"], ["Bronze"]),
    "yes_no": ("no", False, "perhaps"),
    "url": ("example.com", "https://example.com", "javascript:alert(1)"),
    "user": ("me", None, "999999"),
}


@pytest.mark.parametrize("model", CustomField.Model.values)
def test_every_type_is_in_the_form_of_every_model(page: Client, team: Team, rep: User, model: str) -> None:
    for kind in Type.values:
        make_field(kind, model)
    row, url, given = rows_of(model, team, rep)
    row.custom = {"unknown": "stays"}
    row.save()
    typed = {f"custom_{kind}": rep.pk if kind == "user" else good for kind, (good, _, _) in POSTED.items()}
    shown = page.get(url)
    assert shown.status_code == 200
    assert shown.content.decode().count('name="custom_') >= len(Type.values)
    answer = page.post(url, {**given, **typed, "version": row.version})
    assert answer.status_code in (200, 302)
    row.refresh_from_db()
    stored = {kind: rep.pk if kind == "user" else held for kind, (_, held, _) in POSTED.items()}
    assert row.custom == {"unknown": "stays", **stored}
    bad = {f"custom_{kind}": wrong for kind, (_, _, wrong) in POSTED.items()}
    refused = page.post(url, {**given, **bad, "version": row.version})
    assert refused.status_code == 422
    html = refused.content.decode()
    assert html.count('class="field-errors"') == len(Type.values)
    assert "<script>alert" not in html
    again = page.get(url).content.decode()
    assert "<script>alert" not in again
    nothing = dict.fromkeys(
        typed.keys() - {"custom_choices"}, ""
    )  # a browser sends no box that is not ticked
    assert page.post(url, {**given, **nothing, "version": row.version}).status_code in (200, 302)
    row.refresh_from_db()
    assert row.custom == {"unknown": "stays"}


def test_create_forms_have_them_and_required_is_asked_for(page: Client, team: Team, rep: User) -> None:
    for model in CustomField.Model.values:
        make_field("number", model, is_required=True, help_text="<i>Own</i> and leased")
    account = make.make_account(team=team)
    forms = {
        "/accounts/new/": {"name": "Neu"},
        f"/accounts/{account.pk}/contacts/new/": {"last_name": "Diaz"},
        f"/accounts/{account.pk}/opportunities/new/": {"name": "It", "origin": "created"},
    }
    for url, given in forms.items():
        assert "&lt;i&gt;Own" in page.get(url).content.decode(), url
        missing = page.post(url, given)
        assert missing.status_code == 422, url
        assert page.post(url, {**given, "custom_number": "7"}).status_code == 302, url
    assert Account.objects.get(name="Neu").custom == {"number": "7"}
    assert account.contacts.get().custom == {"number": "7"}
    assert account.opportunities.get().custom == {"number": "7"}


def test_two_at_once_see_both_values(page: Client, team: Team) -> None:
    make_field("number")
    make_field("choices")
    account = make.make_account(team=team, custom={"number": "1", "choices": ["Gold"]})
    given = {"name": account.name, "custom_number": "2", "custom_choices": ["🎉"], "version": 1}
    Account.objects.filter(pk=account.pk).update(version=2, custom={"number": "3", "choices": ["<b>"]})
    conflict = page.post(f"/accounts/{account.pk}/edit/", given)
    assert conflict.status_code == 422
    differences = conflict.context["form"].conflict
    assert ("The number", "3", "2") in differences
    assert ("The choices", "<b>", "🎉") in differences
    account.refresh_from_db()
    assert account.custom["number"] == "3"


def test_what_no_longer_fits_stays_until_it_is_replaced(page: Client, team: Team) -> None:
    gone = make.make_user("Left", is_active=False)
    held = {
        "date": "soon",
        "number": "many",
        "choice": "Bronze",
        "choices": ["Bronze", "Gold"],
        "user": gone.pk,
    }
    for kind in held:
        make_field(kind, is_required=True)
    account = make.make_account(team=team, custom=held)
    url = f"/accounts/{account.pk}/edit/"
    html = page.get(url).content.decode()
    assert "It holds “soon” now" in html
    assert "Bronze (no choice any more)" in html
    given = {
        "name": "New",
        "custom_choice": "Bronze",
        "custom_choices": ["Bronze", "Gold"],
        "custom_user": gone.pk,
    }
    assert page.post(url, {**given, "version": 1}).status_code == 302
    account.refresh_from_db()
    assert (account.name, account.custom) == ("New", held)


def test_archived_fields_are_in_no_form_and_keep_their_values(page: Client, team: Team) -> None:
    make_field("number", archived_at=make.A_TUESDAY)
    account = make.make_account(team=team, custom={"number": "1"})
    url = f"/accounts/{account.pk}/edit/"
    assert "custom_number" not in page.get(url).content.decode()
    page.post(url, {"name": "New", "custom_number": "2", "version": 1})
    account.refresh_from_db()
    assert account.custom == {"number": "1"}


def test_forms_ask_once_however_many_fields(
    page: Client, team: Team, django_assert_max_num_queries: Any
) -> None:
    url = f"/accounts/{make.make_account(team=team).pk}/edit/"
    for number in range(30):
        make_field("user" if number % 2 else "choice", key=f"f{number}", choices=["a"])
    with django_assert_max_num_queries(11):
        page.get(url)


# --- sorting and filtering --------------------------------------------------------------------------

VALUES: dict[str, list[Any]] = {
    "text": ["apple", "Banana", "cherry 🎉"],
    "number": ["-2.5", "9", "10"],
    "money": ["-2.50", "9", "1000000"],
    "date": ["1999-12-31", "2026-03-10", "2026-03-31"],
    "url": ["https://a.example", "https://b.example", "https://c.example/x"],
    "choice": ["<b>", "Gold", "Silver, old"],
    "yes_no": [False, True, True],
}
LEGACY = ["abc", "", 12, 1.5, None, [], {"a": 1}, "2026-02-31", "9" * 400, "\ud83c"[:0] + "🎉" * 300]


def test_a_day_may_be_older_than_anybody() -> None:
    field = make_field("date", key="founded")
    old = make.make_account(custom={"founded": custom.clean_value(field, "1698-05-01")})
    make.make_account(custom={"founded": custom.clean_value(field, "1999-05-01")})
    assert custom.form_field(field).clean("1698-05-01") == "1698-05-01"
    table = TABLES["accounts"](make.make_user(is_admin=True))
    for where in ("c_founded.is.1698-05-01", "c_founded.before.1900-01-01", "c_founded.before.1750-01-01"):
        assert [row.pk for row in table.matching(Asked.of(where=where))] == [old.pk]
    with pytest.raises(WhereError):
        table.matching(Asked.of(where="c_founded.is.0999-05-01"))
    with pytest.raises(WhereError):
        table.matching(Asked.of(where="created.before.1899-01-01"))


@pytest.mark.parametrize("kind", VALUES)
def test_order_is_that_of_the_type_and_no_legacy_value_breaks_it(kind: str) -> None:
    field = make_field(kind)
    held = [make.make_account(custom={kind: value}) for value in VALUES[kind]]
    for value in LEGACY:
        make.make_account(custom={kind: value})
    make.make_account()
    (column,) = custom.columns("account")
    rows = Account.objects.annotate(**{column.path: column.expression}).order_by(
        F(column.path).asc(nulls_last=True), "pk"
    )
    order = [row.pk for row in rows if row in held]
    assert order == [row.pk for row in held]
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
    custom_indexes.build(field)  # over every legacy value, too
    assert list(rows)


def found(where: str, rep: User) -> set[str]:
    columns = {column.key: column for column in custom.columns("account")}
    rows = Account.objects.alias(**{one.path: one.expression for one in columns.values() if one.expression})
    return set(rows.filter(as_q(parse(where), columns, rep)).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("kind", "where", "names"),
    [
        ("text", "is.BANANA", "b"),
        ("text", "not.banana", "ac-"),
        ("text", "has.an", "b"),
        ("text", "begins.CHERRY", "c"),
        ("text", 'has."%"', ""),
        ("text", "empty", "-"),
        ("text", "set", "abc"),
        ("number", "over.-2.5", "bc"),
        ("number", "under.10", "ab"),
        ("number", "is.9.0", "b"),
        ("number", "not.9", "ac-"),
        ("number", "set", "abc"),
        ("money", "over.999999", "c"),
        ("date", "after.2026-03-10", "c"),
        ("date", "before.2000-01-01", "a"),
        ("date", "is.2026-03-10", "b"),
        ("url", 'has."C.EXAMPLE"', "c"),
        ("choice", "is.<b>", "a"),
        ("choice", 'is.(Gold,"Silver, old")', "bc"),
        ("choice", "not.Gold", "ac-"),
        ("yes_no", "is.yes", "bc"),
        ("yes_no", "is.no", "a"),
    ],
)
def test_filters_are_typed(rep: User, kind: str, where: str, names: str) -> None:
    make_field(kind)
    for name, value in zip("abc", VALUES[kind], strict=True):
        make.make_account(name, custom={kind: value})
    make.make_account("-")
    assert found(f"c_{kind}.{where}", rep) == set(names)


def test_filters_on_many_choices_and_people(rep: User) -> None:
    make_field("choices")
    make_field("user")
    make.make_account("a", custom={"choices": ["Gold", "🎉"], "user": rep.pk})
    make.make_account("b", custom={"choices": ["Gold"]})
    make.make_account("-")
    assert found("c_choices.has.Gold", rep) == {"a", "b"}
    assert found("c_choices.all.(Gold,🎉)", rep) == {"a"}
    assert found("c_choices.lacks.🎉", rep) == {"b", "-"}
    assert found("c_user.is.me", rep) == {"a"}
    assert found(f"c_user.not.{rep.pk}", rep) == {"b", "-"}
    assert found("c_user.empty", rep) == {"b", "-"}


@pytest.mark.parametrize(
    "where",
    [
        "c_number.over.many", "c_number.over.1e400", "c_date.is.2026-02-31", "c_choice.is.Bronze", "c_user.is.abc",
        "c_user.is.99999999999999999999", "c_yes_no.is.perhaps", "c_gone.is.1", "c_choices.has.x", "c_text.over.3",
        'c_text.is."a\x00b"',
    ],
)  # fmt: skip
def test_a_filter_without_sense_says_so(rep: User, where: str) -> None:
    for kind in Type.values:
        make_field(kind)
    with pytest.raises(WhereError):
        found(where, rep)


def test_columns_cost_one_query_and_people_one_more(rep: User, django_assert_num_queries: Any) -> None:
    for number in range(20):
        make_field("user", key=f"f{number}")
    account = make.make_account(custom={f"f{number}": rep.pk for number in range(20)})
    with django_assert_num_queries(2), custom.remembered():
        cells = [column.show(account, rep) for column in custom.columns("account") if column.show]
    assert all("Ann Berg" in cell for cell in cells)


def test_cells_are_inert_and_exports_are_texts(rep: User) -> None:
    for kind in Type.values:
        make_field(kind)
    bad = "<script>alert(1)</script>"
    account = make.make_account(custom=dict.fromkeys(Type.values, bad))
    for column in custom.columns("account"):
        assert column.show is not None
        assert "<script>" not in column.show(account, rep)
        assert isinstance(column.value_of(account), str | None)
    empty = make.make_account()
    assert not any(column.value_of(empty) for column in custom.columns("account"))


def test_a_keys_letters_are_those_of_a_slug() -> None:
    with pytest.raises(ValueError):
        custom_columns.sorted_sql("text", "a' or 1=1 --", custom="custom")


def test_each_filter_of_a_value_is_one_that_the_gin_index_answers(rep: User) -> None:
    for kind in ("choice", "choices", "yes_no", "user"):
        make_field(kind)
    columns = {column.key: column for column in custom.columns("account")}
    for where in ("c_choice.is.Gold", "c_choices.all.(Gold,🎉)", "c_yes_no.is.no", "c_user.is.me"):
        sql = str(Account.objects.filter(as_q(parse(where), columns, rep)).query)
        assert '"custom" @> ' in sql
    with connection.cursor() as cursor:
        cursor.execute(
            "select indexdef from pg_indexes where indexname in ('account_custom', 'opportunity_custom')"
        )
        assert all("jsonb_path_ops" in row[0] for row in cursor.fetchall())


def test_the_table_shows_sorts_and_filters_by_them(
    page: Client, rep: User, django_assert_max_num_queries: Any
) -> None:
    for kind in Type.values:
        make_field(kind)
    for number in range(60):
        held = {"number": str(number), "user": rep.pk, "choices": ["Gold", "🎉"], "date": "2026-03-31"}
        make.make_account(f"Nr {number}", custom={**held, "money": "1000", "yes_no": True, "text": "<i>"})
    columns = "name,c_number,c_money,c_date,c_user,c_choices,c_yes_no,c_text,c_url,c_choice"
    with django_assert_max_num_queries(12):
        first = page.get(
            f"/accounts/?columns={columns}&where=c_number.over.4&sort=-c_number"
        ).content.decode()
    assert first.index("Nr 59") < first.index("Nr 58") < first.index("Nr 10")
    assert "Nr 5<" not in first
    assert "<i>" not in first.partition("<tbody")[2].partition("</tbody")[0]
    cursor = re.search(r'href="[^"]*?(cursor=[^"&]+)', first)
    assert cursor
    second = page.get(f"/accounts/?columns={columns}&where=c_number.over.4&sort=-c_number&{cursor[1]}")
    assert "Nr 5<" in second.content.decode() or "Nr 5\n" in second.content.decode()


def test_a_filter_on_a_field_that_was_archived_says_so(page: Client) -> None:
    make_field("number", archived_at=make.A_TUESDAY)
    make.make_account("Nr 1", custom={"number": "1"})
    answer = page.get("/accounts/?columns=name,c_number&where=c_number.over.0&sort=-c_number")
    assert answer.status_code == 200
    assert "There is no field" in answer.content.decode()


def test_an_export_is_read_again_as_it_was(rep: User) -> None:
    stored = {kind: rep.pk if kind == "user" else held for kind, (_, held, _) in POSTED.items()}
    account = make.make_account(custom=stored)
    for kind in Type.values:
        field = make_field(kind)
        column = next(one for one in custom.columns("account") if one.key == f"c_{kind}")
        assert custom.clean_value(field, cells.text(column, account, rep)) == stored[kind]
        assert cells.text(column, make.make_account(), rep) == ""
