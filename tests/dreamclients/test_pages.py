"""The tables and forms of dream clients: what they show, to whom, and at what cost."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.activities.models import Activity
from apps.dreamclients.models import DreamClient, DreamClientList
from apps.users.models import Membership, Organisation, Team, User
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make.make_team("North")


@pytest.fixture
def rep(team: Team) -> User:
    return make.make_user("Rita Rep", team=team)


@pytest.fixture
def outsider() -> User:
    return make.make_user("Otto", team=make.make_team("South"))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def fill(rep: User, number: int, dream_list: DreamClientList) -> None:
    for index in range(number):
        account = make.make_account(f"Company {index:03}", team=dream_list.team)
        make.make_dream_client(account, owner=rep, dream_client_list=dream_list, why_change="Costs")


@pytest.mark.parametrize("where", ["list", "all", "lists"])
def test_a_table_costs_the_same_for_any_number_of_rows(rep: User, where: str) -> None:
    dream_list = make.make_list(owner=rep)
    url = reverse(f"dreamclients:{where}", args=[dream_list.pk] if where == "list" else [])
    client = signed_in(rep)
    fill(rep, 3, dream_list)
    client.get(url)
    few = queries(client, url)
    fill_more = make.make_list(owner=rep)
    fill(rep, 27, dream_list)
    fill(rep, 3, fill_more)
    assert queries(client, url) == few
    assert few <= 12


def test_a_list_shows_its_dream_clients_and_to_nobody_else(rep: User, outsider: User) -> None:
    dream_list = make.make_list("Wishes", owner=rep)
    make.make_dream_client(
        make.make_account("Zoetis"),
        owner=rep,
        dream_client_list=dream_list,
        why_change="Vaccines <b>spoil</b>",
    )
    url = reverse("dreamclients:list", args=[dream_list.pk])
    page = signed_in(rep).get(url).content.decode()
    assert "Zoetis" in page
    assert "Vaccines &lt;b&gt;spoil" in page
    assert signed_in(outsider).get(url).status_code == 404


def shown(client: Client, query: str) -> list[str]:
    response = client.get(reverse("dreamclients:all") + query)
    assert response.status_code == 200
    return [row.account.name for row in response.context["page"].rows]


def test_filters_and_orders(rep: User, team: Team) -> None:
    now = timezone.now()
    colleague = make.make_user("Carl", team=team)
    dream_list = make.make_list(owner=rep)

    def row(name: str, **fields: Any) -> DreamClient:
        return make.make_dream_client(make.make_account(name), dream_client_list=dream_list, **fields)

    row("Alpha Motors", owner=rep, tier="B", rung="met", last_touch_at=now, next_touch_at=now)
    row("Beta", owner=rep, tier="A", last_touch_at=now - timedelta(days=40), cold_at=now - timedelta(days=1))
    row("Gamma", owner=colleague, tier="C")
    row("Delta", tier="A")
    make.make_dream_client(make.make_account("Elsewhere"))  # another team's
    client = signed_in(rep)

    assert shown(client, "") == ["Beta", "Alpha Motors"]
    assert shown(client, "?view=team") == ["Beta", "Delta", "Alpha Motors", "Gamma"]
    assert shown(client, "?view=team&sort=-tier") == ["Gamma", "Alpha Motors", "Delta", "Beta"]
    assert shown(client, "?view=nobody") == ["Delta"]
    assert shown(client, "?view=cold") == ["Beta"]
    assert shown(client, "?cold=1") == ["Beta"]
    assert shown(client, f"?owner={colleague.pk}") == ["Gamma"]
    assert shown(client, "?owner=nobody") == ["Delta"]
    assert shown(client, "?rung=met") == ["Alpha Motors"]
    assert shown(client, "?view=team&q=mot") == ["Alpha Motors"]
    assert shown(client, "?view=team&q=alpha+m") == ["Alpha Motors"]
    assert shown(client, "?view=team&tier=A&q=b") == ["Beta"]
    assert shown(client, "?view=team&sort=name") == ["Alpha Motors", "Beta", "Delta", "Gamma"]
    assert shown(client, "?view=team&sort=last")[0] == "Beta"
    assert shown(client, "?view=team&sort=next")[0] == "Alpha Motors"


@pytest.mark.parametrize(
    "query",
    ["?q=%00", "?tier=Z&rung=x&owner=y&list=-1&team=9999999999999999999999", "?cursor=%00", "?cursor=WyJuIiwgIlx1MDAwMCIsIDFd",
     "?cursor=WyJuIiwgIkEiLCA5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OV0", "?q=" + "x" * 5000, "?q=%27%26%7C%21%3A*", "?sort=password"],
)  # fmt: skip
def test_a_query_that_makes_no_sense_is_answered(rep: User, query: str) -> None:
    make.make_dream_client(owner=rep)
    client = signed_in(rep)
    for name in (
        "dreamclients:all",
        "accounts:list",
        "accounts:contacts",
        "search:results",
        "dreamclients:lists",
    ):
        assert client.get(reverse(name) + query).status_code == 200


def test_pages_follow_each_other(rep: User) -> None:
    dream_list = make.make_list(owner=rep)
    fill(rep, 60, dream_list)
    client, url = signed_in(rep), reverse("dreamclients:list", args=[dream_list.pk])
    first = client.get(url + "?sort=name").context["page"]
    second = client.get(url, {"sort": "name", "cursor": first.next}).context["page"]
    names = [row.account.name for row in [*first.rows, *second.rows]]
    assert names == sorted(names)
    assert len(set(names)) == 60


def test_htmx_gets_the_rows_alone(rep: User) -> None:
    make.make_dream_client(make.make_account("Zoetis"), owner=rep)
    client = signed_in(rep)
    headers = {"HX-Request": "true", "HX-Target": "div#rows"}
    answer = client.get(reverse("dreamclients:all"), headers=headers).content.decode()
    assert "Zoetis" in answer
    assert "<html" not in answer


class TestBulk:
    def test_assigning_changes_what_one_may_change(self, rep: User, team: Team) -> None:
        manager = make.make_user("Mona", team=team, role=Membership.Role.MANAGER)
        mine = [make.make_dream_client(owner=rep) for _ in range(2)]
        theirs = make.make_dream_client()
        data = {"action": "assign", "owner": manager.pk, "selected": [row.pk for row in [*mine, theirs]]}
        signed_in(manager).post(reverse("dreamclients:bulk"), data)
        assert set(DreamClient.objects.filter(owner=manager)) == set(mine)

    def test_a_rep_cannot_hand_work_to_a_colleague(self, rep: User, team: Team) -> None:
        colleague, row = make.make_user("Carl", team=team), make.make_dream_client(owner=rep)
        data = {"action": "assign", "owner": colleague.pk, "selected": [row.pk]}
        signed_in(rep).post(reverse("dreamclients:bulk"), data)
        row.refresh_from_db()
        assert row.owner == rep

    def test_tier_and_park(self, rep: User) -> None:
        row, client = make.make_dream_client(owner=rep), signed_in(rep)
        client.post(reverse("dreamclients:bulk"), {"action": "tier", "tier": "A", "selected": [row.pk]})
        day = (timezone.now() + timedelta(days=9)).strftime("%Y-%m-%d")
        client.post(reverse("dreamclients:bulk"), {"action": "park", "until": day, "selected": [row.pk]})
        row.refresh_from_db()
        assert (row.tier, row.is_parked) == ("A", True)

    def test_the_rest_is_said_where_a_book_is_full(self, rep: User, team: Team) -> None:
        Organisation.objects.update_or_create(pk=1, defaults={"book_cap": 1})
        dream_list = make.make_list(owner=rep)
        rows = [make.make_dream_client(dream_client_list=dream_list) for _ in range(3)]
        data = {"action": "assign", "owner": rep.pk, "selected": [row.pk for row in rows]}
        page = signed_in(rep).post(reverse("dreamclients:bulk"), data, follow=True)
        assert "1 dream client changed." in page.content.decode()
        assert "2 stay as they were." in page.content.decode()
        assert DreamClient.objects.filter(owner=rep).count() == 1

    def test_it_returns_to_where_it_was_pressed_and_nowhere_else(self, rep: User) -> None:
        client, url = signed_in(rep), reverse("dreamclients:bulk")
        assert client.post(url, {"next": "/lists/?x=1"}).headers["Location"] == "/lists/?x=1"
        assert client.post(url, {"next": "https://evil.test/"}).headers["Location"] == "/dream-clients/"


class TestTake:
    def test_taking_and_its_undo(self, rep: User) -> None:
        row = make.make_dream_client(dream_client_list=make.make_list(owner=rep))
        client = signed_in(rep)
        client.post(reverse("dreamclients:take", args=[row.pk]))
        row.refresh_from_db()
        assert row.owner == rep
        client.post(reverse("dreamclients:let_go", args=[row.pk]) + "?undo=1")
        row.refresh_from_db()
        assert row.owner is None

    def test_a_full_book_asks_which_one_to_let_go(self, rep: User) -> None:
        Organisation.objects.update_or_create(pk=1, defaults={"book_cap": 1})
        dream_list = make.make_list(owner=rep)
        mine = make.make_dream_client(make.make_account("Old"), owner=rep, dream_client_list=dream_list)
        row = make.make_dream_client(dream_client_list=dream_list)
        client, url = signed_in(rep), reverse("dreamclients:take", args=[row.pk])

        assert client.post(url).headers["Location"] == url
        page = client.get(url).content.decode()
        assert "Your book is full: 1 of 1" in page
        assert "Old" in page
        assert client.post(url, {"instead_of": mine.pk, "reason": ""}).status_code == 422
        assert client.post(url, {"instead_of": mine.pk, "reason": "Merged"}).status_code == 302
        row.refresh_from_db()
        mine.refresh_from_db()
        assert (row.owner, mine.owner) == (rep, None)

    def test_what_a_colleague_works_is_said(self, rep: User, team: Team) -> None:
        colleague = make.make_user("Carl Colleague", team=team)
        row = make.make_dream_client(owner=colleague)
        page = signed_in(rep).post(reverse("dreamclients:take", args=[row.pk]), follow=True)
        assert "Carl Colleague works this dream client." in page.content.decode()
        row.refresh_from_db()
        assert row.owner == colleague

    def test_another_teams_is_not_there(self, outsider: User) -> None:
        row = make.make_dream_client()
        assert signed_in(outsider).post(reverse("dreamclients:take", args=[row.pk])).status_code == 404


class TestChanges:
    @pytest.mark.parametrize("name", ["let_go", "assign", "park", "rule_out", "take_off", "edit"])
    def test_each_has_a_form_an_error_and_no_outsider(self, rep: User, outsider: User, name: str) -> None:
        row = make.make_dream_client(owner=rep)
        url = reverse(f"dreamclients:{name}", args=[row.pk])
        assert signed_in(rep).get(url).status_code == 200
        assert signed_in(outsider).get(url).status_code == 404
        assert signed_in(outsider).post(url).status_code == 404
        if name != "edit":
            assert signed_in(rep).post(url, {"until": "1999-01-01"}).status_code == 422

    def test_parking_ruling_out_and_taking_up_again(self, rep: User) -> None:
        row, client = make.make_dream_client(owner=rep), signed_in(rep)
        day = (timezone.now() + timedelta(days=9)).strftime("%Y-%m-%d")
        client.post(reverse("dreamclients:park", args=[row.pk]), {"until": day})
        client.post(reverse("dreamclients:rule_out", args=[row.pk]), {"reason": "Bankrupt"})
        row.refresh_from_db()
        assert (row.is_parked, row.is_ruled_out) == (True, True)
        client.post(reverse("dreamclients:revive", args=[row.pk]))
        row.refresh_from_db()
        assert DreamClient.objects.worked(timezone.now()).get() == row

    def test_letting_go_keeps_the_reason_and_can_be_undone(self, rep: User) -> None:
        row, client = make.make_dream_client(owner=rep), signed_in(rep)
        client.post(reverse("dreamclients:let_go", args=[row.pk]), {"reason": "No budget"})
        assert Activity.objects.get(kind="let_go").subject == "No budget"
        client.post(reverse("dreamclients:assign", args=[row.pk]) + f"?owner={rep.pk}")
        row.refresh_from_db()
        assert row.owner == rep

    def test_a_get_changes_nothing(self, rep: User) -> None:
        row, client = make.make_dream_client(owner=rep), signed_in(rep)
        for name in ("revive", "let_go", "assign"):
            client.get(reverse(f"dreamclients:{name}", args=[row.pk]) + "?undo=1&owner=1&reason=x")
        assert not Activity.objects.exists()
        row.refresh_from_db()
        assert row.owner == rep

    def test_the_why_change_is_edited_in_place_and_conflicts_show_both(self, rep: User) -> None:
        row, client = make.make_dream_client(owner=rep), signed_in(rep)
        url = reverse("dreamclients:edit", args=[row.pk])
        headers = {"HX-Request": "true", "HX-Target": "section#why"}
        data = {"why_change": "They lose 4% in transit", "tier": "A", "version": 1}
        answer = client.post(url, data, headers=headers)
        assert answer.status_code == 200
        assert "They lose 4% in transit" in answer.content.decode()
        row.refresh_from_db()
        assert (row.version, row.cold_at) == (2, row.targeted_at + timedelta(days=14))

        late = client.post(url, {"why_change": "Something else", "tier": "A", "version": 1}, headers=headers)
        assert late.status_code == 422
        text = late.content.decode()
        assert "They lose 4% in transit" in text
        assert "Something else" in text
        row.refresh_from_db()
        assert row.why_change == "They lose 4% in transit"


class TestLists:
    def test_make_change_archive_restore(self, rep: User, team: Team, outsider: User) -> None:
        client = signed_in(rep)
        data = {"name": "  West   coast ", "team": team.pk, "cadence_a": 7, "cadence_b": 30, "cadence_c": 60}
        client.post(reverse("dreamclients:list_create"), data)
        row = DreamClientList.objects.get()
        assert (row.name, row.owner, row.team, row.cadence_a) == ("West coast", rep, team, 7)

        dream_client = make.make_dream_client(owner=rep, dream_client_list=row, tier="A")
        edit = reverse("dreamclients:list_edit", args=[row.pk])
        client.post(edit, data | {"cadence_a": 3, "version": row.version})
        dream_client.refresh_from_db()
        assert dream_client.cold_at == dream_client.targeted_at + timedelta(days=3)
        assert client.post(edit, data | {"version": 1}).status_code == 422  # somebody changed it
        assert signed_in(outsider).post(edit, data).status_code == 404

        client.post(reverse("dreamclients:list_archive", args=[row.pk]))
        assert not DreamClientList.objects.live().exists()
        client.post(reverse("dreamclients:list_restore", args=[row.pk]))
        assert DreamClientList.objects.live().exists()

    def test_a_name_that_is_taken_is_refused_at_the_field(self, rep: User, team: Team) -> None:
        make.make_list("Wishes", owner=rep)
        data = {"name": "Wishes", "team": team.pk, "cadence_a": 0, "cadence_b": 30, "cadence_c": 60}
        form = signed_in(rep).post(reverse("dreamclients:list_create"), data).context["form"]
        assert set(form.errors) == {"name", "cadence_a"}

    def test_restoring_beside_a_new_list_of_the_name_is_explained(self, rep: User) -> None:
        old = make.make_list("Wishes", owner=rep, archived_at=timezone.now())
        make.make_list("Wishes", owner=rep)
        page = signed_in(rep).post(reverse("dreamclients:list_restore", args=[old.pk]), follow=True)
        assert "Rename one of them first" in page.content.decode()

    def test_a_list_cannot_be_put_into_another_team(self, rep: User) -> None:
        data = {"name": "X", "team": make.make_team().pk, "cadence_a": 7, "cadence_b": 30, "cadence_c": 60}
        assert signed_in(rep).post(reverse("dreamclients:list_create"), data).status_code == 422

    def test_the_index_says_how_lists_stand(self, rep: User) -> None:
        now = timezone.now()
        row = make.make_list(owner=rep)
        make.make_dream_client(owner=rep, dream_client_list=row)
        make.make_dream_client(owner=rep, dream_client_list=row, cold_at=now - timedelta(days=1))
        make.make_dream_client(owner=rep, dream_client_list=row, rung="opened")
        make.make_dream_client(dream_client_list=row)
        make.make_dream_client(dream_client_list=row, left_at=now)
        ((_row, shown_stand),) = signed_in(rep).get(reverse("dreamclients:lists")).context["rows"]
        stand = {"number": 4, "worked": 2, "warm": 1, "cold": 1, "opened": 1, "nobody": 1, "list": row.pk}
        assert shown_stand == stand


class TestAdd:
    def test_ticked_accounts_go_on_a_list(self, rep: User, team: Team) -> None:
        row = make.make_list(owner=rep)
        accounts = [make.make_account(team=team), make.make_account()]
        taken = make.make_dream_client(make.make_account(team=team), dream_client_list=row).account
        foreign = make.make_account(team=make.make_team())
        selected = [account.pk for account in [*accounts, taken, foreign]]
        client, url = signed_in(rep), reverse("dreamclients:add")
        page = client.post(url, {"selected": selected})
        assert page.status_code == 200
        assert "1 belongs to another team" in page.content.decode()
        data = {"selected": selected, "dream_client_list": row.pk, "tier": "A", "take": "on"}
        client.post(url, data)
        assert set(DreamClient.objects.filter(owner=rep, tier="A")) == set(
            DreamClient.objects.filter(account__in=accounts)
        )
        assert not DreamClient.objects.filter(account=foreign).exists()

    def test_a_full_book_leaves_the_rest_to_nobody(self, rep: User) -> None:
        Organisation.objects.update_or_create(pk=1, defaults={"book_cap": 1})
        row = make.make_list(owner=rep)
        data = {
            "selected": [make.make_account().pk for _ in range(3)],
            "dream_client_list": row.pk,
            "tier": "B",
            "take": "on",
        }
        page = signed_in(rep).post(reverse("dreamclients:add"), data, follow=True)
        assert "Your book is full: 2 of them are nobody" in page.content.decode()
        assert row.dream_clients.count() == 3

    def test_another_teams_list_is_no_choice(self, rep: User) -> None:
        row = make.make_list()
        data = {"selected": [make.make_account().pk], "dream_client_list": row.pk, "tier": "B"}
        assert signed_in(rep).post(reverse("dreamclients:add"), data).status_code == 422


def test_insights_are_kept_and_changed_by_their_writer(rep: User, outsider: User) -> None:
    client = signed_in(rep)
    data = {
        "title": "Cold chain figures",
        "kind": "figure",
        "body": "4% spoil",
        "industries": ["health_care"],
        "roles": ["user"],
    }
    assert client.post(reverse("dreamclients:insight_create"), data).status_code == 302
    page = signed_in(outsider).get(reverse("dreamclients:insights"))
    assert "Cold chain figures" in page.content.decode()
    (insight,) = page.context["page"].rows
    url = reverse("dreamclients:insight_edit", args=[insight.pk])
    assert client.get(url).status_code == 200
    assert signed_in(outsider).post(url, data).status_code == 404
    assert client.post(url, data | {"title": "bad\x00title"}).status_code == 422
