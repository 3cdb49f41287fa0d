"""The worker's side of an import: what is stored, and that it survives a worker's death."""

from pathlib import Path
from unittest import mock

import pytest
from django.db import OperationalError

from apps.accounts.models import Account, Contact, CustomField
from apps.activities.models import Activity
from apps.dreamclients.models import DreamClient, RungReached
from apps.imports import runner, services
from apps.imports.models import Import
from apps.imports.store import import_rows
from apps.users.models import User
from tests import factories as make

pytestmark = pytest.mark.django_db

SP500 = Path(__file__).parents[3] / "shared" / "data" / "sp500.csv"


def run(text: str | bytes, by: User, *, batch: int = 500, **fields: object) -> Import:
    """Upload, confirm as suggested, and work until it is done."""
    content = text.encode() if isinstance(text, str) else text
    draft = services.upload(content=content, file_name="companies.csv", by=by, **fields)  # type: ignore[arg-type]
    services.confirm(draft=draft, mapping=draft.mapping, by=by)
    while runner.run_next(batch=batch):
        pass
    draft.refresh_from_db()
    return draft


def counts(done: Import) -> tuple[int, int, int, int]:
    return done.created, done.updated, done.unchanged, done.failed


@pytest.fixture
def rep() -> User:
    return make.make_user("Rita Rep", team=make.make_team("North"))


def test_a_file_becomes_accounts_and_dream_clients(rep: User) -> None:
    done = run(
        "Company,Website,Sector,Notes\nAcme,acme.example,Energy,hot\nBeta,,,\n", rep, list_name="Wishes"
    )
    assert done.state == Import.State.DONE
    assert counts(done) == (2, 0, 0, 0)
    acme = Account.objects.get(name="Acme")
    assert (acme.domain, acme.industry, acme.custom) == ("acme.example", "energy", {"notes": "hot"})
    assert acme.team_id == rep.home_team_id
    assert CustomField.objects.get().label == "Notes"
    assert set(DreamClient.objects.values_list("account__name", "list__name", "owner")) == {
        ("Acme", "Wishes", None),
        ("Beta", "Wishes", None),
    }
    assert set(RungReached.objects.values_list("rung", "cause__kind", "cause__source")) == {
        ("targeted", "targeted", "import")
    }


def test_the_same_file_again_changes_nothing(rep: User) -> None:
    text = (
        "Company,Website,Sector,First name,Last name,Email,Phone\n"
        "Acme,acme.example,Energy,Ann,Lee,ann@acme.example,1\n"
        "Acme,acme.example,Utilities,Bo,Lee,bo@acme.example,2\n"
        "Beta,,Space travel,,Kim,,\n"
    )
    first = run(text, rep, list_name="Wishes", assign_to=rep)
    assert counts(first) == (2, 1, 0, 0)
    rows = list(Account.objects.order_by("pk").values()), list(Contact.objects.order_by("pk").values())
    activities = Activity.objects.count()
    again = run(text, rep, list_name="Wishes", assign_to=rep)
    assert counts(again) == (0, 0, 3, 0)
    assert rows == (
        list(Account.objects.order_by("pk").values()),
        list(Contact.objects.order_by("pk").values()),
    )
    assert Activity.objects.count() == activities
    assert CustomField.objects.count() == 1


@pytest.mark.skipif(not SP500.exists(), reason=f"{SP500} is not at hand")
def test_the_companies_of_the_s_and_p_500(rep: User) -> None:
    done = run(SP500.read_bytes(), rep, list_name="S&P 500", assign_to=rep)
    assert counts(done) == (503, 0, 0, 0)
    assert DreamClient.objects.filter(list__name="S&P 500").count() == 503
    assert DreamClient.objects.filter(owner=rep).count() == 60
    assert not Account.objects.filter(industry__in=["", "other"]).exists()
    mmm = Account.objects.get(name="3M")
    assert mmm.headquarters == "Saint Paul, Minnesota"
    assert mmm.custom["symbol"] == "MMM"
    again = run(SP500.read_bytes(), rep, target_list=done.target_list, assign_to=rep)
    assert counts(again) == (0, 0, 503, 0)
    assert Account.objects.count() == 503
    assert DreamClient.objects.filter(owner=rep).count() == 60


