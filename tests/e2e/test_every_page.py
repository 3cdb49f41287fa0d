"""Every page that tests/permissions.py knows, with the demo's rows in it: axe finds nothing, nothing is too wide.

A new page is looked at here as soon as its URL has an expectation. What is no page of its own is named below.
"""

import json
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.e2e.conftest import Opener, VisitMaker, Visitor
from tests.e2e.test_pages import ADMIN, REP
from tests.permissions import EXPECTED

PARTS = {
    "activities:colleagues",
    "activities:unread",
    "search:palette",
    "tables:cell",
    "tables:counts",
}
"""Pieces of a page, which the journeys look at where they stand."""
FILES = {"activities:file", "healthz", "imports:failed_rows", "metrics:export"}
QUERIES = {
    "bin:index": "",
    "dreamclients:list_from_filter": "where=industry.is.energy&table=accounts",
    "search:results": "q=ha",
    "tables:filter": "where=and(industry.is.energy,or(employees.over.50,city.has.o))",
    "today:hand_over": "to=3&rest=stay",
}
MORE = (
    "/accounts/?where=colour.is.red",
    "/accounts/?q=there+is+no+such+account",
    "/accounts/1/?panel=1",
    "/dream-clients/to-approve/?view=decided",
    "/dream-clients/to-approve/?view=mine",
    "/lists/?view=archived",
    "/tables/contacts/filter/",
    "/tables/dream_clients/filter/?where=contract_end.within.90",
    "/nothing/here/",
)
SHARDS = 4
QUESTIONS = {
    "/accounts/": ("put_on_list", "tag", "delete"),
    "/contacts/": ("enroll", "role"),
    "/dream-clients/?view=team": ("assign", "enroll", "park"),
}
"""What is asked before many rows are changed, as a page of its own: without JavaScript it is one."""
ROWS = """
import json
from django.utils import timezone
from apps.accounts.models import Account, Contact, CustomField, Note
from apps.activities.models import Task
from apps.bin.services import throw_away_accounts
from apps.dreamclients.models import DreamClient, DreamClientList, Insight, Proposal, TriggerEvent
from apps.imports.models import Import
from apps.meetings.models import Meeting
from apps.pipeline.models import Opportunity, Stage
from apps.sequences.models import Enrollment, Schedule, Sequence, Step, Touch
from apps.tables.models import BulkItem, BulkJob, SavedView
from apps.users.models import Team, User
from django.core.files.uploadedfile import SimpleUploadedFile
from apps.activities.files import add_file
admin, rep = User.objects.get(email="admin@demo.test"), User.objects.get(email="rep@demo.test")
mine = DreamClient.objects.current().filter(owner=rep, enrollments__isnull=False).order_by("id")
dream_client = mine.filter(events__isnull=False).first() or mine.first()
account, team = dream_client.account, dream_client.account.team
thrown = Account.objects.create(name="Thrown away", name_key="thrown away", team=team)
deletion = throw_away_accounts(ids=[thrown.pk], by=admin).deletions[thrown.pk]
proposal = Proposal.objects.create(account=Account.objects.create(name="Proposed", name_key="proposed", team=team), team=team, by=rep,
                                   list=dream_client.list, why_change="They plan by hand.")
importing = Import.objects.create(owner=admin, team=team, file_name="companies.csv", encoding="utf-8", delimiter=",",
                                  content=b"Name,Employees\\nZoetis,many\\n", header=["Name", "Employees"],
                                  mapping={"0": "name", "1": "employees"}, total=1, list_name="More wishes")
job = BulkJob.objects.create(owner=admin, table="accounts", action="tag", params={"tags": ["Hot"]}, said="Tagged Hot",
                             state="done", total=2, done=1, refused=1)
BulkItem.objects.create(job=job, row=account.pk, state="done")
BulkItem.objects.create(job=job, row=account.pk + 1, state="refused", reason="It is not yours to change.")
rows = {
    "account": account, "bulk_job": job, "contact": account.contacts.first(), "deletion": deletion,
    "custom_field": CustomField.objects.filter(type="choice").first(), "dream_client": dream_client,
    "enrollment": Enrollment.objects.filter(state="active").first(), "event": TriggerEvent.objects.first(),
    "file": add_file(account=account, upload=SimpleUploadedFile("offer.txt", b"An offer"), by=rep),
    "import": importing, "insight": Insight.objects.first(), "list": dream_client.list,
    "meeting": Meeting.objects.filter(state="booked").first() or Meeting.objects.first(),
    "note": Note.objects.filter(author=rep).first() or Note.objects.first(),
    "proposal": proposal,
    "opportunity": Opportunity.objects.open().first(), "schedule": Schedule.objects.first(),
    "saved_view": SavedView.objects.get_or_create(table="accounts", name="Mine to win", owner=admin)[0],
    "sequence": Sequence.objects.filter(status="active").first(), "stage": Stage.objects.first(),
    "step": Step.objects.filter(version__sequence__status="active").first(),
    "task": Task.objects.filter(done_at=None).first(), "team": team,
    "touch": Touch.objects.filter(state="planned").order_by("due_at").first(), "user": rep,
}
print(json.dumps({name: row and row.pk for name, row in rows.items()}))
"""


def addresses(rows: dict[str, int]) -> list[str]:
    """Every page that a GET shows an admin, filled with the demo's rows."""
    known = {path.split("?")[0] for path in (*REP, *ADMIN)}  # test_barriers.py looks at those, in both themes
    found: list[str] = []
    for name, expected in EXPECTED.items():
        if expected.get[-1] != 200 or name in PARTS | FILES or name.startswith("api_v1:"):
            continue
        args: dict[str, Any] = {key: rows.get(str(value), value) for key, value in expected.args.items()}
        query = QUERIES.get(name, expected.query)
        found.append(reverse(name, kwargs=args) + (f"?{query}" if query else ""))
    return [*(path for path in found if path not in known), *MORE]


@pytest.fixture(scope="module")
def rows(opener: Opener) -> dict[str, int]:
    """One row of each kind; what the demo has none of is made."""
    found: dict[str, int] = json.loads(opener.manage(ROWS))
    assert all(found.values()), found
    return found


def look(visitor: Visitor, path: str) -> list[str]:
    """What is wrong with a page."""
    page = visitor.page
    answer = page.goto(path)
    assert answer is not None
    found = [f"answers {answer.status}"] if answer.status not in (200, 404) else []
    found += visitor.barriers()
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if over > 0:
            found.append(f"{over} px too wide at {width}")
    return [f"{path}: {one}" for one in found]


@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_page_is_without_barriers(visit: VisitMaker, rows: dict[str, int], shard: int) -> None:
    admin = visit("admin@demo.test")
    admin.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = [one for path in addresses(rows)[shard::SHARDS] for one in look(admin, path)]
    admin.complaints = [text for text in admin.complaints if "404" not in text]
    assert not found, "\n".join(found)


def test_what_is_asked_before_many_rows_change_is_without_barriers(visit: VisitMaker) -> None:
    admin = visit("admin@demo.test")
    page = admin.page
    found: list[str] = []
    for path, actions in QUESTIONS.items():
        for action in actions:
            page.goto(path)
            page.locator("input[name=selected]").first.check()
            with page.expect_navigation():
                page.locator("form.selectable").evaluate(
                    "(form, action) => { const field = document.createElement('input'); field.name = 'action';"
                    " field.value = action; form.append(field); form.submit(); }",
                    action,
                )
            expect(page.locator("form[action*='/bulk/'] [name=step]").first).to_be_attached()
            found += [f"{path} {action}: {one}" for one in admin.barriers()]
    assert not found, "\n".join(found)
