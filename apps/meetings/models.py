"""Appointments with contacts."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Account, Contact
from apps.dreamclients.models import DreamClient
from apps.users.models import User
from opener.access import ScopedQuerySet


class MeetingQuerySet(ScopedQuerySet["Meeting"]):
    """Meetings, as far as somebody may see them."""

    bin_paths = ("account", "contact")


class Meeting(models.Model):
    """An appointment with a contact. A moved one stays the same row, so that it counts once."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        BOOKED = "booked", _("booked")
        HELD = "held", _("held")
        MISSED = "missed", _("missed")
        CANCELLED = "cancelled", _("cancelled")

    dream_client = models.ForeignKey(
        DreamClient, models.PROTECT, null=True, blank=True, related_name="meetings"
    )
    account = models.ForeignKey(Account, models.PROTECT, related_name="meetings")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="meetings", verbose_name=_("with"))
    owner = models.ForeignKey(User, models.PROTECT, related_name="meetings")
    team = models.ForeignKey("users.Team", models.PROTECT, null=True, related_name="+")
    starts_at = models.DateTimeField(_("when"))
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=30)
    place = models.CharField(_("where"), max_length=300, blank=True)
    about = models.CharField(_("about"), max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.BOOKED)
    times_moved = models.PositiveSmallIntegerField(default=0)
    booked_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    notes = models.TextField(_("what came of it"), blank=True, max_length=5000)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["proposed", "booked", "held", "missed", "cancelled"]),
                name="meeting_state_known",
            ),
            models.CheckConstraint(condition=models.Q(minutes__gte=5), name="meeting_lasts"),
        ]
        indexes = [
            # Today: a person's coming meetings.
            models.Index(
                fields=["owner", "starts_at"], condition=models.Q(state="booked"), name="meeting_coming"
            ),
            models.Index(fields=["account", "-starts_at"], name="meeting_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.contact} · {self.starts_at:%Y-%m-%d %H:%M}"
