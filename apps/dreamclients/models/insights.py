"""Insights: what is worth a reader's time, and who was given it."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Contact
from apps.users.models import User


class InsightQuerySet(models.QuerySet["Insight"]):
    """Insights are everybody's to read."""

    def live(self) -> Self:
        """Those not archived."""
        return self.filter(archived_at=None)

    def visible_to(self, user: User) -> Self:
        """Every insight."""
        return self

    def editable_by(self, user: User) -> Self:
        """One's own; managers and admins every one."""
        return self if user.is_manager else self.filter(created_by=user)


class Insight(models.Model):
    """A reusable piece worth a reader's time: a figure, an article, a case, a question."""

    class Kind(models.TextChoices):
        FIGURE = "figure", _("figure")
        ARTICLE = "article", _("article")
        CASE = "case", _("case")
        QUESTION = "question", _("question")

    title = models.CharField(_("title"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.ARTICLE)
    body = models.TextField(_("what it says"), blank=True)
    url = models.URLField(_("link"), blank=True)
    industries = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    roles = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)
    """When it was put away: nobody is offered it any more, and what was given stays known."""
    version = models.PositiveIntegerField(default=1)

    objects = InsightQuerySet.as_manager()

    class Meta:
        ordering = ["title", "id"]
        indexes = [
            # The library, by title.
            models.Index(
                fields=["title", "id"], condition=models.Q(archived_at=None), name="insight_by_title"
            ),
            # What is suggested: newest first.
            models.Index(
                fields=["-created_at", "-id"], condition=models.Q(archived_at=None), name="insight_newest"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def may_edit(self, user: User) -> bool:
        """What `editable_by` says, about this one."""
        return user.is_manager or self.created_by_id == user.pk


class InsightGiven(models.Model):
    """That a contact was given an insight. Once is enough."""

    insight = models.ForeignKey(Insight, models.CASCADE, related_name="given")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="insights_given")
    on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["insight", "contact"], name="insight_given_once")]
