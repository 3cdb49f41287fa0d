"""Settings: everybody has a profile; people, teams, the organisation and the audit log are the admins'."""

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.users.forms import InviteForm
from apps.users.models import AuditEntry, Membership, Organisation, Team, User
from apps.users.services import LastAdmin, audit, deactivate, reactivate
from tests.factories import make_team, make_user

pytestmark = pytest.mark.django_db
PASSWORD = "seven quiet herons"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def team() -> Team:
    return make_team("West")


@pytest.fixture
def admin(team: Team) -> User:
    return make_user("Ada King", team=team, role="manager", is_admin=True, password=PASSWORD)


@pytest.fixture
def rep(team: Team) -> User:
    return make_user("Ben Ode", team=team)


def admin_urls(team: Team, rep: User) -> list[str]:
    return [
        "/settings/people/",
        "/settings/people/new/",
        f"/settings/people/{rep.pk}/",
        f"/settings/people/{rep.pk}/deactivate/",
        f"/settings/people/{rep.pk}/reactivate/",
        f"/settings/people/{rep.pk}/invite-again/",
        "/settings/teams/",
        "/settings/teams/new/",
        f"/settings/teams/{team.pk}/",
        f"/settings/teams/{team.pk}/members/",
        f"/settings/teams/{team.pk}/members/{rep.pk}/",
        "/settings/organisation/",
        "/settings/audit-log/",
    ]


def test_only_admins_get_beyond_their_profile(team: Team, rep: User) -> None:
    manager = make_user("Mia Lang", team=team, role="manager")
    for person in (rep, manager):
        client = signed_in(person)
        for url in admin_urls(team, rep):
            assert {client.get(url).status_code, client.post(url).status_code} <= {403, 405}, url
        assert client.get("/settings/profile/").status_code == 200
        assert "/settings/people/" not in client.get("/settings/profile/").content.decode()
    assert AuditEntry.objects.count() == 0


def test_settings_lead_to_the_profile(rep: User) -> None:
    assert signed_in(rep).get("/settings/")["Location"] == "/settings/profile/"


# --- Profile -------------------------------------------------------------------------------------


def profile_answers(user: User, **changed: object) -> dict[str, object]:
    return {
        "name": "Ben Oder",
        "time_zone": "America/Denver",
        "work_start": "08:00",
        "work_end": "16:30",
        "work_days": ["0", "1", "2", "3"],
        "theme": "dark",
        "version": user.version,
    } | changed


def test_a_profile_is_saved(rep: User) -> None:
    assert signed_in(rep).post("/settings/profile/", profile_answers(rep)).status_code == 302
    rep.refresh_from_db()
    assert (rep.name, rep.time_zone, rep.theme) == ("Ben Oder", "America/Denver", "dark")
    assert (rep.work_days, f"{rep.work_start:%H:%M}", f"{rep.work_end:%H:%M}") == (
        [0, 1, 2, 3],
        "08:00",
        "16:30",
    )
    assert not rep.is_admin


def test_a_profile_cannot_make_an_admin(rep: User) -> None:
    signed_in(rep).post("/settings/profile/", profile_answers(rep, is_admin="on", email="x@y.test"))
    rep.refresh_from_db()
    assert not rep.is_admin
    assert rep.email != "x@y.test"


def test_a_working_day_has_to_end_after_it_starts(rep: User) -> None:
    response = signed_in(rep).post("/settings/profile/", profile_answers(rep, work_end="07:00"))
    assert response.status_code == 422
    assert "has to end after it starts" in response.content.decode()


def test_the_theme_is_changed_and_leads_back_to_our_own_pages_only(rep: User) -> None:
    client = signed_in(rep)
    assert client.get("/settings/theme/").status_code == 405
    back = client.post("/settings/theme/", {"theme": "dark", "next": "/metrics/"})
    assert back["Location"] == "/metrics/"
    rep.refresh_from_db()
    assert rep.theme == "dark"
    evil = client.post("/settings/theme/", {"theme": "pink", "next": "https://evil.test/"})
    assert evil["Location"] == "/"
    rep.refresh_from_db()
    assert rep.theme == "dark"


# --- People ---------------------------------------------------------------------------------------


