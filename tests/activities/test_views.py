"""Tasks, reminders and the bell."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.activities import services
from apps.activities.models import Activity, Notification, Reminder, Task
from apps.users.models import Membership, Team, User
from tests import factories as make

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def team() -> Team:
    return make.make_team("North")


@pytest.fixture
def rep(team: Team) -> User:
    return make.make_user("Rita Rep", team=team, time_zone="Europe/Berlin")


@pytest.fixture
def outsider() -> User:
    return make.make_user("Otto", team=make.make_team("South"))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def task_data(owner: User, **fields: Any) -> dict[str, Any]:
    return {
        "title": "Send the case",
        "due_at": "2030-03-01T10:00",
        "owner": owner.pk,
        "priority": 2,
        **fields,
    }


class TestTasks:
    def test_a_task_of_an_account_with_its_reminder(self, rep: User, team: Team) -> None:
        account = make.make_account(team=team)
        url = reverse("activities:task_create") + f"?account={account.pk}"
        response = signed_in(rep).post(url, task_data(rep, remind="on"))
        assert response.headers["Location"] == reverse("record", args=[account.pk])
        task, reminder = Task.objects.get(), Reminder.objects.get()
        assert task.due_at == datetime(2030, 3, 1, 10, 0, tzinfo=BERLIN)
        assert (task.account, task.team, task.created_by) == (account, team, rep)
        assert (reminder.task, reminder.due_at, reminder.user) == (task, task.due_at, rep)

    def test_a_task_of_an_admin_is_the_teams_and_not_everybodys(self, team: Team) -> None:
        account, admin = make.make_account(team=team), make.make_user("Ada", is_admin=True)
        url = reverse("activities:task_create") + f"?account={account.pk}"
        signed_in(admin).post(url, task_data(admin))
        assert Task.objects.get().team == team

    def test_a_task_for_a_colleague_tells_them(self, rep: User, team: Team) -> None:
        manager = make.make_user("Mona", team=team, role=Membership.Role.MANAGER)
        signed_in(manager).post(reverse("activities:task_create"), task_data(rep))
        assert Task.objects.get().owner == rep
        assert Notification.objects.get(user=rep).text == "Mona gave you a task: Send the case"

    def test_a_rep_gives_work_to_nobody_else(self, rep: User, team: Team) -> None:
        url = reverse("activities:task_create")
        assert signed_in(rep).post(url, task_data(make.make_user(team=team))).status_code == 422

    @pytest.mark.parametrize(
        ("field", "value"),
        [("title", ""), ("title", "x" * 300), ("title", "a\x00"), ("due_at", "soon"), ("due_at", "9999-12-31T23:59"), ("due_at", "")],
    )  # fmt: skip
    def test_what_is_wrong_is_said_at_the_field(self, rep: User, field: str, value: str) -> None:
        response = signed_in(rep).post(reverse("activities:task_create"), task_data(rep) | {field: value})
        assert response.status_code == 422
        assert field in response.context["form"].errors

    def test_no_such_account(self, rep: User) -> None:
        for given in ("abc", "999999", "9" * 40, "%00"):
            assert (
                signed_in(rep).get(reverse("activities:task_create") + f"?account={given}").status_code == 404
            )

    def test_done_is_recorded_once_and_undone(self, rep: User, team: Team) -> None:
        account = make.make_account(team=team)
        task = services.add_task(
            title="Send", owner=rep, due_at=timezone.now(), by=rep, account=account, remind_at=timezone.now()
        )
        client, url = signed_in(rep), reverse("activities:task_done", args=[task.pk])
        assert client.get(url).status_code == 405
        client.post(url)
        client.post(url)
        task.refresh_from_db()
        assert task.done_at
        assert Activity.objects.get().subject == "Send"
        assert Reminder.objects.get().dismissed_at == task.done_at
        client.post(reverse("activities:task_reopen", args=[task.pk]))
        task.refresh_from_db()
        assert task.done_at is None
        assert Reminder.objects.get().dismissed_at is None

    def test_somebody_elses_task_is_not_there(self, rep: User, outsider: User) -> None:
        task = make.make_task(rep)
        for name in ("task_done", "task_reopen", "task_edit", "task_delete"):
            assert signed_in(outsider).post(reverse(f"activities:{name}", args=[task.pk])).status_code == 404

    def test_a_task_is_changed_with_its_reminder(self, rep: User, team: Team) -> None:
        account = make.make_account(team=team)
        task = services.add_task(
            title="Send", owner=rep, due_at=timezone.now(), by=rep, account=account, remind_at=timezone.now()
        )
        client, url = signed_in(rep), reverse("activities:task_edit", args=[task.pk])
        assert 'value="Send"' in client.get(url).content.decode()
        assert client.post(url, task_data(rep, title="", version=1)).status_code == 422
        assert client.post(url, task_data(rep, priority=1, remind="on", version=1)).status_code == 302
        task.refresh_from_db()
        assert (task.title, task.priority, task.team) == ("Send the case", 1, team)
        reminder = Reminder.objects.get()
        assert (reminder.due_at, reminder.about) == (task.due_at, "Send the case")
        answer = client.post(url, task_data(rep, title="Typed in vain", version=1))
        assert answer.status_code == 422
        assert 'id="conflict"' in answer.content.decode()
        client.post(url, task_data(rep, version=2))
        assert not Reminder.objects.exists()

    def test_who_is_given_a_task_later_is_told(self, rep: User, team: Team) -> None:
        manager = make.make_user("Mona", team=team, role=Membership.Role.MANAGER)
        task = make.make_task(manager, team_id=team.pk)
        signed_in(manager).post(reverse("activities:task_edit", args=[task.pk]), task_data(rep, version=1))
        assert Notification.objects.get(user=rep).text == "Mona gave you a task: Send the case"

    def test_a_task_is_deleted(self, rep: User, outsider: User) -> None:
        task = make.make_task(rep)
        url = reverse("activities:task_delete", args=[task.pk])
        assert signed_in(outsider).post(url).status_code == 404
        assert signed_in(rep).get(url).status_code == 405
        signed_in(rep).post(url)
        assert not Task.objects.exists()

    def test_beside_a_record_the_log_is_about_its_account(self, rep: User, team: Team) -> None:
        account, client = make.make_account("Zoetis", team=team), signed_in(rep)
        headers = {"HX-Request": "true", "HX-Target": "div#dialog"}
        for path, is_known in (
            (f"/accounts/{account.pk}/?kind=notes", True),
            ("/accounts/", False),
            ("/accounts/999999999999999999999/", False),
        ):
            here = headers | {"HX-Current-URL": f"http://testserver{path}"}
            page = client.get(reverse("activities:log"), headers=here).content.decode()
            assert ("Zoetis" in page) is is_known


class TestReminders:
    def post(self, rep: User, **fields: Any) -> Any:
        data = {"about": "Call Carla", "when": "own", "by_email": "on", **fields}
        return signed_in(rep).post(reverse("activities:reminder_create"), data)

    @pytest.mark.parametrize(
        ("when", "due"),
        [
            ("hour", datetime(2026, 3, 11, 0, 30, tzinfo=BERLIN)),
            ("tomorrow", datetime(2026, 3, 11, 9, 0, tzinfo=BERLIN)),
            ("monday", datetime(2026, 3, 16, 9, 0, tzinfo=BERLIN)),
        ],
    )
    def test_quick_choices_are_in_the_zone_of_the_user(
        self, rep: User, when: str, due: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = datetime(2026, 3, 10, 23, 30, tzinfo=BERLIN)
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)
        client = Client()
        client.force_login(rep)
        data = {"about": "Call Carla", "when": when, "by_email": "on"}
        client.post(reverse("activities:reminder_create"), data)
        reminder = Reminder.objects.get()
        assert reminder.due_at == due
        assert (reminder.about, reminder.by_email, reminder.user) == ("Call Carla", True, rep)

    def test_a_time_of_ones_own(self, rep: User) -> None:
        assert self.post(rep, own="").status_code == 422
        assert self.post(rep, own="2001-01-01T10:00").status_code == 422
        assert self.post(rep, own="not a time").status_code == 422
        assert self.post(rep, own="2031-07-01T08:15", by_email="").status_code == 302
        reminder = Reminder.objects.get()
        assert reminder.due_at == datetime(2031, 7, 1, 8, 15, tzinfo=BERLIN)
        assert reminder.by_email is False

    def test_next_monday_is_never_today(self, rep: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 3, 9, 8, 0, tzinfo=BERLIN))
        self.post(rep, when="monday")
        assert Reminder.objects.get().due_at == datetime(2026, 3, 16, 9, 0, tzinfo=BERLIN)

    def test_it_can_be_dropped_by_its_owner(self, rep: User, outsider: User) -> None:
        reminder = services.add_reminder(user=rep, about="x", due_at=timezone.now() + timedelta(days=1))
        url = reverse("activities:reminder_drop", args=[reminder.pk])
        assert signed_in(outsider).post(url).status_code == 404
        signed_in(rep).post(url)
        reminder.refresh_from_db()
        assert reminder.dismissed_at


class TestBell:
    def test_the_page_the_counter_and_reading(self, rep: User, outsider: User) -> None:
        for number in range(3):
            services.notify(user=rep, key=f"n{number}", text=f"News {number}", url="/accounts/")
        services.notify(user=outsider, key="n", text="Not yours")
        client = signed_in(rep)
        page = client.get(reverse("activities:notifications")).content.decode()
        assert page.index("News 2") < page.index("News 0")
        assert "Not yours" not in page
        counter = client.get(reverse("activities:unread")).content.decode()
        assert ">3</span>" in counter
        assert "<html" not in counter

        first = Notification.objects.get(key="n0")
        response = client.post(reverse("activities:notification_open", args=[first.pk]))
        assert response.headers["Location"] == "/accounts/"
        assert ">2</span>" in client.get(reverse("activities:unread")).content.decode()
        client.post(reverse("activities:read_all"))
        assert "></span>" in client.get(reverse("activities:unread")).content.decode()
        other = Notification.objects.get(user=outsider)
        assert other.read_at is None
        assert client.post(reverse("activities:notification_open", args=[other.pk])).status_code == 404

    def test_it_leads_nowhere_else(self, rep: User) -> None:
        services.notify(user=rep, key="x", text="Look", url="https://evil.test/")
        row = Notification.objects.get()
        response = signed_in(rep).post(reverse("activities:notification_open", args=[row.pk]))
        assert response.headers["Location"] == reverse("activities:notifications")

    def test_it_costs_the_same_for_any_number_of_rows(self, rep: User) -> None:
        client, url = signed_in(rep), reverse("activities:notifications")

        def queries(number: int) -> int:
            for _ in range(number):
                services.notify(user=rep, key=f"k{Notification.objects.count()}", text="News")
            with CaptureQueriesContext(connection) as captured:
                client.get(url)
            return len(captured)

        queries(1)
        assert queries(3) == queries(30)
