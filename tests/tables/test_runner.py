"""Work on many rows: done once, whatever happens to the worker, and taken back row by row."""

import dataclasses
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.bulk import add_tags, undo_add_tags
from apps.accounts.models import Account, Tag
from apps.accounts.tables import AccountTable
from apps.activities.models import Notification
from apps.tables import jobs, runner
from apps.tables.actions import Action, Done, action_of
from apps.tables.models import BulkItem, BulkJob
from apps.tables.table import TABLES, Asked
from apps.users.models import User
from tests import factories as make

pytestmark = pytest.mark.django_db
State = BulkJob.State


@pytest.fixture
def rep() -> User:
    return make.make_user("Rita Rep", team=make.make_team("North"))


def accounts(number: int) -> list[Account]:
    return Account.objects.bulk_create(
        Account(name=f"Company {one:04}", name_key=f"company {one:04}") for one in range(number)
    )


def begin(by: User, ids: Sequence[int] | None = None, *, key: str = "tag", **params: Any) -> BulkJob:
    """Start an action on the accounts with these ids, or on all."""
    table = AccountTable(by)
    action = action_of(table, key)
    assert action is not None
    rows, seen = jobs.meant(table, action, ids=list(ids or []), asked=Asked() if ids is None else None)
    return jobs.start(
        table=table,
        action=action,
        params=params or {"tags": ["Hot"]},
        rows=rows.order_by("pk"),
        seen=seen,
        by=by,
    )


def states(job: BulkJob) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in job.items.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def work_off() -> None:
    while runner.run_next():
        pass


def forget_claims() -> None:
    """As if the lease of a dead worker had run out."""
    BulkJob.objects.filter(state=State.RUNNING).update(claimed_until=timezone.now() - timedelta(seconds=1))


def test_few_rows_are_done_at_once_and_taken_back(rep: User) -> None:
    rows = accounts(3)
    job = begin(rep, [row.pk for row in rows[:2]])
    assert (job.state, job.total, job.done, job.refused) == (State.DONE, 2, 2, 0)
    assert set(Account.objects.filter(tags__name="Hot")) == set(rows[:2])
    assert not Notification.objects.exists()  # the toast said it
    taken = jobs.take_back(job=job)
    assert taken is not None
    assert (taken.state, taken.undone, taken.kept, taken.done) == (State.DONE, 2, 0, 0)
    assert not Account.objects.filter(tags__name="Hot").exists()
    assert jobs.take_back(job=taken) is None


def test_many_rows_wait_for_a_worker_and_the_bell_tells(
    rep: User, django_capture_on_commit_callbacks: Any
) -> None:
    accounts(jobs.AT_ONCE + 1)
    with (
        mock.patch("apps.tables.tasks.tick.delay") as nudged,
        django_capture_on_commit_callbacks(execute=True),
    ):
        job = begin(rep)
    assert (job.state, job.total, nudged.call_count) == (State.WAITING, jobs.AT_ONCE + 1, 1)
    assert not Tag.objects.exists()
    work_off()
    job.refresh_from_db()
    assert (job.state, job.done) == (State.DONE, jobs.AT_ONCE + 1)
    assert Tag.objects.get().accounts.count() == jobs.AT_ONCE + 1
    assert "Tagged Hot: 201 rows done." in Notification.objects.get().text


def test_what_costs_much_for_each_row_waits_for_a_worker_earlier(rep: User) -> None:
    rows = accounts(4)
    slow = Action("slow", "Slow", lambda ids, params, by: Done(before=dict.fromkeys(ids)), at_once=2)
    slow = dataclasses.replace(slow, undo=lambda before, params, by: Done(before=before))
    with mock.patch.object(AccountTable, "actions", [*AccountTable.actions, slow]):
        assert begin(rep, [row.pk for row in rows[:2]], key="slow").state == State.DONE
        assert not Notification.objects.exists()
        job = begin(rep, [row.pk for row in rows], key="slow")
        assert job.state == State.WAITING
        work_off()
        assert Notification.objects.count() == 1
        job.refresh_from_db()
        taken = jobs.take_back(job=job)
        assert taken is not None
        assert taken.state == State.WAITING


def test_enrolling_and_deleting_many_is_work_for_a_worker() -> None:
    found = {(key, one.key): one for key, table in TABLES.items() for one in table.actions}
    assert found["contacts", "enroll"].at_once == found["dream_clients", "enroll"].at_once == 10
    for table in ("accounts", "contacts"):
        assert (found[table, "delete"].at_once, found[table, "delete"].batch) == (50, 100)