def test_empty_cells_leave_what_is_there(rep: User) -> None:
    account = make.make_account(
        "Acme", domain="acme.example", industry="energy", headquarters="Oslo", team=None
    )
    done = run("Company,Website,Industry,HQ,Employees\nACME,www.acme.example,,,40\n", rep)
    assert counts(done) == (0, 1, 0, 0)
    account.refresh_from_db()
    assert (account.name, account.industry, account.headquarters, account.employees) == (
        "Acme",
        "energy",
        "Oslo",
        40,
    )
    assert account.version == 2


def test_same_name_and_another_domain_is_another_company(rep: User) -> None:
    make.make_account("Acme", domain="acme.example")
    assert counts(run("Company,Website\nAcme,acme.test\nacme,\n", rep)) == (1, 0, 0, 1)
    assert Account.objects.count() == 2


def test_a_name_finds_the_account_that_has_no_domain_yet(rep: User) -> None:
    account = make.make_account("Société Générale")
    assert counts(run("Company,Website\nsociete generale,sg.example\n", rep)) == (0, 1, 0, 0)
    account.refresh_from_db()
    assert account.domain == "sg.example"


def test_a_dream_client_of_another_list_is_a_problem(rep: User) -> None:
    colleague = make.make_user("Cora", team=rep.teams.get())
    other = make.make_list("Others", owner=colleague)
    make.make_dream_client(make.make_account("Acme"), owner=colleague, dream_client_list=other)
    done = run("Company\nAcme\nBeta\n", rep, list_name="Mine")
    assert counts(done) == (1, 0, 0, 1)
    problem = done.problems.get()
    assert (problem.line, problem.reason) == (2, "Acme is a dream client on list Others (Cora).")


def test_an_account_of_another_team_is_left_alone(rep: User) -> None:
    account = make.make_account("Acme", team=make.make_team("South"))
    done = run("Company,HQ\nAcme,Oslo\n", rep)
    assert counts(done) == (0, 0, 0, 1)
    assert "South" in done.problems.get().reason
    account.refresh_from_db()
    assert account.headquarters == ""


def test_an_address_belongs_to_one_contact(rep: User) -> None:
    make.make_contact(make.make_account("Acme"), email="ann@acme.example")
    done = run(
        "Company,Last name,Email\nBeta,Lee,ann@acme.example\nBeta,Lee,x@beta.example\nGamma,Fox,x@beta.example\n",
        rep,
    )
    assert counts(done) == (1, 0, 0, 2)
    assert [problem.line for problem in done.problems.all()] == [2, 4]


def test_opting_out_survives_an_import(rep: User) -> None:
    contact = make.make_contact(
        make.make_account("Acme"), first_name="Ann", last_name="Lee", email="ann@acme.example"
    )
    contact.opt_outs.create(channel="email")
    run("Company,First name,Last name,Email,Title\nAcme,Ann,Lee,ANN@acme.example,CEO\n", rep)
    contact.refresh_from_db()
    assert contact.title == "CEO"
    assert contact.is_opted_out("email")
    assert Contact.objects.count() == 1


def test_rows_that_fail_say_where_and_why(rep: User) -> None:
    text = 'Company,Website,Email\n"Two\nlines",,\n,x.example,\nAcme,nonsense,\nBeta,,no address\nGamma,,,extra\nNul\0,,\n'
    text += "x" * 300 + ",,\n"
    done = run(text, rep)
    assert done.state == Import.State.DONE
    assert counts(done) == (1, 0, 0, 6)
    assert [problem.line for problem in done.problems.all()] == [4, 5, 6, 7, 8, 9]
    assert Account.objects.get().name == "Two lines"


