"""Goals. Everything else that this app shows is computed from what other apps wrote down."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.users.models import Team, User


class Goal(models.Model):
    """How many of something a rep or a team means to reach in a period, first and last day included."""

    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="goals")
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="goals")
    metric = models.SlugField(max_length=40)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    target = models.PositiveIntegerField(_("goal"))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user=None, team__isnull=False) | models.Q(user__isnull=False, team=None),
                name="goal_of_a_rep_or_a_team",
            ),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="goal_ends_after_it_starts"
            ),
            models.UniqueConstraint(fields=["user", "metric", "first_day"], name="goal_of_rep_once"),
            models.UniqueConstraint(fields=["team", "metric", "first_day"], name="goal_of_team_once"),
        ]
