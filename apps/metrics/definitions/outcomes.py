"""What came out: meetings, openings, opportunities, asks."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.meetings.models import Meeting
from apps.metrics.definitions.base import Amount, AmountShare, Metric, Source
from apps.metrics.filters import Filters
from apps.pipeline.models import Ask, Opening, Opportunity, Stage
from opener.days import local_day

MEETINGS = Source(
    kind="meeting", model=Meeting, rep="owner", related=("account", "contact", "owner", "dream_client")
)
OPENINGS = Source(
    kind="opening",
    model=Opening,
    rep="rep",
    list="list",
    related=("account", "opportunity", "rep", "list", "sequence", "touch"),
)
OPPORTUNITIES = Source(
    kind="opportunity", model=Opportunity, rep="owner", related=("account", "owner", "stage")
)
ASKS = Source(
    kind="ask",
    model=Ask,
    rep="by",
    dream_client=None,
    related=("account", "contact", "by", "opportunity"),
)

HELD = Q(state=Meeting.State.HELD)
ENDED = Q(state__in=[Meeting.State.HELD, Meeting.State.MISSED])
CREATED = Q(origin=Opportunity.Origin.CREATED)
CAPTURED = Q(origin=Opportunity.Origin.CAPTURED)
DECIDED = Q(stage__kind__in=[Stage.Kind.WON, Stage.Kind.LOST])
WON = Q(stage__kind=Stage.Kind.WON)


def in_currency(filters: Filters) -> Q:
    """Amounts of several currencies have no sum: only those in the organisation's are added."""
    return Q(currency=filters.currency)


def stalled(filters: Filters) -> Q:
    """Open, with no next commitment today or later, as `OpportunityQuerySet.stalled` has it."""
    today = local_day(filters.now, filters.tz)
    return Q(closed_at=None) & (Q(next_on=None) | Q(next_on__lt=today))


METRICS: list[Metric] = [
    Metric(
        slug="meetings-held",
        name=_("Meetings held"),
        words=_("Meetings whose time lay in the period and that took place. One that was moved counts once."),
        level="out",
        source=MEETINGS,
        at="starts_at",
        which=lambda _filters: HELD,
    ),
    Metric(
        slug="show-rate",
        name=_("Show rate"),
        words=_("Meetings held, divided by those held or missed. Cancelled ones are neither."),
        level="converts",
        source=MEETINGS,
        unit="share",
        at="starts_at",
        which=lambda _filters: ENDED,
        part=lambda _filters: HELD,
        has_interval=True,
    ),
    Metric(
        slug="openings",
        name=_("Openings"),
        words=_(
            "Opportunities that we created and that reached the opening stage in the period. Each is credited once."
        ),
        level="out",
        source=OPENINGS,
    ),
    Amount(
        slug="value-opened",
        name=_("Value opened"),
        words=_(
            "The value of the openings of the period at the moment they were credited, in the organisation's currency."
        ),
        level="out",
        source=OPENINGS,
        which=in_currency,
    ),
    Metric(
        slug="creation-share",
        name=_("Creation share"),
        words=_(
            "Opportunities that we created, divided by all that came into being in the period, created or captured."
        ),
        level="converts",
        source=OPPORTUNITIES,
        unit="share",
        at="created_at",
        part=lambda _filters: CREATED,
        has_interval=True,
    ),
    AmountShare(
        slug="creation-share-value",
        name=_("Creation share by value"),
        words=_(
            "The value of the opportunities that we created, divided by that of all that came into being in the "
            "period, in the organisation's currency."
        ),
        level="converts",
        source=OPPORTUNITIES,
        at="created_at",
        which=in_currency,
        part=lambda _filters: CREATED,
        good="",
    ),
    Metric(
        slug="win-rate-created",
        name=_("Win rate, created"),
        words=_(
            "Of the opportunities that we created and that were decided in the period, the share that was won."
        ),
        level="converts",
        source=OPPORTUNITIES,
        unit="share",
        at="closed_at",
        which=lambda _filters: DECIDED & CREATED,
        part=lambda _filters: WON,
        has_interval=True,
    ),
    Metric(
        slug="win-rate-captured",
        name=_("Win rate, captured"),
        words=_(
            "Of the opportunities that came to us and that were decided in the period, the share that was won."
        ),
        level="converts",
        source=OPPORTUNITIES,
        unit="share",
        at="closed_at",
        which=lambda _filters: DECIDED & CAPTURED,
        part=lambda _filters: WON,
        has_interval=True,
    ),
    Metric(
        slug="stalled",
        name=_("Stalled"),
        words=_("Open opportunities without a next commitment today or later, as things stand now."),
        level="converts",
        source=OPPORTUNITIES,
        at="",
        which=stalled,
        good="less",
    ),
    Metric(
        slug="asks",
        name=_("Asks"),
        words=_("Commitments that were asked for in the period."),
        level="done",
        source=ASKS,
    ),
    Metric(
        slug="yes-per-ask",
        name=_("Yes per ask"),
        words=_("Of the commitments asked for in the period, the share that was answered yes."),
        level="converts",
        source=ASKS,
        unit="share",
        part=lambda _filters: Q(answer=Ask.Answer.YES),
        has_interval=True,
    ),
]