def test_rows_of_other_teams_are_counted_and_left_alone(rep: User) -> None:
    theirs = make.make_account(team=make.make_team("South"))
    mine = make.make_account(team=rep.memberships.get().team)
    job = begin(rep)
    assert (job.total, job.done, job.left_out) == (1, 1, 1)
    assert list(Account.objects.filter(tags__name="Hot")) == [mine]
    assert theirs.tags.count() == 0


def test_rights_are_asked_for_again_when_it_is_done(rep: User) -> None:
    rows = accounts(jobs.AT_ONCE + 1)
    job = begin(rep)
    Account.objects.filter(pk=rows[0].pk).update(team=make.make_team("South"))
    work_off()
    item = job.items.get(state=BulkItem.State.REFUSED)
    assert item.row == rows[0].pk
    assert "may not change it any more" in item.reason


def test_those_that_have_it_already_say_so(rep: User) -> None:
    rows = accounts(3)
    begin(rep, [rows[0].pk])
    job = begin(rep, [row.pk for row in rows], tags=["hot"])  # whatever its case
    assert (job.done, job.refused) == (2, 1)
    assert job.items.get(state="refused").reason == "Has this tag already."
    jobs.take_back(job=job)
    assert list(Account.objects.filter(tags__name="Hot")) == [rows[0]]


def _break_at(times: int) -> Any:
    """A worker that dies in its batch number `times`, after having written."""
    whole, seen = runner._do, []

    def do(*args: Any) -> Any:
        seen.append(1)
        counts = whole(*args)
        if len(seen) == times:
            raise OperationalError("killed")
        return counts

    return mock.patch.object(runner, "_do", do)


def _counting(batch: int = 100) -> Action:
    """Adds one to each account's employees: what is done twice shows."""

    def add(ids: Sequence[int], params: dict[str, Any], user: User) -> Done:
        with connection.cursor() as cursor:
            cursor.execute(
                "update accounts_account set employees = coalesce(employees, 0) + 1 where id = any(%s)",
                [list(ids)],
            )
        return Done(before=dict.fromkeys(ids))

    def take(before: dict[int, Any], params: dict[str, Any], user: User) -> Done:
        with connection.cursor() as cursor:
            cursor.execute(
                "update accounts_account set employees = employees - 1 where id = any(%s)", [list(before)]
            )
        return Done(before=before)

    return Action("count", "Count", add, undo=take, batch=batch)


@pytest.fixture
def counting() -> Any:
    with mock.patch.object(AccountTable, "actions", [*AccountTable.actions, _counting()]):
        yield


@pytest.mark.usefixtures("counting")
def test_a_worker_that_dies_in_the_middle_does_nothing_twice(rep: User) -> None:
    accounts(350)
    job = begin(rep, key="count")
    with _break_at(3), pytest.raises(OperationalError):
        runner.run_next()
    assert states(job) == {"done": 200, "to_do": 150}  # the third batch went with its worker
    assert not runner.run_next()  # its lease still holds
    forget_claims()
    work_off()
    job.refresh_from_db()
    assert (job.state, job.done) == (State.DONE, 350)
    assert set(Account.objects.values_list("employees", flat=True)) == {1}


@pytest.mark.usefixtures("counting")
def test_a_worker_that_comes_late_is_shut_out(rep: User) -> None:
    accounts(250)
    job = begin(rep, key="count")
    late = runner.claim()
    assert late is not None
    forget_claims()
    work_off()
    runner.work(late)
    job.refresh_from_db()
    assert (job.state, job.done) == (State.DONE, 250)
    assert set(Account.objects.values_list("employees", flat=True)) == {1}


@pytest.mark.usefixtures("counting")
def test_what_kills_every_worker_ends_visibly_and_goes_on_when_told_to(rep: User) -> None:
    accounts(250)
    job = begin(rep, key="count")
    for _attempt in range(runner.MAX_ATTEMPTS):
        with _break_at(1), pytest.raises(OperationalError):
            runner.run_next()
        forget_claims()
    assert not runner.run_next()
    job.refresh_from_db()
    assert (job.state, bool(job.error)) == (State.FAILED, True)
    assert Notification.objects.filter(user=rep).count() == 1
    assert jobs.retry(job=job)
    work_off()
    job.refresh_from_db()
    assert (job.state, job.done) == (State.DONE, 250)


@pytest.mark.usefixtures("counting")
def test_what_goes_wrong_is_written_on_the_job(rep: User) -> None:
    accounts(2)
    with mock.patch.object(runner, "_do", side_effect=ValueError("bug")):
        job = begin(rep, key="count")
    assert job.state == State.FAILED
    assert "Something went wrong" in job.error
    assert set(Account.objects.values_list("employees", flat=True)) == {None}


