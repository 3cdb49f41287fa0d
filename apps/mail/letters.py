"""An outbox row as the bytes that SMTP carries."""

import email.policy
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.mail.models import OutboundEmail

# Bodies are encoded to ASCII, so that no server needs 8BITMIME.
_POLICY = email.policy.SMTP.clone(cte_type="7bit")
_UTF8_POLICY = email.policy.SMTPUTF8.clone(cte_type="7bit")
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]+@[\x21-\x3b\x3d\x3f-\x7e]+>")


class Unwritable(ValueError):
    """The row cannot be written as an email; the message says why."""


@dataclass(frozen=True)
class Letter:
    """The envelope and the content. `utf8` says that an address needs a server with SMTPUTF8 (RFC 6531)."""

    sender: str
    recipient: str
    content: bytes
    utf8: bool


def write(row: OutboundEmail, at: datetime) -> Letter:
    """The letter of `row`, dated `at`. Raises Unwritable.

    Nothing in a row can add a header: addresses and subject go through the standard library's header registry, which
    refuses line ends, and the other headers are built here out of characters that are checked.
    """
    name, address = parseaddr(row.from_address)
    sender, recipient = deliverable(address), deliverable(row.to_address)
    utf8 = not (sender.isascii() and recipient.isascii())
    message = EmailMessage(policy=_UTF8_POLICY if utf8 else _POLICY)
    try:
        message["From"] = Address(name, addr_spec=sender)
        message["To"] = Address(addr_spec=recipient)
        message["Subject"] = row.subject
        message["Date"] = format_datetime(at)
        _add_bodies(message, row)
        content = _plain_headers(row) + message.as_bytes()
    except Exception as error:  # the library raises a dozen kinds, by what is wrong with the text
        raise Unwritable(_("It cannot be written as an email: %(error)s") % {"error": error}) from error
    return Letter(sender, recipient, content, utf8)


def deliverable(address: str) -> str:
    """An address with its domain in ASCII (IDNA). Raises Unwritable where it is no address."""
    local, at, domain = address.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode()
        Address(addr_spec=f"{local}@{domain}")
    except Exception as error:  # as above
        raise Unwritable(_("“%(address)s” is no email address.") % {"address": address[:100]}) from error
    if not (local and at and domain) or re.search(r"[\s<>\x00-\x1f\x7f]", local + domain):
        raise Unwritable(_("“%(address)s” is no email address.") % {"address": address[:100]})
    return f"{local}@{domain}"


def unsubscribe_url(row: OutboundEmail) -> str:
    """Where the recipient of `row` opts out."""
    return settings.BASE_URL + reverse("mail:unsubscribe", args=[row.unsubscribe_token])


def _plain_headers(row: OutboundEmail) -> bytes:
    """The headers that consist of one long word: folding would hide them in encoded words that nobody reads."""
    headers = {"Message-ID": row.message_id}
    if _MESSAGE_ID.fullmatch(row.in_reply_to):
        headers |= {"In-Reply-To": row.in_reply_to, "References": row.in_reply_to}
    if row.is_outreach:
        headers["List-Unsubscribe"] = f"<{unsubscribe_url(row)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    else:
        headers["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic reply, please
    for name, value in headers.items():
        if not re.fullmatch(r"[\x20-\x7e]{1,900}", value):
            raise Unwritable(f"{name}: {value!r}")
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii")


def _add_bodies(message: EmailMessage, row: OutboundEmail) -> None:
    text, html = row.text.rstrip() + "\n", row.html
    if row.is_outreach:
        words, url = _("If you would rather not hear from us again, say so here:"), unsubscribe_url(row)
        text += f"\n--\n{words}\n{url}\n"
        if html:
            line = f'<p>{escape(words)} <a href="{escape(url)}">{escape(url)}</a></p>'
            html, end, rest = _before_the_end(html)
            html = html + line + end + rest
    message.set_content(text, charset="utf-8")
    if html:
        message.add_alternative(html, subtype="html", charset="utf-8")


def _before_the_end(html: str) -> tuple[str, str, str]:
    """What stands before the closing tag of the body, the tag, and what follows it."""
    matches = list(re.finditer(r"</body\s*>", html, re.IGNORECASE))
    if not matches:
        return html, "", ""
    last = matches[-1]
    return html[: last.start()], last.group(), html[last.end() :]
