"""One SMTP conversation, driven step by step, so that it is known how far a mail came whatever happens.

`smtplib.SMTP.sendmail` (and Django's backend on it) raises the same error for a connection lost before the server saw
the mail and for one lost after it stored it. Here the stage decides: `Rejected` is the server's word, `Broken` a
connection lost while nothing of the mail was sent, `Lost` one lost after that.
"""

import contextlib
import re
import smtplib
import ssl
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

IMPLICIT, REQUIRED, OFFERED, NEVER = "implicit", "required", "offered", "never"
_SCHEMES = {"smtp": OFFERED, "smtps": IMPLICIT, "smtp+ssl": IMPLICIT, "smtp+tls": REQUIRED}
_TLS = {"required": REQUIRED, "yes": REQUIRED, "offered": OFFERED, "no": NEVER}
_PORTS = {IMPLICIT: 465, REQUIRED: 587, OFFERED: 25, NEVER: 25}
_NOT_LET_IN = (530, 534, 535, 538)
"""Answers of RFC 4954 that say the server does not take us; they refuse no particular mail."""

_BROKEN = (OSError, smtplib.SMTPException)


class Rejected(Exception):
    """The server answered no. A 4xx may become a yes later; a 5xx (`is_final`) does not."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.is_final = code >= 500


class Broken(Exception):
    """There is no connection, or it was lost before anything of the mail's content was sent: nothing arrived."""


class Lost(Exception):
    """The connection was lost after content was sent: nobody here can know whether the server has the mail."""


