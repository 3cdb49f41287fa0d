"""A field of one's own: an admin makes it, and it is in forms, records, tables and filters at once."""

from playwright.sync_api import expect

from tests.e2e.conftest import VisitMaker
from tests.e2e.test_tables import filter_by, names


def test_a_field_that_an_admin_makes_is_there_for_everybody(visit: VisitMaker) -> None:
    admin = visit("admin@demo.test")
    page = admin.page
    page.goto("/settings/fields/?model=account")
    page.get_by_role("link", name="New field").click()
    page.get_by_label("Label").fill("Forklifts")
    page.get_by_label("Type").select_option(label="Choice")
    page.get_by_label("Choices", exact=True).fill("Owned\nRented\nNone at all")
    admin.shoot("custom-field")
    page.get_by_role("button", name="Add field").click()
    expect(page.get_by_role("link", name="Forklifts", exact=True)).to_be_visible()

    rep = visit("rep@demo.test")
    page = rep.page
    page.goto("/accounts/new/")
    page.get_by_label("Name", exact=True).fill("Lifting Gear Partners")
    page.get_by_label("Forklifts").select_option(label="Rented")
    page.get_by_role("button", name="Add account").click()
    expect(page.get_by_role("heading", level=1, name="Lifting Gear Partners")).to_be_visible()
    facts = page.locator("#facts")
    expect(facts.locator("dt", has_text="Forklifts")).to_be_visible()
    expect(facts.locator("dd", has_text="Rented")).to_be_visible()

    page.goto("/accounts/")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="Forklifts").check()
    expect(page.locator("thead").get_by_text("Forklifts")).to_be_visible()
    page.keyboard.press("Escape")
    filter_by(page, "Forklifts", "Rented")
    assert names(page) == ["Lifting Gear Partners"]
    expect(page.locator("tbody td", has_text="Rented")).to_be_visible()
    rep.shoot("custom-field-table")
