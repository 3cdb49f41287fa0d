"""The outbox and what surrounds it. It knows addresses and messages, nothing of sequences."""

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Account, Contact
from apps.users.models import User


class Mailbox(models.Model):
    """The address that a person writes from. The server that carries its mail is the installation's (SMTP_URL)."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="mailboxes")
    address = models.EmailField(_("address"), max_length=254)
    display_name = models.CharField(_("name that recipients see"), max_length=120, blank=True)
    signature = models.TextField(_("signature"), blank=True, max_length=2000)
    daily_cap = models.PositiveSmallIntegerField(_("automatic emails a day"), default=50)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(Lower("address"), name="mailbox_address_unique")]

    def __str__(self) -> str:
        return self.address


class OutboundEmailQuerySet(models.QuerySet["OutboundEmail"]):
    """Emails, by what is to be done about them."""

    def troubled(self) -> Self:
        """Those that wait for a person."""
        return self.filter(state__in=["unknown", "failed", "refused"])

    def held_up(self) -> Self:
        """Those that were tried without success and will be tried again."""
        return self.filter(state="scheduled", attempts__gt=0)


class OutboundEmail(models.Model):
    """One email to one recipient: written in the transaction of the change that causes it, handed over later.

    scheduled → claimed → handing_over (committed just before DATA) → accepted, or back to scheduled (a 4xx answer, or
    a connection lost before DATA; same Message-ID), or refused (5xx), or unknown (lost after DATA), or cancelled
    (an opt-out or a reply came between: `services.cancel_email`), or failed (attempts used up; a person may retry).
    """

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("scheduled")
        CLAIMED = "claimed", _("being sent")
        HANDING_OVER = "handing_over", _("being handed over")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")
        UNKNOWN = "unknown", _("unknown")
        CANCELLED = "cancelled", _("cancelled")
        FAILED = "failed", _("failed")

    ENDED = (State.ACCEPTED, State.REFUSED, State.UNKNOWN, State.CANCELLED, State.FAILED)

    key = models.CharField(max_length=100, unique=True)
    """What this email is for ("touch:12", "reminder:7"): it makes a second one impossible."""
    mailbox = models.ForeignKey(Mailbox, models.PROTECT, null=True, blank=True, related_name="emails")
    user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    account = models.ForeignKey(Account, models.SET_NULL, null=True, blank=True, related_name="emails")
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="outbound_emails"
    )
    is_outreach = models.BooleanField(default=False)
    """Outreach carries an unsubscribe link and yields to opt-outs; the system's own mail (a lost password) does not."""
    from_address = models.CharField(max_length=320)
    to_address = models.EmailField(max_length=254)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    message_id = models.CharField(max_length=200, unique=True)
    in_reply_to = models.CharField(max_length=200, blank=True)
    unsubscribe_token = models.UUIDField(default=uuid.uuid4, unique=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.SCHEDULED)
    due_at = models.DateTimeField(default=timezone.now)
    send_until = models.DateTimeField(null=True, blank=True)
    """The end of the window in which it may leave; what misses it waits for the same time on the next business day."""
    claim_token = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=500, blank=True)
    """The last answer of the server, or what went wrong, in words."""
    handed_over_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = OutboundEmailQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[
                        "scheduled",
                        "claimed",
                        "handing_over",
                        "accepted",
                        "refused",
                        "unknown",
                        "cancelled",
                        "failed",
                    ]
                ),
                name="outbound_state_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["claimed", "handing_over"])
                | models.Q(claim_token__isnull=False, claimed_until__isnull=False),
                name="outbound_claim_has_a_token",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="accepted") | models.Q(accepted_at__isnull=False),
                name="outbound_accepted_when",
            ),
        ]
        indexes = [
            # The tick: what is due.
            models.Index(fields=["due_at", "id"], condition=models.Q(state="scheduled"), name="outbound_due"),
            # The tick: claims whose lease ran out.
            models.Index(
                fields=["claimed_until"],
                condition=models.Q(state__in=["claimed", "handing_over"]),
                name="outbound_claims",
            ),
            # The daily cap of a mailbox.
            models.Index(fields=["mailbox", "accepted_at"], name="outbound_of_mailbox"),
            # What waits for a person.
            models.Index(
                fields=["-created_at"],
                condition=models.Q(state__in=["unknown", "failed", "refused"]),
                name="outbound_troubled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to_address}"

    def is_over(self) -> bool:
        """True once nothing more will happen to it by itself."""
        return self.state in self.ENDED

    def is_held(self, token: uuid.UUID, now: datetime) -> bool:
        """True while the claim named by `token` holds."""
        return self.claim_token == token and self.claimed_until is not None and now < self.claimed_until


class Suppression(models.Model):
    """An address or a whole domain that nobody in this organisation writes to again. Import cannot undo it."""

    class Reason(models.TextChoices):
        OPTED_OUT = "opted_out", _("opted out")
        BOUNCED = "bounced", _("hard bounce")
        MANUAL = "manual", _("added by hand")

    address = models.CharField(_("address or domain"), max_length=254)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["address"], name="suppression_once"),
            # Whoever looks an address up does so in lower case, by the plain index.
            models.CheckConstraint(
                condition=models.Q(address=Lower("address")), name="suppression_lower_case"
            ),
        ]

    def __str__(self) -> str:
        return self.address
