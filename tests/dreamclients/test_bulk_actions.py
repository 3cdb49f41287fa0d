"""What is done to many dream clients at once, and taken back."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Account
from apps.activities.models import Activity
from apps.bin.services import throw_away_accounts, throw_away_list
from apps.dreamclients import services
from apps.dreamclients.bulk import Target, target_many
from apps.dreamclients.bulk_targeting import put_on_list
from apps.dreamclients.coming_up import add_event
from apps.dreamclients.models import DreamClient, DreamClientList, Proposal, RungReached, TriggerEvent
from apps.tables import runner
from apps.tables.models import BulkJob
from apps.users.models import Membership, Organisation, User
from tests import factories as make
from tests.tables.working import act, back, reasons

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep() -> User:
    return make.make_user("Rita Rep", team=make.make_team("North"))


@pytest.fixture
def manager(rep: User) -> User:
    return make.make_user("Mona Manager", team=rep.memberships.get().team, role=Membership.Role.MANAGER)


@pytest.fixture
def wishes(rep: User) -> DreamClientList:
    return make.make_list("Wishes", owner=rep)


@pytest.fixture
def three(wishes: DreamClientList) -> list[DreamClient]:
    return [make.make_dream_client(dream_client_list=wishes) for _number in range(3)]


def fresh(rows: list[DreamClient]) -> list[DreamClient]:
    for row in rows:
        row.refresh_from_db()
    return rows


def counts(job: BulkJob) -> tuple[int, int]:
    return job.done, job.refused


def kinds(row: DreamClient) -> list[str]:
    return list(Activity.objects.filter(account=row.account).order_by("id").values_list("kind", flat=True))


def cap(places: int) -> None:
    Organisation.current()
    Organisation.objects.update(book_cap=places)


def test_a_book_takes_what_it_has_room_for(rep: User, manager: User, three: list[DreamClient]) -> None:
    cap(2)
    job = act(manager, "dream_clients", "assign", three, owner=rep.pk)
    assert counts(job) == (2, 1)
    assert "2 dream clients, which is all a book holds" in reasons(job).pop()
    assert [row.owner for row in fresh(three)] == [rep, rep, None]
    assert kinds(three[0]) == ["taken"]
    activity = Activity.objects.get(account=three[0].account)
    assert (activity.by, activity.data, activity.team_id) == (manager, {"owner": rep.pk}, three[0].team_id)


def test_ruled_out_ones_need_no_room(rep: User, three: list[DreamClient]) -> None:
    cap(1)
    services.rule_out(dream_client=three[0], reason="gone", by=rep)
    assert counts(act(rep, "dream_clients", "assign", three, owner=rep.pk)) == (2, 1)


def test_assigning_goes_back_to_whoever_had_them(rep: User, manager: User, three: list[DreamClient]) -> None:
    other = make.make_user("Olaf Other", team=rep.memberships.get().team)
    services.assign(dream_client=three[0], owner=other, by=manager)
    job = act(manager, "dream_clients", "assign", three, owner=rep.pk)
    services.assign(dream_client=three[2], owner=other, by=manager)  # somebody changes one since
    taken = back(job)
    assert (taken.undone, taken.kept) == (2, 1)
    assert reasons(taken, "kept") == {"Somebody has changed it since."}
    assert [row.owner for row in fresh(three)] == [other, None, other]
    assert kinds(three[0]) == ["taken", "taken", "taken"]
    assert kinds(three[1]) == ["taken", "let_go"]


def test_a_former_book_that_is_full_by_now_takes_nothing_back(
    rep: User, manager: User, three: list[DreamClient]
) -> None:
    other = make.make_user("Olaf Other", team=rep.memberships.get().team)
    services.assign(dream_client=three[0], owner=other, by=manager)
    job = act(manager, "dream_clients", "assign", three[:1], owner=rep.pk)
    cap(1)
    make.make_dream_client(owner=other, dream_client_list=three[0].list)
    taken = back(job)
    assert (taken.undone, taken.kept) == (0, 1)
    assert fresh(three)[0].owner == rep


def test_a_rep_assigns_to_nobody_else(rep: User, three: list[DreamClient]) -> None:
    other = make.make_user("Olaf Other", team=rep.memberships.get().team)
    with pytest.raises(AssertionError, match="owner"):
        act(rep, "dream_clients", "assign", three, owner=other.pk)


def test_an_outsider_changes_none_of_them(three: list[DreamClient]) -> None:
    outsider = make.make_user("Otto Outsider", team=make.make_team("South"))
    job = act(outsider, "dream_clients", "tier", three, tier="A")
    assert (job.total, job.done, job.left_out) == (0, 0, 0)  # they do not even see them
    colleague = make.make_user("Cara", team=three[0].list.team)
    services.assign(
        dream_client=three[0], owner=make.make_user("Olaf", team=three[0].list.team), by=colleague
    )
    job = act(colleague, "dream_clients", "tier", three, tier="A")
    assert (job.total, job.done, job.left_out) == (2, 2, 1)


def test_a_tier_sets_when_it_goes_cold(rep: User, three: list[DreamClient]) -> None:
    DreamClient.objects.filter(pk=three[0].pk).update(tier="A")
    before = [row.cold_at for row in fresh(three)]
    job = act(rep, "dream_clients", "tier", three, tier="A")
    assert (counts(job), reasons(job)) == ((2, 1), {"Is of this tier already."})
    row = fresh(three)[1]
    assert (row.tier, row.cold_at, row.version) == ("A", row.targeted_at + timedelta(days=14), 2)
    services.set_tier(dream_client=three[2], tier="C", by=rep)
    taken = back(job)
    assert (taken.undone, taken.kept) == (1, 1)
    assert [row.tier for row in fresh(three)] == ["A", "B", "C"]
    assert three[1].cold_at == before[1]


def test_parking_and_taking_up_again(rep: User, three: list[DreamClient]) -> None:
    first, later = timezone.now() + timedelta(days=5), (timezone.localdate() + timedelta(days=30)).isoformat()
    services.park(dream_client=three[0], until=first, by=rep)
    services.rule_out(dream_client=three[2], reason="gone", by=rep)
    job = act(rep, "dream_clients", "park", three, until=later)
    assert (counts(job), reasons(job)) == ((2, 1), {"Is ruled out."})
    assert all(row.is_parked for row in fresh(three)[:2])
    back(job)
    assert [row.parked_until for row in fresh(three)] == [first, None, None]
    assert kinds(three[1]) == ["parked", "revived"]
    up = act(rep, "dream_clients", "revive", three)
    assert (counts(up), reasons(up)) == ((2, 1), {"Is neither parked nor ruled out."})
    assert not any(row.is_parked or row.is_ruled_out for row in fresh(three))
    back(up)
    assert [row.parked_until for row in fresh(three)] == [first, None, None]
    assert (three[2].is_ruled_out, three[2].ruled_out_reason) == (True, "gone")


def test_ruling_out_with_a_reason(rep: User, three: list[DreamClient]) -> None:
    job = act(rep, "dream_clients", "rule_out", three, reason="Too small")
    assert counts(job) == (3, 0)
    assert {row.ruled_out_reason for row in fresh(three)} == {"Too small"}
    services.revive(dream_client=three[0], by=rep)
    taken = back(job)
    assert (taken.undone, taken.kept) == (2, 1)
    assert not any(row.is_ruled_out for row in fresh(three))


def test_off_the_list_and_back(rep: User, wishes: DreamClientList, three: list[DreamClient]) -> None:
    job = act(rep, "dream_clients", "take_off", three, reason="Wrong list")
    assert counts(job) == (3, 0)
    assert {row.left_reason for row in fresh(three)} == {"Wrong list"}
    make.make_dream_client(three[0].account, dream_client_list=make.make_list("Others", owner=rep))
    taken = back(job)
    assert (taken.undone, taken.kept) == (2, 1)
    assert reasons(taken, "kept") == {"Is on the list “Others” already."}
    assert [row.left_at is None for row in fresh(three)] == [False, True, True]


def test_tagging_the_accounts_behind_them(rep: User, three: list[DreamClient]) -> None:
    Account.objects.filter(pk=three[2].account_id).update(team=make.make_team("South"))
    job = act(rep, "dream_clients", "tag", three, tags="Hot")
    assert (counts(job), reasons(job)) == ((2, 1), {"Your team may not change this account."})
    assert set(Account.objects.filter(tags__name="Hot")) == {row.account for row in three[:2]}
    back(job)
    assert not Account.objects.filter(tags__name="Hot").exists()


def test_the_lists_of_another_team_are_not_named(
    rep: User, wishes: DreamClientList, three: list[DreamClient]
) -> None:
    job = act(rep, "dream_clients", "take_off", three, reason="Wrong list")
    theirs = make.make_list("Secret plan", owner=make.make_user(team=make.make_team("South")))
    make.make_dream_client(three[0].account, dream_client_list=theirs)
    assert reasons(back(job), "kept") == {"Is on a list of another team already."}
    again = put(rep, [three[0].account], wishes)
    assert reasons(again) == {"Is on a list of another team already."}
    with pytest.raises(services.AlreadyTargeted, match="is on a list of another team already"):
        services.target(dream_client_list=wishes, account=three[0].account, by=rep)
    client = Client()
    client.force_login(rep)
    page = client.get(reverse("dreamclients:add"), {"account": three[0].account_id}).content.decode()
    assert "a list of another team" in page
    assert "Secret plan" not in page


def test_back_on_a_list_that_moved_they_are_its_teams(
    rep: User, wishes: DreamClientList, three: list[DreamClient]
) -> None:
    job = act(rep, "dream_clients", "take_off", three, reason="Wrong list")
    south = make.make_team("South")
    DreamClientList.objects.filter(pk=wishes.pk).update(team=south)
    back(job)
    assert {row.team for row in fresh(three)} == {south}


# --- Accounts onto a list -------------------------------------------------------------------------------------------


def put(by: User, accounts: list[Account], wishes: DreamClientList, **given: Any) -> BulkJob:
    given = {"dream_client_list": wishes.pk, "tier": "B", "owner": "", **given}
    return act(by, "accounts", "put_on_list", accounts, **given)


def test_accounts_onto_a_list(rep: User, wishes: DreamClientList) -> None:
    cap(1)
    accounts = [make.make_account() for _number in range(3)]
    make.make_dream_client(accounts[0], dream_client_list=make.make_list("Others", owner=rep))
    job = put(rep, accounts, wishes, tier="A", owner=rep.pk)
    assert (counts(job), reasons(job)) == ((2, 1), {"Is on the list “Others” already."})
    first, second = (DreamClient.objects.get(account=account) for account in accounts[1:])
    assert (first.owner, first.tier, first.list, second.owner) == (rep, "A", wishes, None)
    assert "all a book holds" in (reasons(job, "done") - {""}).pop()
    assert kinds(first) == ["targeted", "taken"]
    assert Activity.objects.filter(source="user").count() == 3
    assert RungReached.objects.filter(dream_client=first, rung="targeted").exists()
    accounts[1].refresh_from_db()
    assert accounts[1].team_id == wishes.team_id


def test_taken_back_a_mistake_leaves_no_trace_in_figures(rep: User, wishes: DreamClientList) -> None:
    accounts = [make.make_account() for _number in range(3)]
    job = put(rep, accounts, wishes)
    worked = DreamClient.objects.get(account=accounts[0])
    services.assign(dream_client=worked, owner=rep, by=rep)
    services.set_tier(dream_client=worked, tier="A", by=rep)
    taken = back(job)
    assert (taken.undone, taken.kept) == (2, 1)
    assert list(DreamClient.objects.all()) == [worked]
    assert RungReached.objects.count() == 1
    accounts[1].refresh_from_db()
    assert accounts[1].team_id is None


def test_what_needs_approval_is_proposed(rep: User, wishes: DreamClientList) -> None:
    Organisation.current()
    Organisation.objects.update(approve_targets=True)
    accounts = [make.make_account() for _number in range(2)]
    job = put(rep, accounts, wishes)
    assert counts(job) == (2, 0)
    assert reasons(job, "done") == {"Proposed: a manager has to approve it."}
    assert not DreamClient.objects.exists()
    assert counts(put(rep, accounts, wishes)) == (0, 2)
    back(job)
    assert not Proposal.objects.asked().exists()


def test_300_rows_take_no_more_queries_than_210(rep: User, wishes: DreamClientList) -> None:
    cap(2000)
    deeds: list[tuple[str, dict[str, Any]]] = [
        ("assign", {"owner": rep.pk}),
        ("tier", {"tier": "A"}),
        ("park", {"until": "2099-01-01"}),
        ("revive", {}),
        ("rule_out", {"reason": "x"}),
    ]
    rows = [make.make_dream_client(dream_client_list=wishes) for _number in range(510)]
    for action, given in deeds:
        counted = []
        for some in (rows[:210], rows[210:]):
            act(rep, "dream_clients", action, some, **given)
            with CaptureQueriesContext(connection) as queries:
                while runner.run_next():
                    pass
            counted.append(len(queries))
        assert counted[1] <= counted[0] < 45, (action, counted)


def test_taking_back_keeps_what_colleagues_did_since(rep: User, wishes: DreamClientList) -> None:
    mate = make.make_user("Cara", team=wishes.team)
    accounts = [make.make_account(f"A{number}") for number in range(7)]
    job = put(rep, accounts, wishes)
    rows = [DreamClient.objects.get(account=account) for account in accounts]
    services.take(dream_client=rows[0], by=mate)
    add_event(dream_client=rows[1], what="New CFO", on=timezone.localdate(), url="", by=mate)
    services.rule_out(dream_client=rows[2], reason="no", by=mate)
    services.park(dream_client=rows[3], until=timezone.now() + timedelta(days=9), by=mate)
    make.make_activity(accounts[4], kind="note", by=mate)
    DreamClient.objects.filter(pk=rows[5].pk).update(owner=mate)  # whichever way it came
    taken = back(job)
    assert (taken.undone, taken.kept) == (1, 6)
    assert reasons(taken, "kept") == {"Somebody has changed it since."}
    assert set(DreamClient.objects.all()) == set(rows[:6])
    assert TriggerEvent.objects.count() == 1


def test_taking_back_what_was_put_into_a_book(rep: User, wishes: DreamClientList) -> None:
    job = put(rep, [make.make_account() for _number in range(2)], wishes, owner=rep.pk)
    taken = back(job)
    assert (taken.undone, taken.kept) == (2, 0)
    assert not DreamClient.objects.exists()


def test_nothing_goes_back_onto_what_is_in_the_bin(rep: User, three: list[DreamClient]) -> None:
    old = make.make_list("Old", owner=rep)
    thrown = make.make_list("Thrown", owner=rep)
    on_old, on_thrown = (make.make_dream_client(dream_client_list=row) for row in (old, thrown))
    job = act(rep, "dream_clients", "take_off", [*three, on_old, on_thrown], reason="x")
    throw_away_accounts(ids=[three[0].account_id], by=rep)
    throw_away_list(dream_client_list=thrown, by=rep)
    DreamClientList.objects.filter(pk=old.pk).update(archived_at=timezone.now())
    taken = back(job)
    assert (taken.undone, taken.kept) == (2, 3)
    assert reasons(taken, "kept") <= {
        f"{three[0].account} is in the bin.",
        "It lies in the bin: restore it there first.",
        "The list Thrown is in the bin.",
        "The list Old is archived.",
    }
    assert set(DreamClient.objects.current()) == set(three[1:])


def test_what_a_person_took_off_strays_no_more(rep: User, three: list[DreamClient]) -> None:
    strayed = timezone.now() - timedelta(days=1)
    DreamClient.objects.filter(pk=three[0].pk).update(strayed_at=strayed)
    job = act(rep, "dream_clients", "take_off", three, reason="no good")
    assert [row.strayed_at for row in fresh(three)] == [None, None, None]
    back(job)
    assert [row.strayed_at for row in fresh(three)] == [strayed, None, None]
    assert [row.left_at for row in three] == [None, None, None]


def test_nothing_comes_onto_a_list_in_the_bin(rep: User, wishes: DreamClientList) -> None:
    account = make.make_account()
    throw_away_list(dream_client_list=wishes, by=rep)  # what is held here does not know it yet
    with pytest.raises(services.ListClosed, match="The list Wishes is in the bin"):
        services.target(dream_client_list=wishes, account=account, by=rep)
    with pytest.raises(services.ListClosed):
        target_many(dream_client_list=wishes, targets=[Target(account)], by=rep)
    done = put_on_list(dream_client_list=wishes, ids=[account.pk], tier="A", owner=rep, by=rep)
    assert done.refused == {account.pk: "The list Wishes is in the bin."}
    assert not DreamClient.objects.exists()
