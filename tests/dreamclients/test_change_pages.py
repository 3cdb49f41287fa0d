"""What is done to one dream client: take, let go, assign, park, rule out, revive, edit."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.activities.models import Activity
from apps.dreamclients import services
from apps.dreamclients.models import DreamClient
from apps.users.models import Organisation, Team, User
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
        assert " autofocus" in client.get(url, headers=headers).content.decode()
        answer = client.post(url, data, headers=headers)
        assert answer.status_code == 200
        assert "They lose 4% in transit" in answer.content.decode()
        assert " autofocus aria-label" in answer.content.decode()
        row.refresh_from_db()
        assert (row.version, row.cold_at) == (2, row.targeted_at + timedelta(days=14))

        late = client.post(url, {"why_change": "Something else", "tier": "A", "version": 1}, headers=headers)
        assert late.status_code == 422
        text = late.content.decode()
        assert "They lose 4% in transit" in text
        assert "Something else" in text
        row.refresh_from_db()
        assert row.why_change == "They lose 4% in transit"


@pytest.fixture
def leaves_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the page's look and the change, a colleague takes the dream client off its list."""
    real = services._locked

    def locked(row: DreamClient) -> DreamClient:
        DreamClient.objects.filter(pk=row.pk).update(left_at=timezone.now())
        return real(row)

    monkeypatch.setattr(services, "_locked", locked)


@pytest.mark.usefixtures("leaves_meanwhile")
@pytest.mark.parametrize("name", ["take", "let_go", "assign", "park", "rule_out", "revive", "take_off"])
def test_what_left_its_list_meanwhile_is_said(rep: User, name: str) -> None:
    row = make.make_dream_client(
        owner=None if name == "take" else rep, dream_client_list=make.make_list(owner=rep)
    )
    data = {"reason": "Enough", "owner": rep.pk, "until": timezone.localdate() + timedelta(days=9)}
    data = {} if name == "take" else data
    answer = signed_in(rep).post(reverse(f"dreamclients:{name}", args=[row.pk]), data, follow=True)
    assert answer.redirect_chain == [(reverse("record", args=[row.account_id]), 302)]
    assert "was taken off its list meanwhile" in answer.content.decode()