@pytest.mark.usefixtures("counting")
def test_a_stopped_job_keeps_what_it_did_and_can_be_taken_back(rep: User) -> None:
    accounts(350)
    job = begin(rep, key="count")
    claimed = runner.claim()
    assert claimed is not None
    table, action = runner.parts(claimed)
    assert runner._advance(claimed, table, action)
    assert jobs.cancel(job=job)
    assert not runner._advance(claimed, table, action)
    assert not runner.run_next()
    assert not jobs.cancel(job=job)
    assert states(job) == {"done": 100, "to_do": 250}
    taken = jobs.take_back(job=job)
    assert taken is not None
    assert states(job) == {"undone": 100, "to_do": 250}
    assert set(Account.objects.values_list("employees", flat=True)) == {0, None}


@pytest.mark.usefixtures("counting")
def test_taking_back_survives_a_dead_worker_too(rep: User) -> None:
    accounts(250)
    job = begin(rep, key="count")
    work_off()
    job.refresh_from_db()
    jobs.take_back(job=job)
    with (
        mock.patch.object(runner, "_take_back", side_effect=OperationalError("killed")),
        pytest.raises(OperationalError),
    ):
        runner.run_next()
    forget_claims()
    work_off()
    job.refresh_from_db()
    assert (job.state, job.undone, job.done) == (State.DONE, 250, 0)
    assert set(Account.objects.values_list("employees", flat=True)) == {0}


def test_a_person_who_may_not_sign_in_any_more_changes_nothing(rep: User) -> None:
    accounts(jobs.AT_ONCE + 1)
    job = begin(rep)
    User.objects.filter(pk=rep.pk).update(is_active=False)
    work_off()
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert not Account.objects.filter(tags__isnull=False).exists()


def test_queries_do_not_grow_with_rows(rep: User) -> None:
    rows = accounts(900)
    counted = []
    for ids in ([row.pk for row in rows[:250]], [row.pk for row in rows[250:]]):
        begin(rep, ids)
        with CaptureQueriesContext(connection) as queries:
            work_off()
        counted.append(len(queries))
    assert counted[1] <= counted[0] < 40, counted


@pytest.mark.usefixtures("counting")
def test_a_long_job_lets_others_have_their_turn(rep: User) -> None:
    accounts(500)
    for said in ("long", "short", "other"):
        job = begin(rep, key="count")
        BulkJob.objects.filter(pk=job.pk).update(said=said)
    turns = []
    for _turn in range(7):
        claimed = runner.claim()
        assert claimed is not None
        turns.append(claimed.said)
        runner.work(claimed, seconds=0)
    assert turns == ["long", "short", "other"] * 2 + ["long"]


def test_old_files_and_jobs_are_cleared_away(rep: User) -> None:
    accounts(2)
    job, young = begin(rep), begin(rep, tags=["Cold"])
    BulkJob.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=31))
    jobs.tidy()
    assert list(BulkJob.objects.all()) == [young]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_nothing_twice() -> None:
    rep = make.make_user("Rita Rep", team=make.make_team("North"))
    accounts(600)
    with mock.patch.object(AccountTable, "actions", [*AccountTable.actions, _counting(batch=20)]):
        some = [begin(rep, key="count"), begin(rep, key="count")]

        def work(_worker: int) -> None:
            try:
                work_off()
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
    for job in some:
        job.refresh_from_db()
        assert (job.state, job.done) == (State.DONE, 600)
    assert set(Account.objects.values_list("employees", flat=True)) == {2}


def test_taking_back_asks_for_rights_again(rep: User) -> None:
    team = rep.memberships.get().team
    theirs, mine = make.make_account(team=team), make.make_account(team=team)
    job = begin(rep, [theirs.pk, mine.pk])
    Account.objects.filter(pk=theirs.pk).update(team=make.make_team("South"))
    taken = jobs.take_back(job=job)
    assert taken is not None
    assert (taken.undone, taken.kept, taken.done) == (1, 1, 0)
    assert "may not change it any more" in job.items.get(state=BulkItem.State.KEPT).reason
    assert list(Account.objects.filter(tags__name="Hot")) == [theirs]


def test_tags_are_not_taken_from_what_lies_in_the_bin(rep: User) -> None:
    row = make.make_account(team=rep.memberships.get().team)
    begin(rep, [row.pk])
    tag = row.tags.get()
    Account.objects.filter(pk=row.pk).update(deleted_at=timezone.now())
    before = {row.pk: {"added": [tag.pk]}}
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        undone = undo_add_tags(model=Account, before=before)
    assert "FOR NO KEY UPDATE" in queries[1]["sql"]
    assert list(undone.refused) == [row.pk]
    assert list(row.tags.all()) == [tag]
    with transaction.atomic():
        assert not add_tags(model=Account, ids=[row.pk], names=["New"]).before
