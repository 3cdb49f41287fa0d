"""Accounts and contacts: tables, forms, what is refused and how it is said."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts import services
from apps.accounts.models import Account, Contact, ContactEmail, OptOut, Tag
from apps.users.models import Team, User
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


def names(client: Client, query: str, where: str = "list") -> list[str]:
    response = client.get(reverse(f"accounts:{where}") + query)
    assert response.status_code == 200
    return [row.name for row in response.context["page"].rows]


def account_data(**fields: Any) -> dict[str, Any]:
    return {"name": "Zoetis", "domain": "", "industry": "", "version": 1, **fields}


class TestTables:
    @pytest.mark.parametrize("where", ["list", "contacts"])
    def test_it_costs_the_same_for_any_number_of_rows(self, rep: User, where: str) -> None:
        client, url = signed_in(rep), reverse(f"accounts:{where}")

        def fill(number: int) -> None:
            for _ in range(number):
                row = make.make_dream_client(owner=rep)
                OptOut.objects.create(contact=make.make_contact(row.account, phone="+1 555"), channel="sms")

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(url).status_code == 200
            return len(captured)

        fill(3)
        client.get(url)
        few = queries()
        fill(27)
        assert queries() == few
        assert few <= 12

    def test_accounts_are_filtered_by_words_industry_and_team(self, rep: User, team: Team) -> None:
        make.make_account("General Motors", industry="consumer_discretionary", team=team)
        make.make_account("Société Générale", industry="financials")
        make.make_account("Booking.com", team=make.make_team())
        client = signed_in(rep)
        assert names(client, "") == ["Booking.com", "General Motors", "Société Générale"]
        assert names(client, "?q=mot") == ["General Motors"]
        assert names(client, "?q=GENERAL+M") == ["General Motors"]
        assert names(client, "?q=gener") == ["General Motors", "Société Générale"]
        assert names(client, "?q=booking.c") == ["Booking.com"]
        assert names(client, "?q=s") == ["Société Générale"]
        assert names(client, "?q=%25") == []
        assert names(client, "?industry=financials") == ["Société Générale"]
        assert names(client, f"?team={team.pk}") == ["General Motors"]
        assert names(client, "?team=none") == ["Société Générale"]
        assert names(client, "?sort=-name") == ["Société Générale", "General Motors", "Booking.com"]

    def test_contacts_are_found_by_any_name_and_by_address(self, rep: User) -> None:
        make.make_contact(first_name="Carla", last_name="Diaz", email="c.diaz@zoetis.com", role="champion")
        make.make_contact(first_name="Mei", last_name="Tanaka", email="mei@zoetis.com")
        client = signed_in(rep)
        assert names(client, "?q=carl", "contacts") == ["Carla Diaz"]
        assert names(client, "?q=tan", "contacts") == ["Mei Tanaka"]
        assert names(client, "?q=Mei%40z", "contacts") == ["Mei Tanaka"]
        assert names(client, "?role=champion", "contacts") == ["Carla Diaz"]

    def test_who_works_it_is_said_to_everybody_and_how_far_it_came_to_the_team(
        self, rep: User, outsider: User
    ) -> None:
        row = make.make_dream_client(owner=rep, rung="met", last_touch_at=timezone.now())
        make.make_dream_client(row.account, owner=outsider, left_at=timezone.now())
        for user, sees in [(rep, True), (outsider, False)]:
            page = signed_in(user).get(reverse("accounts:list")).content.decode()
            assert page.count("Rita Rep") - page.count("Menu of Rita Rep") >= 1
            assert ("rungs-met" in page) is sees

    def test_nothing_there_says_what_to_do(self, rep: User) -> None:
        client = signed_in(rep)
        assert "No accounts yet" in client.get(reverse("accounts:list")).content.decode()
        assert "No contacts yet" in client.get(reverse("accounts:contacts")).content.decode()
        assert "No account is like that" in client.get(reverse("accounts:list") + "?q=x").content.decode()


class TestAccountForm:
    def test_an_account_is_kept_normalised(self, rep: User, team: Team) -> None:
        data = account_data(
            name="  Zoetis   Inc ", domain="https://www.Zoetis.com/about", country="us", team=team.pk
        )
        response = signed_in(rep).post(reverse("accounts:create"), data)
        account = Account.objects.get()
        assert response.headers["Location"] == reverse("record", args=[account.pk])
        assert (account.name, account.name_key) == ("Zoetis Inc", "zoetis inc")
        assert (account.domain, account.country, account.team, account.created_by) == (
            "zoetis.com",
            "US",
            team,
            rep,
        )

    def test_the_same_domain_is_refused_with_a_link(self, rep: User) -> None:
        other = make.make_account("Zoetis <Inc>", domain="zoetis.com")
        response = signed_in(rep).post(reverse("accounts:create"), account_data(domain="WWW.zoetis.com"))
        assert response.status_code == 422
        link = (
            f'<a href="{reverse("record", args=[other.pk])}">Zoetis &lt;Inc&gt;</a> has this domain already.'
        )
        assert link in response.content.decode()

    def test_the_same_name_is_asked_about_and_possible(self, rep: User) -> None:
        other = make.make_account("Zoetis")
        client, url = signed_in(rep), reverse("accounts:create")
        response = client.post(url, account_data(name="zoetis "))
        assert response.status_code == 422
        assert reverse("record", args=[other.pk]) in response.content.decode()
        assert client.post(url, account_data(same_name_is_fine="on")).status_code == 302
        assert Account.objects.count() == 2

    @pytest.mark.parametrize(
        ("field", "value"),
        [("name", "x" * 300), ("name", ""), ("name", "  "), ("name", "a\x00b"), ("name", "a\x07b"), ("domain", "not a domain"),
         ("domain", "a\x00.com"), ("country", "Germany"), ("time_zone", "Mars/Base"), ("employees", "-3"), ("employees", "9" * 30),
         ("phone", "1\x00"), ("headquarters", "x" * 999), ("industry", "magic"), ("team", "999999")],
    )  # fmt: skip
    def test_what_is_wrong_is_said_at_the_field(self, rep: User, field: str, value: str) -> None:
        response = signed_in(rep).post(reverse("accounts:create"), account_data(**{field: value}))
        assert response.status_code == 422
        assert field in response.context["form"].errors
        assert not Account.objects.exists()

    @pytest.mark.parametrize("name", ["🦄 " * 20, "شركة النور", "<script>alert(1)</script>", "ﬁ ligature İ"])
    def test_strange_names_are_kept_and_inert(self, rep: User, name: str) -> None:
        client = signed_in(rep)
        page = client.post(reverse("accounts:create"), account_data(name=name), follow=True)
        assert Account.objects.get().name == " ".join(name.split())
        assert "<script>alert" not in page.content.decode()

    def test_two_at_once_the_second_sees_both_versions(self, rep: User, team: Team) -> None:
        account = make.make_account("Zoetis", team=team)
        client, url = signed_in(rep), reverse("accounts:edit", args=[account.pk])
        client.post(url, account_data(headquarters="Parsippany", team=team.pk))
        late = client.post(url, account_data(headquarters="Oslo", team=team.pk))
        assert late.status_code == 422
        text = late.content.decode()
        assert "Parsippany" in text
        assert "Oslo" in text
        account.refresh_from_db()
        assert (account.headquarters, account.version) == ("Parsippany", 2)
        again = account_data(headquarters="Oslo", team=team.pk, version=2)
        assert client.post(url, again).status_code == 302

    def test_another_team_reads_but_does_not_change(self, outsider: User, team: Team) -> None:
        account = make.make_account("Zoetis", team=team)
        client, url = signed_in(outsider), reverse("accounts:edit", args=[account.pk])
        assert client.get(url).status_code == 404
        assert client.post(url, account_data(name="Mine")).status_code == 404


class TestContactForm:
    def data(self, **fields: Any) -> dict[str, Any]:
        return {
            "first_name": "Carla",
            "last_name": "Diaz",
            "emails": "",
            "phones": "",
            "version": 1,
            **fields,
        }

    def test_several_addresses_and_numbers(self, rep: User, team: Team) -> None:
        account = make.make_account(team=team)
        data = self.data(
            emails="Carla@Zoetis.com\ncd@home.test, CARLA@zoetis.com", phones="+1 555 0100\n+1 555 0101"
        )
        client = signed_in(rep)
        client.post(reverse("accounts:contact_create", args=[account.pk]), data)
        contact = Contact.objects.get()
        assert contact.name_key == "diaz carla"
        assert [str(row) for row in contact.emails.order_by("id")] == ["carla@zoetis.com", "cd@home.test"]
        assert (contact.email, contact.phone) == ("carla@zoetis.com", "+1 555 0100")

        kept = contact.emails.get(address="cd@home.test").pk
        edit = reverse("accounts:contact_edit", args=[contact.pk])
        assert "carla@zoetis.com\ncd@home.test" in client.get(edit).content.decode()
        client.post(edit, self.data(emails="cd@home.test\nnew@home.test", version=contact.version))
        contact = Contact.objects.get()
        assert contact.email == "cd@home.test"
        assert contact.emails.get(is_primary=True).pk == kept
        assert set(contact.emails.values_list("address", flat=True)) == {"cd@home.test", "new@home.test"}
        assert not contact.phones.exists()

    def test_an_address_of_somebody_else_is_explained(self, rep: User, team: Team) -> None:
        other = make.make_contact(make.make_account("Zoetis"), last_name="Rey", email="x@zoetis.com")
        url = reverse("accounts:contact_create", args=[make.make_account(team=team).pk])
        response = signed_in(rep).post(url, self.data(emails="X@zoetis.com"))
        assert response.status_code == 422
        assert f"x@zoetis.com belongs to {other.name} at" in response.content.decode()
        assert reverse("record", args=[other.account_id]) in response.content.decode()
        assert ContactEmail.objects.count() == 1

    @pytest.mark.parametrize(
        ("field", "value"),
        [("last_name", ""), ("last_name", "x" * 300), ("first_name", "a\x00"), ("emails", "carla at zoetis"), ("emails", "a\x00@b.com"),
         ("phones", "call me"), ("phones", "1" * 60), ("linkedin", "javascript:alert(1)"), ("role", "king"), ("time_zone", "x")],
    )  # fmt: skip
    def test_what_is_wrong_is_said_at_the_field(self, rep: User, team: Team, field: str, value: str) -> None:
        url = reverse("accounts:contact_create", args=[make.make_account(team=team).pk])
        response = signed_in(rep).post(url, self.data(**{field: value}))
        assert response.status_code == 422
        assert field in response.context["form"].errors
        assert not Contact.objects.exists()

    def test_an_address_taken_between_look_and_save_is_refused_too(
        self, rep: User, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account = make.make_account(team=team)
        save = services.save_contact

        def late(**given: Any) -> Contact:
            make.make_contact(email="x@zoetis.com")
            return save(**given)

        monkeypatch.setattr(services, "save_contact", late)
        url = reverse("accounts:contact_create", args=[account.pk])
        response = signed_in(rep).post(url, self.data(emails="x@zoetis.com"))
        assert response.status_code == 422
        assert "emails" in response.context["form"].errors
        assert not account.contacts.exists()

    def test_a_contact_leads_to_the_record(self, rep: User) -> None:
        contact = make.make_contact()
        response = signed_in(rep).get(reverse("accounts:contact", args=[contact.pk]))
        assert response.headers["Location"] == f"/accounts/{contact.account_id}/#contact-{contact.pk}"

    def test_another_teams_contacts_are_not_ours_to_change(self, outsider: User, team: Team) -> None:
        contact = make.make_contact(make.make_account(team=team))
        client = signed_in(outsider)
        assert (
            client.post(reverse("accounts:contact_edit", args=[contact.pk]), self.data()).status_code == 404
        )
        create = reverse("accounts:contact_create", args=[contact.account_id])
        assert client.post(create, self.data()).status_code == 404


class TestTags:
    def test_they_are_written_in_the_form_and_lead_to_what_has_them(self, rep: User, team: Team) -> None:
        Tag.objects.create(name="Fair")
        row = make.make_account("Zoetis", team=team)
        contact, _other = make.make_contact(row), make.make_account("Another", team=team)
        client, edit = signed_in(rep), reverse("accounts:edit", args=[row.pk])
        assert "tags-suggestions" in client.get(edit).content.decode()
        assert client.post(edit, account_data(tags="fair, New one")).status_code == 302
        assert [tag.name for tag in row.tags.all()] == ["Fair", "New one"]
        assert client.post(edit, account_data(version=2, tags="NEW ONE")).status_code == 302
        assert [tag.name for tag in row.tags.all()] == ["New one"]
        tag = Tag.objects.get(name="New one")
        contact_edit = reverse("accounts:contact_edit", args=[contact.pk])
        data = {"first_name": "Ann", "last_name": "Fry", "version": 1, "tags": "New one"}
        assert client.post(contact_edit, data).status_code == 302
        page = client.get(reverse("record", args=[row.pk])).content.decode()
        assert f"/accounts/?view=all&amp;tags={tag.pk}" in page
        assert f"/contacts/?view=all&amp;tags={tag.pk}" in page
        assert names(client, f"?view=all&tags={tag.pk}") == ["Zoetis"]
        too_long = client.post(edit, account_data(version=3, tags="x" * 51))
        assert too_long.status_code == 422
        assert "x" * 51 in too_long.content.decode()
