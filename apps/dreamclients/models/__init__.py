"""Lists of dream clients, the ladder that a dream client climbs, and insights worth a reader's time."""

from apps.dreamclients.models.dreamclient import DreamClient, DreamClientQuerySet, Rung, RungReached
from apps.dreamclients.models.events import BroughtUp, TriggerEvent
from apps.dreamclients.models.insights import Insight, InsightGiven, InsightQuerySet
from apps.dreamclients.models.lists import DreamClientList, DreamClientListQuerySet, Tier
from apps.dreamclients.models.proposals import Proposal, ProposalQuerySet

__all__ = [
    "BroughtUp",
    "DreamClient",
    "DreamClientList",
    "DreamClientListQuerySet",
    "DreamClientQuerySet",
    "Insight",
    "InsightGiven",
    "InsightQuerySet",
    "Proposal",
    "ProposalQuerySet",
    "Rung",
    "RungReached",
    "Tier",
    "TriggerEvent",
]
