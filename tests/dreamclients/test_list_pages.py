"""Lists, putting accounts on them, and insights."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.dreamclients.models import DreamClient, DreamClientList, Proposal
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


class TestLists:
    def test_make_change_archive_restore(self, rep: User, team: Team, outsider: User) -> None:
        client = signed_in(rep)
        data = {"name": "  West   coast ", "team": team.pk, "cadence_a": 7, "cadence_b": 30, "cadence_c": 60}
        client.post(reverse("dreamclients:list_create"), data)
        row = DreamClientList.objects.get()
        assert (row.name, row.owner, row.team, row.cadence_a) == ("West coast", rep, team, 7)

        dream_client = make.make_dream_client(owner=rep, dream_client_list=row, tier="A")
        edit = reverse("dreamclients:list_edit", args=[row.pk])
        data["owner"] = rep.pk
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
        ((_row, stand, parts),) = signed_in(rep).get(reverse("dreamclients:lists")).context["rows"]
        assert (stand.number, stand.worked, stand.opened) == (4, 2, 1)
        assert {part.key: part.count for part in parts} == {"warm": 1, "cold": 1, "free": 1, "parked": 0}

    def test_each_part_of_the_bar_leads_to_the_rows_that_it_counts(self, rep: User) -> None:
        now = timezone.now()
        row = make.make_list(owner=rep)
        kinds: dict[str, list[dict[str, Any]]] = {
            "warm": [{}] * 3,
            "cold": [{"cold_at": now - timedelta(days=1)}] * 2,
            "parked": [{"parked_until": now + timedelta(days=9)}, {"parked_until": now + timedelta(hours=1)}],
            "": [{"rung": "opened"}, {"ruled_out_at": now, "ruled_out_reason": "No"}],
        }
        for fields in (one for group in kinds.values() for one in group):
            make.make_dream_client(owner=rep, dream_client_list=row, **fields)
        make.make_dream_client(dream_client_list=row)
        client = signed_in(rep)
        page = client.get(reverse("dreamclients:list", args=[row.pk]))
        for part in page.context["parts"]:
            rows = client.get(part.url).context["shown"].page.rows
            assert len(rows) == part.count > 0, part.key
        assert page.context["next_cold"][0].cold_at < now

    def test_a_list_is_given_to_a_colleague(self, rep: User, team: Team) -> None:
        row = make.make_list(owner=rep, where="industry.is.energy", is_live=True, follow_problem="Gone")
        colleague = make.make_user("Carl", team=team)
        data = {"name": row.name, "team": team.pk, "cadence_a": 7, "cadence_b": 30, "cadence_c": 60}
        data |= {"owner": colleague.pk, "version": row.version, "live_tier": "A", "is_live": "on"}
        signed_in(rep).post(reverse("dreamclients:list_edit", args=[row.pk]), data)
        row.refresh_from_db()
        assert (row.owner, row.live_tier, row.is_live, row.follow_problem) == (colleague, "A", True, "")


class TestTeam:
    """A list stays in its team; who left the team has no say in it."""

    @staticmethod
    def data(row: DreamClientList, **fields: object) -> dict[str, object]:
        data = {"name": "Renamed", "team": row.team_id, "cadence_a": 7, "cadence_b": 30, "cadence_c": 60}
        return data | {"owner": row.owner_id, "version": row.version} | fields

    @pytest.mark.parametrize("goes_to", [None, "South"])
    def test_an_owner_who_left_the_team(self, rep: User, goes_to: str | None) -> None:
        row = make.make_list(owner=rep)
        Membership.objects.filter(user=rep).delete()
        south = make.make_team(goes_to) if goes_to else None
        if south:
            Membership.objects.create(user=rep, team=south)
        client = signed_in(User.objects.get(pk=rep.pk))
        for name in ("dreamclients:list_edit", "bin:list", "dreamclients:list_archive"):
            data = self.data(row, team=south.pk if south else "")
            assert client.post(reverse(name, args=[row.pk]), data).status_code == 404, name
        assert not row.may_edit(User.objects.get(pk=rep.pk))

    def test_who_leads_both_teams_moves_it_with_what_is_proposed(self, rep: User, team: Team) -> None:
        south = make.make_team("South")
        Membership.objects.create(user=rep, team=south)
        row = make.make_list(owner=rep, team=team)
        url = reverse("dreamclients:list_edit", args=[row.pk])
        for where in ("", south.pk):  # a rep of both, and nobody publishes it
            assert signed_in(rep).post(url, self.data(row, team=where)).status_code == 422
        lead = make.make_user("Lena", team=team, role="manager")
        assert signed_in(lead).post(url, self.data(row, team=south.pk)).status_code == 422
        Membership.objects.create(user=lead, team=south, role="manager")
        dream_client = make.make_dream_client(dream_client_list=row)
        asked = Proposal.objects.create(account=make.make_account(), list=row, team=team, by=rep)
        assert (
            signed_in(User.objects.get(pk=lead.pk)).post(url, self.data(row, team=south.pk)).status_code
            == 302
        )
        dream_client.refresh_from_db()
        asked.refresh_from_db()
        assert dream_client.team == asked.team == south

    def test_proposals_are_decided_by_who_leads_the_team_of_the_list(self, rep: User, team: Team) -> None:
        lead = make.make_user("Lena", team=team, role="manager")
        row = make.make_list(owner=rep, team=make.make_team("South"))
        asked = Proposal.objects.create(account=make.make_account(), list=row, team=team, by=rep)
        assert not Proposal.objects.decidable_by(lead).exists()
        assert not asked.may_decide(lead)


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


def test_the_figures_of_a_large_list_follow_its_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.dreamclients.coverage.LARGE", 1)
    team = make.make_team()
    rep = make.make_user(team=team)
    wishes = make.make_list(owner=rep, team=team)
    for _number in range(3):
        make.make_dream_client(make.make_account(team=team), owner=rep, dream_client_list=wishes)
    client.force_login(rep)
    url = f"/lists/{wishes.pk}/"
    assert "How this list stands" not in client.get(url).content.decode()
    htmx = {"HX-Request": "true", "HX-Target": "div#list-head"}
    head = client.get(url, headers=htmx).content.decode()
    assert "How this list stands" in head
    assert "<html" not in head
    client.force_login(make.make_user(team=make.make_team("South")))
    assert client.get(url, headers=htmx).status_code == 404
