"""An outbox row as the bytes that SMTP carries."""

import email.policy
import re
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr, quote
from html import escape

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.mail.models import OutboundEmail

# Bodies are encoded to ASCII, so that no server needs 8BITMIME.
_POLICY = email.policy.SMTP.clone(cte_type="7bit")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NOT_IN_ADDRESSES = re.compile(r"[\s<>()\[\],;:\\\"@\x00-\x1f\x7f-\x9f]")
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]+@[\x21-\x3b\x3d\x3f-\x7e]+>")
_ATOMS = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")
_FOLD = "\r\n "


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

    The headers are written here, not by EmailMessage: that hides a long List-Unsubscribe in encoded words, which no
    mail program reads, and doubles spaces in long subjects (Python 3.13). The library writes the bodies.
    """
    name, address = parseaddr(row.from_address)
    sender, recipient = deliverable(address), deliverable(row.to_address)
    headers = {
        "From": _mailbox(name, sender),
        "To": recipient,
        "Subject": _encoded(row.subject),
        "Date": format_datetime(at),
        **_thread(row),
        **_purpose(row),
    }
    for value in headers.values():
        # Nothing in a row can add a header: no line ends but those of folding.
        if _CONTROL.search(value.replace(_FOLD, "")):
            raise Unwritable(_("It cannot be written as an email: a line end stands in a header."))
    try:
        body = _bodies(row).as_bytes()
    except Exception as error:  # the library raises what it likes where a text has no encoding
        raise Unwritable(_("It cannot be written as an email: %(error)s") % {"error": error}) from error
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return Letter(sender, recipient, head.encode() + body, utf8=not (sender + recipient).isascii())


def deliverable(address: str) -> str:
    """An address with its domain in ASCII (IDNA). Raises Unwritable where it is no address."""
    local, at, domain = address.strip().rpartition("@")
    wrong = Unwritable(_("“%(address)s” is no email address.") % {"address": address[:100]})
    if not (local and at and domain) or _NOT_IN_ADDRESSES.search(local + domain):
        raise wrong
    try:
        domain = domain.encode("idna").decode()
        if local.isascii():
            Address(addr_spec=f"{local}@{domain}")
    except Exception as error:  # the library raises a dozen kinds, by what is wrong with the address
        raise wrong from error
    return f"{local}@{domain}"


def unsubscribe_url(row: OutboundEmail) -> str:
    """Where the recipient of `row` opts out."""
    return settings.BASE_URL + reverse("mail:unsubscribe", args=[row.unsubscribe_token])


def _mailbox(name: str, address: str) -> str:
    """`name <address>` (RFC 5322, 3.4)."""
    if not name:
        return address
    if not name.isascii() or "=?" in name:
        name = _encoded(name)
    elif not _ATOMS.fullmatch(name):
        name = f'"{quote(name)}"'
    return f"{name} <{address}>"


def _encoded(text: str) -> str:
    """Unstructured text in ASCII, folded where it had to be encoded (RFC 2047)."""
    if _CONTROL.search(text):
        raise Unwritable(_("It cannot be written as an email: a line end stands in a header."))
    if text.isascii() and "=?" not in text:
        return text
    return Header(text, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _thread(row: OutboundEmail) -> dict[str, str]:
    """What this mail is, and what it answers. A foreign id that is none is left out."""
    if not _MESSAGE_ID.fullmatch(row.message_id):
        raise Unwritable(f"Message-ID: {row.message_id!r}")
    headers = {"Message-ID": row.message_id}
    if _MESSAGE_ID.fullmatch(row.in_reply_to):
        headers |= {"In-Reply-To": row.in_reply_to, "References": row.in_reply_to}
    return headers


def _purpose(row: OutboundEmail) -> dict[str, str]:
    """Outreach can be ended with one click (RFC 8058); our own mail wants no automatic reply (RFC 3834)."""
    if not row.is_outreach:
        return {"Auto-Submitted": "auto-generated"}
    return {
        "List-Unsubscribe": f"<{unsubscribe_url(row)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _bodies(row: OutboundEmail) -> EmailMessage:
    """Plain text, and HTML beside it where there is some; outreach ends with the way to opt out."""
    message = EmailMessage(policy=_POLICY)
    text, html = row.text.rstrip() + "\n", row.html
    if row.is_outreach:
        words, url = _("If you would rather not hear from us again, say so here:"), unsubscribe_url(row)
        text += f"\n--\n{words}\n{url}\n"
        if html:
            html = _append(html, f'<p>{escape(words)} <a href="{escape(url)}">{escape(url)}</a></p>')
    message.set_content(text, charset="utf-8")
    if html:
        message.add_alternative(html, subtype="html", charset="utf-8")
    return message


def _append(html: str, line: str) -> str:
    """`html` with `line` as the last thing in its body."""
    ends = [match.start() for match in re.finditer(r"</body\s*>", html, re.IGNORECASE)]
    return html[: ends[-1]] + line + html[ends[-1] :] if ends else html + line
