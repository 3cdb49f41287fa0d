"""An account that nobody's team worked gets the team of the list it goes onto, and is a new version then."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Account
from apps.dreamclients import following, services
from apps.dreamclients.models import DreamClientList
from apps.users.models import User
from tests import factories as make
from tests.tables.working import act, back

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep() -> User:
    return make.make_user("Rita Rep", team=make.make_team("North"))


@pytest.fixture
def wishes(rep: User) -> DreamClientList:
    return make.make_list("Wishes", owner=rep, where="industry.is.energy", is_filling=True)


def one(account: Account, wishes: DreamClientList) -> None:
    services.target(dream_client_list=wishes, account=account, by=wishes.owner)


def many(account: Account, wishes: DreamClientList) -> None:
    act(wishes.owner, "accounts", "put_on_list", [account], dream_client_list=wishes.pk, tier="A", owner="")


def by_filter(account: Account, wishes: DreamClientList) -> None:
    following.tick()


@pytest.mark.parametrize("target", [one, many, by_filter])
def test_the_team_that_an_account_gets_is_a_new_version(
    wishes: DreamClientList, target: Callable[[Account, DreamClientList], None]
) -> None:
    account = make.make_account(industry="energy")
    given = Account.objects.get(pk=account.pk)
    target(given, wishes)
    account.refresh_from_db()
    assert (account.team, account.version) == (wishes.team, 2)
    if target is one:
        assert given.version == 2  # whoever holds it may go on


def test_taking_many_off_gives_the_team_back_in_one_statement(wishes: DreamClientList) -> None:
    rows = [make.make_account() for _number in range(4)]
    kept = make.make_account(team=wishes.team)
    job = act(
        wishes.owner,
        "accounts",
        "put_on_list",
        [*rows, kept],
        dream_client_list=wishes.pk,
        tier="A",
        owner="",
    )
    with CaptureQueriesContext(connection) as queries:
        back(job)
    assert sum('UPDATE "accounts_account"' in one["sql"] for one in queries) == 1
    assert set(Account.objects.values_list("team", "version")) == {(None, 3), (wishes.team_id, 1)}
