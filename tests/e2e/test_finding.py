"""Finding anything by keyboard: the search box and the palette."""

import re

from playwright.sync_api import expect

from tests.e2e.conftest import VisitMaker


def test_a_typo_is_forgiven_and_enter_opens(visit: VisitMaker) -> None:
    rep = visit("rep@demo.test")
    page = rep.page
    page.goto("/accounts/")
    name = page.locator("tbody th .row-link").nth(3).inner_text()
    first, *rest = name.split()
    page.keyboard.press("/")
    page.keyboard.type(" ".join([*rest, first[:-2] + first[-1] + first[-2]]).upper(), delay=15)
    option = page.get_by_role("option", name=re.compile(re.escape(name))).first
    expect(option).to_be_visible()
    rep.shoot("search-typo")
    assert not rep.barriers()
    while option.get_attribute("aria-selected") != "true":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def test_the_palette_goes_creates_and_acts(visit: VisitMaker) -> None:
    rep = visit("rep@demo.test")
    page = rep.page
    page.goto("/accounts/1/")
    page.keyboard.press("ControlOrMeta+k")
    expect(page.locator("dialog[open]").get_by_role("combobox")).to_be_focused()
    rep.shoot("palette")
    assert not rep.barriers()
    page.keyboard.type("new acc", delay=15)
    expect(page.get_by_role("option", name=re.compile("New account", re.IGNORECASE)).first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/accounts/new/"))
    page.goto("/accounts/1/")
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("log tou", delay=15)
    expect(page.get_by_role("option", name=re.compile("Log touch")).first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#dialog").get_by_role("heading").first).to_be_visible()
