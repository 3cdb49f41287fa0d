"""Which insights fit whom, and who was given them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    IntegerField,
    OuterRef,
    Q,
    Value,
    When,
)
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts.models import Account, Contact
from apps.activities.models import Activity
from apps.dreamclients.models import Insight, InsightGiven

ANSWERED_WITHIN = timedelta(days=14)
"""A reply that came so soon after an insight was given counts as an answer to it."""


@dataclass
class Suggestion:
    """An insight that fits an account, and whom of its contacts it was given."""

    insight: Insight
    given: list[InsightGiven] = field(default_factory=list)

    @property
    def said(self) -> list[str]:
        """Such as "already given to Carla Diaz on 3 March"."""
        return [given_in_words(one) for one in self.given]


def given_in_words(given: InsightGiven) -> str:
    """Such as "already given to Carla Diaz on 3 March"."""
    said = {"contact": given.contact.name, "day": date_format(given.on, _day_format(given.on))}
    return _("already given to %(contact)s on %(day)s") % said


def _day_format(day: date) -> str:
    return "j F" if day.year == date.today().year else "j F Y"  # noqa: DTZ011 - which year it is, for words


def suggested(account: Account, contacts: Iterable[Contact], limit: int = 3) -> list[Suggestion]:
    """What fits this account and the roles of these contacts best, newest first among equals. Two queries.

    First what is meant for their industry and a role they have, then for their industry, then for a role whatever the
    industry, then what is meant for everybody. What is meant for other industries alone is not suggested.
    """
    people = list(contacts)
    roles = sorted({contact.role for contact in people if contact.role})
    industry = Q(industries__contains=[account.industry]) if account.industry else Q(pk__in=[])
    role = Q(roles__overlap=roles) if roles else Q(pk__in=[])
    anybody, anywhere = Q(roles=[]), Q(industries=[])
    fit = Case(
        When(industry & role, then=0),
        When(industry, then=1),
        When(role & anywhere, then=2),
        When(anybody & anywhere, then=3),
        default=9,
        output_field=IntegerField(),
    )
    found = Insight.objects.live().annotate(fit=fit).filter(fit__lt=9).order_by("fit", "-created_at", "-id")
    chosen = [Suggestion(insight) for insight in found[:limit]]
    if chosen and people:
        by_insight = {one.insight.pk: one for one in chosen}
        given = InsightGiven.objects.filter(insight__in=by_insight, contact__in=[one.pk for one in people])
        for row in given.select_related("contact").order_by("-on", "-id"):
            by_insight[row.insight_id].given.append(row)
    return chosen


def given_to(contact: Contact) -> dict[int, date]:
    """When `contact` was given which insight, by the insight's id."""
    return dict(InsightGiven.objects.filter(contact=contact).values_list("insight", "on"))


def why_not(insight: Insight, contact: Contact, on: date) -> str:
    """Why an insight is not given to somebody who has it since `on`."""
    said = {"contact": contact.name, "insight": insight, "day": date_format(on, _day_format(on))}
    return _("%(contact)s was given “%(insight)s” on %(day)s already.") % said


def give(*, insight: Insight, contact: Contact, on: date) -> bool:
    """Note that a contact was given an insight. False where they had it: once is enough."""
    with transaction.atomic():
        _row, is_first = InsightGiven.objects.get_or_create(
            insight=insight, contact=contact, defaults={"on": on}
        )
    return is_first


def uses(insights: Iterable[Insight]) -> dict[int, dict[str, int]]:
    """By insight: to how many it was given, and how many of them replied soon after. One query."""
    replied = Activity.objects.filter(
        kind=Activity.Kind.REPLY,
        contact=OuterRef("contact"),
        at__gte=OuterRef("on"),
        at__lt=ExpressionWrapper(OuterRef("on") + Value(ANSWERED_WITHIN), output_field=DateTimeField()),
    )
    rows: Any = (
        InsightGiven.objects.filter(insight__in=[insight.pk for insight in insights])
        .annotate(is_answered=Exists(replied))
        .values("insight")
        .annotate(given=Count("id"), answered=Count("id", filter=Q(is_answered=True)))
        .order_by()
    )
    return {row["insight"]: row for row in rows}
