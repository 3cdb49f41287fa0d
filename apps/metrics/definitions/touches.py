"""What was done: touches, the accounts they reached, and the conversations that came of them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, F, Func, OuterRef, Q, QuerySet, TextField, Window
from django.db.models.functions import RowNumber, TruncDate
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Account
from apps.activities.models import Activity, Intent, Outcome
from apps.metrics.definitions.base import Figure, Metric, Source
from apps.metrics.filters import Filters
from apps.metrics.periods import Span
from opener.days import zone

NEW_AFTER = timedelta(days=180)
"""An account is newly touched where nobody touched it for so long."""

ACTIVITIES = Source(
    kind="activity", model=Activity, rep="by", dream_client=None, related=("account", "contact", "by")
)
TOUCH = Q(kind=Activity.Kind.TOUCH)
CONVERSATION = Q(kind=Activity.Kind.REPLY) | (TOUCH & Q(outcome=Outcome.CONNECTED))


@dataclass(frozen=True, kw_only=True)
class OfActivities(Metric):
    """Metrics over the activity log. Only touches and replies are read, and only those of the period."""

    source: Source = ACTIVITIES

    def base(self, filters: Filters) -> QuerySet[Any]:
        """Touches and replies, of any time."""
        return self.source.rows(filters).filter(kind__in=[Activity.Kind.TOUCH, Activity.Kind.REPLY])


@dataclass(frozen=True, kw_only=True)
class Accounts(OfActivities):
    """Distinct accounts with an activity that counts; the drill-down shows the accounts."""

    def parts(self, filters: Filters, span: Span) -> dict[str, Any]:
        """How many different accounts."""
        return {"n": Count("account", distinct=True, filter=self.which(filters) & self.within(span))}

    def rows(self, filters: Filters) -> QuerySet[Any]:
        """The accounts."""
        hits = super().rows(filters).select_related(None).values("account")
        return Account.objects.filter(pk__in=hits).select_related("team")


@dataclass(frozen=True, kw_only=True)
class NewAccounts(Accounts):
    """Accounts touched for the first time after a long silence, whoever was silent."""

    def base(self, filters: Filters) -> QuerySet[Any]:
        """The touches before which nobody had touched the account for 180 days."""
        earlier = Activity.objects.filter(
            TOUCH, account=OuterRef("account"), at__lt=OuterRef("at"), at__gte=OuterRef("at") - NEW_AFTER
        ).order_by()
        return super().base(filters).filter(TOUCH, ~Exists(earlier))


class Pair(Func):
    """Two values as one, to count different pairs."""

    template = "(%(expressions)s)"
    output_field = TextField()


@dataclass(frozen=True, kw_only=True)
class Conversations(OfActivities):
    """Different days on which a contact talked to us; the drill-down shows the first activity of each."""

    def _day(self, filters: Filters) -> TruncDate:
        return TruncDate("at", tzinfo=zone(filters.tz))

    def parts(self, filters: Filters, span: Span) -> dict[str, Any]:
        """How many different days of contacts."""
        days = Pair("contact_id", self._day(filters))
        counted = self.which(filters) & self.within(span)
        return {"n": Count(days, distinct=True, filter=counted)}

    def _rows(self, filters: Filters) -> QuerySet[Any]:
        place = Window(
            RowNumber(),
            partition_by=[F("contact"), self._day(filters)],
            order_by=[F("at").asc(), F("pk").asc()],
        )
        firsts = super()._rows(filters).annotate(place=place).filter(place=1)
        return self.source.model._default_manager.filter(pk__in=firsts.values("pk"))


@dataclass(frozen=True, kw_only=True)
class GiveToAsk(OfActivities):
    """Touches that give for each that asks; the drill-down shows both."""

    def parts(self, filters: Filters, span: Span) -> dict[str, Any]:
        """Those that give, and those that ask."""
        counted = self.which(filters) & self.within(span)
        return {
            "n": Count("pk", filter=counted & Q(intent=Intent.GIVE)),
            "of": Count("pk", filter=counted & Q(intent=Intent.ASK)),
        }

    def figure(self, n: Any, of: Any = None, rows: int | None = None) -> Figure:
        """The ratio; None where nothing was asked."""
        return Figure(n / of if of else None, n, of, rows=int(n + of))


METRICS: list[Metric] = [
    OfActivities(
        slug="touches",
        name=_("Touches"),
        words=_("Outbound touches done in the period. A combo of several channels is one."),
        level="done",
        which=lambda _filters: TOUCH,
    ),
    Accounts(
        slug="accounts-touched",
        name=_("Accounts touched"),
        words=_("Different accounts with at least one touch in the period."),
        level="done",
        which=lambda _filters: TOUCH,
    ),
    NewAccounts(
        slug="newly-touched",
        name=_("Newly touched"),
        words=_(
            "Different accounts with a touch in the period before which nobody in the organisation had touched them "
            "for 180 days."
        ),
        level="done",
        which=lambda _filters: TOUCH,
    ),
    Conversations(
        slug="conversations",
        name=_("Conversations"),
        words=_(
            "Days on which a contact replied or a call with them connected: a contact counts once a day. "
            "Automatic replies are none."
        ),
        level="done",
        which=lambda _filters: CONVERSATION & Q(contact__isnull=False),
    ),
    GiveToAsk(
        slug="give-to-ask",
        name=_("Gifts for an ask"),
        words=_("Touches that bring something, divided by touches that ask for something."),
        level="converts",
        unit="ratio",
        note=_("%(n)s give, %(of)s ask"),
        good="",
        which=lambda _filters: TOUCH & Q(intent__in=[Intent.GIVE, Intent.ASK]),
    ),
]


def by_channel(filters: Filters) -> list[tuple[str, int]]:
    """The touches on each channel, the most used first. A combo is on each of its channels, so these add up to more."""
    touches = METRICS[0].rows(filters).select_related(None)
    channel = Func("channels", function="unnest", output_field=TextField())
    found = (
        touches.annotate(channel=channel)
        .values("channel")
        .annotate(number=Count("pk"))
        .order_by("-number", "channel")
    )
    return list(found.values_list("channel", "number"))
