"""Several people at once: two edit one account, a manager approves, a book changes hands, rows leave as a file."""

import csv
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Opener, VisitMaker
from tests.e2e.test_manager import number_in
from tests.e2e.test_tables import names


def make_account(page: Page, name: str, **fields: str) -> str:
    """Somebody writes down an account. Gives the address of its record."""
    page.goto("/accounts/new/")
    page.get_by_label("Name", exact=True).fill(name)
    for label, value in fields.items():
        page.get_by_label(re.compile(f"^{label}")).fill(value)
    page.get_by_role("button", name="Add account").click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    return page.url


def put_on_list(page: Page, name: str) -> str:
    """From the table of accounts onto the first list on offer. Gives the list's name."""
    page.goto(f"/accounts/?q={name.replace(' ', '+')}")
    page.get_by_role("checkbox", name=name).check()
    page.get_by_role("button", name="Add to a list").click()
    dialog = page.locator("#dialog")
    chosen = dialog.get_by_label("List", exact=True)
    chosen.select_option(index=0)
    words = chosen.locator("option:checked").inner_text()
    dialog.get_by_role("button", name="Add to a list").click()
    expect(page.locator(".toast").first).to_be_visible()
    return words


def test_two_who_edit_one_account_lose_nothing(visit: VisitMaker) -> None:
    rep, manager = visit("rep@demo.test"), visit("manager@demo.test")
    mine, theirs = manager.page, rep.page
    record = make_account(theirs, "Two Writers", Headquarters="Vienna")
    for page in (mine, theirs):
        page.goto(record + "edit/")
    theirs.get_by_label("Headquarters").fill("Oslo")
    theirs.get_by_label("Employees").fill("120")
    theirs.get_by_role("button", name="Save").click()
    expect(theirs.locator("#facts").get_by_text("Oslo")).to_be_visible()

    mine.get_by_label("Headquarters").fill("Bergen")
    mine.get_by_label("Phone").fill("+47 55 55 00 00")
    mine.get_by_role("button", name="Save").click()
    conflict = mine.locator("#conflict")
    expect(conflict).to_be_focused()
    line = {
        name: conflict.locator("tr", has=mine.get_by_role("rowheader", name=name, exact=True))
        for name in ("Headquarters", "Employees", "Phone")
    }
    expect(line["Headquarters"].get_by_role("radio")).to_have_count(2)
    expect(line["Headquarters"]).to_contain_text("Bergen")
    expect(line["Headquarters"]).to_contain_text("Oslo")
    expect(line["Employees"]).to_contain_text("is taken over")
    expect(line["Phone"]).to_contain_text("is kept")
    manager.shoot("conflict")
    assert not manager.barriers()
    line["Headquarters"].get_by_role("radio", name="Oslo").check()
    mine.get_by_role("button", name="Save").click()
    expect(mine).to_have_url(record)
    for said in ("Oslo", "120", "+47 55 55 00 00"):
        expect(mine.locator("#facts").get_by_text(said)).to_be_visible()


def test_a_proposal_is_approved_and_its_author_told(visit: VisitMaker, opener: Opener) -> None:
    rep, manager, admin = visit("rep@demo.test"), visit("manager@demo.test"), visit("admin@demo.test")
    make_account(rep.page, "Proposed Tooling")
    admin.page.goto("/settings/organisation/")
    admin.page.get_by_label("Managers approve dream clients").check()
    admin.page.get_by_role("button", name="Save").click()
    expect(admin.page.locator(".toast").first).to_be_visible()
    try:
        put_on_list(rep.page, "Proposed Tooling")
        rep.page.goto("/dream-clients/to-approve/?view=mine")
        expect(rep.page.locator("tbody tr", has_text="Proposed Tooling")).to_contain_text("to approve")
        page = manager.page
        page.goto("/notifications/")
        page.get_by_role("button", name=re.compile("proposes Proposed Tooling")).first.click()
        expect(page).to_have_url(re.compile("/to-approve/"))
        page.get_by_role("checkbox", name="Proposed Tooling").check()
        manager.shoot("to-approve")
        page.get_by_role("button", name="Approve", exact=True).click()
        expect(page.locator(".toast", has_text="1 dream client approved")).to_be_visible()
    finally:
        opener.manage(
            "from apps.users.models import Organisation; Organisation.objects.update(approve_targets=False)"
        )
    rep.page.goto("/notifications/")
    rep.page.get_by_role("button", name=re.compile("approved Proposed Tooling")).first.click()
    expect(rep.page.get_by_role("heading", level=1, name="Proposed Tooling")).to_be_visible()
    expect(rep.page.locator("#why")).to_be_visible()


def test_a_book_changes_hands_by_numbers(visit: VisitMaker) -> None:
    manager = visit("manager@demo.test")
    page = manager.page
    page.goto("/hand-over/")
    line = page.locator("#rows li", has_text="Laura Abbott")
    number = number_in(line.locator(".num").inner_text())
    assert number
    line.get_by_role("link", name="Hand over the book of Laura Abbott").click()
    for box in page.get_by_role("checkbox", name=re.compile("^(?!Rosa).*room for")).all():
        box.check()
    page.get_by_role("button", name="Show what happens").click()
    table = page.locator("table", has=page.get_by_role("columnheader", name="Dream clients"))
    moved = sum(number_in(text) for text in table.locator("tbody tr td:nth-child(2)").all_inner_texts())
    assert 0 < moved <= number
    manager.shoot("hand-over")
    page.get_by_role("button", name=f"Hand over {moved} dream client").click()
    expect(page.locator(".toast", has_text=f"{moved} dream client")).to_be_visible()
    expect(line.locator(".num")).to_contain_text("0 dream clients")


def test_what_is_ticked_leaves_as_a_file(visit: VisitMaker, tmp_path: Path) -> None:
    page = visit("rep@demo.test").page
    page.goto("/accounts/?where=industry.is.energy&columns=name,industry,employees")
    shown = names(page)
    page.get_by_role("checkbox", name="All rows").check()
    if not page.get_by_role("button", name="Export").is_visible():
        page.get_by_role("button", name="More actions").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    download.value.save_as(path := tmp_path / "accounts.csv")
    with path.open(newline="", encoding="utf-8-sig") as file:
        head, *rows = list(csv.reader(file))
    assert {"Industry", "Employees"} <= set(head)
    assert [row[0] for row in rows] == shown
