"""Files of rows, as they are shown."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Account, CustomField
from apps.activities.models import Notification
from apps.tables import exporting, jobs, runner
from apps.tables.models import BulkJob
from apps.users.models import User
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep() -> User:
    return make.make_user("Rita Rep", team=make.make_team("North"))


@pytest.fixture
def page(client: Client, rep: User) -> Client:
    client.force_login(rep)
    return client


def read(response: Any) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(StringIO(text)))


def export(page: Client, **given: Any) -> Any:
    return page.post("/tables/accounts/bulk/", {"action": "export", **given})


def test_the_columns_as_shown_of_all_that_one_sees(page: Client) -> None:
    CustomField.objects.create(model="account", key="plants", label="Plants", type="number")
    make.make_account("Beta", team=make.make_team("South"), custom={"plants": "3"})
    make.make_account("Acme", domain="acme.example", industry="energy")
    response = export(page, all="1", columns="name.240,industry,c_plants,domain", sort="name")
    assert response["Content-Disposition"].startswith('attachment; filename="accounts-')
    assert read(response) == [
        ["Account", "Industry", "Plants", "Domain"],
        ["Acme", "Energy", "", "acme.example"],
        ["Beta", "", "3", ""],
    ]


def test_ticked_rows_only_and_no_column_that_is_none(page: Client) -> None:
    rows = [make.make_account(name) for name in ("Acme", "Beta")]
    assert read(export(page, selected=[rows[1].pk], columns="nothing,name")) == [["Account"], ["Beta"]]
    assert len(read(export(page, selected=[rows[1].pk]))[0]) > 3  # the usual columns


def test_formulas_are_made_harmless(page: Client) -> None:
    make.make_account("=HYPERLINK(1)", headquarters="@x", phone="+1 555 0100")
    found = read(export(page, all="1", columns="name,headquarters,phone"))
    assert found[1] == ["'=HYPERLINK(1)", "'@x", "+1 555 0100"]


def test_an_outsider_gets_what_they_see_and_no_more(client: Client, rep: User) -> None:
    row = make.make_dream_client(owner=rep, dream_client_list=make.make_list(owner=rep))
    client.force_login(make.make_user("Otto Outsider", team=make.make_team("South")))
    given = {"action": "export", "selected": [row.pk]}
    assert client.post("/tables/dream_clients/bulk/", given).status_code == 302
    client.force_login(rep)
    assert len(read(client.post("/tables/dream_clients/bulk/", given))) == 2


def test_many_rows_are_written_by_a_worker(page: Client, client: Client, rep: User) -> None:
    Account.objects.bulk_create(
        Account(name=f"Company {one:03}", name_key=f"company {one:03}") for one in range(30)
    )
    with mock.patch.object(exporting, "STREAMED", 10), mock.patch.object(exporting, "CHUNK", 7):
        response = export(page, all="1", columns="name", sort="-name")
        job = BulkJob.objects.get()
        assert response["Location"].startswith(f"/tables/jobs/{job.pk}/")
        assert page.get(f"/tables/jobs/{job.pk}/file/").status_code == 404
        while runner.run_next():
            pass
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 30, 30)
    assert "30 rows" in Notification.objects.get().text
    assert f"/tables/jobs/{job.pk}/file/" in page.get(f"/tables/jobs/{job.pk}/").content.decode()
    response = page.get(f"/tables/jobs/{job.pk}/file/")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("attachment")
    found = read(response)
    assert (len(found), found[1], found[-1]) == (31, ["Company 029"], ["Company 000"])
    assert not jobs.can_be_taken_back(job)
    client.force_login(make.make_user("Ada Admin", is_admin=True))
    assert client.get(f"/tables/jobs/{job.pk}/file/").status_code == 404
    BulkJob.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=8))
    assert job.result.storage.exists(str(job.result.name))
    jobs.tidy()
    assert not job.result.storage.exists(str(job.result.name))
    client.force_login(rep)
    assert client.get(f"/tables/jobs/{job.pk}/file/").status_code == 404
    assert client.get(f"/tables/jobs/{job.pk}/").status_code == 200


def test_a_stopped_export_leaves_no_file(page: Client) -> None:
    Account.objects.bulk_create(Account(name=f"C{one}", name_key=f"c{one}") for one in range(30))
    with mock.patch.object(exporting, "STREAMED", 10), mock.patch.object(exporting, "CHUNK", 7):
        export(page, all="1", columns="name")
        job = BulkJob.objects.get()
        claimed = runner.claim()
        assert claimed is not None
        jobs.cancel(job=job)
        runner.work(claimed)
    job.refresh_from_db()
    assert (job.state, job.result.name) == ("cancelled", "")
