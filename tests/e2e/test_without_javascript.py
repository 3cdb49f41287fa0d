"""The core loop in a browser that runs no script: forms and links alone carry it."""

from pathlib import Path

from playwright.sync_api import expect

from tests.e2e import ways
from tests.e2e.conftest import Opener, VisitMaker


def write_companies(folder: Path) -> Path:
    """A small file with the same columns as the real one."""
    lines = ["Symbol,Security,GICS Sector,Headquarters Location,Founded"]
    lines += [f'S{number},Scriptless {number:02},Industrials,"Oslo, Norway",1999' for number in range(12)]
    path = folder / "scriptless.csv"
    path.write_text("\n".join(lines))
    return path


def test_the_core_loop(opener: Opener, visit: VisitMaker, sequence: str, tmp_path: Path) -> None:
    rep = visit("rep2@demo.test", javascript=False)
    page = rep.page
    ways.import_companies(rep, write_companies(tmp_path), 12, "Without a script")
    account = ways.open_first(rep)
    record = page.url
    ways.take(rep)
    ways.write_why_change(rep, "They told us so.")
    ways.add_contact(rep, "Ingrid", "Moen", "ingrid.moen@scriptless.test", "+47 555 0100")
    page.goto(record)
    ways.start_sequence(rep, sequence, 1)
    ways.wait_for_mail(opener, "ingrid.moen@scriptless.test")
    ways.find_touch(rep, "Ingrid Moen", "email")
    ways.send_the_email(rep)
    ways.find_touch(rep, "Ingrid Moen", "call")
    ways.log_the_call(rep, "Wants twenty minutes.")
    page.goto(record)
    expect(page.get_by_text("Engaged").first).to_be_visible()
    ways.book_meeting(rep, "Ingrid Moen")
    ways.hold_meeting(rep, "They saw the plant.")
    ways.open_opportunity(rep, f"Planning at {account}", "12000")
    ways.move_card(rep, f"Planning at {account}")
