"""Accounts that somebody would like to put on a list where a manager has to approve it."""

from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Account
from apps.dreamclients.models.dreamclient import DreamClient
from apps.dreamclients.models.lists import DreamClientList, Tier
from apps.users.models import User
from opener.access import ScopedQuerySet


class ProposalQuerySet(ScopedQuerySet["Proposal"]):
    """Proposals: the team's to see; its managers' and admins' to decide."""

    owner_path = "by"
    bin_paths = ("account",)

    def asked(self) -> Self:
        """Those that wait for an answer."""
        return self.filter(state=Proposal.State.ASKED)

    def open_one(self) -> "Proposal | None":
        """The one that waits for an answer, of an account's; an account has one at most. One query."""
        return self.asked().select_related("by", "list").first()

    def decidable_by(self, user: User) -> Self:
        """Those that `user` may approve or decline: what is for a list of a team that they lead."""
        # Both: the proposal's own team is what the index knows.
        led = user.led_team_ids
        return self if user.is_admin else self.filter(team__in=led, list__team__in=led)


class Proposal(models.Model):
    """An account proposed as a dream client. It is none until a manager approves it.

    So nobody works it, it is in no book, in no figure and on nobody's Today: all of that looks at `DreamClient`.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("to approve")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    account = models.ForeignKey(Account, models.CASCADE, related_name="proposals")
    list = models.ForeignKey(DreamClientList, models.CASCADE, related_name="proposals")
    team = models.ForeignKey("users.Team", models.PROTECT, null=True, related_name="+")
    tier = models.CharField(_("tier"), max_length=1, choices=Tier.choices, default=Tier.B)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    """Who would work it; None for nobody yet."""
    why_change = models.TextField(_("why change"), blank=True, max_length=5000)
    incumbent = models.CharField(_("incumbent supplier"), max_length=200, blank=True)
    by_filter = models.BooleanField(default=False)
    """Whether a live list's filter proposed it, in the name of the list's owner."""
    by = models.ForeignKey(User, models.PROTECT, related_name="proposals")
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=9, choices=State.choices, default=State.ASKED)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("why"), max_length=300, blank=True)
    dream_client = models.ForeignKey(DreamClient, models.SET_NULL, null=True, blank=True, related_name="+")
    """What came of it."""

    is_seen = True
    """Whether a reader, to whom it is shown, may know whose it is and for which list."""

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(state="asked"),
                name="proposal_one_an_account",
                violation_error_message=_("This account is proposed already."),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["asked", "approved", "declined", "withdrawn"]),
                name="proposal_state_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="declined") | ~models.Q(reason=""), name="proposal_declined_why"
            ),
        ]
        indexes = [
            # What waits for the managers of a team, oldest first.
            models.Index(
                fields=["team", "at", "id"], condition=models.Q(state="asked"), name="proposal_to_approve"
            ),
            # What somebody proposed, and what became of it.
            models.Index(fields=["by", "-at", "-id"], name="proposal_of_person"),
            # What was proposed for a list.
            models.Index(fields=["list", "state", "account"], name="proposal_of_list"),
        ]

    def __str__(self) -> str:
        return str(self.account)

    def may_decide(self, user: User) -> bool:
        """What `decidable_by` says, about this one."""
        return user.is_admin or self.list.team_id in user.led_team_ids
