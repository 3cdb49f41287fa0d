"""An outbox row as an email: read back by a parser that never saw the row."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formataddr
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.mail import letters
from apps.mail.letters import Letter, Unwritable
from apps.mail.models import OutboundEmail
from apps.mail.outbox import send_due
from apps.mail.services import make_message_id
from apps.mail.smtp import dotted
from tests.mail.peer import Peer
from tests.mail.rows import make_email

AT = datetime(2026, 3, 10, 14, 5, 6, tzinfo=UTC)


def row(**fields: Any) -> OutboundEmail:
    """A row that no database has seen."""
    given = {
        "from_address": "Ann Berg <ann@opener.test>",
        "to_address": "carla@company.test",
        "subject": "A figure",
        "text": "Hello.",
        "message_id": make_message_id("ann@opener.test"),
    }
    return OutboundEmail(**(given | fields))


def read(letter: Letter) -> EmailMessage:
    return message_from_bytes(letter.content, policy=policy.default)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    assert part is not None
    content: str = part.get_content()
    return content


def test_every_email_has_its_headers() -> None:
    letter = letters.write(row(in_reply_to="<first@company.test>"), AT)
    message = read(letter)
    assert (letter.sender, letter.recipient, letter.utf8) == ("ann@opener.test", "carla@company.test", False)
    assert message["From"] == "Ann Berg <ann@opener.test>"
    assert message["To"] == "carla@company.test"
    assert message["Subject"] == "A figure"
    assert message["Date"].datetime == AT
    assert message["Message-ID"].startswith("<")
    assert message["In-Reply-To"] == message["References"] == "<first@company.test>"
    assert message["MIME-Version"] == "1.0"
    assert message.get_content_type() == "text/plain"
    assert body(message, "plain") == "Hello.\r\n" or body(message, "plain") == "Hello.\n"


def test_mail_of_our_own_asks_for_no_automatic_reply_and_has_no_unsubscribe() -> None:
    message = read(letters.write(row(), AT))
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] is None
    assert "unsubscribe" not in body(message, "plain")


def test_outreach_can_be_ended_with_one_click(settings: Any) -> None:
    settings.BASE_URL = "https://opener.a-company-with-quite-a-long-name.example.com"
    email = row(is_outreach=True, html="<html><body><p>Hi</p></body></html>")
    content = letters.write(email, AT).content
    url = f"{settings.BASE_URL}/unsubscribe/{email.unsubscribe_token}/"
    # Not folded into encoded words, which mail programs do not read there.
    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in content
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in content
    message = message_from_bytes(content, policy=policy.default)
    assert message["Auto-Submitted"] is None
    assert body(message, "plain").rstrip().endswith(url)
    assert f'<a href="{url}">' in body(message, "html")
    assert body(message, "html").rstrip().endswith("</body></html>")


def test_html_comes_with_the_same_as_text() -> None:
    message = read(letters.write(row(html="<p>Hello.</p>"), AT))
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_a_domain_beyond_ascii_needs_no_special_server() -> None:
    letter = letters.write(row(to_address="carla@bücher.test"), AT)
    assert letter.recipient == "carla@xn--bcher-kva.test"
    assert not letter.utf8


def test_a_local_part_beyond_ascii_does() -> None:
    letter = letters.write(row(to_address="jürgen@company.test", from_address="Jürgen <a@opener.test>"), AT)
    assert letter.utf8
    assert "To: jürgen@company.test".encode() in letter.content


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "@company.test",
        "a@",
        "a b@company.test",
        "a@b@",
        "a@x\r\nRCPT TO:<b@x.test>",
        "<a@x.test>",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Unwritable):
        letters.write(row(to_address=address), AT)
    with pytest.raises(Unwritable):
        letters.write(row(from_address=f"Ann <{address}>"), AT)


NASTY = "Hello\r\nBcc: everybody@company.test\r\n\r\nbody"


@pytest.mark.parametrize("field", ["subject", "from_address", "to_address", "message_id", "in_reply_to"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028"])
def test_no_field_can_add_a_header(field: str, end: str) -> None:
    value = NASTY.replace("\r\n", end)
    if field == "from_address":
        value += " <ann@opener.test>"
    try:
        content = letters.write(row(**{field: value}), AT).content
    except Unwritable:
        return
    message = message_from_bytes(content, policy=policy.default)
    assert message["Bcc"] is None
    head = content.split(b"\r\n\r\n")[0]
    assert b"\nBcc" not in head
    assert b"\rBcc" not in head


WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Co", "Cn"], exclude_characters="\u00a0\xad"),
    max_size=120,
)


def spaced(text: str) -> str:
    """As queue_email stores a subject."""
    return " ".join(text.split())


@hypothesis_settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    subject=WORDS, name=WORDS, text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
def test_what_was_written_is_what_is_read(subject: str, name: str, text: str) -> None:
    subject, name = spaced(subject), spaced(name)
    try:
        letter = letters.write(
            row(subject=subject, from_address=formataddr((name, "ann@opener.test")), text=text), AT
        )
    except Unwritable:
        pytest.fail("ordinary text has to be writable")
    assert letter.content.isascii()
    head = letter.content.split(b"\r\n\r\n")[0].split(b"\r\n")
    assert max(len(line) for line in head) < 998
    message = read(letter)
    assert spaced(str(message["Subject"])) == subject
    assert message["From"].addresses[0].addr_spec == "ann@opener.test"
    assert set(message.keys()) == {
        "Message-ID", "Auto-Submitted", "From", "To", "Subject", "Date", "Content-Type",
        "Content-Transfer-Encoding", "MIME-Version",
    }  # fmt: skip
    assert "".join(body(message, "plain").split()) == "".join(text.split())


@given(content=st.binary().map(lambda text: text + b"\n.\r\r\n..\r.\n"))
def test_nothing_in_a_mail_ends_it(content: bytes) -> None:
    sent = dotted(content)
    assert sent.endswith(b"\r\n.\r\n")
    assert b"\r\n.\r\n" not in sent[:-3]
    assert sent.count(b"\r") == sent.count(b"\n") == sent.count(b"\r\n")


@pytest.mark.django_db
def test_the_server_gets_what_was_written(peer: Peer) -> None:
    text = "Grüße aus Köln\n.\n..\n.end\r\n.\r\nRSET\nlong " + "wörd " * 400
    make_email(
        subject="Ein Maß für alle Fälle " * 9, text=text, from_address='"Jürgen, Köln" <j@opener.test>'
    )
    make_email(to_address="jürgen@bücher.test")
    assert send_due() == {"accepted": 2}
    first = peer.stored[0].message
    assert body(first, "plain").split() == text.split()
    assert str(first["Subject"]) == ("Ein Maß für alle Fälle " * 9).strip()
    assert first["From"].addresses[0].display_name == "Jürgen, Köln"
    assert peer.stored[1].recipient == "jürgen@xn--bcher-kva.test"
    assert "\r\nTo: jürgen@xn--bcher-kva.test\r\n".encode() in peer.stored[1].content


@pytest.mark.django_db
def test_a_server_without_smtputf8_refuses_such_an_address_and_takes_the_next(settings: Any) -> None:
    with Peer(enable_SMTPUTF8=False) as peer:
        settings.SMTP_URL = peer.url
        email = make_email(to_address="jürgen@company.test")
        make_email()
        assert send_due() == {"refused": 1, "accepted": 1}
    email.refresh_from_db()
    assert "SMTPUTF8" in email.answer
