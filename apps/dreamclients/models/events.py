"""What makes a dream client come up by itself: trigger events, and the end of its supplier's contract."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.activities.models import Task
from apps.dreamclients.models.dreamclient import DreamClient
from apps.users.models import User
from opener.validators import no_control_characters, plausible_day


class KeptEvents(models.Manager["TriggerEvent"]):
    """Events but those that somebody removed."""

    def get_queryset(self) -> "models.QuerySet[TriggerEvent]":
        """What was not removed."""
        return super().get_queryset().filter(removed_at=None)


class TriggerEvent(models.Model):
    """Something that happened there and is a reason to get in touch: a new director, a merger, a bad quarter."""

    dream_client = models.ForeignKey(DreamClient, models.CASCADE, related_name="events")
    what = models.CharField(_("what happened"), max_length=300, validators=[no_control_characters])
    on = models.DateField(_("on"), default=timezone.localdate, validators=[plausible_day])
    url = models.URLField(_("where it says so"), blank=True, max_length=500)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1, db_default=1)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    """Removed ones are kept for a while, with what they brought up, so that it can be taken back."""

    objects = KeptEvents()
    with_removed = models.Manager["TriggerEvent"]()

    class Meta:
        ordering = ["-on", "-id"]
        indexes = [
            # A record's events, newest first.
            models.Index(fields=["dream_client", "-on", "-id"], name="trigger_event_of"),
            # The tick: events whose day has come.
            models.Index(fields=["on", "id"], name="trigger_event_by_day"),
        ]

    def __str__(self) -> str:
        return self.what


class BroughtUp(models.Model):
    """That a dream client was brought up, and by what: once for each event and each end of a contract.

    A contract end that is moved is another one and brings it up again.
    """

    dream_client = models.ForeignKey(DreamClient, models.CASCADE, related_name="brought_up")
    contract_end = models.DateField(null=True, blank=True)
    event = models.OneToOneField(
        TriggerEvent, models.CASCADE, null=True, blank=True, related_name="brought_up"
    )
    task = models.ForeignKey(Task, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dream_client", "contract_end"],
                condition=models.Q(contract_end__isnull=False),
                name="brought_up_once_a_contract",
            ),
            models.CheckConstraint(
                condition=models.Q(contract_end__isnull=False, event=None)
                | models.Q(contract_end=None, event__isnull=False),
                name="brought_up_by_one_thing",
            ),
        ]
