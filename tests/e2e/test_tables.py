"""Tables, as a rep lives in them: filters, views, cells, many rows at once, and back to the same place."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import VisitMaker


def names(page: Page) -> list[str]:
    """What the rows of the table are called."""
    return [text.strip() for text in page.locator("tbody th .row-link").all_inner_texts()]


def filter_by(page: Page, field: str, choice: str) -> None:
    """By keyboard: `f`, the field, a choice, Enter."""
    expect(page.locator(".tabs .count").first).not_to_be_empty()  # scripts are there
    page.keyboard.press("f")
    dialog = page.locator("#dialog-frame")
    chosen = dialog.get_by_role("combobox", name="Field").last
    expect(chosen).to_be_visible()
    chosen.select_option(label=field)
    box = dialog.get_by_role("checkbox", name=choice, exact=True)
    expect(box).to_be_visible()
    box.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator(".chip-on", has_text=choice)).to_be_visible()


def test_a_filter_is_an_address_and_is_kept_as_a_view(visit: VisitMaker) -> None:
    rep = visit("rep@demo.test")
    page = rep.page
    page.goto("/accounts/")
    filter_by(page, "Industry", "Energy")
    rep.shoot("table-filtered")
    assert "where=" in page.url
    assert names(page)
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="Employees").check()
    expect(page.locator("thead").get_by_text("Employees")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Employees", exact=True).click()
    expect(page).to_have_url(re.compile("sort=employees"))
    page.reload()
    expect(page.locator(".chip-on", has_text="Energy")).to_be_visible()
    expect(page.locator("thead").get_by_text("Employees")).to_be_visible()
    page.get_by_role("link", name="Save as view").click()
    page.locator("#dialog").get_by_label("Name").fill("Energy by size")
    page.keyboard.press("Enter")
    tab = page.locator(".tabs").get_by_role("link", name=re.compile("Energy by size"))
    expect(tab).to_have_attribute("aria-current", "page")
    expect(tab.locator(".count")).not_to_be_empty()
    rep.shoot("table-view")
    page.goto("/accounts/")
    tab.click()
    expect(page).to_have_url(re.compile("view="))
    expect(page.locator(".chip-on", has_text="Energy")).to_be_visible()


def test_back_returns_to_the_same_place(visit: VisitMaker) -> None:
    page = visit("rep@demo.test").page
    page.goto("/accounts/")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("link", name="Previous")).to_be_visible()
    there = names(page)
    link = page.locator("tbody th .row-link").nth(40)
    link.scroll_into_view_if_needed()
    name, top = link.inner_text(), link.bounding_box()
    link.click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    page.go_back()
    expect(page.locator("tbody th .row-link", has_text=name).first).to_be_in_viewport()
    assert names(page) == there
    assert top is not None


def test_a_cell_is_edited_and_taken_back_by_keyboard_alone(visit: VisitMaker) -> None:
    rep = visit("rep@demo.test")
    page = rep.page
    page.goto("/dream-clients/?columns=account,tier,incumbent")
    page.keyboard.press("j")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    cell = page.locator("tbody tr").first.locator("td[data-edit]").last
    expect(cell).to_be_focused()
    before = cell.inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("td[data-editing] input:not([type=hidden])")).to_be_focused()
    page.keyboard.type("Nobody at all")
    rep.shoot("table-cell")
    page.keyboard.press("Enter")
    expect(cell).to_have_text("Nobody at all")
    expect(cell).to_be_focused()
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator("tbody tr").first.locator("td[data-edit]").last).to_have_text(before)


def test_what_was_typed_stays_in_a_cell_while_the_line_is_down(visit: VisitMaker) -> None:
    rep = visit("rep@demo.test")
    page = rep.page
    page.goto("/dream-clients/?columns=account,incumbent")
    cell = page.locator("tbody tr").first.locator("td[data-edit]").last
    cell.dblclick()
    field = page.locator("td[data-editing] input:not([type=hidden])")
    field.fill("Typed in a tunnel")
    rep.context.set_offline(True)
    page.keyboard.press("Enter")
    expect(field).to_have_value("Typed in a tunnel")
    rep.context.set_offline(False)
    field.focus()
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr").first.locator("td[data-edit]").last).to_have_text("Typed in a tunnel")
    lost = ("ERR_INTERNET_DISCONNECTED", "Failed to fetch")
    rep.complaints = [text for text in rep.complaints if not any(word in text for word in lost)]


def test_the_panel_looks_at_a_record_and_keeps_the_place(visit: VisitMaker) -> None:
    rep = visit("rep@demo.test")
    page = rep.page
    page.goto("/dream-clients/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    name = page.locator("tbody th .row-link").nth(1).inner_text()
    page.keyboard.press("p")
    panel = page.locator("[data-panel]")
    expect(panel.get_by_role("heading", name=name)).to_be_visible()
    rep.shoot("table-panel")
    assert not rep.barriers()
    page.keyboard.press("Escape")
    expect(panel.get_by_role("heading", name=name)).to_have_count(0)
    expect(page.locator("tbody tr").nth(1).locator(":focus")).to_have_count(1)


def test_a_senseless_filter_says_so(visit: VisitMaker) -> None:
    rep = visit("rep@demo.test")
    page = rep.page
    for where in ("colour.is.red", "employees.over.many", "and(", "industry.is.plumbing"):
        page.goto(f"/accounts/?where={where}")
        expect(page.get_by_text("No rows are shown")).to_be_visible()
        assert not names(page)
    page.get_by_role("link", name=re.compile("^Remove")).first.click()
    assert names(page)


def test_deleted_and_back_from_the_bin(visit: VisitMaker) -> None:
    rep = visit("rep@demo.test")
    page = rep.page
    page.goto("/accounts/new/")
    page.get_by_label("Name", exact=True).fill("Short Lived Pumps")
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", level=1, name="Short Lived Pumps")
    expect(heading).to_be_visible()
    record = page.url
    page.locator(".page-actions [popovertarget=record-more], .page-actions [popovertarget]").last.click()
    page.get_by_role("link", name="Delete account").click()
    page.locator("#dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".toast", has_text=re.compile("bin"))).to_be_visible()
    page.goto("/bin/")
    rep.shoot("bin-full")
    page.locator("tr, li", has_text="Short Lived Pumps").get_by_role("button", name="Restore").first.click()
    expect(page.locator(".toast", has_text="is back")).to_be_visible()
    page.goto(record)
    expect(heading).to_be_visible()
