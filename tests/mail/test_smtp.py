"""SMTP_URL, and who is let in how."""

import ssl
import subprocess
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.mail.outbox import send_due
from apps.mail.smtp import Broken, Conversation, Server
from tests.mail.peer import Peer, let_in
from tests.mail.rows import make_email, state


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.test", ("mail.test", 25, "", "", "offered")),
        ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, "", "", "offered")),
        (
            "smtp://u%40x.test:p%3Aw@mail.test:587?tls=required",
            ("mail.test", 587, "u@x.test", "p:w", "required"),
        ),
        ("smtp+tls://u:p@mail.test", ("mail.test", 587, "u", "p", "required")),
        ("smtps://u:p@mail.test", ("mail.test", 465, "u", "p", "implicit")),
        ("smtp://mail.test?tls=no", ("mail.test", 25, "", "", "never")),
        ("smtp://[::1]:2525", ("::1", 2525, "", "", "offered")),
    ],
)
def test_smtp_url(url: str, expected: tuple[Any, ...]) -> None:
    server = Server.from_url(url)
    assert (server.host, server.port, server.username, server.password, server.tls) == expected


@pytest.mark.parametrize(
    "url", ["mail.test", "http://mail.test", "smtp://", "smtp://mail.test?tls=perhaps", "smtp://mail.test:x"]
)
def test_a_senseless_smtp_url_is_named(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SMTP_URL must look like"):
        Server.from_url(url)


def announce(url: str, timeout: float = 2) -> None:
    with Conversation(Server.from_url(url), timeout=timeout, own_name="opener.test") as conversation:
        conversation.announce("ann@opener.test", "carla@company.test", utf8=False)


def test_a_password_is_not_sent_in_the_clear_unasked() -> None:
    with Peer(authenticator=let_in("ann", "secret"), auth_require_tls=False) as peer:
        url = peer.url.replace("//", "//ann:secret@")
        with pytest.raises(Broken, match="tls=no"):
            announce(url)
        announce(url + "?tls=no")


def test_a_wrong_password_is_the_installations_fault_not_the_mails() -> None:
    peer = Peer(authenticator=let_in("ann", "secret"), auth_require_tls=False)
    with peer, pytest.raises(Broken, match="535"):
        announce(peer.url.replace("//", "//ann:wrong@") + "?tls=no")


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_missing_password_too() -> None:
    peer = Peer(authenticator=let_in("ann", "secret"), auth_require_tls=False, auth_required=True)
    with peer, pytest.raises(Broken, match="530"):
        announce(peer.url)


def test_tls_that_is_required_but_not_offered() -> None:
    with Peer() as peer, pytest.raises(Broken, match="no STARTTLS"):
        announce(peer.url + "?tls=required")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 and its key, in one file."""
    if which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=peer -keyout key.pem -out cert.pem"
    command += " -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return both


@pytest.fixture
def context(certificate: Path) -> ssl.SSLContext:
    """What a server with that certificate speaks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_starttls_is_used_where_it_is_offered(
    context: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Peer(tls_context=context, require_starttls=True, authenticator=let_in("ann", "secret")) as peer:
        url = peer.url.replace("//", "//ann:secret@")
        with pytest.raises(Broken, match="certificate verify failed"):
            announce(url)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        announce(url)
        announce(url + "?tls=required")
        with pytest.raises(Broken, match="530"):
            announce(peer.url + "?tls=no")


def test_tls_from_the_start(
    context: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Peer(implicit_tls=context) as peer:
        url = peer.url.replace("smtp:", "smtps:")
        with pytest.raises(Broken, match="certificate verify failed"):
            announce(url)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        announce(url)
        with pytest.raises(Broken):
            announce(url.replace("127.0.0.1", "localhost"))


@pytest.mark.django_db
def test_a_wrong_password_holds_mail_up_and_refuses_none(settings: Any) -> None:
    with Peer(authenticator=let_in("ann", "secret"), auth_require_tls=False) as peer:
        settings.SMTP_URL = peer.url.replace("//", "//ann:wrong@") + "?tls=no"
        email = make_email()
        assert send_due() == {"scheduled": 1}
    assert state(email) == "scheduled"
    assert "535" in email.answer
    assert "wrong" not in email.answer
