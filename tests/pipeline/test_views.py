"""The board, the list of a stage, the pages of an opportunity."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.dreamclients.models import DreamClient
from apps.meetings import services as meetings
from apps.pipeline import services
from apps.pipeline.models import Opening, Opportunity, Stage
from apps.users.models import Team, User
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make.make_team()


@pytest.fixture
def rep(client: Client, team: Team) -> User:
    rep = make.make_user("Ann Berg", team=team)
    client.force_login(rep)
    return rep


@pytest.fixture
def outsider() -> Client:
    client = Client()
    client.force_login(make.make_user("Otto", team=make.make_team()))
    return client


@pytest.fixture
def dream_client(rep: User) -> DreamClient:
    return make.make_dream_client(owner=rep)


@pytest.fixture
def opportunity(dream_client: DreamClient, rep: User) -> Opportunity:
    return services.open_opportunity(
        account=dream_client.account, name="Big one", value=1000, origin="captured", owner=rep, by=rep
    )


def stage(name: str) -> Stage:
    return services.default_pipeline().stages.get(name=name)


def url(name: str, opportunity: Opportunity, *more: int) -> str:
    return reverse(f"pipeline:{name}", args=[opportunity.pk, *more])


def queries(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as caught:
        act()
    return len(caught)


class TestBoard:
    def test_columns_with_sum_and_cards(self, client: Client, opportunity: Opportunity) -> None:
        page = client.get(reverse("pipeline:board"))
        first = page.context["columns"][0]
        assert (first.stage.name, first.number, first.value) == ("Time", 1, 1000)
        assert [card.row for card in first.cards] == [opportunity]
        assert "$1,000" in page.content.decode()

    def test_mine_and_the_teams(self, client: Client, opportunity: Opportunity, team: Team) -> None:
        colleague = make.make_user("Bo", team=team)
        make.make_opportunity(make.make_account(), owner=colleague, stage=stage("Time"))
        stranger = make.make_user("Cy", team=make.make_team())
        make.make_opportunity(make.make_account(), owner=stranger, stage=stage("Time"))
        assert client.get(reverse("pipeline:board")).context["number"] == 1
        assert client.get(reverse("pipeline:board"), {"who": "team"}).context["number"] == 2

    def test_stalled_only(self, client: Client, rep: User, opportunity: Opportunity) -> None:
        make.make_opportunity(
            make.make_account(),
            owner=rep,
            stage=stage("Time"),
            next_on=timezone.localdate() + timedelta(days=2),
        )
        page = client.get(reverse("pipeline:board"), {"stalled": 1})
        assert [card.row for card in page.context["columns"][0].cards] == [opportunity]

    def test_a_colleagues_card_cannot_be_moved(
        self, client: Client, opportunity: Opportunity, team: Team
    ) -> None:
        make.make_opportunity(make.make_account(), owner=make.make_user("Bo", team=team), stage=stage("Time"))
        page = client.get(reverse("pipeline:board"), {"who": "team"})
        assert sorted(card.may_move for card in page.context["columns"][0].cards) == [False, True]

    def test_the_rest_is_in_the_list(self, client: Client, rep: User) -> None:
        account, first = make.make_account(), stage("Time")
        for _number in range(53):
            make.make_opportunity(account, owner=rep, stage=first)
        html = client.get(reverse("pipeline:board")).content.decode()
        assert "30 of 53" in html
        assert reverse("pipeline:stage", args=[first.pk]) in html

    def test_queries_do_not_grow(self, client: Client, rep: User, team: Team) -> None:
        stages = list(services.default_pipeline().stages.filter(kind="open"))
        for one in stages:
            make.make_opportunity(make.make_account(), owner=rep, stage=one)
        client.get(reverse("pipeline:board"))
        few = queries(lambda: client.get(reverse("pipeline:board"), {"who": "team"}))
        for one in stages:
            for _number in range(5):
                make.make_opportunity(make.make_account(), owner=make.make_user(team=team), stage=one)
        many = queries(lambda: client.get(reverse("pipeline:board"), {"who": "team"}))
        assert many == few
        assert many <= 14

    def test_empty_says_what_to_do(self, client: Client, rep: User) -> None:
        assert "Go to Today" in client.get(reverse("pipeline:board")).content.decode()


class TestStage:
    def test_pages_through_all(self, client: Client, rep: User) -> None:
        account, first = make.make_account(), stage("Time")
        for number in range(53):
            day = timezone.localdate() + timedelta(days=number % 7) if number % 3 else None
            make.make_opportunity(account, owner=rep, stage=first, next_on=day)
        page = client.get(reverse("pipeline:stage", args=[first.pk]))
        more = client.get(reverse("pipeline:stage", args=[first.pk]), {"cursor": page.context["page"].next})
        seen = [card.row.pk for one in (page, more) for card in one.context["cards"]]
        assert len(seen) == len(set(seen)) == 53

    def test_lost_ones_with_their_reason(self, client: Client, rep: User, opportunity: Opportunity) -> None:
        services.lose(opportunity=opportunity, reason="No budget", by=rep)
        html = client.get(reverse("pipeline:stage", args=[stage("Lost").pk])).content.decode()
        assert "No budget" in html

    def test_not_those_of_another_team(self, outsider: Client, opportunity: Opportunity) -> None:
        page = outsider.get(reverse("pipeline:stage", args=[opportunity.stage_id]), {"who": "team"})
        assert page.context["cards"] == []


class TestCreate:
    def test_is_prefilled(self, client: Client, dream_client: DreamClient) -> None:
        form = client.get(reverse("pipeline:create", args=[dream_client.account_id])).context["form"]
        assert form.initial["name"] == dream_client.account.name
        assert form.initial["origin"] == "captured", "nothing of ours came before"

    def test_created_after_a_meeting_that_our_touch_led_to(
        self, client: Client, rep: User, dream_client: DreamClient
    ) -> None:
        contact = make.make_contact(dream_client.account)
        make.make_activity(dream_client.account, by=rep, at=timezone.now() - timedelta(days=9))
        meeting = meetings.book(
            contact=contact, owner=rep, by=rep, starts_at=timezone.now() - timedelta(days=1)
        )
        meetings.hold(meeting=meeting, by=rep)
        create = reverse("pipeline:create", args=[dream_client.account_id]) + f"?meeting={meeting.pk}"
        form = client.get(create).context["form"]
        assert (form.initial["origin"], form.initial["contact"]) == ("created", contact.pk)
        answer = client.post(
            create, {"name": "Deal", "value": "120000", "origin": "created", "contact": contact.pk}
        )
        opportunity = Opportunity.objects.get()
        assert answer["Location"] == url("detail", opportunity)
        assert (opportunity.skipped, opportunity.stage.name) == (0, "Time")
        assert Opening.objects.get().value == 120000

    def test_a_negative_value(self, client: Client, dream_client: DreamClient) -> None:
        create = reverse("pipeline:create", args=[dream_client.account_id])
        answer = client.post(create, {"name": "Deal", "value": "-1", "origin": "created"})
        assert answer.status_code == 422
        assert not Opportunity.objects.exists()

    def test_not_at_an_account_of_another_team(self, outsider: Client, dream_client: DreamClient) -> None:
        create = reverse("pipeline:create", args=[dream_client.account_id])
        assert outsider.get(create).status_code == 404
        assert outsider.post(create, {"name": "Deal", "origin": "created"}).status_code == 404


class TestDetail:
    def test_shows_the_ladder(self, client: Client, opportunity: Opportunity) -> None:
        page = client.get(url("detail", opportunity))
        assert [rung["state"] for rung in page.context["ladder"]] == ["gained", "next", *["ahead"] * 4]
        html = page.content.decode()
        for item in stage("Explore").evidence:
            assert item.replace("'", "&#x27;") in html

    def test_of_another_team(self, outsider: Client, opportunity: Opportunity) -> None:
        assert outsider.get(url("detail", opportunity)).status_code == 404
        for name in ("move", "lose", "reopen", "edit", "person_add"):
            assert outsider.post(url(name, opportunity)).status_code == 404

    def test_a_colleague_looks_only(self, opportunity: Opportunity, team: Team) -> None:
        client = Client()
        client.force_login(make.make_user("Bo", team=team))
        page = client.get(url("detail", opportunity))
        assert not page.context["may_edit"]
        assert url("move", opportunity) not in page.content.decode()
        assert client.post(url("move", opportunity), {"stage": stage("Change").pk}).status_code == 404

    def test_people(self, client: Client, opportunity: Opportunity) -> None:
        contact = make.make_contact(opportunity.account)
        client.post(url("person_add", opportunity), {"contact": contact.pk, "role": "blocker"})
        person = opportunity.people.get()
        assert person.role == "blocker"
        stranger = make.make_contact()
        client.post(url("person_add", opportunity), {"contact": stranger.pk})
        assert opportunity.people.count() == 1
        client.post(url("person_remove", opportunity, person.pk))
        assert not opportunity.people.exists()


class TestEdit:
    def test_saves(self, client: Client, rep: User, opportunity: Opportunity) -> None:
        data = {"name": "Bigger", "value": "2000", "owner": rep.pk, "origin": "captured", "version": 1}
        assert client.post(url("edit", opportunity), data).status_code == 302
        opportunity.refresh_from_db()
        assert (opportunity.name, opportunity.value, opportunity.version) == ("Bigger", 2000, 2)

    def test_two_at_once_see_both_versions(self, client: Client, rep: User, opportunity: Opportunity) -> None:
        data = {"name": "Theirs", "value": "2000", "owner": rep.pk, "origin": "captured", "version": 1}
        client.post(url("edit", opportunity), data)
        answer = client.post(url("edit", opportunity), {**data, "name": "Mine"})
        html = answer.content.decode()
        assert answer.status_code == 422
        assert "Theirs" in html
        assert "Mine" in html

    def test_the_origin_of_an_opening_stays(
        self, client: Client, rep: User, dream_client: DreamClient
    ) -> None:
        opportunity = services.open_opportunity(
            account=dream_client.account, name="A", value=1, origin="created", owner=rep, by=rep
        )
        assert "origin" not in client.get(url("edit", opportunity)).context["form"].fields

    def test_not_to_a_person_of_another_team(self, client: Client, opportunity: Opportunity) -> None:
        stranger = make.make_user("Otto", team=make.make_team())
        data = {"name": "A", "value": "1", "owner": stranger.pk, "origin": "captured", "version": 1}
        assert client.post(url("edit", opportunity), data).status_code == 422


class TestMove:
    def test_with_evidence_and_date(self, client: Client, opportunity: Opportunity) -> None:
        explore = stage("Explore")
        day = timezone.localdate() + timedelta(days=7)
        data = {
            "stage": explore.pk,
            "checks": explore.evidence[:1],
            "evidence": "Costs are up 12%",
            "next_on": day.isoformat(),
            "version": 1,
        }
        client.post(url("move", opportunity), data)
        commitment = opportunity.commitments.get(stage=explore)
        assert commitment.evidence == f"{explore.evidence[0]}\nCosts are up 12%"
        opportunity.refresh_from_db()
        assert opportunity.next_on == day

    def test_by_drag_it_is_marked_and_can_be_undone(self, client: Client, opportunity: Opportunity) -> None:
        answer = client.post(
            url("move", opportunity),
            {"stage": stage("Explore").pk, "version": 1, "next": "/pipeline/"},
            follow=True,
        )
        html = answer.content.decode()
        assert answer.redirect_chain[0][0] == "/pipeline/"
        assert "without evidence" in html
        assert url("undo", opportunity, 2) in html
        client.post(url("undo", opportunity, 2))
        opportunity.refresh_from_db()
        assert (opportunity.stage.name, opportunity.skipped) == ("Time", 0)

    def test_the_second_of_two_hears_of_the_first(
        self, client: Client, rep: User, opportunity: Opportunity
    ) -> None:
        services.move(opportunity=opportunity, stage=stage("Change"), by=rep)
        answer = client.post(
            url("move", opportunity), {"stage": stage("Explore").pk, "version": 1}, follow=True
        )
        assert "Ann moved it to Change just now" in answer.content.decode()
        opportunity.refresh_from_db()
        assert opportunity.stage.name == "Change"

    def test_win_by_moving_to_won(self, client: Client, opportunity: Opportunity) -> None:
        client.post(url("move", opportunity), {"stage": stage("Won").pk, "evidence": "Signed", "version": 1})
        opportunity.refresh_from_db()
        assert not opportunity.is_open

    def test_lost_needs_a_reason(self, client: Client, opportunity: Opportunity) -> None:
        client.post(url("lose", opportunity), {"reason": ""})
        opportunity.refresh_from_db()
        assert opportunity.is_open
        client.post(url("lose", opportunity), {"reason": "Budget", "version": 1})
        opportunity.refresh_from_db()
        assert opportunity.lost_reason == "Budget"
        client.post(url("reopen", opportunity))
        opportunity.refresh_from_db()
        assert opportunity.is_open

    def test_evidence_afterwards(self, client: Client, rep: User, opportunity: Opportunity) -> None:
        services.move(opportunity=opportunity, stage=stage("Explore"), by=rep)
        prove = reverse("pipeline:prove", args=[opportunity.pk, stage("Explore").pk])
        client.post(prove, {"evidence": "They said so"})
        opportunity.refresh_from_db()
        assert opportunity.skipped == 0
        assert client.post(prove, {"evidence": "Again"}).status_code == 404

    def test_a_day_in_the_past(self, client: Client, opportunity: Opportunity) -> None:
        data = {"stage": stage("Explore").pk, "next_on": "2020-01-01", "version": 1}
        assert client.post(url("move", opportunity), data).status_code == 422

    def test_the_dialog_is_a_part_of_the_page(self, client: Client, opportunity: Opportunity) -> None:
        headers = {"HX-Request": "true", "HX-Target": "div#dialog"}
        html = client.get(url("move", opportunity), headers=headers).content.decode()
        assert "<html" not in html
        assert stage("Explore").question in html
