"""What tests of bulk actions share."""

from collections.abc import Iterable
from typing import Any

from apps.tables import jobs
from apps.tables.actions import action_of
from apps.tables.models import BulkJob
from apps.tables.table import TABLES
from apps.users.models import User


def act(by: User, table: str, action: str, rows: Iterable[Any], **given: Any) -> BulkJob:
    """Do an action of a table to `rows`, through its form."""
    shown = TABLES[table](by)
    chosen = action_of(shown, action)
    assert chosen is not None, f"{action} is not offered"
    form_class, params = chosen.form(by), {}
    if form_class is not None:
        form = form_class(given)
        assert form.is_valid(), form.errors
        params = chosen.params(form.cleaned_data)
    ids = [row.pk for row in rows]
    meant, seen = jobs.meant(shown, chosen, ids=ids, asked=None)
    return jobs.start(table=shown, action=chosen, params=params, rows=meant.order_by("pk"), seen=seen, by=by)


def back(job: BulkJob) -> BulkJob:
    """Take it back."""
    taken = jobs.take_back(job=job)
    assert taken is not None
    return taken


def reasons(job: BulkJob, state: str = "refused") -> set[str]:
    """Why rows are as they are."""
    return set(job.items.filter(state=state).values_list("reason", flat=True))