def test_people_are_listed_with_state(admin: User, rep: User) -> None:
    page = signed_in(admin).get("/settings/people/").content.decode()
    assert "Ada King" in page
    assert "Ben Ode" in page
    assert "West" in page
    deactivate(user=rep, by=admin)
    client = signed_in(admin)
    assert "Ben Ode" not in client.get("/settings/people/").content.decode().replace(rep.email, "")
    assert "Ben Ode" in client.get("/settings/people/?state=inactive").content.decode()


def test_the_list_of_people_costs_the_same_for_many(admin: User, team: Team) -> None:
    client = signed_in(admin)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/settings/people/").status_code == 200
        return len(seen)

    queries()
    few = queries()
    for number in range(20):
        make_user(f"Rep {number}", team=team)
    assert queries() == few


def test_an_admin_invites(admin: User, team: Team, mailoutbox: list[EmailMessage]) -> None:
    client = signed_in(admin)
    given = {"name": "Cleo Ma", "email": "Cleo@Opener.test", "team": team.pk, "role": "manager"}
    assert client.post("/settings/people/new/", given)["Location"] == "/settings/people/"
    cleo = User.objects.get(email="cleo@opener.test")
    assert (cleo.role_name, cleo.is_admin) == ("Manager", False)
    assert mailoutbox[0].to == ["cleo@opener.test"]
    again = client.post("/settings/people/new/", given | {"email": "CLEO@opener.test"})
    assert again.status_code == 422
    assert "here already" in again.content.decode()


