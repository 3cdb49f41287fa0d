"""Which insights fit whom, and who was given them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
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
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts.models import Account, Contact
from apps.activities.models import Activity
from apps.dreamclients.models import DreamClient, Insight, InsightGiven
from apps.users.models import User

_A_DAY = timedelta(days=1)
ANSWERED_WITHIN = timedelta(days=14)
"""A reply that came so soon after an insight was given counts as an answer to it."""


@dataclass
class Suggestion:
    """An insight that fits an account, and whom of its contacts it was given."""

    insight: Insight
    given: list[tuple[Contact, date]] = field(default_factory=list)

    @property
    def said(self) -> list[str]:
        """Such as "already given to Carla Diaz on 3 March"."""
        return [
            _("already given to %(contact)s on %(day)s") % {"contact": contact.name, "day": _said_day(on)}
            for contact, on in self.given
        ]


def _said_day(day: date) -> str:
    """As people say it: "3 March", with the year where it is another one."""
    return date_format(day, "j F" if day.year == timezone.localdate().year else "j F Y")


def known_to(user: User) -> Q:
    """Which rows of InsightGiven `user` may know of: whose dream client they see, or the touch that brought it."""
    worked = DreamClient.objects.visible_to(user).current().filter(account=OuterRef("contact__account"))
    touched = Activity.objects.visible_to(user).filter(
        kind=Activity.Kind.TOUCH,
        contact=OuterRef("contact"),
        at__gte=ExpressionWrapper(OuterRef("on") - Value(_A_DAY), output_field=DateTimeField()),
        at__lt=ExpressionWrapper(OuterRef("on") + Value(2 * _A_DAY), output_field=DateTimeField()),
    )
    return Q(Exists(worked)) | Q(Exists(touched))


def suggested(
    account: Account, contacts: Iterable[Contact], *, user: User, limit: int = 3
) -> list[Suggestion]:
    """What fits this account and the roles of these contacts best, newest first among equals. One query.

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
    known = {contact.pk: contact for contact in people}
    given = InsightGiven.objects.filter(known_to(user), insight=OuterRef("pk"), contact__in=known)
    given = given.order_by("-on", "-id")
    had = ArraySubquery(given.values(one=JSONObject(contact="contact_id", on="on")))
    chosen = []
    for insight in found.annotate(had=had)[:limit]:
        rows = [(known[one["contact"]], date.fromisoformat(one["on"])) for one in insight.had or ()]  # type: ignore[attr-defined]
        chosen.append(Suggestion(insight, rows))
    return chosen


def why_not(insight: Insight, contact: Contact, on: date | None) -> str:
    """Why an insight is not given to somebody who has it since `on`; None where that is another team's to know."""
    if on is None:
        return _("%(contact)s has “%(insight)s” already.") % {"contact": contact.name, "insight": insight}
    said = {"contact": contact.name, "insight": insight, "day": _said_day(on)}
    return _("%(contact)s was given “%(insight)s” on %(day)s already.") % said


def given_on(*, insight: Insight, contact: Contact) -> date | None:
    """When `contact` was given `insight`; None where never."""
    return InsightGiven.objects.filter(insight=insight, contact=contact).values_list("on", flat=True).first()


def why_not_again(*, insight: Insight, contact: Contact, user: User) -> str:
    """Why `contact` is not given `insight`, as far as `user` may know; "" where they have not got it."""
    rows = InsightGiven.objects.filter(insight=insight, contact=contact)
    found = rows.annotate(is_known=Case(When(known_to(user), then=True), default=False)).first()
    return why_not(insight, contact, found.on if found.is_known else None) if found else ""


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
