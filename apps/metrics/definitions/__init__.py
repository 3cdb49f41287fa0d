"""The opening metrics: one definition each, in words and in code."""

from apps.metrics.definitions import cohorts, coverage, outcomes, rungs, touches
from apps.metrics.definitions.base import Figure, Metric, by_slug

METRICS: dict[str, Metric] = by_slug(
    [*outcomes.METRICS, *rungs.METRICS, *touches.METRICS, *coverage.METRICS, *cohorts.METRICS]
)

__all__ = ["METRICS", "Figure", "Metric"]
