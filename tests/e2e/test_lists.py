"""Lists that follow a filter, events that bring somebody up, insights that are given once."""

import re

from playwright.sync_api import expect

from tests.e2e.conftest import VisitMaker
from tests.e2e.test_tables import names
from tests.e2e.test_together import make_account, put_on_list


def test_a_live_list_follows_its_filter(visit: VisitMaker) -> None:
    rep = visit("rep@demo.test")
    page = rep.page
    page.goto("/accounts/?where=employees.over.7000000")
    assert not names(page)
    page.get_by_role("link", name="Save as list").click()
    page.get_by_label("Name of the new list").fill("Giants of this world")
    page.get_by_role("radio", name=re.compile("^Live")).check()
    rep.shoot("list-from-filter")
    page.get_by_role("button", name="Make the list").click()
    expect(page.get_by_role("heading", level=1, name="Giants of this world")).to_be_visible()
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    address = page.url
    make_account(page, "Gigantic Freight", Employees="7100000")
    page.goto(address)
    page.get_by_role("button", name="Follow now").click()
    expect(page.locator("tbody th .row-link", has_text="Gigantic Freight")).to_be_visible()
    rep.shoot("live-list")


def test_what_happened_there_brings_them_up(visit: VisitMaker) -> None:
    rep = visit("rep@demo.test")
    page = rep.page
    record = make_account(page, "Eventful Logistics")
    put_on_list(page, "Eventful Logistics")
    page.goto(record)
    if page.get_by_role("button", name="Take", exact=True).count():
        page.get_by_role("button", name="Take", exact=True).click()
    page.locator("#events").get_by_role("link", name="Add").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("What happened").fill("They open a second hub")
    dialog.get_by_role("button", name="Write it down").click()
    expect(page.locator("#events").get_by_text("They open a second hub")).to_be_visible()
    task = "They open a second hub: reach out to Eventful Logistics"
    expect(page.locator("#tasks").get_by_text(task)).to_be_visible()
    page.goto("/notifications/")
    page.get_by_role("button", name=task).first.click()
    expect(page.get_by_role("heading", level=1, name="Eventful Logistics")).to_be_visible()


def test_an_insight_is_given_once(visit: VisitMaker) -> None:
    rep = visit("rep@demo.test")
    page = rep.page
    record = make_account(page, "Insightful Energy")
    put_on_list(page, "Insightful Energy")
    page.goto(record + "contacts/new/")
    page.get_by_label("First name").fill("Greta")
    page.get_by_label("Last name").fill("Giver")
    page.get_by_role("button", name="Add contact", exact=True).click()
    suggested = page.locator("section", has=page.get_by_role("heading", name="Worth their time"))
    line = suggested.get_by_role("listitem").first
    rep.shoot("insight")

    def give() -> None:
        suggested.get_by_role("listitem").first.get_by_role("link", name="Give").click()
        dialog = page.locator("#dialog")
        expect(dialog.get_by_label("Insight that was given")).not_to_have_value("")
        dialog.get_by_label("With", exact=True).select_option(label="Greta Giver")
        dialog.get_by_role("checkbox", name="Call", exact=True).check()
        dialog.get_by_role("button", name="Write it down").click()

    give()
    expect(line.get_by_text("already given to Greta Giver")).to_be_visible()
    give()
    expect(
        page.locator("#dialog").get_by_text(re.compile("Greta Giver was given .* already")).first
    ).to_be_visible()
