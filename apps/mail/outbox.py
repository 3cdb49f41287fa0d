"""Handing due emails to the mail server: none is forgotten, none is sent twice.

scheduled → claimed (a lease and a token, `claims`) → EHLO, MAIL, RCPT → handing_over, committed just before DATA →
accepted, stored right after the server's 250. What the server answers or where the connection breaks decides the
rest (`smtp`): a 4xx, or broken before any content was sent: scheduled again, same Message-ID; a 5xx: refused; broken
after that: unknown, and a person decides. Senders may be many, on many machines; one that is killed loses its lease.
"""

import logging
import math
import time
from collections import Counter
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.mail import letters
from apps.mail.claims import Claim, claim, lease, release_expired
from apps.mail.models import OutboundEmail
from apps.mail.smtp import Broken, Conversation, Lost, Rejected, Server

BATCH = 25
"""How many are claimed at once. So many wait for a lease to run out where a sender is killed."""

State = OutboundEmail.State
logger = logging.getLogger(__name__)


def send_due(*, now: datetime | None = None, limit: int = 100_000, seconds: float = math.inf) -> Counter[str]:
    """Send what is due until nothing is, or `limit` were claimed, or `seconds` are over. Counts how they ended.

    `now` (the database's clock where it is None) decides what is due and what times are written; leases always run by
    the database's clock. Without SMTP_URL everything waits.
    """
    release_expired()
    ended: Counter[str] = Counter()
    if not settings.SMTP_URL:
        return ended
    started, claimed = time.monotonic(), 0
    with connect() as conversation:
        while claimed < limit and time.monotonic() < started + seconds:
            batch = claim(now=now, limit=min(BATCH, limit - claimed))
            claimed += len(batch.emails)
            if not batch.emails and not batch.moved:
                break
            sender = _Sender(batch, conversation, ended)
            if not sender.work(until=started + seconds):
                break
    if ended:
        logger.info("Outbox: %s", ", ".join(f"{count} {state}" for state, count in sorted(ended.items())))
    return ended


def connect() -> Conversation:
    """The conversation with the installation's mail server; nothing is opened yet."""
    name = urlsplit(settings.BASE_URL).hostname or "localhost"
    own_name = f"[{name}]" if name.replace(".", "").isdigit() else name
    return Conversation(Server.from_url(settings.SMTP_URL), timeout=settings.SMTP_TIMEOUT, own_name=own_name)


class _Sender:
    """Works off one claim over one conversation."""

    def __init__(self, batch: Claim, conversation: Conversation, ended: Counter[str]) -> None:
        self.batch, self.conversation, self.ended = batch, conversation, ended
        self.renewed = time.monotonic()

    def work(self, *, until: float) -> bool:
        """Send the batch. False where there is no use in claiming more: the server is away, or time is over."""
        waiting = list(self.batch.emails)
        try:
            while waiting and time.monotonic() < until:
                self._keep_lease()
                self._try(waiting[0])
                waiting.pop(0)
        except Broken as error:
            logger.warning("The mail server cannot be used: %s", error)
            for email in waiting:
                self._count(self.batch.again(email, str(error)))
            return False
        self.batch.give_back(waiting)
        return not waiting

    def _keep_lease(self) -> None:
        if time.monotonic() - self.renewed > lease().total_seconds() / 3:
            self.batch.renew()
            self.renewed = time.monotonic()

    def _try(self, email: OutboundEmail) -> None:
        try:
            self._send(email)
        except Broken:
            raise
        except Exception:
            # Whatever is the matter with one email, it must not hold up the others.
            logger.exception("Email %s could not be sent", email.pk)
            self.conversation.drop()
            answer = _("Opener stumbled over it. The log says more.")
            self._count(self.batch.unknown(email, answer) or self.batch.again(email, answer))

    def _send(self, email: OutboundEmail) -> None:
        """One email, to its end. Raises Broken where the server cannot be used, with the row still ours."""
        batch, conversation = self.batch, self.conversation
        try:
            letter = letters.write(email, batch.now or timezone.now())
        except letters.Unwritable as error:
            self._count(batch.refused(email, str(error)))
            return
        try:
            conversation.announce(letter.sender, letter.recipient, utf8=letter.utf8)
            asked = time.monotonic()
            state = batch.start_handing_over(email)
            if state != State.HANDING_OVER:
                conversation.reset()
                self._count(state)
                return
            if time.monotonic() - asked > lease().total_seconds():
                # This process was stopped for so long that others call the row unknown, and a person may act on it.
                raise Broken("The sender was stopped for too long.")
            answer = conversation.hand_over(letter.content)
        except Rejected as error:
            conversation.reset()
            self._count((batch.refused if error.is_final else batch.again)(email, str(error)))
        except Lost as error:
            self._count(batch.unknown(email, str(error)))
        else:
            self._count(batch.accepted(email, answer))

    def _count(self, state: State | None) -> None:
        if state is not None:
            self.ended[state.value] += 1
