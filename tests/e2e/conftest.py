"""The whole of Opener as script/server starts it, on a data folder of its own, and a real browser in front.

Set OPENER_SHOTS to a folder to get a picture of each page in both themes and both widths.
"""

import csv
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.servers import data_folder

ROOT = Path(__file__).resolve().parent.parent.parent
REAL_COMPANIES = ROOT.parent / "shared" / "data" / "sp500.csv"
START_SECONDS = 120.0
PASSWORD = "opener-demo"
AXE = next((Path(__file__).parent / "vendor").glob("axe-*.min.js"))
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Each journey stands for itself: workers may share them out, and each then starts an Opener of its own."""
    item.add_marker(pytest.mark.browser)


@dataclass
class Opener:
    """Opener, running: where it is, and where its mail goes."""

    url: str
    data: Path
    environment: dict[str, str]

    @property
    def mails(self) -> list[str]:
        """The source of each mail that the catcher holds, oldest first."""
        return [path.read_text(errors="replace") for path in sorted((self.data / "mail").glob("*.eml"))]

    def manage(self, code: str) -> str:
        """What `code` prints in Django's shell against the running database."""
        command = [
            sys.executable,
            "-m",
            "opener.embedded",
            "run",
            sys.executable,
            "manage.py",
            "shell",
            "-v",
            "0",
        ]
        done = subprocess.run(
            [*command, "-c", code], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@cache
def axe() -> str:
    """The source of axe, which a page is asked with. It is evaluated from outside: the policy lets no page load it."""
    return AXE.read_text()


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def environment_for(data: Path) -> dict[str, str]:
    """The environment of a newcomer: nothing of the test run's servers in it."""
    ours = (
        "DATABASE_URL",
        "REDIS_URL",
        "SECRET_KEY",
        "SMTP_URL",
        "DJANGO_SETTINGS_MODULE",
        "STATIC_MANIFEST",
    )
    kept = {name: value for name, value in os.environ.items() if name not in ours and "OPENER" not in name}
    return kept | {"OPENER_DATA_DIR": str(data)}


def start(data: Path, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """Run script/server until it answers. Gives the process and its address."""
    port = free_port()
    log = (data / "server.log").open("w")
    process = subprocess.Popen(
        [str(ROOT / "script" / "server"), "--port", str(port), *arguments],
        env=environment_for(data),
        stdout=log,
        stderr=subprocess.STDOUT,
        text=True,
    )
    url = f"http://127.0.0.1:{port}"
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=1)
        except OSError:
            assert process.poll() is None, Path(log.name).read_text()
            time.sleep(0.2)
        else:
            return process, url
    process.kill()
    pytest.fail(f"script/server did not answer in {START_SECONDS:.0f} s: {Path(log.name).read_text()}")


def stop(process: subprocess.Popen[str]) -> None:
    """Press Ctrl-C and wait."""
    process.send_signal(signal.SIGINT)
    process.wait(timeout=30)


@pytest.fixture(scope="session")
def opener() -> Iterator[Opener]:
    """Opener with the demo, whose schedules are open at any hour, so that the journeys pass on a Sunday night too."""
    with data_folder() as data:
        process, url = start(data)
        running = Opener(url=url, data=data, environment=environment_for(data))
        running.manage(
            "from apps.sequences.models import Schedule; import datetime as d; Schedule.objects.update("
            "weekdays=list(range(7)), start=d.time(0), end=d.time(23, 59, 59), country='')\n"
            "from apps.users.models import Organisation; Organisation.objects.update(country='')\n"
            "from apps.accounts.models import Account; Account.objects.update(country='')"
        )
        yield running
        stop(process)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; never a download."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
        )
        yield chromium
        chromium.close()


