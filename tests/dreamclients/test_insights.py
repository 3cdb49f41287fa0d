"""The library of insights, and which one is suggested to whom."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Account, Contact
from apps.dreamclients.insights import suggested, uses
from apps.dreamclients.models import DreamClient, Insight, InsightGiven
from apps.sequences.checking import Verdict, check_enrollment
from apps.users.models import Team, User
from tests import factories as make

pytestmark = pytest.mark.django_db
URL = reverse("dreamclients:insights")


@pytest.fixture
def team() -> Team:
    return make.make_team("North")


@pytest.fixture
def rep(team: Team) -> User:
    return make.make_user("Rita Rep", team=team)


@pytest.fixture
def account(team: Team) -> Account:
    return make.make_account("Zoetis", team=team, industry="energy")


@pytest.fixture
def contact(account: Account) -> Contact:
    return make.make_contact(account, first_name="Carla", last_name="Diaz", role="champion")


def insight(
    title: str, industries: tuple[str, ...] = (), roles: tuple[str, ...] = (), **fields: object
) -> Insight:
    return Insight.objects.create(title=title, industries=list(industries), roles=list(roles), **fields)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_best_fit_comes_first_then_the_newest(
    rep: User, account: Account, contact: Contact, django_assert_num_queries
) -> None:
    insight("for all, old", created_at=timezone.now() - timedelta(days=9))
    insight("for all")
    insight("role", roles=("champion",))
    insight("industry", ("energy",))
    insight("both", ("energy",), ("champion",))
    insight("another industry", ("materials",))
    insight("another role", (), ("user",))
    insight("archived", ("energy",), archived_at=timezone.now())
    assert rep.roles
    with django_assert_num_queries(1):
        found = suggested(account, [contact], user=rep, limit=9)
    titles = [one.insight.title for one in found]
    assert titles == ["both", "industry", "role", "for all", "for all, old"]
    assert suggested(account, [], user=rep)[0].insight.title == "both"


def test_it_says_who_has_it_already_to_those_who_may_know(
    rep: User, account: Account, contact: Contact
) -> None:
    row = insight("A figure")
    InsightGiven.objects.create(insight=row, contact=contact, on=date(2024, 3, 3))
    said = ["already given to Carla Diaz on 3 March 2024"]
    assert suggested(account, [contact], user=rep)[0].said == []
    dream_client = make.make_dream_client(account, owner=rep)
    assert suggested(account, [contact], user=rep)[0].said == said
    outsider = make.make_user("Otto", team=make.make_team("South"))
    assert suggested(account, [contact], user=outsider)[0].said == []
    page = signed_in(outsider).get(reverse("record", args=[account.pk])).content.decode()
    assert "already given" not in page
    DreamClient.objects.filter(pk=dream_client.pk).delete()
    at = timezone.now().replace(year=2024, month=3, day=3)
    make.make_activity(account, kind="touch", contact=contact, by=rep, at=at, team_id=account.team_id)
    assert suggested(account, [contact], user=rep)[0].said == said
    assert suggested(account, [contact], user=outsider)[0].said == []


def test_giving_what_another_team_gave_does_not_say_when(rep: User) -> None:
    row, account = insight("A figure"), make.make_account("Free")
    contact = make.make_contact(account, first_name="Carla", last_name="Diaz")
    InsightGiven.objects.create(insight=row, contact=contact, on=date(2024, 3, 3))
    make.make_dream_client(account, owner=make.make_user("Otto", team=make.make_team("South")))
    data = {"contact": contact.pk, "channels": ["email"], "outcome": "sent", "intent": "give"}
    url = reverse("sequences:log_touch", args=[account.pk])
    page = signed_in(rep).post(url, data | {"insight": row.pk}).content.decode()
    assert "Carla Diaz has “A figure” already." in page
    assert "3 March" not in page


def test_how_often_it_was_given_and_answered(account: Account, contact: Contact) -> None:
    row, other = insight("A figure"), make.make_contact(account)
    day = timezone.localdate() - timedelta(days=20)
    for one in (contact, other):
        InsightGiven.objects.create(insight=row, contact=one, on=day)
    at = timezone.now() - timedelta(days=15)
    make.make_activity(account, kind="reply", contact=contact, at=at)
    make.make_activity(account, kind="reply", contact=other, at=timezone.now())  # too late to be an answer
    assert uses([row])[row.pk] | {"insight": 0} == {"insight": 0, "given": 2, "answered": 1}


def test_the_library_is_filtered_by_its_address(rep: User, django_assert_max_num_queries) -> None:
    for number in range(5):
        insight(f"Energy {number}", ("energy",), ("champion",), kind="figure")
    insight("Chemistry", ("materials",), kind="case")
    client = signed_in(rep)
    with django_assert_max_num_queries(12):
        page = client.get(URL, {"industry": "energy", "role": "champion", "kind": "figure", "q": "energy"})
    assert len(page.context["lines"]) == 5
    assert len(client.get(URL, {"kind": "case"}).context["lines"]) == 1
    assert client.get(URL, {"industry": "nonsense", "cursor": "x"}).status_code == 200
    assert not client.get(URL, {"q": "\x00"}).context["lines"]


def test_archived_is_not_suggested_and_comes_back(rep: User, account: Account) -> None:
    row = insight("A figure", created_by=rep)
    client = signed_in(rep)
    client.post(reverse("dreamclients:insight_archive", args=[row.pk]))
    assert suggested(account, [], user=rep) == []
    client.post(reverse("dreamclients:insight_restore", args=[row.pk]))
    assert len(suggested(account, [], user=rep)) == 1
    stranger = make.make_user("Otto", team=make.make_team("South"))
    assert signed_in(stranger).post(reverse("dreamclients:insight_archive", args=[row.pk])).status_code == 404


def test_it_is_given_by_hand_once(rep: User, account: Account, contact: Contact) -> None:
    row = insight("A figure")
    client, url = signed_in(rep), reverse("sequences:log_touch", args=[account.pk])
    assert f'value="{row.pk}" selected' in client.get(url, {"insight": row.pk}).content.decode()
    data = {
        "contact": contact.pk,
        "channels": ["email"],
        "outcome": "sent",
        "intent": "give",
        "insight": row.pk,
    }
    assert client.post(url, data).status_code == 302
    assert InsightGiven.objects.get().contact == contact
    again = client.post(url, data)
    assert again.status_code == 422
    assert "Carla Diaz was given “A figure” on" in again.content.decode()


def test_a_sequence_that_would_give_it_twice_is_refused(
    rep: User, account: Account, contact: Contact
) -> None:
    row = insight("A figure")
    sequence = make.make_sequence({"channels": ["call"], "delay_days": 0, "insight": row}, owner=rep)
    dream_client = make.make_dream_client(account, owner=rep)
    InsightGiven.objects.create(insight=row, contact=contact, on=date(2024, 3, 3))
    [checked] = check_enrollment(contacts=[contact], sequence=sequence, dream_client=dream_client, by=rep)
    assert checked.verdict == Verdict.REFUSED
    assert "Step 1 brings an insight again" in checked.why
