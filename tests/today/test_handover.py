"""A leaver's whole book goes to colleagues: shares, caps, what goes with it, and who may do it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.activities.models import Activity, Notification, Reminder, Task
from apps.dreamclients.models import DreamClient
from apps.today import handover
from apps.users.models import AuditEntry, Membership, Organisation, Team, User
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make.make_team("North")


@pytest.fixture
def manager(team: Team) -> User:
    return make.make_user("Mona Manager", team=team, role=Membership.Role.MANAGER)


@pytest.fixture
def leaver(team: Team) -> User:
    return make.make_user("Lena Leaver", team=team)


@pytest.fixture
def colleagues(team: Team) -> list[User]:
    return [make.make_user(name, team=team) for name in ("Ann", "Ben")]


def cap(number: int) -> None:
    Organisation.objects.update_or_create(pk=1, defaults={"book_cap": number})


def book_of(owner: User, tiers: str) -> list[DreamClient]:
    dream_list = make.make_list(owner=owner)
    return [
        make.make_dream_client(
            make.make_account(f"Company {tier}{number}", team=dream_list.team),
            owner=owner,
            dream_client_list=dream_list,
            tier=tier,
        )
        for number, tier in enumerate(tiers)
    ]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_it_is_dealt_out_by_room_tier_a_first_and_what_fits_nowhere_is_named(
    leaver: User, colleagues: list[User], manager: User
) -> None:
    cap(3)
    ann, ben = colleagues
    book_of(ann, "BB")
    rows = book_of(leaver, "CABAA")
    plan = handover.make_plan(leaver=leaver, to=[ann, ben], by=manager)
    got = {share.to: [row.tier for row in share.rows] for share in plan.shares}
    assert sum(len(tiers) for tiers in got.values()) == 4
    assert len(got[ben]) == 3
    assert sorted(got[ann] + got[ben]) == ["A", "A", "A", "B"]
    assert [row.pk for row in plan.left] == [rows[0].pk]


def test_what_needs_no_place_goes_along_and_the_page_says_which(
    leaver: User, colleagues: list[User], manager: User
) -> None:
    cap(1)
    ann, _ben = colleagues
    opened, *_rest = book_of(leaver, "ABC")
    DreamClient.objects.filter(pk=opened.pk).update(rung="opened")
    url = reverse("today:hand_over", args=[leaver.pk])
    page = signed_in(manager).get(f"{url}?to={ann.pk}&rest=keep")
    [share] = page.context["plan"].shares
    assert (len(share.rows), share.without_place, share.room) == (2, 1, 0)
    shown = page.content.decode()
    assert "1 needs no place" in shown
    assert "1 finds no place, as the chosen books are full" in shown


def test_everything_goes_along_and_the_history_says_so(
    leaver: User, colleagues: list[User], manager: User
) -> None:
    ann, _ben = colleagues
    [row] = book_of(leaver, "A")
    contact = make.make_contact(row.account)
    sequence = make.make_sequence(owner=leaver)
    enrollment = make.make_enrollment(contact, sequence, row)
    touch = make.make_touch(contact, owner=leaver, dream_client=row)
    task = make.make_task(leaver, account=row.account)
    opportunity = make.make_opportunity(row.account, owner=leaver)
    meeting = make.make_meeting(contact, owner=leaver, dream_client=row)

    handover.hand_over(leaver=leaver, to=[ann], by=manager, also=["tasks", "opportunities", "lists"])

    for one in (row, enrollment, touch, task, opportunity, meeting, row.list):
        one.refresh_from_db()
    assert {one.owner for one in (row, enrollment, touch, task, opportunity, row.list)} == {ann}
    assert meeting.owner == leaver  # not asked for
    kinds = dict(Activity.objects.filter(account=row.account).values_list("kind", "subject"))
    assert kinds == {"let_go": "handed over by Mona Manager", "taken": "Ann"}
    assert AuditEntry.objects.get().subject == "Lena Leaver"
    assert "1 dream client of Lena Leaver" in Notification.objects.get(user=ann).text


def test_tasks_go_with_their_reminders_and_are_a_new_version(
    leaver: User, colleagues: list[User], manager: User
) -> None:
    ann, _ben = colleagues
    [row] = book_of(leaver, "A")
    task, kept = make.make_task(leaver, account=row.account), make.make_task(manager)
    now = timezone.now()
    soon, later = now + timedelta(hours=1), now + timedelta(hours=2)

    def remind(user: User, of: Task, due_at: datetime, **fields: Any) -> Reminder:
        return Reminder.objects.create(user=user, about="Call", task=of, due_at=due_at, **fields)

    moves, told = remind(leaver, task, soon), remind(leaver, task, now, delivered_at=now)
    twice, theirs = remind(leaver, task, later), remind(ann, task, later)
    others = remind(manager, task, soon), remind(leaver, kept, soon)
    handover.hand_over(leaver=leaver, to=[ann], by=manager, also=["tasks"])
    for one in (task, moves, told, theirs, *others):
        one.refresh_from_db()
    assert (task.owner, task.version) == (ann, 2)
    assert [one.user for one in (moves, told, theirs, *others)] == [ann, leaver, ann, manager, leaver]
    assert not Reminder.objects.filter(pk=twice.pk).exists()


def test_a_full_book_and_a_changed_one(leaver: User, colleagues: list[User], manager: User) -> None:
    cap(1)
    ann, ben = colleagues
    rows = book_of(leaver, "AB")
    plan = handover.make_plan(leaver=leaver, to=[ann], by=manager)
    book_of(ann, "C")
    with pytest.raises(handover.PlanChanged):
        handover.hand_over(leaver=leaver, to=[ann], by=manager, shown=plan.fingerprint)
    done = handover.hand_over(leaver=leaver, to=[ben], by=manager, rest=handover.NOBODY)
    assert (done.moved, len(done.left)) == (1, 1)
    for row in rows:
        row.refresh_from_db()
    assert [row.owner for row in rows] == [ben, None]


def test_the_page_asks_shows_and_does(leaver: User, colleagues: list[User], manager: User) -> None:
    ann, _ben = colleagues
    [row] = book_of(leaver, "A")
    client, url = signed_in(manager), reverse("today:hand_over", args=[leaver.pk])
    assert "room for 60" in client.get(url).content.decode()
    page = client.get(f"{url}?to={ann.pk}&rest=nobody")
    plan = page.context["plan"]
    assert "Hand over 1 dream client" in page.content.decode()
    row.refresh_from_db()
    assert row.owner == leaver
    answer = client.post(url, {"to": ann.pk, "rest": "nobody", "shown": plan.fingerprint})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.owner == ann
    stale = client.post(url, {"to": ann.pk, "rest": "nobody", "shown": "7/0"}, follow=True)
    assert "Something has changed meanwhile" in stale.content.decode()


def test_a_manager_hands_over_only_within_the_teams_they_lead(
    leaver: User, colleagues: list[User], manager: User
) -> None:
    south = make.make_team("South")
    Membership.objects.create(user=leaver, team=south)
    book_of(leaver, "A")
    elsewhere = make.make_dream_client(
        owner=leaver, dream_client_list=make.make_list(owner=leaver, team=south)
    )
    handover.hand_over(leaver=leaver, to=colleagues, by=manager)
    elsewhere.refresh_from_db()
    assert elsewhere.owner == leaver
    index = signed_in(manager).get(reverse("today:hand_overs"))
    assert dict(index.context["lines"])[leaver] == 0  # what is another team's is not counted
    outsider = make.make_user("Otto", team=south, role=Membership.Role.MANAGER)
    stranger = make.make_user("Rudi", team=manager.teams.get())
    assert signed_in(outsider).get(reverse("today:hand_over", args=[stranger.pk])).status_code == 404
    assert signed_in(leaver).get(reverse("today:hand_over", args=[stranger.pk])).status_code == 403


@pytest.mark.parametrize("number", [2, 12])
def test_the_queries_do_not_grow(
    leaver: User, colleagues: list[User], manager: User, number: int, django_assert_max_num_queries
) -> None:
    book_of(leaver, "A" * number)
    client = signed_in(manager)
    url = reverse("today:hand_over", args=[leaver.pk])
    with django_assert_max_num_queries(12):
        client.get(f"{url}?to={colleagues[0].pk}&to={colleagues[1].pk}&rest=keep")
