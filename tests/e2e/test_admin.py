"""The admin's way: a team, a person who accepts the invitation, a sequence previewed, a stage renamed."""

import quopri
import re

import pytest
from playwright.sync_api import expect

from tests.e2e import ways
from tests.e2e.conftest import Opener, VisitMaker


def test_a_person_a_team_and_the_first_sign_in(opener: Opener, visit: VisitMaker) -> None:
    admin = visit("admin@demo.test")
    page = admin.page
    page.goto("/settings/teams/")
    page.get_by_role("link", name="New team").first.click()
    page.get_by_label("Name").fill("West Coast")
    page.get_by_role("button", name=re.compile("^(Create|Make|Add|Save)")).click()
    expect(page.get_by_text("West Coast").first).to_be_visible()
    page.goto("/settings/people/")
    page.get_by_role("link", name="Invite", exact=True).click()
    page.get_by_label("Name").fill("Nora Wind")
    page.get_by_label("Email address").fill("nora@demo.test")
    page.get_by_label(re.compile("^Team")).select_option(label="West Coast")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("Nora Wind").first).to_be_visible()
    admin.shoot("settings-people")

    mail = quopri.decodestring(ways.wait_for_mail(opener, "nora@demo.test").encode()).decode()
    link = re.search(r"https?://\S+/invitations/\S+/", mail)
    assert link is not None, mail
    nora = visit()
    nora.page.goto(link.group(0))
    nora.page.get_by_label("Password", exact=True).fill("wind in the willows")
    nora.page.get_by_label("Password, once more").fill("wind in the willows")
    nora.page.get_by_role("button").last.click()
    nora.page.wait_for_url(lambda url: "/invitations/" not in url)
    nora.page.goto("/")
    expect(nora.page.get_by_role("heading", level=1, name="Today")).to_be_visible()
    nora.shoot("today-empty")


def test_a_sequence_is_previewed_for_a_real_contact(visit: VisitMaker) -> None:
    admin = visit("admin@demo.test")
    page = admin.page
    ways.make_sequence(admin, "Shown before it is sent")
    admin.shoot("sequence")
    page.get_by_role("link", name="Preview").click()
    expect(page.get_by_text("{{")).to_have_count(0)
    expect(page.get_by_text(re.compile("^A figure for .+")).first).to_be_visible()
    admin.shoot("sequence-preview")


@pytest.mark.parametrize("javascript", [True, False], ids=["with-script", "without-script"])
def test_a_stage_is_renamed(visit: VisitMaker, javascript: bool) -> None:
    old, new = ("Explore", "Look together") if javascript else ("Change", "Agree that it has to change")
    page = visit("admin@demo.test", javascript=javascript).page
    page.goto("/settings/pipeline/")
    page.get_by_role("link", name=f"Edit {old}").click()
    page.get_by_label("Name").fill(new)
    page.get_by_role("button", name="Save").click()
    page.goto("/pipeline/")
    expect(page.locator(".board-head", has_text=new)).to_be_visible()


def test_settings_are_the_admins(visit: VisitMaker) -> None:
    rep = visit("rep@demo.test")
    for path in ("/settings/people/", "/settings/teams/", "/settings/pipeline/", "/settings/organisation/"):
        answer = rep.page.goto(path)
        assert answer is not None
        assert answer.status == 403
        expect(rep.page.get_by_role("heading", level=1)).to_be_visible()
    rep.complaints.clear()  # Chromium calls each 403 an error
