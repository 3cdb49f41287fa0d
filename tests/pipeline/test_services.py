"""What happens to an opportunity: stages, commitments, openings."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.activities.models import Activity
from apps.dreamclients.models import DreamClient, RungReached
from apps.meetings import services as meetings
from apps.pipeline import services
from apps.pipeline.models import Commitment, Opening, Opportunity, Pipeline, Stage
from apps.sequences.models import Enrollment
from apps.users.models import User
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep() -> User:
    return make.make_user("Ann Berg", team=make.make_team())


@pytest.fixture
def dream_client(rep: User) -> DreamClient:
    return make.make_dream_client(owner=rep)


def stage(name: str) -> Stage:
    return services.default_pipeline().stages.get(name=name)


def opened(dream_client: DreamClient, rep: User, **fields: Any) -> Opportunity:
    fields.setdefault("origin", "created")
    return services.open_opportunity(
        account=dream_client.account, name="Big one", value=1000, owner=rep, by=rep, **fields
    )


def gained(opportunity: Opportunity) -> dict[str, bool]:
    """The commitments by the name of their stage, True where one was gained."""
    rows = opportunity.commitments.select_related("stage")
    return {row.stage.name: not row.is_skipped for row in rows}


class TestDefaultPipeline:
    def test_is_made_once(self) -> None:
        names = [one.name for one in services.default_pipeline().stages.all()]
        assert names == ["Time", "Explore", "Change", "Collaborate", "Decide", "Won", "Lost"]
        assert services.default_pipeline().stages.count() == 7
        assert Pipeline.objects.count() == 1

    def test_every_open_stage_asks_and_has_its_evidence(self) -> None:
        for one in services.default_pipeline().stages.filter(kind=Stage.Kind.OPEN):
            assert one.question.endswith("?")
            assert one.evidence


class TestOpening:
    def test_out_of_a_held_meeting(self, rep: User, dream_client: DreamClient) -> None:
        contact = make.make_contact(dream_client.account, role="champion")
        meeting = meetings.book(
            contact=contact, owner=rep, by=rep, starts_at=timezone.now() - timedelta(days=1)
        )
        meetings.hold(meeting=meeting, by=rep)
        opportunity = opened(dream_client, rep)
        assert opportunity.stage == stage("Time")
        assert opportunity.contact == contact
        assert gained(opportunity) == {"Time": True}
        assert opportunity.skipped == 0
        assert opportunity.people.get().role == "champion"

    def test_without_a_meeting_the_time_is_marked_as_skipped(
        self, rep: User, dream_client: DreamClient
    ) -> None:
        opportunity = opened(dream_client, rep)
        assert gained(opportunity) == {"Time": False}
        assert opportunity.skipped == 1

    def test_captured_is_no_opening(self, rep: User, dream_client: DreamClient) -> None:
        opportunity = opened(dream_client, rep, origin="captured")
        dream_client.refresh_from_db()
        assert gained(opportunity) == {"Time": True}, "they came to us: they give their time"
        assert not Opening.objects.exists()
        assert dream_client.rung == "targeted"

    def test_is_credited_with_all_that_led_there(self, rep: User, dream_client: DreamClient) -> None:
        contact = make.make_contact(dream_client.account)
        sequence = make.make_sequence(owner=rep)
        enrollment = make.make_enrollment(contact, sequence, dream_client)
        touch = make.make_activity(dream_client.account, by=rep, at=timezone.now() - timedelta(days=3))
        make.make_touch(
            contact, owner=rep, enrollment=enrollment, activity=touch, state="done", done_at=touch.at
        )
        make.make_activity(dream_client.account, by=rep, kind="note")
        opportunity = opened(dream_client, rep)
        opening = Opening.objects.get()
        assert (opening.opportunity, opening.rep, opening.list) == (opportunity, rep, dream_client.list)
        assert (opening.sequence, opening.touch, opening.value) == (sequence, touch, 1000)
        dream_client.refresh_from_db()
        assert dream_client.rung == "opened"
        reached = RungReached.objects.get(rung="opened")
        assert reached.cause is not None
        assert reached.cause.kind == Activity.Kind.OPENING

    def test_stops_sequences(self, rep: User, dream_client: DreamClient) -> None:
        contact = make.make_contact(dream_client.account)
        enrollment = make.make_enrollment(contact, make.make_sequence(owner=rep), dream_client)
        opened(dream_client, rep, contact=contact)
        enrollment.refresh_from_db()
        assert enrollment.state == Enrollment.State.EXITED

    def test_waits_for_the_opening_stage_of_a_stricter_team(
        self, rep: User, dream_client: DreamClient
    ) -> None:
        pipeline = services.default_pipeline()
        pipeline.opening_stage = stage("Explore")
        pipeline.save()
        opportunity = opened(dream_client, rep)
        assert not Opening.objects.exists()
        services.move(opportunity=opportunity, stage=stage("Explore"), by=rep, evidence="They told us")
        assert Opening.objects.get().value == 1000

    def test_later_edits_do_not_move_the_credit(self, rep: User, dream_client: DreamClient) -> None:
        opportunity = opened(dream_client, rep)
        opportunity.value, opportunity.owner = 5, make.make_user("Bo")
        services.update(opportunity=opportunity, by=rep)
        moved = services.move(opportunity=opportunity, stage=stage("Change"), by=rep)
        services.win(opportunity=moved, by=rep)
        opening = Opening.objects.get()
        assert (opening.value, opening.rep) == (1000, rep)
        assert Activity.objects.filter(kind=Activity.Kind.OPENING).count() == 1

    def test_an_origin_corrected_to_created_is_credited(self, rep: User, dream_client: DreamClient) -> None:
        opportunity = opened(dream_client, rep, origin="captured")
        opportunity.origin = Opportunity.Origin.CREATED
        services.update(opportunity=opportunity, by=rep)
        assert Opening.objects.get().opportunity == opportunity


class TestMove:
    def test_forward_with_evidence(self, rep: User, dream_client: DreamClient) -> None:
        opportunity = opened(dream_client, rep, origin="captured")
        soon = timezone.localdate() + timedelta(days=9)
        moved = services.move(
            opportunity=opportunity, stage=stage("Explore"), by=rep, evidence="They told us", next_on=soon
        )
        assert (moved.stage.name, moved.next_on, moved.skipped) == ("Explore", soon, 0)
        assert gained(moved) == {"Time": True, "Explore": True}
        activity = Activity.objects.get(kind=Activity.Kind.STAGE)
        assert activity.subject == "Big one: Time → Explore"
        assert activity.body == "They told us"

    def test_forward_without_evidence_is_marked(self, rep: User, dream_client: DreamClient) -> None:
        opportunity = opened(dream_client, rep, origin="captured")
        moved = services.move(opportunity=opportunity, stage=stage("Collaborate"), by=rep)
        assert gained(moved) == {"Time": True, "Explore": False, "Change": False, "Collaborate": False}
        assert moved.skipped == 3

    def test_what_lies_between_is_marked_even_with_evidence(
        self, rep: User, dream_client: DreamClient
    ) -> None:
        opportunity = opened(dream_client, rep, origin="captured")
        moved = services.move(opportunity=opportunity, stage=stage("Change"), by=rep, evidence="Written down")
        assert gained(moved) == {"Time": True, "Explore": False, "Change": True}

    def test_evidence_may_follow(self, rep: User, dream_client: DreamClient) -> None:
        opportunity = opened(dream_client, rep, origin="captured")
        moved = services.move(opportunity=opportunity, stage=stage("Explore"), by=rep)
        proved = services.prove(opportunity=moved, stage=stage("Explore"), evidence="Now they did", by=rep)
        assert proved.skipped == 0
        assert gained(proved)["Explore"]

    def test_backward_takes_later_commitments_away(self, rep: User, dream_client: DreamClient) -> None:
        opportunity = opened(dream_client, rep, origin="captured")
        moved = services.move(opportunity=opportunity, stage=stage("Change"), by=rep)
        back = services.move(opportunity=moved, stage=stage("Time"), by=rep)
        assert gained(back) == {"Time": True}
        assert back.skipped == 0

    def test_a_date_that_passed_does_not_stand_for_the_next(
        self, rep: User, dream_client: DreamClient
    ) -> None:
        opportunity = opened(dream_client, rep, next_on=date(2020, 1, 1))
        assert services.move(opportunity=opportunity, stage=stage("Explore"), by=rep).next_on is None

    def test_the_second_of_two_is_told(self, rep: User, dream_client: DreamClient) -> None:
        opportunity = opened(dream_client, rep)
        services.move(opportunity=opportunity, stage=stage("Change"), by=rep, version=1)
        with pytest.raises(services.MovedMeanwhile) as caught:
            services.move(opportunity=opportunity, stage=stage("Explore"), by=rep, version=1)
        assert caught.value.last is not None
        assert caught.value.last.by == rep
        opportunity.refresh_from_db()
        assert opportunity.stage == stage("Change")

    def test_not_into_another_pipeline(self, rep: User, dream_client: DreamClient) -> None:
        other = make.make_pipeline().stages.all()[0]
        with pytest.raises(services.NotPossible):
            services.move(opportunity=opened(dream_client, rep), stage=other, by=rep)


class TestUndo:
    def test_brings_back_stage_and_date(self, rep: User, dream_client: DreamClient) -> None:
        day = timezone.localdate() + timedelta(days=3)
        opportunity = opened(dream_client, rep, next_on=day)
        moved = services.move(
            opportunity=opportunity, stage=stage("Decide"), by=rep, next_on=day + timedelta(days=9)
        )
        back = services.undo(opportunity=moved, by=rep, version=moved.version)
        assert (back.stage.name, back.next_on) == ("Time", day)
        assert gained(back) == {"Time": False}

    def test_takes_back_a_date_where_there_was_none(self, rep: User, dream_client: DreamClient) -> None:
        day = timezone.localdate() + timedelta(days=3)
        moved = services.move(
            opportunity=opened(dream_client, rep), stage=stage("Change"), by=rep, next_on=day
        )
        back = services.undo(opportunity=moved, by=rep, version=moved.version)
        assert (back.stage.name, back.next_on) == ("Time", None)

    def test_of_a_loss_reopens(self, rep: User, dream_client: DreamClient) -> None:
        opportunity = services.move(opportunity=opened(dream_client, rep), stage=stage("Change"), by=rep)
        lost = services.lose(opportunity=opportunity, reason="Budget", by=rep)
        assert (lost.stage.kind, lost.lost_reason, lost.is_open) == ("lost", "Budget", False)
        back = services.undo(opportunity=lost, by=rep, version=lost.version)
        assert (back.stage.name, back.lost_reason, back.is_open) == ("Change", "", True)

    def test_of_a_win_reopens(self, rep: User, dream_client: DreamClient) -> None:
        won = services.win(opportunity=opened(dream_client, rep), by=rep)
        assert (won.stage.kind, won.skipped) == ("won", 5)
        back = services.reopen(opportunity=won, by=rep)
        assert (back.stage.name, back.skipped, back.closed_at) == ("Time", 1, None)

    def test_not_after_somebody_changed_it(self, rep: User, dream_client: DreamClient) -> None:
        moved = services.move(opportunity=opened(dream_client, rep), stage=stage("Change"), by=rep)
        services.prove(opportunity=moved, stage=stage("Change"), evidence="Yes", by=rep)
        with pytest.raises(services.MovedMeanwhile):
            services.undo(opportunity=moved, by=rep, version=moved.version)

    def test_nothing_to_undo(self, rep: User, dream_client: DreamClient) -> None:
        opportunity = opened(dream_client, rep)
        with pytest.raises(services.NotPossible):
            services.undo(opportunity=opportunity, by=rep, version=opportunity.version)


def test_evidence_given_where_it_stands_already_proves_the_stage(
    rep: User, dream_client: DreamClient
) -> None:
    moved = services.move(opportunity=opened(dream_client, rep), stage=stage("Explore"), by=rep)
    assert gained(moved)["Explore"] is False
    proven = services.move(opportunity=moved, stage=stage("Explore"), evidence="They said so", by=rep)
    assert gained(proven)["Explore"] is True
    assert proven.skipped == moved.skipped - 1


def test_losing_needs_a_reason(rep: User, dream_client: DreamClient) -> None:
    with pytest.raises(services.NotPossible):
        services.lose(opportunity=opened(dream_client, rep), reason=" ", by=rep)


def test_closed_is_closed(rep: User, dream_client: DreamClient) -> None:
    won = services.win(opportunity=opened(dream_client, rep), by=rep)
    acts: list[Callable[[], Opportunity]] = [
        lambda: services.win(opportunity=won, by=rep),
        lambda: services.lose(opportunity=won, reason="x", by=rep),
        lambda: services.move(opportunity=won, stage=stage("Explore"), by=rep),
    ]
    for act in acts:
        with pytest.raises(services.NotPossible):
            act()
    assert Commitment.objects.filter(opportunity=won).count() == 6
