"""What people do with Opener, step by step, as one function a step. Each works with JavaScript and without."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Opener, Visitor

ENGINE_SECONDS = 60.0
"""How long the workers may take: a tick is five seconds, and a machine may be busy."""

STEPS = (
    (
        "automatic email",
        "Give",
        "A figure for {{ company }}",
        "Hello {{ first_name | there }},\n\n41 plants.",
    ),
    ("email", "Give", "The case I promised, {{ first_name | there }}", "How {{ company }} could save a day."),
    ("call", "Ask", "", "Ask {{ first_name | them }} for twenty minutes."),
)


def wait_for[T](what: Callable[[], T], seconds: float = ENGINE_SECONDS) -> T:
    """What `what` gives, as soon as it gives something."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, f"nothing within {seconds:.0f} s"
        time.sleep(0.3)
    return found


def make_sequence(admin: Visitor, name: str) -> None:
    """An admin writes a sequence of an automatic email, a manual email and a call, all on the first day."""
    page = admin.page
    page.goto("/sequences/")
    page.get_by_role("link", name="New sequence").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name=re.compile("^(Create|Make|Add|Save)")).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    for number, (channel, intent, subject, text) in enumerate(STEPS):
        page.get_by_role("link", name="Add a step" if number else "Add the first step", exact=True).click()
        page.get_by_role("checkbox", name=re.compile(f"^{channel}$", re.IGNORECASE)).check()
        page.get_by_label("Business days after the step before").fill("0")
        page.get_by_role("radio", name=re.compile(intent, re.IGNORECASE)).check()
        if subject:
            page.get_by_label("Subject").fill(subject)
        page.get_by_label("Text or script").fill(text)
        page.get_by_role("button", name="Add the step").click()
        expect(page.locator(".step")).to_have_count(number + 1)
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_text("Active", exact=True).first).to_be_visible()


def import_companies(rep: Visitor, path: Path, number: int, list_name: str) -> None:
    """A rep uploads a file, confirms its columns, watches it run and lands on the list."""
    page = rep.page
    page.goto("/lists/")
    page.get_by_role("link", name="Import").click()
    page.get_by_label("File").set_input_files(path)
    page.get_by_label("or into a new list called").fill(list_name)
    rep.shoot("import-upload")
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("combobox", name="What “Security” becomes")).to_have_value("name")
    expect(page.get_by_role("combobox", name="What “GICS Sector” becomes")).to_have_value("industry")
    expect(page.get_by_role("combobox", name="What “Headquarters Location” becomes")).to_have_value(
        "headquarters"
    )
    expect(page.get_by_role("heading", name="As it will be imported")).to_be_visible()
    rep.shoot("import-columns")
    page.get_by_role("button", name=f"Import {number} rows").click()
    arrive_at_list(rep, list_name)
    expect(page.get_by_text(f"{number} dream clients")).to_be_visible()


def arrive_at_list(rep: Visitor, list_name: str) -> None:
    """The progress page leads on by itself; without JavaScript it is looked at again by hand."""
    page, heading = rep.page, rep.page.get_by_role("heading", level=1, name=list_name)

    def arrived() -> bool:
        if not heading.count() and not rep.has_javascript:
            page.reload()
            if (done := page.get_by_role("link", name="Open the list")).count():
                done.click()
        return bool(heading.count())

    wait_for(arrived)


def open_first(rep: Visitor) -> str:
    """Open the first dream client of the list. Gives its name."""
    link = rep.page.locator("table a.row-link").first
    name = link.inner_text()
    link.click()
    expect(rep.page.get_by_role("heading", level=1, name=name)).to_be_visible()
    return name


def take(rep: Visitor) -> None:
    """Take the dream client into one's own book."""
    rep.page.get_by_role("button", name="Take", exact=True).click()
    expect(rep.page.get_by_role("button", name="Take", exact=True)).to_have_count(0)


def write_why_change(rep: Visitor, text: str) -> None:
    """Say what should make them move."""
    card = rep.page.locator("#why")
    card.get_by_role("link", name="Edit").click()
    rep.page.get_by_role("textbox", name="Why change").fill(text)
    rep.page.get_by_role("button", name="Save").click()
    expect(rep.page.get_by_text(text)).to_be_visible()


def add_contact(rep: Visitor, first_name: str, last_name: str, email: str, phone: str) -> None:
    """Write down a person there."""
    page = rep.page
    page.locator("#people").get_by_role("link", name=re.compile("^Add")).first.click()
    page.get_by_label("First name").fill(first_name)
    page.get_by_label("Last name").fill(last_name)
    page.get_by_label("Job title").fill("Head of planning")
    page.get_by_label("Stakeholder role").select_option("decision_maker")
    page.get_by_label("Email addresses").fill(email)
    page.get_by_label("Phone numbers").fill(phone)
    page.get_by_role("button", name="Add contact", exact=True).click()
    expect(page.get_by_text(f"{first_name} {last_name}").first).to_be_visible()


