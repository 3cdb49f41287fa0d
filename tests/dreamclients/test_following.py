"""Lists made by a filter: filled once, or following it; what never happens to what somebody works."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Account
from apps.activities.models import Activity, Notification
from apps.dreamclients import following, services
from apps.dreamclients.models import DreamClient, DreamClientList, Proposal
from apps.tables.where import WhereError
from apps.users.models import Membership, Organisation, Team, User
from tests import factories as make

pytestmark = pytest.mark.django_db
WHERE = "industry.is.energy"


@pytest.fixture
def team() -> Team:
    return make.make_team("North")


@pytest.fixture
def rep(team: Team) -> User:
    return make.make_user("Rita Rep", team=team)


def live(rep: User, **fields: Any) -> DreamClientList:
    fields.setdefault("team", rep.teams.first())
    return make.make_list("Energy", owner=rep, **{"where": WHERE, "is_live": True, **fields})


def energy(team: Team | None, *names: str) -> list[Account]:
    return [make.make_account(name, team=team, industry="energy") for name in names]


def on_list(row: DreamClientList) -> set[str]:
    return set(row.dream_clients.current().values_list("account__name", flat=True))


def later(minutes: int = 2):
    return timezone.now() + timedelta(minutes=minutes)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_it_adds_what_matches_and_is_nobodys(rep: User, team: Team) -> None:
    energy(team, "Acme", "Borealis")
    energy(None, "Free")
    energy(make.make_team("South"), "Theirs")
    taken = energy(team, "Taken")[0]
    make.make_dream_client(taken)
    make.make_account("Other", team=team, industry="materials")
    row = live(rep, live_tier="A")
    following.tick()
    assert on_list(row) == {"Acme", "Borealis", "Free"}
    added = row.dream_clients.first()
    assert added is not None
    assert (added.tier, added.owner, added.by_filter) == ("A", None, True)
    assert Account.objects.get(name="Free").team == team
    assert Activity.objects.filter(kind="targeted", source="engine").count() == 3
    following.tick(now=later())
    assert row.dream_clients.count() == 3
    energy(team, "Late")
    following.tick(now=later(4))
    assert "Late" in on_list(row)


def test_what_no_longer_matches_goes_unless_somebody_worked_it(rep: User, team: Team) -> None:
    energy(team, "Untouched", "Owned", "Touched", "Kept")
    row = live(rep)
    picked = make.make_dream_client(make.make_account("Picked", team=team), dream_client_list=row)
    following.tick()
    owned = row.dream_clients.get(account__name="Owned")
    services.take(dream_client=owned, by=rep)
    row.dream_clients.filter(account__name="Touched").update(last_touch_at=timezone.now())
    Account.objects.filter(name__in=["Untouched", "Owned", "Touched"]).update(industry="materials")
    following.tick(now=later())
    assert on_list(row) == {"Owned", "Touched", "Kept", "Picked"}
    gone = row.dream_clients.get(account__name="Untouched")
    assert "no longer matches" in gone.left_reason
    marked = set(row.dream_clients.current().exclude(strayed_at=None).values_list("account__name", flat=True))
    assert marked == {"Owned", "Touched"}
    picked.refresh_from_db()
    assert picked.strayed_at is None  # somebody picked it: the filter has no say
    Account.objects.update(industry="energy")
    following.tick(now=later(4))
    assert "Untouched" in on_list(row)
    assert not row.dream_clients.current().exclude(strayed_at=None).exists()


def test_what_a_person_took_off_stays_off(rep: User, team: Team) -> None:
    energy(team, "Acme")
    row = live(rep)
    following.tick()
    services.take_off(dream_client=row.dream_clients.get(), by=rep, reason="Merged")
    following.tick(now=later())
    assert on_list(row) == set()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"where": "c_gone.is.x"}, "no field"),
        ({"where": "industry.is.("}, "bracket"),
        ({"where": "", "q": ""}, "without a filter"),
        ({"where": "owner.empty"}, "nobody has on a list yet"),
    ],
)
def test_a_filter_that_makes_no_sense_pauses_it_and_says_so(
    rep: User, team: Team, fields: dict[str, str], says: str
) -> None:
    energy(team, "Acme")
    row = live(rep, **fields)
    following.tick()
    following.tick(now=later())
    row.refresh_from_db()
    assert says in row.follow_problem
    assert on_list(row) == set()
    assert Notification.objects.filter(user=rep).count() == 1


def test_an_owner_who_may_not_sign_in_pauses_it(rep: User, team: Team) -> None:
    energy(team, "Acme")
    row = live(rep)
    User.objects.filter(pk=rep.pk).update(is_active=False)
    following.tick()
    row.refresh_from_db()
    assert "may not sign in" in row.follow_problem
    assert on_list(row) == set()


def test_where_a_manager_approves_it_proposes_once(rep: User, team: Team) -> None:
    Organisation.objects.update_or_create(pk=1, defaults={"approve_targets": True})
    energy(team, "Acme")
    row = live(rep)
    following.tick()
    following.tick(now=later())
    assert on_list(row) == set()
    proposal = Proposal.objects.get()
    assert (proposal.by, proposal.by_filter) == (rep, True)
    Proposal.objects.update(state="declined", reason="Too small", decided_by=rep)
    following.tick(now=later(4))
    assert Proposal.objects.count() == 1


def test_a_long_filter_is_filled_in_batches(rep: User, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BATCH", 2)
    energy(team, *"abcde")
    row = live(rep, is_live=False, is_filling=True)
    following.tick()
    row.refresh_from_db()
    assert len(on_list(row)) == 5
    assert not row.is_filling
    energy(team, "f")
    following.tick(now=later())
    assert len(on_list(row)) == 5


class TestPage:
    URL = reverse("dreamclients:list_from_filter")

    def test_it_shows_the_numbers_and_makes_the_list(self, rep: User, team: Team) -> None:
        acme, _borealis = energy(team, "Acme", "Borealis")
        make.make_dream_client(acme)
        client = signed_in(rep)
        page = client.get(self.URL, {"where": WHERE}).content.decode()
        assert '<strong class="num">2</strong>' in page
        assert '<strong class="num">1</strong>' in page
        data = {"name": "Energy", "team": team.pk, "tier": "A", "kind": "live", "where": WHERE, "q": ""}
        assert client.post(self.URL, data).status_code == 302
        row = DreamClientList.objects.get(name="Energy")
        assert (row.is_live, row.where, on_list(row)) == (True, WHERE, {"Borealis"})
        assert client.post(self.URL, data).status_code == 422  # the name is taken
        again = data | {"for_list": row.pk, "where": "industry.is.materials", "kind": "static", "name": ""}
        client.post(self.URL, again)
        row.refresh_from_db()
        assert (row.is_live, row.where) == (False, "industry.is.materials")

    @pytest.mark.parametrize(
        "where", ["", "nonsense", "or(),or()", "c_gone.is.x", "name.has.\x00", "x" * 5000]
    )
    def test_a_filter_that_makes_no_list(self, rep: User, where: str) -> None:
        page = signed_in(rep).get(self.URL, {"where": where})
        assert page.status_code == 200
        assert "This filter makes no list" in page.content.decode()

    def test_an_outsider_cannot_change_it(self, rep: User) -> None:
        row = live(rep)
        outsider = make.make_user("Otto", team=make.make_team("South"))
        data = {"for_list": row.pk, "where": WHERE, "q": "", "tier": "A", "kind": "live", "team": ""}
        assert signed_in(outsider).post(self.URL, data).status_code == 422
        assert signed_in(outsider).post(reverse("dreamclients:list_follow", args=[row.pk])).status_code == 404

    def test_follow_now_and_the_problem_on_the_page(self, rep: User, team: Team) -> None:
        energy(team, "Acme")
        row = live(rep)
        client = signed_in(rep)
        client.post(reverse("dreamclients:list_follow", args=[row.pk]))
        assert on_list(row) == {"Acme"}
        DreamClientList.objects.update(where="c_gone.is.x")
        client.post(reverse("dreamclients:list_follow", args=[row.pk]))
        page = client.get(reverse("dreamclients:list", args=[row.pk])).content.decode()
        assert "does not follow its filter" in page


class TestRights:
    """A list that follows a filter can do what its owner and whoever set it up may both do, in its own team."""

    @staticmethod
    def data(row: DreamClientList, **fields: object) -> dict[str, object]:
        data = {"name": row.name, "team": row.team_id, "cadence_a": 7, "cadence_b": 30, "cadence_c": 60}
        said = {"owner": row.owner_id, "version": row.version, "live_tier": "B", "is_live": "on"}
        return data | said | fields

    def change(self, by: User, row: DreamClientList, **fields: object) -> int:
        url = reverse("dreamclients:list_edit", args=[row.pk])
        status = signed_in(User.objects.get(pk=by.pk)).post(url, self.data(row, **fields)).status_code
        row.refresh_from_db()
        return status

    def test_a_rep_gives_it_to_nobody_with_more_rights(self, rep: User, team: Team) -> None:
        row = live(rep)
        above = [make.make_user(is_admin=True), make.make_user(team=team, role="manager")]
        for person in above:
            assert self.change(rep, row, owner=person.pk) == 422
        assert row.owner == rep
        manager = above[1]
        assert self.change(manager, row, owner=manager.pk) == 302  # who may do as much gives it

    def test_it_takes_no_account_of_another_team(self, rep: User, team: Team) -> None:
        south = make.make_team("South")
        energy(south, "Theirs")
        energy(team, "Ours")
        row = live(make.make_user(is_admin=True), team=team)
        following.tick()
        assert on_list(row) == {"Ours"}
        Membership.objects.create(user=rep, team=south)
        theirs = make.make_list(owner=rep, team=south, where=WHERE, is_live=True)
        energy(team, "Ours too")
        following.follow(theirs, now=timezone.now())
        assert on_list(theirs) == {"Theirs"}

    def test_a_rep_behind_it_means_approval(self, rep: User, team: Team) -> None:
        Organisation.objects.update_or_create(pk=1, defaults={"approve_targets": True})
        energy(team, "Acme")
        row = live(make.make_user(is_admin=True), team=team, followed_by=rep)
        following.tick()
        assert on_list(row) == set()
        assert Proposal.objects.get().by == rep

    def test_a_manager_vouches_with_a_managers_rights(self, team: Team) -> None:
        manager = make.make_user(team=team, role="manager")
        row = live(make.make_user(is_admin=True), team=team, where="industry.is.utilities")
        data = {"for_list": row.pk, "where": WHERE, "q": "", "tier": "B", "kind": "live", "team": team.pk}
        assert signed_in(manager).post(TestPage.URL, data).status_code == 302
        row.refresh_from_db()
        assert row.followed_by == manager

    def test_it_pauses_with_whoever_set_it_up_and_goes_on_once_saved(self, rep: User, team: Team) -> None:
        energy(team, "Acme")
        gone = make.make_user("Gone", team=team)
        row = live(rep, followed_by=gone)
        Membership.objects.filter(user=gone).delete()
        following.tick()
        row.refresh_from_db()
        assert "Gone, who set its filter up, is not in its team any more" in row.follow_problem
        assert self.change(rep, row) == 302
        following.tick(now=later())
        assert on_list(row) == {"Acme"}


def test_checking_a_filter(rep: User) -> None:
    with pytest.raises(WhereError):
        following.check(q="", where="", user=rep, live=False)
    assert following.check(q="", where="owner.empty", user=rep, live=False).where


def test_two_on_one_account_are_refused_by_the_table(rep: User, team: Team) -> None:
    energy(team, "Acme")
    live(rep)
    make.make_list("Energy again", owner=rep, team=team, where=WHERE, is_live=True)
    following.tick()
    assert DreamClient.objects.current().count() == 1
