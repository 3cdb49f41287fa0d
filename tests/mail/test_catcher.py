"""The demo's mail, read in the browser."""

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests import factories as make

pytestmark = pytest.mark.django_db

URL = "/demo/mail/"


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.DEMO, settings.CATCHER_DIR = True, str(tmp_path / "mail")
    (tmp_path / "mail").mkdir()
    (tmp_path / "secret.eml").write_text("Subject: secret\n\nsecret")
    return tmp_path / "mail"


@pytest.fixture
def rep(client: Client) -> Client:
    client.force_login(make.make_user(team=make.make_team()))
    return client


def put(folder: Path, number: int, **fields: str) -> str:
    message = EmailMessage()
    message["From"], message["To"] = "Ann <ann@opener.test>", "carla@company.test"
    message["Subject"] = fields.get("subject", f"Figure {number}")
    message["Date"] = "Tue, 10 Mar 2026 14:00:00 +0000"
    message.set_content(fields.get("text", "Hello."))
    if "html" in fields:
        message.add_alternative(fields["html"], subtype="html")
    name = f"{number}-77-1.eml"
    (folder / name).write_bytes(b"X-Envelope-To: carla@company.test\r\n" + message.as_bytes())
    return name


def test_newest_first(rep: Client, folder: Path) -> None:
    for number in (9, 100, 20):
        put(folder, number)
    (folder / ".5-5-5.eml.tmp").write_text("half a mail")
    (folder / "notes.txt").write_text("no mail")
    rows = rep.get(URL).context["page"].rows
    assert [mail.subject for mail in rows] == ["Figure 100", "Figure 20", "Figure 9"]
    assert rows[0].sender == "Ann <ann@opener.test>"
    assert rows[0].date.year == 2026


def test_pages(rep: Client, folder: Path) -> None:
    for number in range(60):
        put(folder, number)
    first = rep.get(URL).context["page"]
    second = rep.get(URL, {"cursor": first.next}).context["page"]
    assert [mail.subject for mail in first.rows + second.rows] == [f"Figure {n}" for n in reversed(range(60))]
    assert not second.next
    assert len(rep.get(URL, {"cursor": "nonsense"}).context["page"].rows) == 50


def test_no_mail_yet(rep: Client, folder: Path) -> None:
    assert "No mail yet" in rep.get(URL).content.decode()
    folder.rmdir()
    assert rep.get(URL).status_code == 200


def test_a_mail_is_read(rep: Client, folder: Path) -> None:
    name = put(folder, 1, text="Grüße\nhttps://opener.test/x", html="<p>Hi<script>alert(1)</script></p>")
    page = rep.get(URL + name + "/").content.decode()
    assert "Grüße" in page
    assert 'href="https://opener.test/x"' in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\0", b"Subject: =?utf-8?b?//?=\nDate: x\n\n\xff", b"\n" * 9]
)
def test_a_damaged_mail_is_shown_as_far_as_it_goes(rep: Client, folder: Path, content: bytes) -> None:
    (folder / "1-1-1.eml").write_bytes(content)
    assert rep.get(URL).status_code == 200
    assert rep.get(URL + "1-1-1.eml/").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "../secret.eml",
        "..%2Fsecret.eml",
        "%2e%2e%2fsecret.eml",
        "secret.eml",
        ".5-5-5.eml.tmp",
        "1-1-2.eml",
        "²-1-1.eml",
    ],
)
def test_no_name_leads_elsewhere(rep: Client, folder: Path, name: str) -> None:
    (folder / "1-1-1.eml").symlink_to(folder.parent / "secret.eml")
    answer = rep.get(URL + name + "/")
    assert answer.status_code == 404
    assert b"secret" not in answer.content.replace(name.encode(), b"")


def test_nobody_who_is_not_signed_in(client: Client, folder: Path) -> None:
    make.make_user()
    name = put(folder, 1)
    assert client.get(URL).status_code == 302
    assert client.get(URL + name + "/").status_code == 302


def test_without_a_catcher_there_is_no_such_page(rep: Client, settings: Any) -> None:
    settings.CATCHER_DIR = ""
    assert rep.get(URL).status_code == 404
    assert rep.get(URL + "1-1-1.eml/").status_code == 404


def test_mail_of_real_people_is_for_admins(client: Client, folder: Path, settings: Any) -> None:
    settings.DEMO = False
    put(folder, 1)
    client.force_login(make.make_user(team=make.make_team()))
    assert client.get(URL).status_code == 403
    client.force_login(make.make_user(is_admin=True))
    assert client.get(URL).status_code == 200
