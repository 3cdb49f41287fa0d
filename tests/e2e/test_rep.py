"""The rep's way, from a file of companies to an opportunity on the board."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.e2e import ways
from tests.e2e.conftest import Opener, VisitMaker, Visitor


def remind_in_a_minute(rep: Visitor, zone: str, about: str) -> None:
    page = rep.page
    page.get_by_role("link", name="Remind me").first.click()
    page.get_by_label("About").fill(about)
    page.get_by_label("At a time of my own").check()
    moment = datetime.now(ZoneInfo(zone)) + timedelta(minutes=1)
    page.get_by_label(re.compile("^Time of my own")).fill(moment.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Remind me").click()
    expect(page.get_by_text("You will be reminded")).to_be_visible()


def import_again(rep: Visitor, opener: Opener, path: Path, number: int) -> None:
    """The same file again changes nothing."""
    count = "from apps.accounts.models import Account; print(Account.objects.count())"
    before = opener.manage(count)
    rep.page.goto("/imports/new/")
    rep.page.get_by_label("File").set_input_files(path)
    rep.page.get_by_label("Into the list").select_option(label="Dream companies")
    rep.page.get_by_role("button", name="Read the file").click()
    rep.page.get_by_role("button", name=f"Import {number} rows").click()
    ways.arrive_at_list(rep, "Dream companies")
    assert opener.manage(count) == before


def test_from_a_list_of_dream_clients_to_an_opening(
    opener: Opener, visit: VisitMaker, sequence: str, companies: tuple[Path, int]
) -> None:
    path, number = companies
    rep = visit("rep@demo.test")
    page = rep.page
    zone = opener.manage(
        "from apps.users.models import User; print(User.objects.get(email='rep@demo.test').time_zone)"
    )

    ways.import_companies(rep, path, number, "Dream companies")
    rep.shoot("list")
    account = ways.open_first(rep)
    record = page.url
    ways.take(rep)
    ways.write_why_change(rep, "Their planners lose nine hours a week.")
    ways.add_contact(rep, "Carla", "Diaz", "carla.diaz@zoetis.test", "+1 555 0100")
    ways.add_contact(rep, "Piet", "Bakker", "piet.bakker@zoetis.test", "+1 555 0101")
    remind_in_a_minute(rep, zone, "Look whether Carla answered")
    ways.start_sequence(rep, sequence, 2)

    # The automatic email leaves by itself and shows on the timeline.
    mail = ways.wait_for_mail(opener, "carla.diaz@zoetis.test")
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in mail
    assert "Hello Carla" in mail
    ways.wait_for(
        lambda: page.goto(record) and page.get_by_text(re.compile("Automatic email: sent")).count() == 2
    )
    rep.shoot("record")

    # Today: the email is sent after reading it, then the call falls due and is logged; the next touch follows.
    ways.find_touch(rep, "Carla Diaz", "email")
    rep.shoot("work-email")
    ways.send_the_email(rep)
    ways.find_touch(rep, "Carla Diaz", "call")
    rep.shoot("work-call")
    ways.log_the_call(rep, "She wants to see the case.")
    expect(page).to_have_url(re.compile(r"/touches/\d+/$"))
    expect(page.get_by_role("heading", level=1, name="Carla Diaz")).to_have_count(0)
    assert "The case I promised, Carla" in ways.wait_for_mail(opener, "The case I promised, Carla")

    # A reply stops what is left; a meeting is the first commitment.
    page.goto(record)
    ways.log_reply(rep, "Piet Bakker", "Tell me more about the nine hours.")
    page.goto(record)
    expect(page.get_by_text("Engaged").first).to_be_visible()
    ways.book_meeting(rep, "Carla Diaz")
    rep.shoot("meeting")
    meeting = page.url
    page.goto(record)
    expect(page.get_by_text("Time committed").first).to_be_visible()
    expect(page.locator("#timeline").get_by_text("Meeting booked")).to_have_count(1)
    expect(page.locator("#people").get_by_text("active", exact=True)).to_have_count(0)
    page.goto(meeting)
    ways.hold_meeting(rep, "They will look at two plants.")
    ways.open_opportunity(rep, f"Planning at {account}", "48000")
    rep.shoot("opportunity")
    page.goto(record)
    expect(page.get_by_text("Opened").first).to_be_visible()

    # On the board the card moves, by its button and by hand.
    ways.move_card(rep, f"Planning at {account}")
    rep.shoot("board")
    ways.drag_card(rep, f"Planning at {account}", 2)

    # The reminder came, in the app and by email.
    ways.wait_for(
        lambda: page.goto("/notifications/") and page.get_by_text("Look whether Carla answered").count(), 120
    )
    rep.shoot("notifications")
    ways.wait_for_mail(opener, "Look whether Carla answered")

    import_again(rep, opener, path, number)
