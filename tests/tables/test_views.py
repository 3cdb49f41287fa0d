"""Views of a table that people keep, share and open it with."""

from typing import Any

import pytest
from django.test import Client

from apps.tables.models import SavedView, ViewChoice
from apps.users.models import Membership, Team, User
from tests import factories as make

pytestmark = pytest.mark.django_db
PAGES = {"accounts": "/accounts/", "contacts": "/contacts/", "dream_clients": "/dream-clients/"}
ROWS = {"hx-request": "true", "hx-target": "div#rows"}


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


def names(client: Client, url: str, status: int = 200) -> list[str]:
    response = client.get(url)
    assert response.status_code == status
    return [row.name for row in response.context["shown"].rows]


class TestViews:
    def save(self, client: Client, **given: Any) -> SavedView:
        data = {
            "name": "Big ones",
            "audience": "private",
            "where": "employees.over.100",
            "sort": "-employees",
        }
        assert client.post("/tables/accounts/views/new/", data | given).status_code == 302
        return SavedView.objects.latest("pk")

    def test_a_view_is_kept_and_opened(self, rep: User) -> None:
        make.make_account("Small", employees=3)
        make.make_account("Large", employees=900)
        client = signed_in(rep)
        view = self.save(client, columns="name.300,employees.90")
        page = client.get(f"/accounts/?view={view.pk}")
        assert [row.name for row in page.context["shown"].rows] == ["Large"]
        assert page.context["asking"].columns_text == "name.300,employees.90"
        assert not page.context["asking"].is_changed
        assert "Big ones" in client.get("/accounts/").content.decode()
        changed = client.get(f"/accounts/?view={view.pk}&where=")
        assert [row.name for row in changed.context["shown"].rows] == ["Large", "Small"]
        assert "Save changes" in changed.content.decode()
        assert 'name="version" value="1"' in changed.content.decode()
        new = {"where": "employees.under.10", "sort": "name", "version": "1"}
        assert client.post(f"/tables/views/{view.pk}/save/", new).status_code == 302
        assert names(client, f"/accounts/?view={view.pk}") == ["Small"]

    def test_who_saves_second_sees_what_the_first_saved_and_chooses(self, rep: User, team: Team) -> None:
        boss = signed_in(make.make_user("Mona", team=team, role=Membership.Role.MANAGER))
        view = self.save(signed_in(rep), name="Ours", audience="team")
        url = f"/tables/views/{view.pk}/save/"
        first = {"where": "country.is.DE", "sort": "name", "version": "1"}
        assert signed_in(rep).post(url, first).status_code == 302
        second = {"where": "industry.is.energy", "sort": "name", "version": "1"}
        asked = boss.post(url, second)
        html = asked.content.decode()
        assert asked.status_code == 409
        assert f"{rep.name} changed" in html
        assert "Germany" in html
        assert "where=industry.is.energy" in html  # saved as a view of its own
        view.refresh_from_db()
        assert view.where == "country.is.DE"
        assert 'name="version" value="2"' in html
        assert boss.post(url, second | {"version": "2"}).status_code == 302
        view.refresh_from_db()
        assert (view.where, view.version) == ("industry.is.energy", 3)

    def test_others_see_what_is_shared_with_them(self, rep: User, outsider: User, team: Team) -> None:
        colleague = signed_in(make.make_user("Carl", team=team))
        client = signed_in(rep)
        private = self.save(client)
        assert 'type="hidden" name="team"' in client.get("/tables/accounts/views/new/").content.decode()
        shared = self.save(client, name="Ours", audience="team")  # there is one team to choose
        assert shared.team == team
        for view, sees in ((private, False), (shared, True)):
            page = colleague.get(f"/accounts/?view={view.pk}")
            assert page.status_code == (200 if sees else 404)
            assert ("This view is not there any more" in page.content.decode()) is not sees
            assert colleague.post(f"/tables/views/{view.pk}/delete/").status_code == 404
            assert signed_in(outsider).get(f"/accounts/?view={view.pk}").status_code == 404
        assert "Ours" in colleague.get("/accounts/").content.decode()

    def test_a_rep_shares_with_their_team_and_managers_with_everybody(
        self, rep: User, team: Team, outsider: User
    ) -> None:
        data = {"name": "All", "audience": "everybody"}
        assert signed_in(rep).post("/tables/accounts/views/new/", data).status_code == 422
        theirs = {"name": "All", "audience": "team", "team": outsider.home_team_id}
        assert signed_in(rep).post("/tables/accounts/views/new/", theirs).status_code == 422
        manager = make.make_user("Mona", team=team, role=Membership.Role.MANAGER)
        assert signed_in(manager).post("/tables/accounts/views/new/", data).status_code == 302
        view = SavedView.objects.get()
        assert signed_in(outsider).get(f"/accounts/?view={view.pk}").status_code == 200
        assert signed_in(outsider).post(f"/tables/views/{view.pk}/save/", {}).status_code == 404

    def test_the_same_name_twice_is_refused_in_words(self, rep: User) -> None:
        client = signed_in(rep)
        self.save(client)
        answer = client.post("/tables/accounts/views/new/", {"name": "Big ones", "audience": "private"})
        assert answer.status_code == 422
        assert "already" in answer.content.decode()

    def test_deleting_can_be_taken_back_with_its_pins(self, rep: User) -> None:
        client = signed_in(rep)
        view = self.save(client)
        client.post(f"/tables/views/{view.pk}/delete/")
        page = client.get("/accounts/").content.decode()
        assert f"/tables/views/{view.pk}/restore/" in page
        assert client.get(f"/accounts/?view={view.pk}").status_code == 404
        client.post(f"/tables/views/{view.pk}/restore/")
        assert client.get(f"/accounts/?view={view.pk}").status_code == 200
        assert ViewChoice.objects.get(view=view).is_pinned

    def test_a_table_opens_with_the_view_that_one_chose(self, rep: User) -> None:
        make.make_account("Small", employees=3)
        make.make_account("Large", employees=900)
        client = signed_in(rep)
        view = self.save(client)
        choose = "/tables/accounts/views/choose/"
        client.post(choose, {"view": view.pk, "do": "default"})
        assert names(client, "/accounts/") == ["Large"]
        assert names(client, "/accounts/?q=small") == ["Small"]  # whoever searches means the whole table
        client.post(choose, {"view": "all", "do": "default"})
        assert names(client, "/accounts/") == ["Large", "Small"]
        client.post(choose, {"view": view.pk, "do": "unpin"})
        assert "More views" in client.get("/accounts/").content.decode()
        assert client.post(choose, {"view": "²", "do": "pin"}).status_code == 404

    def test_a_view_whose_field_is_gone_says_so(self, rep: User) -> None:
        view = SavedView.objects.create(
            table="accounts", name="Old", owner=rep, where="c_gone.is.1,employees.over.5", columns="name,c_gone",
            sort="c_gone",
        )  # fmt: skip
        make.make_account("Large", employees=900)
        client = signed_in(rep)
        page = client.get(f"/accounts/?view={view.pk}")
        assert page.status_code == 200
        assert "There is no field “c_gone” any more" in page.content.decode()
        assert not page.context["shown"].rows
        assert names(client, page.context["shown"].remove_culprit) == ["Large"]
