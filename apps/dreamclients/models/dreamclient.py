"""An account on a list, and the ladder that it climbs."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Account
from apps.activities.models import Activity, Channel
from apps.dreamclients.models.lists import DreamClientList, Tier
from apps.users.models import User
from opener.access import ScopedQuerySet
from opener.validators import plausible_day

if TYPE_CHECKING:
    from apps.dreamclients.models.events import TriggerEvent


class Rung(models.TextChoices):
    """The ladder, lowest first. Rungs are reached by what happens, never typed in."""

    TARGETED = "targeted", _("targeted")
    TOUCHED = "touched", _("touched")
    ENGAGED = "engaged", _("engaged")
    TIME_COMMITTED = "time_committed", _("time committed")
    MET = "met", _("met")
    OPENED = "opened", _("opened")

    @property
    def height(self) -> int:
        """0 for targeted up to 5 for opened."""
        return list(Rung).index(self)


HEIGHT = models.Case(
    *(models.When(rung=rung.value, then=rung.height) for rung in Rung),
    default=0,
    output_field=models.IntegerField(),
)
"""How far up the ladder: what rungs are ordered by."""


class DreamClientQuerySet(ScopedQuerySet["DreamClient"]):
    """Dream clients, as far as somebody may see them."""

    def current(self) -> Self:
        """Those that are on a list now (not taken off it)."""
        return self.filter(left_at=None)

    def in_book_of(self, owner: User) -> Self:
        """Those that take a place in the book of `owner`: ruled out and opened ones need none any more."""
        return self.current().filter(owner=owner, ruled_out_at=None).exclude(rung=Rung.OPENED)

    def worked(self, now: datetime) -> Self:
        """Those somebody is to touch: on a list, owned, not parked, not ruled out, not opened."""
        return (
            self.current()
            .filter(
                models.Q(parked_until=None) | models.Q(parked_until__lte=now),
                owner__isnull=False,
                ruled_out_at=None,
            )
            .exclude(rung=Rung.OPENED)
        )

    def going_cold(self, now: datetime) -> Self:
        """Those of `worked` whose last touch lies further back than their tier's cadence on their list."""
        return self.worked(now).filter(cold_at__lte=now)