def test_a_worker_that_dies_between_batches_loses_and_repeats_nothing(rep: User) -> None:
    text = "Company\n" + "".join(f"Company {number}\n" for number in range(10))
    draft = services.upload(content=text.encode(), file_name="a.csv", by=rep, list_name="Wishes")
    services.confirm(draft=draft, mapping=draft.mapping, by=rep)
    true_store = import_rows
    calls = 0

    def dies(**given: object) -> object:
        nonlocal calls
        calls += 1
        result = true_store(**given)  # type: ignore[arg-type]
        if calls == 3:
            raise OperationalError("killed before the commit")
        return result

    with mock.patch.object(runner, "import_rows", dies), pytest.raises(OperationalError):
        runner.run_next(batch=2)
    draft.refresh_from_db()
    assert (draft.state, draft.done, Account.objects.count()) == (Import.State.RUNNING, 4, 4)
    assert not runner.run_next(batch=2), "the lease of the dead worker still holds"
    Import.objects.update(claimed_until=draft.created_at)
    assert runner.run_next(batch=3)
    draft.refresh_from_db()
    assert (draft.state, draft.done, draft.created) == (Import.State.DONE, 10, 10)
    assert Account.objects.count() == DreamClient.objects.count() == 10


def test_a_worker_whose_claim_was_taken_over_stops(rep: User) -> None:
    draft = services.upload(content=b"Company\nA\nB\nC\n", file_name="a.csv", by=rep)
    services.confirm(draft=draft, mapping=draft.mapping, by=rep)
    slow = runner.claim()
    assert slow is not None
    Import.objects.update(claimed_until=draft.created_at)
    assert runner.run_next(batch=1)
    runner._run(slow, 1, 0)
    draft.refresh_from_db()
    assert (draft.state, draft.done, draft.created) == (Import.State.DONE, 3, 3)


def test_an_import_that_takes_its_worker_down_each_time_is_put_aside(rep: User) -> None:
    draft = services.upload(content=b"Company\nA\n", file_name="a.csv", by=rep)
    services.confirm(draft=draft, mapping=draft.mapping, by=rep)
    for _attempt in range(runner.MAX_ATTEMPTS):
        assert runner.claim() is not None
        Import.objects.update(claimed_until=draft.created_at)
    assert runner.claim() is None
    draft.refresh_from_db()
    assert draft.state == Import.State.FAILED
    assert services.retry(failed=draft, by=rep)
    assert runner.run_next()
    draft.refresh_from_db()
    assert (draft.state, draft.created) == (Import.State.DONE, 1)


def test_a_cancelled_import_stops_after_its_batch(rep: User) -> None:
    draft = services.upload(content=b"Company\nA\nB\n", file_name="a.csv", by=rep)
    services.confirm(draft=draft, mapping=draft.mapping, by=rep)
    claimed = runner.claim()
    assert claimed is not None
    services.cancel(running=draft, by=rep)
    runner._run(claimed, 1, 1e12)
    draft.refresh_from_db()
    assert (draft.state, draft.done, Account.objects.count()) == (Import.State.CANCELLED, 0, 0)


def test_a_batch_that_the_database_refuses_is_stored_row_by_row(rep: User) -> None:
    draft = services.upload(content=b"Company\nA\nB\nC\n", file_name="a.csv", by=rep)
    services.confirm(draft=draft, mapping=draft.mapping, by=rep)
    true_store = import_rows

    def refuses(**given: object) -> object:
        if any(row.cells == ["B"] for row in given["rows"]):  # type: ignore[attr-defined]
            from django.db import IntegrityError

            raise IntegrityError("somebody was faster")
        return true_store(**given)  # type: ignore[arg-type]

    with mock.patch.object(runner, "import_rows", refuses):
        runner.run_next()
    draft.refresh_from_db()
    assert counts(draft) == (2, 0, 0, 1)
    assert "somebody was faster" in draft.problems.get().reason


def test_queries_do_not_grow_with_rows(rep: User, django_assert_max_num_queries: object) -> None:
    header = "Company,Website,First name,Last name,Email\n"
    text = header + "".join(f"C {n},c{n}.example,Ann,Lee,a{n}@c{n}.example\n" for n in range(200))
    draft = services.upload(
        content=text.encode(), file_name="a.csv", by=rep, list_name="Wishes", assign_to=rep
    )
    services.confirm(draft=draft, mapping=draft.mapping, by=rep)
    with django_assert_max_num_queries(45):  # type: ignore[operator]
        runner.run_next()
