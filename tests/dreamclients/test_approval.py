"""Where a manager approves dream clients: what a rep proposes is none until then."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Account
from apps.activities.models import Notification
from apps.dreamclients import approval, services
from apps.dreamclients.bulk import Target, target_many
from apps.dreamclients.coming_up import add_event
from apps.dreamclients.models import DreamClient, DreamClientList, Proposal, RungReached, TriggerEvent
from apps.users.models import Membership, Organisation, Team, User
from tests import factories as make

pytestmark = pytest.mark.django_db
URL = reverse("dreamclients:to_approve")


@pytest.fixture(autouse=True)
def _asked_for() -> None:
    Organisation.objects.update_or_create(pk=1, defaults={"approve_targets": True})


@pytest.fixture
def team() -> Team:
    return make.make_team("North")


@pytest.fixture
def rep(team: Team) -> User:
    return make.make_user("Rita Rep", team=team)


@pytest.fixture
def manager(team: Team) -> User:
    return make.make_user("Mona Manager", team=team, role=Membership.Role.MANAGER)


@pytest.fixture
def dream_list(rep: User, manager: User) -> DreamClientList:
    return make.make_list("Wishes", owner=rep, team=rep.teams.get())


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def propose(dream_list: DreamClientList, by: User, *names: str, owner: User | None = None) -> list[Proposal]:
    targets = [Target(make.make_account(name, team=dream_list.team), owner=owner) for name in names]
    return approval.propose_many(dream_client_list=dream_list, targets=targets, by=by)


def test_a_rep_proposes_and_nothing_else_changes(
    rep: User, manager: User, dream_list: DreamClientList
) -> None:
    account = make.make_account("Acme", team=dream_list.team)
    data = {"selected": account.pk, "dream_client_list": dream_list.pk, "tier": "A", "take": "on"}
    page = signed_in(rep).post(reverse("dreamclients:add"), data, follow=True)
    assert "1 account is proposed for Wishes" in page.content.decode()
    assert not DreamClient.objects.exists()
    assert services.book_size(rep) == 0
    proposal = Proposal.objects.get()
    assert (proposal.tier, proposal.owner, proposal.state) == ("A", rep, "asked")
    assert "Rita Rep proposes Acme" in Notification.objects.get(user=manager).text
    again = signed_in(rep).post(reverse("dreamclients:add"), data, follow=True)
    assert "1 was proposed already" in again.content.decode()


def test_no_way_around_it(rep: User, manager: User, dream_list: DreamClientList) -> None:
    account = make.make_account("Acme", team=dream_list.team)
    with pytest.raises(services.NeedsApproval):
        services.target(dream_client_list=dream_list, account=account, by=rep)
    with pytest.raises(services.NeedsApproval):
        target_many(dream_client_list=dream_list, targets=[Target(account)], by=rep)
    assert services.target(dream_client_list=dream_list, account=account, by=manager).pk


def test_approving_and_its_undo(rep: User, manager: User, dream_list: DreamClientList) -> None:
    rows = propose(dream_list, rep, "Acme", "Borealis", owner=rep)
    client = signed_in(manager)
    assert "Acme" in client.get(URL).content.decode()
    client.post(URL, {"selected": [row.pk for row in rows], "action": "approve"})
    made = DreamClient.objects.get(account__name="Acme")
    assert (made.owner, made.list) == (rep, dream_list)
    assert "approved Acme and 1 more" in Notification.objects.get(user=rep).text
    client.post(reverse("dreamclients:proposal_undo", args=[rows[0].pk]))
    assert set(Proposal.objects.values_list("state", flat=True)) == {"asked"}
    assert not DreamClient.objects.exists()
    assert not RungReached.objects.exists()


def test_an_approval_that_was_worked_on_stays(rep: User, manager: User, dream_list: DreamClientList) -> None:
    [row] = propose(dream_list, rep, "Acme", owner=rep)
    approval.approve(proposals=[row], by=manager)
    made = DreamClient.objects.get()
    make.make_enrollment(make.make_contact(made.account), make.make_sequence(owner=rep), made)
    row.refresh_from_db()
    assert approval.undo(proposal=row, by=manager) == (0, 1)
    assert DreamClient.objects.filter(pk=made.pk).exists()


def test_an_approval_that_a_colleague_wrote_something_down_for_stays(
    rep: User, manager: User, dream_list: DreamClientList
) -> None:
    rows = propose(dream_list, rep, "Acme", "Borealis", "Cirrus", "Dune", owner=rep)
    approval.approve(proposals=rows, by=manager)
    acme, borealis, cirrus, dune = DreamClient.objects.order_by("account__name")
    add_event(dream_client=acme, what="New CFO", on=timezone.localdate(), url="", by=rep)
    DreamClient.objects.filter(pk=borealis.pk).update(why_change="written since", version=2)
    services.let_go(dream_client=cirrus, by=rep)
    rows[0].refresh_from_db()
    assert approval.undo(proposal=rows[0], by=manager) == (1, 3)
    assert list(DreamClient.objects.order_by("account__name")) == [acme, borealis, cirrus]
    assert TriggerEvent.objects.exists()
    assert Proposal.objects.get(account=dune.account_id).state == "asked"


def test_declining_needs_a_reason_and_keeps_what_was_ticked(
    rep: User, manager: User, dream_list: DreamClientList
) -> None:
    [row] = propose(dream_list, rep, "Acme")
    client = signed_in(manager)
    refused = client.post(URL, {"selected": row.pk, "action": "decline", "reason": " "})
    assert refused.status_code == 422
    assert "checked" in refused.content.decode()
    client.post(URL, {"selected": row.pk, "action": "decline", "reason": "Too small"})
    row.refresh_from_db()
    assert (row.state, row.reason) == ("declined", "Too small")
    assert "declined Acme: Too small" in Notification.objects.get(user=rep).text


def test_each_row_has_an_answer_of_its_own(rep: User, manager: User, dream_list: DreamClientList) -> None:
    acme, borealis = propose(dream_list, rep, "Acme", "Borealis")
    client = signed_in(manager)
    client.post(URL, {"approve": acme.pk, "selected": borealis.pk})
    client.post(URL, {"selected": borealis.pk})  # Enter in a box approves nothing
    for row in (acme, borealis):
        row.refresh_from_db()
    assert (acme.state, borealis.state) == ("approved", "asked")
    url = reverse("dreamclients:proposal_decline", args=[borealis.pk])
    assert "is told why not" in client.get(url).content.decode()
    assert client.post(url, {"reason": ""}).status_code == 422
    client.post(url, {"reason": "Too small"})
    borealis.refresh_from_db()
    assert (borealis.state, borealis.reason) == ("declined", "Too small")
    assert client.post(URL, {"approve": "x"}).status_code == 302
    assert client.post(url, {"reason": "Again"}).status_code == 404


def test_a_full_book_makes_it_nobodys(rep: User, manager: User, dream_list: DreamClientList) -> None:
    Organisation.objects.update(book_cap=1)
    make.make_dream_client(owner=rep, dream_client_list=dream_list)
    [row] = propose(dream_list, rep, "Acme", owner=rep)
    done = approval.approve(proposals=[row], by=manager)
    assert done.without_owner == [row]
    assert DreamClient.objects.get(account__name="Acme").owner is None


def test_what_somebody_targeted_meanwhile_is_closed(
    rep: User, manager: User, dream_list: DreamClientList
) -> None:
    [row] = propose(dream_list, rep, "Acme")
    services.target(dream_client_list=make.make_list("Other", owner=manager), account=row.account, by=None)
    row.refresh_from_db()
    assert (row.state, row.reason) == ("withdrawn", "On the list Other now.")
    assert approval.approve(proposals=[row], by=manager).approved == []


def test_what_went_into_the_bin_meanwhile_is_no_dream_client(
    rep: User, manager: User, dream_list: DreamClientList
) -> None:
    [row] = propose(dream_list, rep, "Acme")
    Account.objects.update(deleted_at=timezone.now())
    done = approval.approve(proposals=[row], by=manager)
    assert list(done.overtaken) == [row.pk]
    assert not DreamClient.objects.exists()


def test_others_decide_nothing(rep: User, dream_list: DreamClientList) -> None:
    [row] = propose(dream_list, rep, "Acme")
    other_manager = make.make_user("Max", team=make.make_team("South"), role=Membership.Role.MANAGER)
    for user in (rep, other_manager):
        signed_in(user).post(URL, {"selected": row.pk, "action": "approve"})
        row.refresh_from_db()
        assert row.state == "asked"
    assert "Acme" not in signed_in(other_manager).get(URL).content.decode()
    signed_in(rep).post(reverse("dreamclients:proposal_withdraw", args=[row.pk]))
    row.refresh_from_db()
    assert row.state == "withdrawn"


def test_the_queries_do_not_grow(
    rep: User, manager: User, dream_list: DreamClientList, django_assert_max_num_queries
) -> None:
    propose(dream_list, rep, *"abcdefghij", owner=rep)
    client = signed_in(manager)
    with django_assert_max_num_queries(12):
        client.get(URL)


def test_a_duplicate_is_explained_with_what_one_can_do(rep: User, dream_list: DreamClientList) -> None:
    colleague = make.make_user("Carl Colleague", team=dream_list.team)
    held = make.make_dream_client(owner=colleague, dream_client_list=dream_list)
    page = signed_in(rep).get(reverse("dreamclients:add"), {"account": held.account_id}).content.decode()
    assert "Wishes · Carl Colleague works it" in page
    client, url = signed_in(rep), reverse("dreamclients:ask", args=[held.account_id])
    assert url in page
    client.post(url, {"text": "May I call them about the trade fair?"})
    assert "Rita Rep asks about" in Notification.objects.get(user=colleague).text