def test_two_invite_one_address_at_the_same_moment(
    admin: User, rep: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(InviteForm, "clean_email", lambda form: form.cleaned_data["email"])
    data = {"name": "Ben", "email": rep.email, "role": "rep"}
    response = signed_in(admin).post("/settings/people/new/", data)
    assert response.status_code == 422
    assert "Somebody with this address is here already." in response.content.decode()


def test_an_admin_changes_a_person(admin: User, rep: User, team: Team) -> None:
    east = make_team("East")
    given = {
        "name": "Ben Oder",
        "email": rep.email,
        f"team_{team.pk}": "",
        f"team_{east.pk}": "manager",
        "version": rep.version,
    }
    assert signed_in(admin).post(f"/settings/people/{rep.pk}/", given).status_code == 302
    rep = User.objects.get(pk=rep.pk)
    assert (rep.name, rep.roles) == ("Ben Oder", {east.pk: "manager"})
    entry = AuditEntry.objects.get()
    assert entry.detail["West"] == ["rep", ""]
    assert entry.detail["East"] == ["", "manager"]
    assert entry.detail["name"] == ["Ben Ode", "Ben Oder"]
    assert ("East", "– → manager") in entry.lines()


def test_two_admins_who_change_one_person_see_both_versions(admin: User, rep: User) -> None:
    client = signed_in(admin)
    given = {"name": "Ben One", "email": rep.email, "version": rep.version}
    assert client.post(f"/settings/people/{rep.pk}/", given).status_code == 302
    second = client.post(f"/settings/people/{rep.pk}/", given | {"name": "Ben Two"})
    assert second.status_code == 422
    page = second.content.decode()
    assert "Ben One" in page
    assert "Ben Two" in page
    rep.refresh_from_db()
    assert rep.name == "Ben One"


def test_a_deactivated_person_is_out_at_once(admin: User, rep: User) -> None:
    theirs = signed_in(rep)
    assert theirs.get("/settings/profile/").status_code == 200
    response = signed_in(admin).post(f"/settings/people/{rep.pk}/deactivate/", follow=True)
    assert "stays theirs until you hand it over" in response.content.decode()
    assert theirs.get("/settings/profile/").status_code == 302
    signed_in(admin).post(f"/settings/people/{rep.pk}/reactivate/")
    rep.refresh_from_db()
    assert rep.is_active


def test_the_last_admin_stays(admin: User, rep: User) -> None:
    client = signed_in(admin)
    response = client.post(f"/settings/people/{admin.pk}/deactivate/", follow=True)
    assert "only admin who can sign in" in response.content.decode()
    given = {"name": admin.name, "email": admin.email, "version": admin.version}
    response = client.post(f"/settings/people/{admin.pk}/", given)
    assert response.status_code == 422
    assert "only admin who can sign in" in response.content.decode()
    admin.refresh_from_db()
    assert admin.is_admin
    assert admin.is_active


def test_an_admin_who_never_signed_in_is_none_to_rely_on(admin: User) -> None:
    make_user("Cleo Ma", is_admin=True)  # invited, without a password
    with pytest.raises(LastAdmin):
        deactivate(user=admin, by=admin)
    make_user("Dan Po", is_admin=True, password=PASSWORD)
    deactivate(user=admin, by=admin)
    reactivate(user=admin, by=admin)


# --- Teams ----------------------------------------------------------------------------------------


def test_a_team_is_made_renamed_and_filled(admin: User, rep: User) -> None:
    client = signed_in(admin)
    assert client.post("/settings/teams/new/", {"name": "North"}).status_code == 302
    north = Team.objects.get(name="North")
    assert client.post("/settings/teams/new/", {"name": "north"}).status_code == 422
    assert (
        client.post(
            f"/settings/teams/{north.pk}/", {"name": "Far North", "version": north.version}
        ).status_code
        == 302
    )
    url = f"/settings/teams/{north.pk}/members/"
    assert client.post(url, {"user": rep.pk, "role": "rep"}).status_code == 302
    assert client.post(url, {"user": rep.pk, "role": "rep"}).status_code == 422
    assert client.post(f"{url}{rep.pk}/", {"role": "manager"}).status_code == 302
    assert Membership.objects.get(user=rep, team=north).role == "manager"
    page = client.get(f"/settings/teams/{north.pk}/").content.decode()
    assert "Far North" in page
    assert "Ben Ode" in page
    assert client.post(f"{url}{rep.pk}/", {"role": ""}).status_code == 302
    assert not Membership.objects.filter(user=rep, team=north).exists()
    assert "nobody manages it" in client.get("/settings/teams/").content.decode()
    assert AuditEntry.objects.filter(action="membership changed").count() == 3


# --- Organisation and audit log -----------------------------------------------------------------------


def organisation_answers(**changed: object) -> dict[str, object]:
    current = Organisation.current()
    names = [
        "name",
        "time_zone",
        "country",
        "currency",
        "book_cap",
        "active_per_account",
        "contact_day_cap",
        "contact_week_cap",
        "contract_lead_days",
        "account_week_cap",
        "cadence_a",
        "cadence_b",
        "cadence_c",
        "version",
    ]
    return {name: getattr(current, name) for name in names} | changed


def test_the_organisation_is_saved_and_audited(admin: User) -> None:
    client = signed_in(admin)
    assert client.get("/settings/organisation/").status_code == 200
    given = organisation_answers(name="Nordlicht", time_zone="Europe/Oslo", country="NO", book_cap=45)
    assert client.post("/settings/organisation/", given).status_code == 302
    current = Organisation.current()
    assert (current.name, current.time_zone, current.country, current.book_cap) == (
        "Nordlicht",
        "Europe/Oslo",
        "NO",
        45,
    )
    assert AuditEntry.objects.get().detail["book_cap"] == ["60", "45"]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("currency", "euro", "at most 3"),
        ("currency", "eu1", "Three capital letters"),
        ("contact_day_cap", "0", "At least 1"),
        ("cadence_a", "0", "At least 1"),
        ("time_zone", "Mars", "not there any more"),
    ],
)
def test_what_the_organisation_cannot_be(admin: User, field: str, value: str, says: str) -> None:
    response = signed_in(admin).post("/settings/organisation/", organisation_answers(**{field: value}))
    assert response.status_code == 422
    assert says in response.content.decode()


def test_the_audit_log_pages_newest_first(admin: User) -> None:
    for number in range(60):
        audit(by=admin, action="test", subject=f"Entry {number:02}")
    client = signed_in(admin)
    first = client.get("/settings/audit-log/")
    page = first.content.decode()
    assert "Entry 59" in page
    assert "Entry 10" in page
    assert "Entry 09" not in page
    second = client.get("/settings/audit-log/", {"cursor": first.context["page"].next}).content.decode()
    assert "Entry 09" in second
    assert "Entry 10" not in second
