"""An import of many companies with a contact each, beside the bare writing of the rows that come of it."""

import csv
import io
from time import perf_counter

from django.db import connection

from apps.imports import runner, services
from apps.imports.models import Import
from apps.users.models import Membership, Team, User
from bench.database import SCRATCH, create, migrate, use
from bench.registry import Result, Setup

ROWS = 20_000


def importing(setup: Setup) -> list[Result]:
    """Rows a second, the first time and the second (when nothing changes)."""
    create(SCRATCH, drop=True)
    use(SCRATCH)
    migrate()
    user = User.objects.create_user("bench@opener.test", name="Bea Bench")
    Membership.objects.create(user=user, team=Team.objects.create(name="Bench"))
    content = _file(min(ROWS, setup.accounts))
    size = min(ROWS, setup.accounts)
    first, again = (_run(content, user) for _turn in range(2))
    floor = size / _insert_again()
    return [
        Result("import", size, first, "rows/s", floor),
        Result("import again", size, again, "rows/s", floor),
    ]


def _file(count: int) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["Company", "Website", "Sector", "Headquarters", "Founded", "First name", "Last name", "Email"]
    )
    for number in range(count):
        domain = f"company{number}.example"
        writer.writerow([
            f"Company {number}", domain, "Industrials", "Saint Paul, Minnesota", 1900 + number % 120, "Ann", f"Lee{number}",
            f"ann@{domain}",
        ])  # fmt: skip
    return out.getvalue().encode()


def _run(content: bytes, user: User) -> float:
    began = perf_counter()
    draft = services.upload(content=content, file_name="bench.csv", by=user, list_name="Bench")
    services.confirm(draft=draft, mapping=draft.mapping, by=user)
    while runner.run_next():
        pass
    draft = Import.objects.get(pk=draft.pk)
    if draft.state != Import.State.DONE or draft.failed:
        raise RuntimeError(f"the import ended as {draft.state} with {draft.failed} failed rows")
    return draft.total / (perf_counter() - began)


def _insert_again() -> float:
    """Seconds for the database to write the same rows once more, into tables with the same columns and indexes."""
    tables = ["accounts_account", "accounts_contact", "accounts_contactemail", "activities_activity"]
    tables += ["dreamclients_dreamclient", "dreamclients_rungreached"]
    seconds = 0.0
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"create temporary table bare (like {table} including all)")
            began = perf_counter()
            cursor.execute(f"insert into bare select * from {table}")
            seconds += perf_counter() - began
            cursor.execute("drop table bare")
    return seconds
