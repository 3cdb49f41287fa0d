"""What stands in the way of a list that follows its filter: held accounts, a list that fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts.models import Account
from apps.activities.models import Notification
from apps.dreamclients import following, tasks
from apps.dreamclients.models import DreamClientList
from apps.users.models import Organisation, Team, User
from tests import factories as make

WHERE = "industry.is.energy"


@pytest.fixture
def team() -> Team:
    return make.make_team("North")


@pytest.fixture
def rep(team: Team) -> User:
    return make.make_user("Rita Rep", team=team)


def filling(rep: User, name: str = "Energy", **fields: Any) -> DreamClientList:
    given: dict[str, Any] = {"where": WHERE, "is_filling": True, "team": rep.teams.get(), **fields}
    return make.make_list(name, owner=rep, **given)


def on_list(row: DreamClientList) -> set[str]:
    return set(row.dream_clients.current().values_list("account__name", flat=True))


@contextmanager
def held(account: Account) -> Iterator[None]:
    """Another transaction holds it."""
    is_held, go = Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                list(Account.objects.select_for_update(no_key=True).filter(pk=account.pk))
                is_held.set()
                go.wait(20)
        finally:
            connection.close()

    thread = Thread(target=hold)
    thread.start()
    is_held.wait(10)
    try:
        yield
    finally:
        go.set()
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_what_somebody_holds_comes_next_time(rep: User, team: Team) -> None:
    Organisation.current()
    row = filling(rep)
    acme, _beta = (make.make_account(name, team=team, industry="energy") for name in ("Acme", "Beta"))
    with held(acme):
        assert following.tick() == 1  # not again and again in one tick
    row.refresh_from_db()
    assert (on_list(row), row.is_filling) == ({"Beta"}, True)
    following.tick(now=timezone.now() + timedelta(minutes=2))
    row.refresh_from_db()
    assert (on_list(row), row.is_filling) == ({"Acme", "Beta"}, False)


@pytest.mark.django_db
def test_a_batch_that_came_too_late_is_tried_again(rep: User, team: Team) -> None:
    row = filling(rep)
    make.make_account("Acme", team=team, industry="energy")
    with mock.patch.object(following, "target_many", side_effect=IntegrityError("twice")):
        assert following.tick() == 1
    row.refresh_from_db()
    assert (on_list(row), row.is_filling, row.follow_problem) == (set(), True, "")
    following.tick(now=timezone.now() + timedelta(minutes=2))
    row.refresh_from_db()
    assert (on_list(row), row.is_filling) == ({"Acme"}, False)


@pytest.mark.django_db
def test_a_list_that_fails_stops_no_other(rep: User, team: Team) -> None:
    broken, fine = filling(rep, "Broken"), filling(rep, "Fine", where="industry.is.materials")
    make.make_account("Acme", team=team, industry="energy")
    make.make_account("Beta", team=team, industry="materials")
    whole = following._add

    def add(row: DreamClientList, *args: Any) -> Any:
        if row.pk == broken.pk:
            with connection.cursor() as cursor:
                cursor.execute("select nonsense")
        return whole(row, *args)

    with mock.patch.object(following, "_add", add):
        assert following.tick() == 2
    broken.refresh_from_db()
    assert on_list(fine) == {"Beta"}
    assert "tries again by itself" in broken.follow_problem
    assert broken.is_filling
    assert broken.followed_at is not None
    assert not Notification.objects.exists()
    following.tick(now=timezone.now() + timedelta(minutes=2))
    broken.refresh_from_db()
    assert (on_list(broken), broken.follow_problem, broken.is_filling) == ({"Acme"}, "", False)


@pytest.mark.django_db
def test_a_programming_error_stops_no_other(rep: User, team: Team) -> None:
    filling(rep, "Broken")
    with mock.patch.object(following, "_add", side_effect=RuntimeError("bug")):
        assert following.tick() == 1
    assert DreamClientList.objects.get().follow_problem


@pytest.mark.django_db
def test_lists_and_what_comes_up_are_tasks_of_their_own() -> None:
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {tasks.tick.name, tasks.bring_up.name} <= scheduled
    with mock.patch("apps.dreamclients.coming_up.tick") as brought_up:
        tasks.tick()
        assert not brought_up.called
        tasks.bring_up()
        assert brought_up.called