class DreamClient(models.Model):
    """An account's membership of a list: who opens it, why it should change, how far it has come.

    An account is a dream client once at a time (the constraint below), so one rep owns it. One that was let go
    of stays on its list, owned by nobody; one that was taken off its list stays as history with `left_at`.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="dream_clients")
    list = models.ForeignKey(DreamClientList, models.PROTECT, related_name="dream_clients")
    team = models.ForeignKey("users.Team", models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="dream_clients")
    tier = models.CharField(_("tier"), max_length=1, choices=Tier.choices, default=Tier.B)
    why_change = models.TextField(
        _("why change"),
        blank=True,
        max_length=5000,
        help_text=_("What should make them move, in your words."),
    )
    incumbent = models.CharField(_("incumbent supplier"), max_length=200, blank=True)
    contract_end = models.DateField(
        _("their contract ends"), null=True, blank=True, validators=[plausible_day]
    )
    trigger_event = models.CharField(_("trigger event"), max_length=300, blank=True)
    """What the newest of its trigger events was, so that tables and work mode need no second query."""
    custom = models.JSONField(default=dict, blank=True)

    rung = models.CharField(max_length=14, choices=Rung.choices, default=Rung.TARGETED)
    rung_at = models.DateTimeField(default=timezone.now)
    targeted_at = models.DateTimeField(default=timezone.now)
    parked_until = models.DateTimeField(null=True, blank=True)
    ruled_out_at = models.DateTimeField(null=True, blank=True)
    ruled_out_reason = models.CharField(_("why"), max_length=300, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    left_reason = models.CharField(_("why"), max_length=300, blank=True)

    by_filter = models.BooleanField(default=False)
    """Whether its list's filter put it there."""
    strayed_at = models.DateTimeField(null=True, blank=True)
    """Since when it no longer matches the filter of its live list."""

    # Kept by the services that record and plan touches, so that tables and coverage need no second query.
    last_touch_at = models.DateTimeField(null=True, blank=True)
    next_touch_at = models.DateTimeField(null=True, blank=True)
    next_touch_channel = models.CharField(max_length=12, choices=Channel.choices, blank=True)
    cold_at = models.DateTimeField()
    """When it goes cold: the last touch, else the day it was targeted, plus its tier's cadence."""
    version = models.PositiveIntegerField(default=1)

    objects = DreamClientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(left_at=None),
                name="dream_client_one_owner",
                violation_error_message=_("This account is a dream client already."),
            ),
            models.CheckConstraint(
                condition=models.Q(rung__in=[rung.value for rung in Rung]), name="dream_client_rung_known"
            ),
            models.CheckConstraint(
                condition=models.Q(tier__in=["A", "B", "C"]), name="dream_client_tier_known"
            ),
            models.CheckConstraint(
                condition=models.Q(ruled_out_at=None) | ~models.Q(ruled_out_reason=""),
                name="dream_client_ruled_out_why",
            ),
        ]
        indexes = [
            # Filters on a custom field by a value itself: a choice, yes, a person (apps.accounts.custom_columns).
            GinIndex(fields=["custom"], opclasses=["jsonb_path_ops"], name="dream_client_custom"),
            # A list's dream clients by tier, the order they are worked in, and its keyset pages.
            models.Index(
                fields=["list", "tier", "id"], condition=models.Q(left_at=None), name="dream_client_of_list"
            ),
            # A rep's book.
            models.Index(
                fields=["owner", "tier", "id"], condition=models.Q(left_at=None), name="dream_client_of_owner"
            ),
            # All that a team sees, by tier.
            models.Index(
                fields=["team", "tier", "id"], condition=models.Q(left_at=None), name="dream_client_of_team"
            ),
            models.Index(
                fields=["tier", "id"], condition=models.Q(left_at=None), name="dream_client_by_tier"
            ),
            # Who is going cold.
            models.Index(
                fields=["cold_at", "id"], condition=models.Q(left_at=None), name="dream_client_cold"
            ),
            # Tables ordered by the last or the next touch.
            models.Index(
                fields=["last_touch_at", "id"],
                condition=models.Q(left_at=None),
                name="dream_client_last_touch",
            ),
            models.Index(
                fields=["next_touch_at", "id"],
                condition=models.Q(left_at=None),
                name="dream_client_next_touch",
            ),
            # The same from their ends; never comes last there too.
            models.Index(
                models.F("last_touch_at").desc(nulls_last=True),
                models.F("id").desc(),
                condition=models.Q(left_at=None),
                name="dream_client_last_touch_desc",
            ),
            models.Index(
                models.F("next_touch_at").desc(nulls_last=True),
                models.F("id").desc(),
                condition=models.Q(left_at=None),
                name="dream_client_next_touch_desc",
            ),
            # The tick: whose supplier's contract ends soon.
            models.Index(
                fields=["contract_end"],
                condition=models.Q(left_at=None, contract_end__isnull=False),
                name="dream_client_contract_end",
            ),
            # A live list: what was on it before and may not come back.
            models.Index(
                fields=["list", "account"],
                condition=models.Q(left_at__isnull=False),
                name="dream_client_left_list",
            ),
            # Tables ordered by how far up the ladder they are: `HEIGHT`.
            models.Index(HEIGHT, "id", condition=models.Q(left_at=None), name="dream_client_by_height"),
            # Cohorts of the month they were targeted in.
            models.Index(fields=["team", "targeted_at"], name="dream_client_cohort"),
        ]

    def __str__(self) -> str:
        return str(self.account)

    @property
    def time_zone_name(self) -> str:
        """The account's zone, "" where nobody knows it."""
        return self.account.time_zone

    @property
    def is_parked(self) -> bool:
        """True while parked."""
        return self.is_parked_at(timezone.now())

    def is_parked_at(self, now: datetime) -> bool:
        """True where it is to rest until some moment after `now`."""
        return self.parked_until is not None and self.parked_until > now

    @property
    def is_ruled_out(self) -> bool:
        """True once ruled out."""
        return self.ruled_out_at is not None

    def may_see(self, user: User) -> bool:
        """What `visible_to` says, about this one."""
        return user.is_admin or self.team_id in (None, *user.team_ids) or self.owner_id == user.pk

    def may_edit(self, user: User) -> bool:
        """What `editable_by` says, about this one."""
        if user.is_admin or self.owner_id == user.pk or self.team_id in user.led_team_ids:
            return True
        return self.owner_id is None and self.team_id in user.team_ids

    def is_cold(self, now: datetime) -> bool:
        """True where the last touch lies further back than the cadence allows."""
        return self.cold_at <= now

    def newest_events(self) -> "models.QuerySet[TriggerEvent]":
        """What happened there, newest first. One query."""
        return self.events.select_related("by")[:5]

    def goes_cold_at(self) -> datetime:
        """What `cold_at` has to be: the last touch (else the targeting) plus the cadence of the tier on its list."""
        return (self.last_touch_at or self.targeted_at) + timedelta(days=self.list.cadence(self.tier))


class RungReached(models.Model):
    """The first time that a dream client reached a rung, what made it, and the touch before it. Never moved."""

    dream_client = models.ForeignKey(DreamClient, models.CASCADE, related_name="rungs")
    rung = models.CharField(max_length=14, choices=Rung.choices)
    at = models.DateTimeField()
    cause = models.ForeignKey(Activity, models.PROTECT, null=True, related_name="+")
    touch = models.ForeignKey(Activity, models.PROTECT, null=True, related_name="+")
    """The last outbound touch on the account before it, whatever its channel."""
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey("users.Team", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dream_client", "rung"], name="rung_reached_once")]
        indexes = [
            # Metrics: who reached a rung in a period.
            models.Index(fields=["rung", "at"], name="rung_reached_in_period"),
            models.Index(fields=["team", "rung", "at"], name="rung_reached_of_team"),
        ]
