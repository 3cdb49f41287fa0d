"""Finding anything by keyboard alone: the search box, the palette, and the palette of a phone."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import VisitMaker


def some_account(page: Page) -> str:
    """The name of an account that was just opened; its page stays open."""
    page.goto("/accounts/")
    page.locator(".row-link").first.click()
    page.wait_for_url(re.compile(r"/accounts/\d+/$"))
    return page.locator("main h1").inner_text().strip()


def test_the_search_box_by_keyboard(visit: VisitMaker) -> None:
    page = visit("admin@demo.test").page
    name = some_account(page)
    address = page.url
    page.goto("/")
    page.keyboard.press("/")
    field = page.locator("#search")
    expect(field).to_be_focused()
    expect(page.locator("#found-list").get_by_text("Opened last")).to_be_visible()
    page.keyboard.type(name[:1] + name[2:], delay=30)  # a letter is missing
    first = page.locator("#found-list [role=option]").first
    expect(first).to_contain_text(name)
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(field).to_have_attribute("aria-activedescendant", "found-list-0")
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "found-list-1")
    page.keyboard.press("End")
    expect(page.locator("#found-list [aria-selected=true]")).to_contain_text("Everything for")
    page.keyboard.press("Home")
    expect(first).to_have_attribute("aria-selected", "true")
    with page.context.expect_page() as opened:
        page.keyboard.press("ControlOrMeta+Enter")
    opened.value.wait_for_url(address)
    opened.value.close()
    page.keyboard.press("Escape")
    expect(page.locator("#found-list")).to_be_hidden()
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(first).to_contain_text(name)
    page.keyboard.press("Enter")
    page.wait_for_url(address)


def test_the_palette_finds_goes_makes_and_acts(visit: VisitMaker) -> None:
    visitor = visit("admin@demo.test")
    page = visitor.page
    name = some_account(page)
    page.keyboard.press("ControlOrMeta+k")
    field = page.locator("#palette [role=combobox]")
    expect(field).to_be_focused()
    expect(page.locator("#palette-list").get_by_text("On this page")).to_be_visible()
    assert visitor.barriers() == []
    visitor.shoot("palette")
    page.keyboard.type("remind", delay=20)
    expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("Remind me")
    page.keyboard.press("Enter")
    expect(page.locator("#dialog-frame")).to_be_visible()
    expect(page.locator("#palette")).to_be_hidden()
    page.keyboard.press("Escape")

    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("new task", delay=20)
    expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("New task")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("heading", name="New task")).to_be_visible()
    page.keyboard.press("Escape")

    page.locator("main").focus()
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("main")).to_be_focused()

    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("ppl", delay=20)  # the letters of a command, with gaps
    expect(page.locator("#palette-list").get_by_text("Pipeline", exact=True)).to_be_visible()
    field.fill("audit")
    expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("Audit log")
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings/audit-log/")

    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type(name, delay=20)
    expect(page.locator("#palette-list [role=option][data-kind=account]").first).to_contain_text(name)
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("dark", delay=20)
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("system", delay=20)
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "auto")


def test_a_phone_has_the_palette_behind_its_search_icon(visit: VisitMaker) -> None:
    page = visit("admin@demo.test").page
    page.set_viewport_size({"width": 390, "height": 844})
    name = some_account(page)
    page.get_by_role("link", name="Find or do anything").click()
    page.keyboard.type(name, delay=20)
    option = page.locator("#palette-list [role=option][data-kind=account]").first
    expect(option).to_contain_text(name)
    box = page.locator("#palette").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (390, 844)
    option.click()
    page.wait_for_url(re.compile(r"/accounts/\d+/$"))


def test_without_scripts_there_is_a_page(visit: VisitMaker) -> None:
    page = visit("admin@demo.test", javascript=False).page
    name = some_account(page)
    page.goto("/search/")
    page.locator("main").get_by_label("What to find").fill(name)
    page.locator("main").get_by_role("button", name="Search").click()
    page.locator("main").get_by_role("link", name=name).first.click()
    expect(page.locator("main h1")).to_have_text(name)