def start_sequence(rep: Visitor, sequence: str, contacts: int) -> None:
    """Enroll everybody of the account, after the check has said what will happen."""
    page = rep.page
    page.get_by_role("link", name="Start sequence").first.click()
    page.get_by_label("Sequence").select_option(label=sequence_option(page, sequence))
    if not rep.has_javascript:
        page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("starts", exact=True)).to_have_count(contacts)
    rep.shoot("enroll")
    page.get_by_role("button", name=f"Start {contacts} contact{'s' if contacts > 1 else ''}").click()
    expect(page.get_by_text("active", exact=True).first).to_be_visible()


def sequence_option(page: Page, sequence: str) -> str:
    """The words of the option that begins with the sequence's name."""
    words = page.get_by_label("Sequence").locator("option").all_inner_texts()
    return next(text for text in words if text.startswith(sequence))


def wait_for_mail(opener: Opener, recipient: str) -> str:
    """The source of the mail to `recipient`, once it has left."""
    found = wait_for(
        lambda: [mail for mail in opener.mails if f"To: {recipient}" in mail or recipient in mail]
    )
    return found[0]


def find_touch(rep: Visitor, contact: str, channel: str) -> None:
    """Open the touch with `contact` from Today, once it is due."""
    page = rep.page

    def is_there() -> bool:
        page.goto("/")
        line = page.locator("#touches a.queue-item", has_text=contact).filter(
            has_text=re.compile(channel, re.IGNORECASE)
        )
        while not line.count() and page.get_by_role("link", name="Show more").count():
            page.get_by_role("link", name="Show more").click()
            page.wait_for_load_state("networkidle")
        if line.count():
            line.first.click()
            return True
        return False

    wait_for(is_there)
    expect(page.get_by_role("heading", level=1, name=contact)).to_be_visible()


def send_the_email(rep: Visitor) -> None:
    """Read the text and send it."""
    expect(rep.page.get_by_label("Subject")).not_to_have_value("")
    rep.page.get_by_role("button", name=re.compile("^Send")).click()


def log_the_call(rep: Visitor, notes: str) -> None:
    """Say how the call went, and what was said."""
    rep.page.get_by_label("Notes").fill(notes)
    rep.page.get_by_role("button", name=re.compile("^Connected")).click()


def log_reply(rep: Visitor, contact: str, text: str) -> None:
    """Write down what came back."""
    page = rep.page
    page.get_by_role("button", name=f"What to do with {contact}").click()
    page.get_by_role("link", name="Log reply").locator("visible=true").click()
    page.get_by_label("What they wrote").fill(text)
    page.get_by_role("button", name=re.compile("^(Save|Log|Write)")).click()
    expect(page.get_by_text(text).first).to_be_visible()


def book_meeting(rep: Visitor, contact: str) -> None:
    """Book the first time offered, with the second click of an impatient hand where a script can hold it back."""
    page = rep.page
    page.get_by_role("link", name="Book meeting").first.click()
    page.get_by_label("With", exact=True).select_option(label=contact)
    page.get_by_label("Where").fill("Video call")
    page.get_by_role("button", name="Book the meeting").click(click_count=2 if rep.has_javascript else 1)
    expect(page.get_by_role("heading", level=1, name=f"Meeting with {contact}")).to_be_visible()


def hold_meeting(rep: Visitor, notes: str) -> None:
    """It took place."""
    rep.page.get_by_label("What came of it").fill(notes)
    rep.page.get_by_role("button", name=re.compile("held", re.IGNORECASE)).click()
    expect(rep.page.get_by_role("link", name="Open the opportunity").first).to_be_visible()


def open_opportunity(rep: Visitor, name: str, value: str) -> None:
    """A sale that was created, not captured."""
    page = rep.page
    page.get_by_role("link", name="Open the opportunity").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Value").fill(value)
    expect(page.get_by_role("radio", name=re.compile("^Created"))).to_be_checked()
    page.get_by_role("button", name="Open the opportunity").click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def move_card(rep: Visitor, opportunity: str) -> None:
    """Move the card one stage on, with the button that it carries."""
    page = rep.page
    page.goto("/pipeline/")
    card = page.locator(".board-card", has_text=opportunity)
    expect(card.get_by_text("created")).to_be_visible()
    card.get_by_role("link", name=re.compile("^Move")).click()
    with page.expect_response(lambda answer: "/move/" in answer.url and answer.request.method == "POST"):
        page.get_by_role("button", name="Move", exact=True).click()
    page.wait_for_url(lambda url: "/move/" not in url)
    expect(page.locator(".toast").first).to_be_visible()
    page.goto("/pipeline/")
    expect(page.locator(".board-column").nth(1).locator(".board-card", has_text=opportunity)).to_be_visible()


def drag_card(rep: Visitor, opportunity: str, column: int) -> None:
    """Drag the card to another column, as a hand does it."""
    page = rep.page
    card = page.locator(".board-card", has_text=opportunity)
    goal = page.locator(".board-column").nth(column).locator(".board-cards")
    start, end = card.bounding_box(), goal.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 20, start["y"] + 12)
    page.mouse.down()
    page.mouse.move(start["x"] + 40, start["y"] + 20, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 30, steps=12)
    with page.expect_response(lambda answer: "/move/" in answer.url):
        page.mouse.up()
    page.goto("/pipeline/")
    expect(
        page.locator(".board-column").nth(column).locator(".board-card", has_text=opportunity)
    ).to_be_visible()
