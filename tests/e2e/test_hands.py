"""What is typed is neither lost nor kept unasked, and what was done is taken back without the mouse."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import VisitMaker


def record_of(page: Page) -> None:
    """Opens the first record of one's own book."""
    page.goto("/dream-clients/?view=mine")
    page.locator("tbody th .row-link").first.click()
    expect(page.locator("#why")).to_be_visible()


def test_a_draft_comes_back_says_so_and_is_forgotten_on_cancel(visit: VisitMaker) -> None:
    page = visit("rep@demo.test").page
    record_of(page)
    field = page.locator("#why textarea[data-draft]")
    page.keyboard.press("e")
    expect(field).to_be_focused()
    before = field.input_value()
    page.keyboard.type(" Thought better of")
    expect(field).to_have_value(f"{before} Thought better of")
    page.locator("#why").get_by_role("link", name="Cancel").click()
    expect(field).to_have_count(0)
    page.keyboard.press("e")
    expect(field).to_have_value(before)
    expect(page.get_by_text("Draft restored")).to_have_count(0)
    page.keyboard.type(" Cut off")
    page.reload()
    page.keyboard.press("e")
    expect(field).to_have_value(f"{before} Cut off")
    page.locator(".draft-note").get_by_role("button", name="Discard").click()
    expect(field).to_have_value(before)
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)


def test_escape_asks_before_it_throws_away_what_was_typed(visit: VisitMaker) -> None:
    page = visit("rep@demo.test").page
    record_of(page)
    dialog, question = page.locator("#dialog-frame"), page.locator("#confirm")
    page.keyboard.press("i")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("i")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("Typed")
    page.keyboard.press("Escape")
    expect(question).to_be_visible()
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(dialog.get_by_label("Name", exact=True)).to_have_value(re.compile("Typed"))
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()


def test_z_takes_back_and_the_counts_and_the_focus_stay(visit: VisitMaker) -> None:
    page = visit("rep@demo.test").page
    page.goto("/dream-clients/?view=mine")
    count = page.locator(".tabs .count").first
    expect(count).to_have_text(re.compile(r"\d"))
    known = count.inner_text()
    page.keyboard.press("j")
    page.keyboard.press("ArrowRight")
    cell = page.locator("tbody tr").first.locator("td[data-edit]").first
    expect(cell).to_be_focused()
    was = cell.inner_text()
    page.keyboard.press("Enter")
    choice = page.locator("td[data-editing] select")
    expect(choice).to_be_focused()
    choice.select_option("B" if was != "B" else "C")
    page.keyboard.press("Enter")
    expect(page.locator(".toast", has_text="saved")).to_be_visible()
    expect(cell).to_be_focused()
    page.keyboard.press("z")
    expect(page.locator(".toast", has_text="is what it was")).to_be_visible()
    expect(cell).to_have_text(was)
    expect(cell).to_be_focused()
    expect(count).to_have_text(known)