@dataclass(frozen=True)
class Server:
    """Where mail is handed over, out of SMTP_URL."""

    host: str
    port: int
    username: str
    password: str
    tls: str

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read `smtp://user:password@host:port?tls=…`. ImproperlyConfigured where it makes no sense.

        smtps:// speaks TLS from the start. smtp:// uses STARTTLS where the server offers it, with ?tls=required (or
        smtp+tls://) always, with ?tls=no never.
        """
        parts = urlsplit(url)
        tls = _SCHEMES.get(parts.scheme, "")
        if asked := parse_qs(parts.query).get("tls"):
            tls = _TLS.get(asked[0], "") if tls != IMPLICIT else tls
        try:
            port = parts.port
        except ValueError:
            tls = ""
        if not tls or not parts.hostname:
            raise ImproperlyConfigured(
                "SMTP_URL must look like smtp://user:password@host:587?tls=required or smtps://user:password@host "
                "(tls: required, offered or no)."
            )
        return cls(
            parts.hostname,
            port or _PORTS[tls],
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            tls,
        )


class Conversation:
    """A connection to `server`, opened when first needed and kept for further mails. Use it as a context manager."""

    def __init__(self, server: Server, *, timeout: float, own_name: str) -> None:
        self.server, self.timeout, self.own_name = server, timeout, own_name
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def announce(self, sender: str, recipient: str, *, utf8: bool) -> None:
        """MAIL and RCPT. Raises Rejected or Broken.

        A connection that carried mail before may have been ended by the server meanwhile: then a new one is opened.
        """
        was_open = self._smtp is not None
        try:
            self._announce(sender, recipient, utf8=utf8)
        except Broken:
            if not was_open:
                raise
            self._announce(sender, recipient, utf8=utf8)

    def hand_over(self, content: bytes) -> str:
        """DATA and the content. Returns the server's words of acceptance. Raises Rejected, Broken or Lost."""
        smtp = self._smtp
        if smtp is None:
            raise Broken("there is no connection")
        try:
            smtp.putcmd("data")
            code, text = smtp.getreply()
        except _BROKEN as error:
            self.drop()
            raise Broken(_words(error)) from error
        if code != 354:
            raise self._refusal(code, text)
        try:
            smtp.send(dotted(content))
            code, text = smtp.getreply()
        except _BROKEN as error:
            self.drop()
            raise Lost(_words(error)) from error
        if 200 <= code < 300:
            return f"{code} {_text(text)}"
        if 400 <= code < 600:
            raise self._refusal(code, text)
        self.drop()
        raise Lost(f"the server answered {code} {_text(text)}")

    def reset(self) -> None:
        """RSET: the mail that was announced will not come."""
        if self._smtp is not None:
            try:
                self._smtp.rset()
            except _BROKEN:
                self.drop()

    def close(self) -> None:
        """QUIT. Nothing depends on the answer."""
        if self._smtp is not None:
            with contextlib.suppress(*_BROKEN):
                self._smtp.quit()
            self.drop()

    def drop(self) -> None:
        """Close the connection without a word."""
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def _announce(self, sender: str, recipient: str, *, utf8: bool) -> None:
        smtp = self._smtp or self._open()
        if utf8 and not smtp.has_extn("smtputf8"):
            raise Rejected(
                553, "The address has letters outside ASCII, and the mail server takes none (SMTPUTF8)."
            )
        try:
            code, text = smtp.mail(sender, ["SMTPUTF8", "BODY=8BITMIME"] if utf8 else [])
            if code in _NOT_LET_IN:
                self.drop()
                raise Broken(f"{code} {_text(text)}")
            if code == 250:
                code, text = smtp.rcpt(recipient)
        except _BROKEN as error:
            self.drop()
            raise Broken(_words(error)) from error
        if code not in (250, 251):
            raise self._refusal(code, text)

    def _open(self) -> smtplib.SMTP:
        """Connect, EHLO, TLS, AUTH. Raises Broken: a server that does not take us refuses no particular mail."""
        server = self.server
        smtp: smtplib.SMTP
        try:
            if server.tls == IMPLICIT:
                self._smtp = smtp = smtplib.SMTP_SSL(
                    server.host,
                    server.port,
                    self.own_name,
                    timeout=self.timeout,
                    context=ssl.create_default_context(),
                )
            else:
                self._smtp = smtp = smtplib.SMTP(
                    server.host, server.port, self.own_name, timeout=self.timeout
                )
            smtp.ehlo_or_helo_if_needed()
            self._secure(smtp)
            if server.username:
                smtp.login(server.username, server.password)
        except (*_BROKEN, Broken) as error:
            self.drop()
            raise Broken(_words(error)) from error
        return smtp

    def _secure(self, smtp: smtplib.SMTP) -> None:
        tls = self.server.tls
        offered = smtp.has_extn("starttls")
        if tls == REQUIRED and not offered:
            raise Broken("The mail server offers no STARTTLS, which SMTP_URL requires.")
        if offered and tls in (REQUIRED, OFFERED):
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        elif self.server.username and tls == OFFERED:
            raise Broken(
                "The mail server offers no STARTTLS, and a password is not sent without it. "
                "Where the way to it is safe, say so in SMTP_URL with ?tls=no."
            )

    def _refusal(self, code: int, text: bytes) -> Exception:
        """What an answer other than the expected one means. Whatever is no clear no is a broken conversation."""
        if code == 421:  # it closes the connection
            self.drop()
        if 400 <= code < 600:
            return Rejected(code, _text(text))
        self.drop()
        return Broken(f"the server answered {code} {_text(text)}")


def dotted(content: bytes) -> bytes:
    """The content as DATA carries it (RFC 5321, 4.5.2): lines end with CRLF, leading dots are doubled, a dot ends it.

    No bare CR or LF is left, so that no server can find an end of the mail inside of it.
    """
    content = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    content = re.sub(rb"(?m)^\.", b"..", content)
    return content + (b"" if content.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _text(answer: bytes) -> str:
    """A server's answer for people: it may hold anything."""
    return " ".join(answer.decode("utf-8", "replace").replace("\0", " ").split())


def _words(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{error.smtp_code} {_text(text if isinstance(text, bytes) else text.encode())}"
    return str(error).replace("\0", " ") or type(error).__name__
