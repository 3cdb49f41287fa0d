"""What takes, rests and climbs: the services of dream clients, one at a time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.activities.models import Activity, Outcome
from apps.dreamclients import services
from apps.dreamclients.models import DreamClient, Rung, RungReached
from apps.users.models import Membership, Organisation
from tests import factories as make

pytestmark = pytest.mark.django_db


def kinds(dream_client: DreamClient) -> list[str]:
    return list(
        Activity.objects.filter(account=dream_client.account_id).order_by("id").values_list("kind", flat=True)
    )


class TestTarget:
    def test_a_targeted_account_is_on_the_first_rung_and_its_cadence_runs(self) -> None:
        rep = make.make_user(team=make.make_team())
        dream_list = make.make_list(owner=rep, cadence_a=10)
        account = make.make_account()

        dream_client = services.target(
            dream_client_list=dream_list, account=account, by=rep, owner=rep, tier="A"
        )

        assert dream_client.rung == Rung.TARGETED
        assert dream_client.cold_at == dream_client.targeted_at + timedelta(days=10)
        assert kinds(dream_client) == ["targeted", "taken"]
        reached = dream_client.rungs.get()
        assert (reached.rung, reached.owner, reached.touch) == (Rung.TARGETED, rep, None)
        account.refresh_from_db()
        assert account.team == dream_list.team

    def test_an_account_of_another_team_keeps_its_team(self) -> None:
        rep, other = make.make_user(team=make.make_team()), make.make_team()
        account = make.make_account(team=other)
        services.target(dream_client_list=make.make_list(owner=rep), account=account, by=rep)
        account.refresh_from_db()
        assert account.team == other

    def test_an_account_is_a_dream_client_once(self) -> None:
        first = make.make_dream_client()
        with pytest.raises(services.AlreadyTargeted) as refusal:
            services.target(dream_client_list=make.make_list(), account=first.account, by=None)
        assert refusal.value.existing == first
        assert not Activity.objects.exists()

    def test_a_full_book_takes_no_more(self) -> None:
        Organisation.objects.update_or_create(pk=1, defaults={"book_cap": 1})
        rep = make.make_user(team=make.make_team())
        make.make_dream_client(owner=rep)
        with pytest.raises(services.BookFull):
            services.target(
                dream_client_list=make.make_list(owner=rep), account=make.make_account(), by=rep, owner=rep
            )
        assert DreamClient.objects.count() == 1


class TestBook:
    @pytest.fixture(autouse=True)
    def _small_books(self) -> None:
        Organisation.objects.update_or_create(pk=1, defaults={"book_cap": 2})

    def test_taking_fills_the_book_until_it_is_full(self) -> None:
        rep = make.make_user(team=make.make_team())
        rows = [make.make_dream_client() for _ in range(3)]
        services.take(dream_client=rows[0], by=rep)
        services.take(dream_client=rows[1], by=rep)
        with pytest.raises(services.BookFull) as refusal:
            services.take(dream_client=rows[2], by=rep)
        assert refusal.value.cap == 2
        assert kinds(rows[0]) == ["taken"]
        assert kinds(rows[2]) == []
        rows[2].refresh_from_db()
        assert rows[2].owner is None

    def test_what_is_taken_twice_is_taken_once(self) -> None:
        rep, row = make.make_user(team=make.make_team()), make.make_dream_client()
        services.take(dream_client=row, by=rep)
        services.take(dream_client=row, by=rep)
        assert kinds(row) == ["taken"]

    def test_what_a_colleague_works_cannot_be_taken(self) -> None:
        colleague, rep = make.make_user(team=make.make_team()), make.make_user(team=make.make_team())
        row = make.make_dream_client(owner=colleague)
        with pytest.raises(services.TakenAlready) as refusal:
            services.take(dream_client=row, by=rep)
        assert refusal.value.owner == colleague

    def test_a_swap_lets_one_go_with_its_reason_and_takes_the_other(self) -> None:
        rep = make.make_user(team=make.make_team())
        mine = [make.make_dream_client(owner=rep) for _ in range(2)]
        wanted = make.make_dream_client()
        services.take(dream_client=wanted, by=rep, instead_of=mine[0], reason="They merged")
        mine[0].refresh_from_db()
        assert (mine[0].owner, mine[0].left_at, wanted.owner) == (None, None, rep)
        assert Activity.objects.get(kind="let_go").subject == "They merged"

    def test_a_swap_that_fails_lets_nothing_go(self) -> None:
        rep, colleague = make.make_user(team=make.make_team()), make.make_user(team=make.make_team())
        mine, theirs = make.make_dream_client(owner=rep), make.make_dream_client(owner=colleague)
        with pytest.raises(services.TakenAlready):
            services.take(dream_client=theirs, by=rep, instead_of=mine, reason="Better")
        mine.refresh_from_db()
        assert mine.owner == rep

    def test_a_swap_gives_away_nothing_of_somebody_else(self) -> None:
        rep, colleague = make.make_user(team=make.make_team()), make.make_user(team=make.make_team())
        theirs, free = make.make_dream_client(owner=colleague), make.make_dream_client()
        services.take(dream_client=free, by=rep, instead_of=theirs, reason="Mine now")
        theirs.refresh_from_db()
        assert theirs.owner == colleague

    def test_ruled_out_and_opened_ones_need_no_place(self) -> None:
        rep = make.make_user(team=make.make_team())
        make.make_dream_client(owner=rep, rung=Rung.OPENED)
        out = make.make_dream_client(owner=rep)
        services.rule_out(dream_client=out, reason="Bankrupt", by=rep)
        assert services.book_size(rep) == 0
        services.take(dream_client=make.make_dream_client(), by=rep)
        services.take(dream_client=make.make_dream_client(), by=rep)
        with pytest.raises(services.BookFull):
            services.revive(dream_client=out, by=rep)

    def test_a_manager_assigns_within_the_cap(self) -> None:
        team = make.make_team()
        manager = make.make_user("Mona", team=team, role=Membership.Role.MANAGER)
        rep = make.make_user("Rita", team=team)
        rows = [make.make_dream_client(owner=manager) for _ in range(2)] + [make.make_dream_client()]
        for row in rows[:2]:
            services.assign(dream_client=row, owner=rep, by=manager)
        with pytest.raises(services.BookFull):
            services.assign(dream_client=rows[2], owner=rep, by=manager)
        taken = Activity.objects.filter(kind="taken")
        assert {(row.by, row.subject) for row in taken} == {(manager, "Rita")}
        services.assign(dream_client=rows[0], owner=None, by=manager)
        assert rows[0].owner is None


class TestResting:
    def test_parking_and_reviving(self) -> None:
        rep = make.make_user(team=make.make_team())
        row, until = make.make_dream_client(owner=rep), timezone.now() + timedelta(days=30)
        services.park(dream_client=row, until=until, by=rep)
        assert row.parked_until == until
        assert not DreamClient.objects.worked(timezone.now()).exists()
        services.revive(dream_client=row, by=rep)
        row.refresh_from_db()
        assert kinds(row) == ["parked", "revived"]
        assert DreamClient.objects.worked(timezone.now()).get() == row

    def test_ruling_out_needs_a_reason(self) -> None:
        rep = make.make_user(team=make.make_team())
        with pytest.raises(ValueError, match="reason"):
            services.rule_out(dream_client=make.make_dream_client(owner=rep), reason="  ", by=rep)

    def test_an_account_taken_off_a_list_can_be_targeted_again(self) -> None:
        rep = make.make_user(team=make.make_team())
        row = make.make_dream_client(owner=rep, rung=Rung.MET)
        services.take_off(dream_client=row, by=rep, reason="Wrong list")
        again = services.target(dream_client_list=row.list, account=row.account, by=rep)
        assert again.rung == Rung.TARGETED
        assert services.current_for(row.account) == again
        with pytest.raises(services.LeftItsList):
            services.park(dream_client=row, until=timezone.now(), by=rep)

    def test_the_tier_sets_when_it_goes_cold(self) -> None:
        rep = make.make_user(team=make.make_team())
        row = make.make_dream_client(owner=rep, tier="C")
        services.set_tier(dream_client=row, tier="A", by=rep)
        assert row.cold_at == row.targeted_at + timedelta(days=14)
        assert row.version == 2


class TestLadder:
    def test_a_touch_climbs_and_warms(self) -> None:
        rep = make.make_user(team=make.make_team())
        row = make.make_dream_client(owner=rep, tier="A")
        touch = make.make_activity(row.account, by=rep, outcome=Outcome.NO_ANSWER)
        told = services.touched(activity=touch)
        row.refresh_from_db()
        assert told == row
        assert (row.rung, row.last_touch_at) == (Rung.TOUCHED, touch.at)
        assert row.cold_at == touch.at + timedelta(days=14)
        assert row.rungs.get(rung=Rung.TOUCHED).touch == touch

    def test_an_older_touch_logged_later_moves_nothing_back(self) -> None:
        row = make.make_dream_client()
        late = make.make_activity(row.account)
        services.touched(activity=late)
        services.touched(activity=make.make_activity(row.account, at=late.at - timedelta(days=3)))
        row.refresh_from_db()
        assert row.last_touch_at == late.at

    def test_a_call_that_connects_is_a_conversation(self) -> None:
        row = make.make_dream_client()
        services.touched(activity=make.make_activity(row.account, outcome=Outcome.CONNECTED))
        row.refresh_from_db()
        assert row.rung == Rung.ENGAGED
        assert set(row.rungs.values_list("rung", flat=True)) == {"targeted", "touched", "engaged"}

    def test_a_reply_remembers_the_last_touch_before_it(self) -> None:
        row = make.make_dream_client()
        now = timezone.now()
        make.make_activity(row.account, at=now - timedelta(days=5))
        before = make.make_activity(row.account, at=now - timedelta(days=2))
        make.make_activity(row.account, at=now + timedelta(days=1))
        make.make_activity(at=now - timedelta(days=1))  # another account's
        reply = make.make_activity(row.account, kind="reply", at=now)
        services.engaged(activity=reply)
        reached = row.rungs.get(rung=Rung.ENGAGED)
        assert (reached.touch, reached.cause, reached.at) == (before, reply, now)

    def test_climbing_skips_rungs_and_never_goes_down(self) -> None:
        row = make.make_dream_client()
        booked = make.make_activity(row.account, kind="meeting_booked")
        assert services.climb(dream_client=row, rung=Rung.TIME_COMMITTED, cause=booked) is True
        assert row.rung == Rung.TIME_COMMITTED
        assert services.climb(dream_client=row, rung=Rung.TIME_COMMITTED, cause=booked) is False
        assert services.climb(dream_client=row, rung=Rung.ENGAGED, cause=booked) is False
        row.refresh_from_db()
        assert row.rung == Rung.TIME_COMMITTED
        assert set(row.rungs.values_list("rung", flat=True)) == {"targeted", "time_committed"}

    def test_the_rung_credits_whoever_owned_it_then(self) -> None:
        first, second = make.make_user(team=make.make_team()), make.make_user(team=make.make_team())
        row = make.make_dream_client(owner=first)
        services.touched(activity=make.make_activity(row.account))
        services.assign(dream_client=row, owner=second, by=first)
        services.engaged(activity=make.make_activity(row.account, kind="reply"))
        owners = dict(RungReached.objects.values_list("rung", "owner"))
        assert owners == {"targeted": first.pk, "touched": first.pk, "engaged": second.pk}

    def test_an_account_on_no_list_has_no_ladder(self) -> None:
        activity = make.make_activity()
        assert services.touched(activity=activity) is None
        assert services.engaged(activity=activity) is None
