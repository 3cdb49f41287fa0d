"""The manager's way: the team's opening metrics, and the rows behind each figure."""

import re

from playwright.sync_api import expect

from tests.e2e.conftest import Opener, VisitMaker


def number_in(text: str) -> int:
    """The first number of a text such as "1,204 rows"."""
    found = re.search(r"\d[\d,]*", text)
    assert found is not None, text
    return int(found.group(0).replace(",", ""))


def test_every_figure_opens_the_rows_behind_it(visit: VisitMaker) -> None:
    manager = visit("manager@demo.test")
    page = manager.page
    page.goto("/metrics/")
    expect(page.get_by_role("heading", level=1, name="Metrics")).to_be_visible()
    for heading in ("Reps",):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    manager.shoot("metrics")
    links = page.locator(".figures a[href*='/metrics/']")
    assert links.count() >= 8
    for address in [links.nth(index).get_attribute("href") for index in range(links.count())]:
        assert address is not None
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    manager.shoot("metrics-drill")


def test_a_figure_is_the_number_of_its_rows(visit: VisitMaker, opener: Opener) -> None:
    page = visit("manager@demo.test").page
    page.goto("/metrics/")
    figure = page.locator(".figures a[href*='/metrics/first-commitments/']").first
    number = number_in(figure.locator("xpath=ancestor-or-self::*[contains(@class,'figure')][1]").inner_text())
    figure.click()
    rows = page.locator("#rows tbody tr").count()
    assert rows == number or (rows == 50 and number > 50)


def test_a_manager_looks_at_a_rep_and_hands_over(visit: VisitMaker) -> None:
    manager = visit("manager@demo.test")
    page = manager.page
    page.goto("/metrics/")
    page.get_by_role("region", name="Reps").get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/metrics/reps/\d+/"))
    manager.shoot("metrics-rep")
    page.goto("/dream-clients/?view=team")
    page.locator("input[name=selected]").nth(0).check()
    page.locator("input[name=selected]").nth(1).check()
    page.get_by_role("button", name="Assign", exact=True).click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Owner").select_option(index=1)
    dialog.get_by_role("button", name=re.compile("Assign")).click()
    expect(page.locator(".toast").first).to_be_visible()
