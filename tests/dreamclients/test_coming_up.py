"""Contract ends and trigger events bring a dream client up by themselves, once each."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.activities.models import Activity, Notification, Task
from apps.dreamclients import coming_up
from apps.dreamclients.models import BroughtUp, DreamClient, TriggerEvent
from apps.users.models import Team, User
from opener.days import local_day
from tests import factories as make
from tests.dreamclients.test_at_once import at_once

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
SOON = TODAY + timedelta(days=60)


@pytest.fixture
def team() -> Team:
    return make.make_team("North")


@pytest.fixture
def rep(team: Team) -> User:
    return make.make_user("Rita Rep", team=team)


def wish(owner: User | None, team: Team, **fields: object) -> DreamClient:
    dream_list = make.make_list(owner=owner or make.make_user("Lisa", team=team), team=team)
    return make.make_dream_client(
        make.make_account("Zoetis", team=team), owner=owner, dream_client_list=dream_list, **fields
    )


def test_a_contract_that_ends_makes_one_task(rep: User, team: Team) -> None:
    row = wish(rep, team, contract_end=SOON, incumbent="Acme")
    assert coming_up.tick() == 1
    assert coming_up.tick() == 0
    task = Task.objects.get()
    assert (
        task.title
        == f"Their contract with Acme ends on {coming_up.said_day(SOON, TODAY)}: reach out to Zoetis"
    )
    assert task.owner == rep
    hours = rep.working_hours()
    assert task.due_at > timezone.now()
    assert task.due_at == hours.window(local_day(task.due_at, hours.tz))[1]
    assert Notification.objects.get(user=rep).url == reverse("record", args=[row.account_id])
    DreamClient.objects.update(contract_end=SOON + timedelta(days=1))
    assert coming_up.tick() == 1
    DreamClient.objects.update(contract_end=SOON)  # that one it had already
    assert coming_up.tick() == 0


def test_who_left_the_team_hears_nothing_of_it(rep: User, team: Team) -> None:
    manager = make.make_user(team=team, role="manager")
    row = wish(None, team)
    owner = row.list.owner
    owner.memberships.all().delete()
    coming_up.add_event(dream_client=row, what="Merger talks", on=TODAY, url="", by=manager)
    assert [one.user for one in Notification.objects.all()] == [manager]


@pytest.mark.parametrize(
    "fields",
    [
        {"contract_end": TODAY + timedelta(days=200)},
        {"contract_end": TODAY - timedelta(days=1)},
        {"contract_end": SOON, "ruled_out_at": timezone.now(), "ruled_out_reason": "No"},
        {"contract_end": SOON, "rung": "opened"},
        {"contract_end": SOON, "left_at": timezone.now()},
    ],
)
def test_what_brings_nothing_up(rep: User, team: Team, fields: dict[str, object]) -> None:
    wish(rep, team, **fields)
    assert coming_up.tick() == 0


def test_a_parked_one_is_taken_up_again(rep: User, team: Team) -> None:
    row = wish(rep, team, contract_end=SOON, parked_until=timezone.now() + timedelta(days=90))
    coming_up.tick()
    row.refresh_from_db()
    assert row.parked_until is None
    revived = Activity.objects.get(kind="revived")
    assert "Their contract ends on" in revived.subject
    assert revived.by is None


def test_what_nobody_works_is_told_to_the_owner_of_the_list(team: Team) -> None:
    row = wish(None, team, contract_end=SOON)
    coming_up.tick()
    assert not Task.objects.exists()
    assert "nobody works Zoetis yet" in Notification.objects.get(user=row.list.owner).text


def test_an_event_comes_up_at_once_or_on_its_day(rep: User, team: Team) -> None:
    row = wish(rep, team)
    coming_up.add_event(dream_client=row, what="A new head of operations", on=TODAY, url="", by=rep)
    assert Task.objects.get().title == "A new head of operations: reach out to Zoetis"
    row.refresh_from_db()
    assert row.trigger_event == "A new head of operations"
    coming_up.add_event(dream_client=row, what="A fair", on=TODAY + timedelta(days=3), url="", by=rep)
    coming_up.add_event(dream_client=row, what="Long ago", on=TODAY - timedelta(days=90), url="", by=rep)
    assert coming_up.tick() == 0
    assert coming_up.tick(now=timezone.now() + timedelta(days=4)) == 1
    assert coming_up.tick(now=timezone.now() + timedelta(days=5)) == 0
    assert Task.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_do_it_once() -> None:
    team = make.make_team("North")
    rep = make.make_user("Rita Rep", team=team)
    row = wish(rep, team, contract_end=SOON)
    TriggerEvent.objects.create(dream_client=row, what="A merger", on=TODAY, by=rep)
    at_once(coming_up.tick, coming_up.tick, coming_up.tick)
    coming_up.tick()
    assert BroughtUp.objects.count() == Task.objects.count() == 2


class TestPages:
    def client(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def test_quick_add_edit_and_remove(self, rep: User, team: Team) -> None:
        row = wish(rep, team)
        client = self.client(rep)
        url = reverse("dreamclients:event_create", args=[row.pk])
        client.post(url, {"what": "A second plant", "on": TODAY.isoformat(), "url": "news.test/1"})
        event = TriggerEvent.objects.get()
        assert (event.url, event.by) == ("https://news.test/1", rep)
        edit = reverse("dreamclients:event_edit", args=[event.pk])
        client.post(edit, {"what": "A third plant", "on": TODAY.isoformat(), "version": 1})
        row.refresh_from_db()
        assert row.trigger_event == "A third plant"
        late = client.post(edit, {"what": "A fourth plant", "on": TODAY.isoformat(), "version": 1})
        assert late.status_code == 422
        assert "A third plant" in late.content.decode()
        brought_up = BroughtUp.objects.count()
        page = client.post(reverse("dreamclients:event_remove", args=[event.pk]), follow=True)
        row.refresh_from_db()
        assert row.trigger_event == ""
        assert not row.events.exists()
        back = reverse("dreamclients:event_restore", args=[event.pk])
        assert back in page.content.decode()
        client.post(back)
        coming_up.tick()
        row.refresh_from_db()
        assert row.trigger_event == "A third plant"
        assert BroughtUp.objects.count() == brought_up, "it was brought up already"

    @pytest.mark.parametrize(
        ("field", "value"), [("what", ""), ("what", "a\x00b"), ("on", "0202-01-01"), ("url", "javascript:x")]
    )
    def test_bad_input(self, rep: User, team: Team, field: str, value: str) -> None:
        row = wish(rep, team)
        data = {"what": "A plant", "on": TODAY.isoformat(), "url": ""} | {field: value}
        page = self.client(rep).post(reverse("dreamclients:event_create", args=[row.pk]), data)
        assert page.status_code == 422

    def test_a_contract_of_another_age(self, rep: User, team: Team) -> None:
        row = wish(rep, team)
        data = {"tier": "A", "contract_end": "0203-01-01", "version": row.version}
        page = self.client(rep).post(reverse("dreamclients:edit", args=[row.pk]), data)
        assert page.status_code == 422
        assert "Choose a day between" in page.content.decode()


def test_words() -> None:
    assert coming_up.said_day(date(2026, 3, 3), date(2026, 1, 1)) == "3 March"
    assert coming_up.said_day(date(2027, 3, 3), date(2026, 1, 1)) == "3 March 2027"