class Visitor:
    """Somebody in front of a browser. Whatever the console complains about, the policy above all, fails the test."""

    def __init__(self, browser: Browser, url: str, *, javascript: bool = True) -> None:
        self.has_javascript = javascript
        self.context: BrowserContext = browser.new_context(
            base_url=url,
            viewport={"width": 1440, "height": 900},
            java_script_enabled=javascript,
            locale="en-US",
        )
        self.context.set_default_timeout(10_000)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        # A form that was refused answers 422, which Chromium reports as an error; it is none.
        if message.type == "error" and "422" not in message.text:
            self.complaints.append(f"{message.text} at {self.page.url}")

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """Through the sign-in page, as a person does."""
        self.page.goto("/account/login/")
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(lambda url: "/account/login" not in url)

    def barriers(self, *rules: str) -> list[str]:
        """What axe finds on the page as it stands: the rule, and where it is broken; of some rules, else of all."""
        self.page.evaluate(axe())
        found = self.page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(found => found.violations"
            ".map(one => `${one.id}: ${one.help}: ` + one.nodes.slice(0, 3).map(node => node.html.slice(0, 160)"
            " + ' ' + (node.any[0]?.message ?? '')).join(' | ')))",
            list(rules) or AXE_RULES,
        )
        return [str(one) for one in found]

    def shoot(self, name: str) -> None:
        """A picture of the page in both themes and widths, where somebody wants to look at it."""
        if not (folder := os.environ.get("OPENER_SHOTS")):
            return
        for width, height in ((1440, 900), (390, 844)):
            self.page.set_viewport_size({"width": width, "height": height})
            for theme in ("light", "dark"):
                self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
                self.page.wait_for_timeout(200)  # the colours fade
                self.page.screenshot(path=Path(folder) / f"{name}-{width}-{theme}.png")
        self.page.set_viewport_size({"width": 1440, "height": 900})
        self.page.emulate_media(color_scheme="light")


@pytest.fixture
def visit(browser: Browser, opener: Opener) -> Iterator["VisitMaker"]:
    """Makes visitors; at the end none of their consoles may have complained."""
    maker = VisitMaker(browser, opener.url)
    yield maker
    complaints = [text for visitor in maker.visitors for text in visitor.complaints]
    for visitor in maker.visitors:
        visitor.context.close()
    assert not complaints, complaints


@pytest.fixture(scope="session")
def browser_session(browser: Browser, opener: Opener) -> "VisitMaker":
    """Makes visitors for what is prepared once for all journeys."""
    return VisitMaker(browser, opener.url)


class VisitMaker:
    """Opens browsers for people."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.visitors: list[Visitor] = []

    def __call__(self, email: str = "", *, javascript: bool = True) -> Visitor:
        visitor = Visitor(self.browser, self.url, javascript=javascript)
        self.visitors.append(visitor)
        if email:
            visitor.sign_in(email)
        return visitor


@pytest.fixture(scope="session")
def companies(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A file of companies and how many it holds: the 503 real ones where they are at hand, else as many made up."""
    if REAL_COMPANIES.exists():
        return REAL_COMPANIES, 503
    path = tmp_path_factory.mktemp("companies") / "companies.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Symbol", "Security", "GICS Sector", "Headquarters Location", "Founded"])
        for number in range(503):
            writer.writerow(
                [f"C{number}", f"Company {number:03}", "Industrials", "Oslo, Norway", 1900 + number % 120]
            )
    return path, 503


@pytest.fixture(scope="session")
def sequence(opener: Opener, browser_session: "VisitMaker") -> str:
    """A sequence that an admin wrote, with caps that let its steps fall due on one day."""
    from tests.e2e import ways

    admin = browser_session("admin@demo.test")
    page = admin.page
    page.goto("/settings/organisation/")
    page.get_by_label("Touches a contact a day").fill("9")
    page.get_by_label("Touches a contact a week").fill("20")
    page.get_by_label("Touches an account a week").fill("40")
    page.get_by_role("button", name="Save").click()
    ways.make_sequence(admin, name := "All on one day")
    return name
