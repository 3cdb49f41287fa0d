"""Two workers import the same companies at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from apps.accounts.models import Account
from apps.dreamclients.models import DreamClient
from apps.imports import runner, services
from apps.imports.models import Import
from tests import factories as make


@pytest.mark.django_db(transaction=True)
def test_companies_without_a_domain_are_not_made_twice() -> None:
    rep = make.make_user("Rita Rep", team=make.make_team("North"))
    text = "Company\n" + "".join(f"Company {number}\n" for number in range(120))
    for _number in range(2):
        draft = services.upload(content=text.encode(), file_name="a.csv", by=rep, list_name="Wishes")
        services.confirm(draft=draft, mapping=draft.mapping, by=rep)

    def work(_worker: int) -> None:
        try:
            runner.run_next(batch=10)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    assert set(Import.objects.values_list("state", "failed")) == {("done", 0)}
    assert sum(Import.objects.values_list("created", flat=True)) == 120
    assert sum(Import.objects.values_list("unchanged", flat=True)) == 120
    assert Account.objects.count() == DreamClient.objects.count() == 120
