"""The table of opportunities: what it shows, to whom and at what cost, and what can be done in it."""

import csv
import re
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import CustomField
from apps.pipeline.models import Opening, Opportunity, Pipeline
from apps.pipeline.tables import OpportunityTable
from apps.tables.table import Asked
from apps.users.models import Membership, Team, User
from tests import factories as make
from tests.tables.working import act, back, reasons

pytestmark = pytest.mark.django_db
URL = "/opportunities/"


@pytest.fixture
def team() -> Team:
    return make.make_team("North")


@pytest.fixture
def rep(team: Team) -> User:
    return make.make_user("Rita Rep", team=team)


@pytest.fixture
def manager(team: Team) -> User:
    return make.make_user("Mona Manager", team=team, role=Membership.Role.MANAGER)


@pytest.fixture
def outsider() -> User:
    return make.make_user("Otto", team=make.make_team("South"))


@pytest.fixture
def pipeline() -> Pipeline:
    return make.make_pipeline("Time", "Explore")


@pytest.fixture
def page(client: Client, rep: User) -> Client:
    client.force_login(rep)
    return client


def day(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def deal(name: str, owner: User, pipeline: Pipeline, *, kind: str = "open", **fields: Any) -> Opportunity:
    stage = pipeline.stages.filter(kind=kind)[0]
    if kind != "open":
        fields.setdefault("closed_at", timezone.now())
    return make.make_opportunity(
        make.make_account(f"{name} Inc"), owner=owner, stage=stage, name=name, **fields
    )


def shown(client: Client, query: str = "") -> list[str]:
    response = client.get(URL + query)
    assert response.status_code == 200
    return [row.name for row in response.context["page"].rows]


def meant(user: User, where: str) -> set[str]:
    return {row.name for row in OpportunityTable(user).matching(Asked.of(where=where))}


@pytest.fixture
def five(rep: User, team: Team, pipeline: Pipeline) -> dict[str, Opportunity]:
    """Soon, Late, Bare, Won and Lost; Late is a colleague's."""
    colleague = make.make_user("Carl", team=team)
    rows = [
        deal("Soon", rep, pipeline, next_on=day(3), value=Decimal(5000)),
        deal("Late", colleague, pipeline, next_on=day(-2), value=Decimal(100)),
        deal("Bare", rep, pipeline, origin="captured"),
        deal("Won", rep, pipeline, kind="won", next_on=day(-9)),
        deal("Lost", rep, pipeline, kind="lost", lost_reason="Costs"),
    ]
    return {row.name: row for row in rows}


def test_the_ready_views(page: Client, five: dict[str, Opportunity]) -> None:
    assert shown(page) == ["Late", "Soon", "Bare"]  # the next commitment first, none last
    assert shown(page, "?view=mine") == ["Soon", "Bare"]
    assert shown(page, "?view=stalled") == ["Late", "Bare"]
    assert shown(page, "?view=won") == ["Won"]
    assert shown(page, "?view=lost") == ["Lost"]
    assert shown(page, "?view=all") == ["Lost", "Won", "Bare", "Late", "Soon"]


def test_filters_and_orders(page: Client, rep: User, five: dict[str, Opportunity]) -> None:
    assert shown(page, "?q=soon") == ["Soon"]
    assert shown(page, "?q=bare+inc") == ["Bare"]  # by the account
    assert shown(page, "?q=nothing+such") == []
    assert shown(page, "?view=open&sort=-value") == ["Soon", "Late", "Bare"]
    assert shown(page, "?view=open&sort=stage") == ["Soon", "Late", "Bare"]
    assert meant(rep, "stalled.is.no") == {"Soon", "Won", "Lost"}
    assert meant(rep, "state.is.(won,lost)") == {"Won", "Lost"}
    assert meant(rep, "state.not.open") == {"Won", "Lost"}
    assert meant(rep, "origin.is.captured") == {"Bare"}
    assert meant(rep, "value.over.1000") == {"Soon"}
    assert meant(rep, "next.next.7d") == {"Soon"}
    assert meant(rep, f"stage.is.{five['Soon'].stage_id}") == {"Soon", "Late", "Bare"}
    assert "no state" in page.get(URL + "?where=state.is.mad").content.decode()


def test_every_column_can_be_shown_sorted_by_and_asked_about(
    page: Client, five: dict[str, Opportunity]
) -> None:
    CustomField.objects.create(model="opportunity", key="risk", label="Risk", type="text")
    table = OpportunityTable(User.objects.get(name="Rita Rep"))
    every = ",".join(table.columns)
    assert len(shown(page, f"?view=all&columns={every}")) == 5
    for column in table.columns.values():
        if column.is_sortable:
            assert len(shown(page, f"?view=all&sort={column.key}")) == 5
            assert len(shown(page, f"?view=all&sort=-{column.key}")) == 5
        if column.is_filterable and column.kind != "yes_no":
            both = [meant(table.user, f"{column.key}.{one}") for one in ("empty", "set")]
            assert sum(map(len, both)) == 5, column.key


def test_a_contact_in_the_bin_is_nobodys(page: Client, rep: User, five: dict[str, Opportunity]) -> None:
    row = five["Soon"]
    row.contact = make.make_contact(row.account, last_name="Diaz")
    row.save()
    where = "?where=contact.has.diaz&columns=name,contact"
    assert "Diaz" in page.get(URL + where).content.decode()
    row.contact.deleted_at = timezone.now()
    row.contact.save()
    assert shown(page, where) == []
    assert "Soon" in meant(rep, "contact.empty") & meant(rep, "contact.not.diaz")
    assert "Diaz" not in page.get(URL + "?view=all&columns=name,contact").content.decode()


def test_the_list_that_opened_it(page: Client, rep: User, five: dict[str, Opportunity]) -> None:
    wishes, row = make.make_list("Wishes", owner=rep), five["Soon"]
    Opening.objects.create(
        opportunity=row, account=row.account, list=wishes, rep=rep, value=1, currency="USD", at=timezone.now()
    )
    assert shown(page, f"?list={wishes.pk}") == ["Soon"]
    assert f"/lists/{wishes.pk}/" in page.get(URL + "?columns=name,list").content.decode()


def test_custom_fields_of_the_opportunity_and_of_its_account(
    page: Client, rep: User, pipeline: Pipeline
) -> None:
    for model in ("opportunity", "account"):
        CustomField.objects.create(
            model=model, key="risk", label="Risk", type="choice", choices=["High", "Low"]
        )
    deal("Shaky", rep, pipeline, custom={"risk": "High"})
    firm = deal("Firm", rep, pipeline, custom={"risk": "Low"})
    firm.account.custom = {"risk": "High"}
    firm.account.save()
    assert shown(page, "?where=c_risk.is.High&columns=name,c_risk,a_risk") == ["Shaky"]
    assert shown(page, "?where=a_risk.is.High&columns=name,c_risk,a_risk") == ["Firm"]
    assert shown(page, "?view=all&sort=c_risk") == ["Shaky", "Firm"]


def test_an_outsider_sees_and_changes_nothing(
    client: Client, outsider: User, five: dict[str, Opportunity]
) -> None:
    client.force_login(outsider)
    row = five["Soon"]
    assert shown(client, "?view=all") == []
    assert shown(client, "?q=soon") == []
    assert client.get(f"/tables/opportunities/{row.pk}/value/").status_code == 404
    assert client.post(f"/tables/opportunities/{row.pk}/value/", {"value": "1"}).status_code == 404
    exported = client.post("/tables/opportunities/bulk/", {"action": "export", "selected": [row.pk]})
    assert exported.status_code == 302
    job = act(outsider, "opportunities", "next", [row], next_on=day(5).isoformat())
    assert (job.done, job.refused) == (0, 0)


def test_it_hides_with_its_account(page: Client, five: dict[str, Opportunity]) -> None:
    account = five["Soon"].account
    account.deleted_at = timezone.now()
    account.save()
    assert shown(page) == ["Late", "Bare"]
    assert shown(page, "?q=soon") == []


def test_it_costs_the_same_for_any_number_of_rows(page: Client, rep: User, pipeline: Pipeline) -> None:
    CustomField.objects.create(model="opportunity", key="risk", label="Risk", type="text")
    every = "?columns=" + ",".join(OpportunityTable(rep).columns)

    def queries(query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert page.get(URL + query).status_code == 200
        return len(captured)

    for number in range(3):
        deal(f"Deal {number}", rep, pipeline, next_on=day(number), contact=make.make_contact())
    page.get(URL)
    few = {query: queries(query) for query in ("", "?q=deal", every)}
    for number in range(30):
        deal(f"Deal {number}", rep, pipeline, next_on=day(number), contact=make.make_contact())
    assert {query: queries(query) for query in few} == few
    assert few[""] <= 12
    assert few["?q=deal"] <= 12


def test_a_file_of_the_rows(page: Client, five: dict[str, Opportunity]) -> None:
    given = {"action": "export", "all": "1", "where": "state.is.open", "sort": "next"}
    response: Any = page.post(
        "/tables/opportunities/bulk/",
        given | {"columns": "name,account,state,value,currency,next,stalled,owner"},
    )
    rows = list(csv.reader(StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert rows[0][:3] == ["Opportunity", "Account", "State"]
    assert rows[1][:3] == ["Late", "Late Inc", "open"]
    assert rows[2][3:] == ["5000.00", "USD", day(3).isoformat(), "no", "Rita Rep"]
    assert [row[0] for row in rows[1:]] == ["Late", "Soon", "Bare"]


@pytest.mark.parametrize(
    ("key", "field", "typed", "held"),
    [
        ("name", "name", "Sooner", "Sooner"),
        ("value", "value", "7500", Decimal(7500)),
        ("next", "next_on", "2030-01-31", date(2030, 1, 31)),
    ],
)
def test_a_cell_is_edited_and_taken_back(
    page: Client, five: dict[str, Opportunity], key: str, field: str, typed: str, held: Any
) -> None:
    row = five["Soon"]
    before = getattr(row, field)
    response = page.post(
        f"/tables/opportunities/{row.pk}/{key}/", {field: typed}, headers={"hx-request": "true"}
    )
    assert response.status_code == 200
    row.refresh_from_db()
    assert (getattr(row, field), row.version) == (held, 2)
    undo = re.search(r'action="(/tables/cells/[^"]+/undo/)"', response.content.decode())
    assert undo is not None
    page.post(undo.group(1))
    row.refresh_from_db()
    assert getattr(row, field) == before


def test_a_cell_refuses_what_the_form_refuses(page: Client, rep: User, five: dict[str, Opportunity]) -> None:
    row = five["Soon"]
    CustomField.objects.create(model="opportunity", key="seats", label="Seats", type="number")
    stranger = make.make_contact(make.make_account("Elsewhere"))
    for key, name, typed in (
        ("name", "name", ""),
        ("value", "value", "-1"),
        ("next", "next_on", "soon"),
        ("owner", "owner", str(five["Late"].owner_id)),  # a rep gives work to nobody else
        ("contact", "contact", str(stranger.pk)),
        ("c_seats", "custom_seats", "many"),
    ):
        response = page.post(f"/tables/opportunities/{row.pk}/{key}/", {name: typed})
        assert response.status_code == 422, key
        assert 'aria-invalid="true"' in response.content.decode()
    row.refresh_from_db()
    assert row.version == 1
    page.post(f"/tables/opportunities/{row.pk}/c_seats/", {"custom_seats": "12"})
    row.refresh_from_db()
    assert row.custom == {"seats": "12"}
    assert page.get(f"/tables/opportunities/{row.pk}/stage/").status_code == 404  # that needs evidence
    assert page.get(f"/tables/opportunities/{five['Late'].pk}/value/").status_code == 404  # a colleague's


def test_many_are_assigned_and_taken_back(rep: User, manager: User, five: dict[str, Opportunity]) -> None:
    carl = five["Late"].owner
    job = act(manager, "opportunities", "assign", five.values(), owner=carl.pk)
    assert (job.done, job.refused) == (4, 1)
    assert reasons(job) == {"Carl owns it already."}
    assert set(Opportunity.objects.values_list("owner", flat=True)) == {carl.pk}
    five["Soon"].refresh_from_db()
    assert five["Soon"].version == 2  # whoever has its form open learns of it
    Opportunity.objects.filter(name="Bare").update(owner=manager)  # somebody changes one since
    taken = back(job)
    assert (taken.undone, taken.kept) == (3, 1)
    assert Opportunity.objects.get(name="Soon").owner == rep
    assert Opportunity.objects.get(name="Bare").owner == manager


def test_nobody_who_left_gets_work_back(rep: User, manager: User, five: dict[str, Opportunity]) -> None:
    job = act(manager, "opportunities", "assign", [five["Soon"]], owner=manager.pk)
    rep.is_active = False
    rep.save()
    assert back(job).kept == 1
    assert Opportunity.objects.get(name="Soon").owner == manager


def test_a_rep_is_not_offered_to_assign(page: Client, rep: User, five: dict[str, Opportunity]) -> None:
    assert [one.key for one in OpportunityTable(rep).offered()] == ["next", "export"]
    given = {"action": "assign", "selected": [five["Soon"].pk], "owner": rep.pk, "step": "start"}
    assert page.post("/tables/opportunities/bulk/", given).status_code in (302, 404)
    assert Opportunity.objects.get(name="Soon").version == 1


def test_the_next_day_of_many_is_set_and_taken_back(manager: User, five: dict[str, Opportunity]) -> None:
    when = day(20)
    job = act(manager, "opportunities", "next", five.values(), next_on=when.isoformat())
    assert (job.done, job.refused) == (3, 2)
    assert reasons(job) == {"It is closed."}
    assert meant(manager, "stalled.is.yes") == set()
    back(job)
    assert Opportunity.objects.get(name="Soon").next_on == day(3)
    assert Opportunity.objects.get(name="Bare").next_on is None


def test_board_and_table_lead_to_each_other(page: Client) -> None:
    assert f'href="{URL}"' in page.get(reverse("pipeline:board")).content.decode()
    assert f'href="{reverse("pipeline:board")}"' in page.get(URL).content.decode()
