"""Two people at the same moment: the table and the locks decide, once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from time import sleep

import pytest
from django.db import connections, transaction

from apps.accounts.models import Account
from apps.activities.models import Activity
from apps.bin.services import throw_away_list
from apps.dreamclients import approval, services
from apps.dreamclients.bulk import Target
from apps.dreamclients.locks import lock_accounts, lock_books, lock_lists
from apps.dreamclients.models import DreamClient, Rung, RungReached
from apps.today import handover
from apps.users.models import Membership, Organisation, User
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each of the calls returned or raised, all started at the same moment, each on its own connection."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        gate.wait(timeout=10)
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_two_take_the_last_place_in_a_book() -> None:
    Organisation.objects.update_or_create(pk=1, defaults={"book_cap": 3})
    rep = make.make_user(team=make.make_team())
    for _ in range(2):
        make.make_dream_client(owner=rep)
    free = [make.make_dream_client() for _ in range(4)]

    results = at_once(*(lambda row=row: services.take(dream_client=row, by=rep) for row in free))

    assert services.book_size(rep) == 3
    assert sum(isinstance(result, services.BookFull) for result in results) == 3
    assert Activity.objects.filter(kind="taken").count() == 1


def test_two_take_the_same_dream_client() -> None:
    ann, ben = make.make_user("Ann", team=make.make_team()), make.make_user("Ben", team=make.make_team())
    row = make.make_dream_client()

    results = at_once(
        lambda: services.take(dream_client=DreamClient.objects.get(pk=row.pk), by=ann),
        lambda: services.take(dream_client=DreamClient.objects.get(pk=row.pk), by=ben),
    )

    row.refresh_from_db()
    assert row.owner in (ann, ben)
    assert sum(isinstance(result, services.TakenAlready) for result in results) == 1


def test_two_target_the_same_account() -> None:
    rep = make.make_user(team=make.make_team())
    dream_list, account = make.make_list(owner=rep), make.make_account()

    results = at_once(
        *(lambda: services.target(dream_client_list=dream_list, account=account, by=rep) for _ in range(3))
    )

    assert DreamClient.objects.filter(account=account).count() == 1
    assert sum(isinstance(result, services.AlreadyTargeted) for result in results) == 2
    assert Activity.objects.filter(kind="targeted").count() == 1


def test_two_swap_into_each_others_books_without_a_deadlock() -> None:
    Organisation.objects.update_or_create(pk=1, defaults={"book_cap": 1})
    ann, ben = make.make_user("Ann", team=make.make_team()), make.make_user("Ben", team=make.make_team())
    of_ann, of_ben = make.make_dream_client(owner=ann), make.make_dream_client(owner=ben)

    results = at_once(
        lambda: services.assign(dream_client=DreamClient.objects.get(pk=of_ben.pk), owner=ann, by=ben),
        lambda: services.assign(dream_client=DreamClient.objects.get(pk=of_ann.pk), owner=ben, by=ann),
    )

    assert all(isinstance(result, services.BookFull) for result in results)


def test_two_reach_the_same_rung() -> None:
    row = make.make_dream_client()
    replies = [make.make_activity(row.account, kind="reply") for _ in range(4)]

    results = at_once(
        *(
            lambda reply=reply: services.climb(
                dream_client=DreamClient.objects.get(pk=row.pk), rung=Rung.ENGAGED, cause=reply
            )
            for reply in replies
        )
    )

    assert sorted(map(bool, results)) == [False, False, False, True]
    assert RungReached.objects.filter(dream_client=row, rung=Rung.ENGAGED).count() == 1


def test_a_swap_lets_go_of_nothing_that_a_colleague_got_meanwhile() -> None:
    ann, ben = make.make_user("Ann", team=make.make_team()), make.make_user("Ben", team=make.make_team())
    mine, free = make.make_dream_client(owner=ann), make.make_dream_client()
    seen = DreamClient.objects.get(pk=mine.pk)
    services.assign(dream_client=mine, owner=ben, by=ben)

    services.take(dream_client=free, by=ann, instead_of=seen)

    mine.refresh_from_db()
    free.refresh_from_db()
    assert (mine.owner, free.owner) == (ben, ann)


def test_targeting_and_an_import_take_account_and_book_in_one_order() -> None:
    rep = make.make_user(team=make.make_team())
    dream_list, account, held = make.make_list(owner=rep), make.make_account(), Event()

    def like_an_import() -> None:
        with transaction.atomic():
            Account.objects.select_for_update(no_key=True).get(pk=account.pk)
            held.set()
            sleep(0.5)
            User.objects.select_for_update(no_key=True).get(pk=rep.pk)

    def target() -> DreamClient:
        held.wait(timeout=10)
        return services.target(dream_client_list=dream_list, account=account, by=rep, owner=rep)

    imported, made = at_once(like_an_import, target)

    assert imported is None
    assert isinstance(made, DreamClient)


def test_a_list_is_thrown_away_while_accounts_come_onto_it() -> None:
    rep = make.make_user(team=make.make_team())
    dream_list, accounts = make.make_list(owner=rep), [make.make_account() for _ in range(2)]
    put, thrown = Event(), Event()

    def target_one() -> None:
        with transaction.atomic():
            services.target(dream_client_list=dream_list, account=accounts[0], by=rep)
            put.set()
            thrown.wait(1)  # which it cannot be before this is over

    def throw() -> None:
        put.wait(10)
        throw_away_list(dream_client_list=dream_list, by=rep)
        thrown.set()

    assert at_once(target_one, throw) == [None, None]
    assert not DreamClient.objects.current().exists()


def test_approving_while_somebody_targets_the_same_account() -> None:
    Organisation.objects.update_or_create(pk=1, defaults={"approve_targets": True})
    team = make.make_team()
    rep, boss = make.make_user(team=team), make.make_user(team=team, role=Membership.Role.MANAGER)
    dream_list, other = make.make_list(owner=rep, team=team), make.make_list(owner=boss, team=team)
    account = make.make_account(team=team)
    proposals = approval.propose_many(dream_client_list=dream_list, targets=[Target(account)], by=rep)
    held = Event()

    def target_it() -> object:
        with transaction.atomic():
            lock_accounts([account.pk])
            held.set()
            sleep(0.5)
            return services.target(dream_client_list=other, account=account, by=boss)

    def approve() -> object:
        held.wait(10)
        return approval.approve(proposals=proposals, by=boss).approved

    made, approved = at_once(target_it, approve)
    assert (DreamClient.objects.get(), approved) == (made, [])


def test_two_take_the_same_approval_back() -> None:
    Organisation.objects.update_or_create(pk=1, defaults={"approve_targets": True})
    team = make.make_team()
    rep, boss = make.make_user(team=team), make.make_user(team=team, role=Membership.Role.MANAGER)
    dream_list = make.make_list(owner=rep, team=team)
    targets = [Target(make.make_account(team=team)) for _ in range(3)]
    proposals = approval.propose_many(dream_client_list=dream_list, targets=targets, by=rep)
    approval.approve(proposals=proposals, by=boss)
    proposals[0].refresh_from_db()
    results = at_once(*[lambda: approval.undo(proposal=proposals[0], by=boss)] * 2)
    assert sorted(map(str, results)) == ["(0, 0)", "(3, 0)"]


def test_handing_a_book_over_waits_in_no_circle_with_whoever_targets() -> None:
    team = make.make_team()
    boss = make.make_user(team=team, role=Membership.Role.MANAGER)
    leaver, mate = make.make_user(team=team), make.make_user(team=team)
    dream_list, held = make.make_list(owner=leaver, team=team), Event()

    def list_then_book() -> None:
        with transaction.atomic():
            lock_lists([dream_list.pk])
            held.set()
            sleep(0.5)
            lock_books([leaver.pk])

    def hand_over() -> None:
        held.wait(10)
        handover.hand_over(leaver=leaver, to=[mate], by=boss, also=["lists"])

    assert at_once(list_then_book, hand_over) == [None, None]
    dream_list.refresh_from_db()
    assert dream_list.owner == mate
