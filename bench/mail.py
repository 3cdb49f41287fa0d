"""The outbox beside a bare loop of smtplib: both to the same local server that throws mail away."""

import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from time import perf_counter

from django.conf import settings
from django.utils import timezone

from apps.mail.models import OutboundEmail
from apps.mail.outbox import send_due
from apps.mail.services import queue_email
from bench.database import SCRATCH, create, migrate, use
from bench.registry import Result, Setup

EMAILS = 500
_TEXT = "Hello,\n\nhere is the figure that I promised.\n\n" * 6


def mail(setup: Setup) -> list[Result]:
    """Emails a second, claimed, handed over and stored one by one."""
    create(SCRATCH, drop=True)
    use(SCRATCH)
    migrate()
    with _sink() as port:
        settings.SMTP_URL = f"smtp://127.0.0.1:{port}"
        floor = _rate(lambda: _bare_loop(port))
        for number in range(EMAILS):
            queue_email(
                key=f"bench:{number}", to_address=f"a{number}@bench.example", subject="A figure", text=_TEXT
            )
        value = _rate(lambda: send_due(now=timezone.now()))
    accepted = OutboundEmail.objects.filter(state=OutboundEmail.State.ACCEPTED).count()
    if accepted != EMAILS:
        raise RuntimeError(f"{accepted} of {EMAILS} emails were accepted")
    return [Result("mail", EMAILS, value, "mails/s", floor)]


def _rate(call: object) -> float:
    began = perf_counter()
    call()  # type: ignore[operator]
    return EMAILS / (perf_counter() - began)


def _bare_loop(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
        for number in range(EMAILS):
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = (
                "opener@localhost",
                f"a{number}@bench.example",
                "A figure",
            )
            message.set_content(_TEXT)
            server.send_message(message)


@contextmanager
def _sink() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}"]
    )
    try:
        for _attempt in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()
