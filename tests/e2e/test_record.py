"""The record of an account: everything written down from it and from beside a table, by keyboard, and without a net."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.conftest import VisitMaker, Visitor

NOTE, FOCUS = "#note_body", "document.activeElement.id"


def open_record(rep: Visitor) -> Page:
    page = rep.page
    page.goto("/accounts/?owner=me")
    page.locator("tbody th .row-link").nth(1).click()
    expect(page.locator("#timeline")).to_be_visible()
    page.evaluate("window.stayed = true")
    return page


def test_a_note_with_a_mention_a_task_and_a_file_without_leaving(visit: VisitMaker, tmp_path: Path) -> None:
    rep = visit("rep@demo.test")
    page = open_record(rep)
    page.keyboard.press("n")
    expect(page.locator(NOTE)).to_be_focused()
    page.keyboard.type("**Ready** for @marc", delay=15)
    expect(page.locator(".mention-list").get_by_role("option", name="Marcus Bennett")).to_be_visible()
    assert not rep.barriers()
    page.keyboard.press("Enter")
    expect(page.locator(NOTE)).to_have_value("**Ready** for @Marcus Bennett ")
    page.keyboard.press("Control+Enter")
    note = page.locator(".note-body", has_text="Ready for @Marcus Bennett")
    expect(note.locator("strong")).to_have_text("Ready")
    expect(page.locator(NOTE)).to_have_value("")
    expect(page.locator(NOTE)).to_be_focused()

    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("k")
    page.get_by_label("What", exact=True).fill("Send two cases")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#tasks").get_by_text("Send two cases")).to_be_visible()
    expect(page.locator("#task-add")).to_be_focused()

    (tmp_path / "offer.txt").write_text("An offer")
    (tmp_path / "offer.pdf").write_bytes(b"MZ\x90\x00")
    page.locator("#file-add input[type=file]").set_input_files(
        [tmp_path / "offer.txt", tmp_path / "offer.pdf"]
    )
    expect(page.locator("#files").get_by_role("link", name="offer.txt")).to_be_visible()
    expect(page.get_by_text("offer.pdf is not kept")).to_be_visible()
    assert page.evaluate("window.stayed"), "nothing of it left the page"

    manager = visit("manager@demo.test")
    manager.page.goto("/notifications/")
    manager.page.get_by_role("button", name=re.compile("mentioned you in a note")).first.click()
    expect(manager.page.locator(".note-body", has_text="Ready for")).to_be_visible()


def test_without_a_connection_nothing_typed_is_lost(visit: VisitMaker) -> None:
    rep = visit("rep@demo.test")
    page = open_record(rep)
    page.keyboard.press("n")
    page.keyboard.type("Written in a tunnel")
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert").get_by_text("What you typed is kept.")).to_be_visible()
    expect(page.locator(NOTE)).to_have_value("Written in a tunnel")
    page.context.set_offline(False)
    page.reload()
    expect(page.locator(NOTE)).to_have_value("Written in a tunnel")
    page.locator(NOTE).press("Control+Enter")
    expect(page.locator(".note-body", has_text="Written in a tunnel")).to_be_visible()

    edit = page.get_by_role("link", name="Edit note").first
    edit.focus()
    page.keyboard.press("Enter")
    field = page.locator("#dialog textarea")
    field.fill("Changed in a tunnel")
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#dialog").get_by_text("What you typed is kept.")).to_be_visible()
    page.context.set_offline(False)
    page.reload()
    page.get_by_role("link", name="Edit note").first.click()
    expect(field).to_have_value("Changed in a tunnel")
    field.press("Control+Enter")
    expect(page.locator(".note-body", has_text="Changed in a tunnel")).to_be_visible()
    assert (
        page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('opener-draft')).length") == 0
    )
    rep.complaints.clear()  # the browser itself tells of each request that found no server


def test_a_record_is_looked_at_beside_the_table(visit: VisitMaker) -> None:
    rep = visit("rep@demo.test")
    page = rep.page
    page.goto("/accounts/?owner=me")
    address = page.url
    page.keyboard.press("j")
    page.keyboard.press("p")
    heading = page.locator("#panel h2")
    expect(heading).to_be_focused()
    first = heading.inner_text()
    assert not rep.barriers()
    page.keyboard.press("j")
    expect(heading).not_to_have_text(first)
    page.keyboard.press("k")
    expect(heading).to_have_text(first)
    page.keyboard.press("n")
    expect(page.locator("#dialog textarea")).to_be_focused()
    page.keyboard.type("Seen from the table")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#panel .note-body", has_text="Seen from the table")).to_be_visible()
    assert page.url == address
    page.keyboard.press("Escape")
    expect(page.locator("#panel > *")).to_have_count(0)
    assert page.evaluate("document.activeElement.closest('tr')?.innerText ?? ''").startswith(first)
