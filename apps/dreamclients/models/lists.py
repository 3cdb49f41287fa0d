"""Lists of dream clients: made by picking, by import, or by a filter that the list may keep following."""

from typing import Self

from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.users.models import Organisation, User
from opener.access import ScopedQuerySet
from opener.validators import no_control_characters


class Tier(models.TextChoices):
    """How much a dream client is worth: it sets the cadence of touches."""

    A = "A", "A"
    B = "B", "B"
    C = "C", "C"


class DreamClientListQuerySet(ScopedQuerySet["DreamClientList"]):
    """Lists, as far as somebody may see them."""

    def kept(self) -> Self:
        """Those that are not in the bin."""
        return self.filter(deleted_at=None)

    def editable_by(self, user: User) -> Self:
        """Admins: every list. Managers: those of the teams they lead. Owners: theirs, while they are in its team."""
        if user.is_admin:
            return self.kept()
        mine = models.Q(team__in=user.team_ids) | models.Q(team=None)
        return self.kept().filter(models.Q(team__in=user.led_team_ids) | models.Q(mine, owner=user))

    def live(self) -> Self:
        """Those not archived."""
        return self.filter(archived_at=None)


class DreamClientList(models.Model):
    """A named set of accounts that a team wants to win, with a touch cadence per tier."""

    name = models.CharField(_("name"), max_length=120, validators=[no_control_characters])
    description = models.CharField(_("what for"), max_length=300, blank=True)
    team = models.ForeignKey("users.Team", models.PROTECT, null=True, related_name="dream_client_lists")
    owner = models.ForeignKey(User, models.PROTECT, related_name="dream_client_lists")
    cadence_a = models.PositiveSmallIntegerField(_("tier A: a touch every … days"), default=14)
    cadence_b = models.PositiveSmallIntegerField(_("tier B: a touch every … days"), default=30)
    cadence_c = models.PositiveSmallIntegerField(_("tier C: a touch every … days"), default=60)
    where = models.TextField(_("filter"), blank=True, validators=[MaxLengthValidator(4000)])
    """The filter of accounts that it was made by, as the address of their table has it."""
    q = models.CharField(max_length=200, blank=True)
    is_live = models.BooleanField(default=False)
    """Whether it keeps following its filter: what matches comes onto it, with `live_tier`."""
    is_filling = models.BooleanField(default=False)
    """Whether a worker still puts what matches the filter onto it, once."""
    live_tier = models.CharField(_("tier"), max_length=1, choices=Tier.choices, default=Tier.B)
    followed_at = models.DateTimeField(null=True, blank=True)
    """When its filter was last asked."""
    followed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    """Who last changed what it follows, or in whose name; None where that was its owner."""
    follow_problem = models.CharField(max_length=300, blank=True)
    """Why it does not follow its filter for now, in words, and what to do."""
    archived_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    """While it is in the bin. It counts as archived then, so that its name is free."""
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = DreamClientListQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "name"],
                condition=models.Q(archived_at=None),
                name="list_name_once_a_team",
                violation_error_message=_("Your team has a list of this name already."),
            ),
            models.CheckConstraint(
                condition=models.Q(cadence_a__gte=1, cadence_b__gte=1, cadence_c__gte=1),
                name="list_cadence_at_least_1",
            ),
        ]
        indexes = [
            # The tick: which list follows its filter, or is filled by it, next.
            models.Index(
                models.F("followed_at").asc(nulls_first=True),
                condition=models.Q(models.Q(is_live=True) | models.Q(is_filling=True), archived_at=None),
                name="list_to_follow",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def may_see(self, user: User) -> bool:
        """What `visible_to` says, about this one."""
        return user.is_admin or self.team_id in (None, *user.team_ids) or self.owner_id == user.pk

    def may_edit(self, user: User) -> bool:
        """What `editable_by` says, about this one."""
        is_theirs = self.owner_id == user.pk and (self.team_id is None or self.team_id in user.team_ids)
        return user.is_admin or is_theirs or self.team_id in user.led_team_ids

    def followers(self) -> list[User]:
        """With whose rights it follows its filter: with what its owner and whoever last set it up may both do."""
        if self.followed_by is None or self.followed_by_id == self.owner_id:
            return [self.owner]
        return [self.owner, self.followed_by]

    def needs_approval(self, by: User | None) -> bool:
        """Whether what `by` puts on it is a proposal: where the organisation asks for it, and they lead no such team."""
        if by is None or by.is_admin or self.team_id in by.led_team_ids:
            return False
        return Organisation.current().approve_targets

    def cadence(self, tier: str) -> int:
        """Within how many days a dream client of `tier` is to be touched again."""
        return int({"A": self.cadence_a, "B": self.cadence_b}.get(tier, self.cadence_c))
