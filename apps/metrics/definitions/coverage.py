"""Whether the dream clients that somebody owns are kept warm, as things stand now."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.dreamclients.models import DreamClient, DreamClientQuerySet
from apps.metrics.definitions.base import Metric, Source
from apps.metrics.filters import Filters

DREAM_CLIENTS = Source(
    kind="dream_client",
    model=DreamClient,
    rep="owner",
    dream_client="",
    related=("account", "list", "owner"),
)


def cold(filters: Filters) -> Q:
    """The last touch lies further back than the cadence allows."""
    return Q(cold_at__lte=filters.now)


@dataclass(frozen=True, kw_only=True)
class OfWorked(Metric):
    """Metrics over the dream clients that somebody is to touch."""

    source: Source = DREAM_CLIENTS
    at: str = ""

    def base(self, filters: Filters) -> QuerySet[Any]:
        """Those on a list, owned, not parked, not ruled out, not opened."""
        rows: DreamClientQuerySet = self.source.rows(filters)  # type: ignore[assignment]  # of DreamClient's manager
        return rows.worked(filters.now)


METRICS: list[Metric] = [
    OfWorked(
        slug="coverage",
        name=_("Coverage"),
        words=_(
            "Of the dream clients that somebody owns and works, the share touched within their tier's cadence, "
            "as things stand now. Parked, ruled out and opened ones are not to be touched and do not count."
        ),
        level="done",
        unit="share",
        part=lambda filters: ~cold(filters),
    ),
    OfWorked(
        slug="going-cold",
        name=_("Going cold"),
        words=_(
            "Dream clients that somebody owns and works, not touched within their tier's cadence, as of now."
        ),
        level="done",
        which=cold,
        good="less",
    ),
]
