"""The pages of the metrics: who sees what, each figure leads to its rows, and nothing grows with them."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.activities.models import Activity
from apps.dreamclients.models import DreamClient, Rung, RungReached
from apps.metrics.definitions import METRICS
from apps.metrics.tables import plain
from apps.pipeline.models import Ask, Opening
from apps.users.models import Team, User
from tests.factories import (
    make_account,
    make_activity,
    make_contact,
    make_dream_client,
    make_list,
    make_meeting,
    make_opportunity,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def west() -> Team:
    return make_team("West")


@pytest.fixture
def manager(west: Team) -> User:
    return make_user("Mia Lang", team=west, role="manager")


@pytest.fixture
def rep(west: Team) -> User:
    return make_user("Ben Ode", team=west)


@pytest.fixture
def colleague(west: Team) -> User:
    return make_user("Cleo Ma", team=west)


@pytest.fixture
def outsider() -> User:
    return make_user("Otto Fern", team=make_team("East"), role="manager")


def history(owner: User, name: str = "Acme") -> DreamClient:
    """One dream client of `owner` that went all the way, with a row for every metric."""
    now = timezone.now()
    team = owner.teams.get()
    account = make_account(name, team=team)
    contact = make_contact(account)
    long_ago = now - timedelta(days=20)
    row = make_dream_client(
        account,
        owner=owner,
        dream_client_list=make_list(owner=owner),
        targeted_at=long_ago,
        cold_at=now - timedelta(days=1),
    )
    touch = make_activity(
        account,
        by=owner,
        contact=contact,
        at=now - timedelta(days=9),
        intent="ask",
        outcome="connected",
        subject=f"Call {name}",
    )
    make_activity(account, kind=Activity.Kind.REPLY, by=None, contact=contact, at=now - timedelta(days=7))
    for days, rung in enumerate(list(Rung)[1:], start=2):
        RungReached.objects.create(
            dream_client=row,
            rung=rung,
            at=long_ago + timedelta(days=days),
            cause=touch,
            touch=touch,
            owner=owner,
            team=team,
        )
    make_meeting(contact, owner=owner, dream_client=row, state="held", starts_at=now - timedelta(days=5))
    for origin in ("created", "captured"):
        opportunity = make_opportunity(
            account,
            owner=owner,
            origin=origin,
            value=1000,
            dream_client=row,
            created_at=now - timedelta(days=4),
            name=f"{name} {origin}",
        )
        stages = opportunity.pipeline.stages
        won = make_opportunity(
            account,
            owner=owner,
            origin=origin,
            stage=stages.get(kind="won"),
            closed_at=now - timedelta(days=1),
        )
        assert won.closed_at
        if origin == "created":
            Opening.objects.create(
                opportunity=opportunity,
                account=account,
                dream_client=row,
                list=row.list,
                rep=owner,
                team=team,
                touch=touch,
                value=1000,
                currency="USD",
                at=now - timedelta(days=4),
            )
    Ask.objects.create(
        account=account, contact=contact, by=owner, team=team, commitment="Time", at=now, answer="yes"
    )
    return row


def targeted_long_ago(owner: User, name: str) -> DreamClient:
    """One that nothing came of in a hundred days."""
    account = make_account(name, team=owner.teams.get())
    at = timezone.now() - timedelta(days=100)
    return make_dream_client(
        account, owner=owner, dream_client_list=make_list(owner=owner), targeted_at=at, cold_at=timezone.now()
    )


# --- Rights ---------------------------------------------------------------------------------------


def test_nobody_signed_out_sees_metrics(client: Client) -> None:
    for url in ("/metrics/", "/metrics/touches/", "/metrics/touches/rows.csv", "/metrics/reps/1/"):
        assert client.get(url)["Location"].startswith("/account/login/")


def test_a_manager_sees_their_reps_and_no_other_team(
    manager: User, rep: User, colleague: User, outsider: User
) -> None:
    history(rep, "Acme")
    history(colleague, "Bolt")
    page = signed_in(manager).get("/metrics/").content.decode()
    for text in ("Ben Ode", "Cleo Ma", "Acme", "Bolt", "First commitments"):
        assert text in page
    assert "Otto Fern" not in page
    theirs = signed_in(outsider)
    page = theirs.get("/metrics/").content.decode()
    for text in ("Ben Ode", "Cleo Ma", "Acme", "Bolt"):
        assert text not in page
    for slug in METRICS:
        response = theirs.get(f"/metrics/{slug}/")
        assert "Acme" not in response.content.decode(), slug
        assert "Acme" not in b"".join(theirs.get(f"/metrics/{slug}/rows.csv")).decode(), slug
        assert response.context["figure"].rows == 0, slug
    assert theirs.get(f"/metrics/reps/{rep.pk}/").status_code == 404
    assert theirs.get(f"/metrics/?team={rep.home_team_id}").status_code == 404
    assert theirs.get(f"/metrics/touches/?rep={rep.pk}").context["figure"].rows == 0


def test_a_rep_sees_their_own_figures_and_the_teams_sum(rep: User, colleague: User) -> None:
    history(rep, "Acme")
    history(colleague, "Bolt")
    client = signed_in(rep)
    page = client.get("/metrics/").content.decode()
    assert "Acme" in page
    assert "Bolt" not in page
    assert "Cleo Ma" not in page
    assert "team 2" in page  # touches, first commitments, openings of both
    assert client.get(f"/metrics/reps/{rep.pk}/").status_code == 200
    assert client.get(f"/metrics/reps/{colleague.pk}/").status_code == 404
    assert client.get(f"/metrics/touches/?rep={colleague.pk}").status_code == 404
    for slug in METRICS:
        assert "Bolt" not in client.get(f"/metrics/{slug}/").content.decode(), slug


def test_a_managers_page_of_a_rep_holds_them_against_the_teams_that_both_have(
    manager: User, rep: User, colleague: User
) -> None:
    history(rep, "Acme")
    history(colleague, "Bolt")
    page = signed_in(manager).get(f"/metrics/reps/{rep.pk}/").content.decode()
    assert "Ben Ode" in page
    assert "Acme" in page
    assert "Bolt" not in page
    assert "team 2" in page


def test_an_unknown_metric_is_not_found(manager: User) -> None:
    assert signed_in(manager).get("/metrics/vanity/").status_code == 404
    assert signed_in(manager).get("/metrics/vanity/rows.csv").status_code == 404


def test_metrics_are_read_only(manager: User) -> None:
    client = signed_in(manager)
    for url in (
        "/metrics/",
        "/metrics/touches/",
        "/metrics/touches/rows.csv",
        f"/metrics/reps/{manager.pk}/",
    ):
        assert client.post(url).status_code == 405


# --- From the figure to its rows ----------------------------------------------------------------------


def test_every_figure_of_the_overview_leads_to_as_many_rows(
    manager: User, rep: User, colleague: User
) -> None:
    history(rep, "Acme")
    history(colleague, "Bolt")
    targeted_long_ago(rep, "Core")
    client = signed_in(manager)
    page = client.get("/metrics/?period=month").content.decode()
    links = set(re.findall(r'href="(/metrics/[a-z0-9-]+/\?[^"]+)"', page.replace("&amp;", "&")))
    assert {link.split("/")[2] for link in links} == set(METRICS)
    for link in links:
        response = client.get(link)
        assert response.status_code == 200, link
        figure, rows = response.context["figure"], response.context["page"].rows
        assert len(rows) == figure.rows, link
    cards = [card for _title, cards in client.get("/metrics/").context["overview"].tiers for card in cards]
    assert {
        card.value for card in cards if card.metric.slug in ("touches", "openings", "first-commitments")
    } == {"2"}


@pytest.mark.parametrize("slug", METRICS)
def test_the_rows_say_what_they_are(manager: User, rep: User, slug: str) -> None:
    history(rep, "Acme & Sons")
    targeted_long_ago(rep, "Acme & Sons Too")
    today = timezone.now().date()
    days = {"first": (today - timedelta(days=120)).isoformat(), "last": today.isoformat()}
    response = signed_in(manager).get(f"/metrics/{slug}/", days)
    page = response.content.decode()
    assert response.status_code == 200
    assert "Acme &amp; Sons" in page
    assert str(METRICS[slug].words) in page.replace("&#x27;", "'")


def test_only_the_rows_are_swapped(manager: User, rep: User) -> None:
    history(rep)
    headers = {"HX-Request": "true", "HX-Target": "div#rows"}
    page = signed_in(manager).get("/metrics/touches/", headers=headers).content.decode()
    assert page.lstrip().startswith('<div id="rows">')
    assert "<html" not in page
    assert "Acme" in page


def test_rows_page_by_keyset_and_none_is_lost(manager: User, rep: User) -> None:
    account = make_account(team=Team.objects.get())
    at = timezone.now() - timedelta(days=1)
    for number in range(120):
        make_activity(account, by=rep, at=at - timedelta(minutes=number // 3))
    client, cursor, seen = signed_in(manager), "", []
    for _page in range(3):
        page = client.get("/metrics/touches/", {"cursor": cursor}).context["page"]
        seen += [row.pk for row in page.rows]
        cursor = page.next
    assert cursor == ""
    assert len(seen) == len(set(seen)) == 120


def test_filters_are_said_and_can_be_taken_out(manager: User, rep: User) -> None:
    row = history(rep)
    url = f"/metrics/?period=month&rep={rep.pk}&list={row.list_id}&tier=B&industry=energy"
    page = signed_in(manager).get(url).content.decode().replace("&amp;", "&")
    for text in ("Rep is Ben Ode", f"List is {row.list.name}", "Tier is B", "Industry is Energy"):
        assert text in page
    assert f'href="?period=month&rep={rep.pk}&list={row.list_id}&industry=energy"' in page


def test_an_empty_organisation_has_a_page_without_figures() -> None:
    page = signed_in(make_user(is_admin=True)).get("/metrics/").content.decode()
    assert "Nobody did anything in this period" in page
    assert "Every dream client was touched within its cadence" in page


def test_a_rep_who_left_the_team_keeps_their_row_but_not_their_page(manager: User, rep: User) -> None:
    history(rep)
    rep.memberships.all().delete()
    client = signed_in(manager)
    page = client.get("/metrics/").content.decode()
    assert "Ben Ode" in page
    assert f"/metrics/reps/{rep.pk}/" not in page
    drilled = client.get(f"/metrics/touches/?rep={rep.pk}")
    assert drilled.context["figure"].rows == 1
    assert "Rep is Ben Ode" in drilled.content.decode()


# --- CSV --------------------------------------------------------------------------------------------


def exported(client: Client, url: str) -> list[list[str]]:
    response: Any = client.get(url)
    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in response["Content-Disposition"]
    text = b"".join(response).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


@pytest.mark.parametrize("slug", METRICS)
def test_the_export_has_the_rows_of_the_page(manager: User, rep: User, colleague: User, slug: str) -> None:
    history(rep, "Acme")
    history(colleague, "Bolt")
    client = signed_in(manager)
    for query in ("", f"?rep={rep.pk}"):
        lines = exported(client, f"/metrics/{slug}/rows.csv{query}")
        assert len(lines) - 1 == client.get(f"/metrics/{slug}/{query}").context["figure"].rows
        assert {len(line) for line in lines} == {len(lines[0])}


def test_a_formula_in_a_name_is_no_formula_in_the_export(manager: User, rep: User) -> None:
    history(rep, '=HYPERLINK("http://evil.test","Acme")')
    lines = exported(signed_in(manager), "/metrics/touches/rows.csv")
    assert lines[1][1] == '\'=HYPERLINK("http://evil.test","Acme")'
    assert not any(cell[:1] in "=+-@" for line in lines for cell in line if cell)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 1", "'+49 30 1"),
        ("-x", "'-x"),
        ("@sum", "'@sum"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\uff1d1", "'\uff1d1"),
        ("Acme", "Acme"),
        ("", ""),
        (None, ""),
        (-5, "-5"),
        (datetime(2026, 3, 1, 23, 30, tzinfo=UTC), "2026-03-02 00:30"),
    ],
)
def test_cells_of_the_export(value: Any, text: str) -> None:
    assert plain(value, "Europe/Berlin") == text


ONE_OF_A_KIND = [
    "touches",
    "newly-touched",
    "conversations",
    "rung-touched",
    "touches-per-commitment",
    "meetings-held",
    "value-opened",
    "stalled",
    "asks",
    "going-cold",
]

# --- Cost -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "most"),
    [("/metrics/", 16), ("/metrics/reps/{rep}/", 16), *((f"/metrics/{slug}/", 12) for slug in ONE_OF_A_KIND)],
)
def test_queries_do_not_grow_with_rows_or_reps(
    manager: User, rep: User, west: Team, path: str, most: int
) -> None:
    client = signed_in(manager)
    history(rep, "Acme")
    url = path.format(rep=rep.pk)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    queries()
    few = queries()
    for number in range(4):
        history(make_user(f"Rep {number}", team=west), f"Company {number}")
    history(rep, "Acme again")
    assert queries() == few <= most
