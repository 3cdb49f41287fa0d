"""Crediting an opening: once, to one rep, list, sequence and touch, with the value of that moment."""

from datetime import datetime

from django.db import transaction

from apps.activities.models import Activity
from apps.activities.services import record
from apps.dreamclients.models import Rung
from apps.dreamclients.services import climb
from apps.pipeline.models import Opening, Opportunity, Pipeline, Stage
from apps.sequences.models import Sequence, Touch
from apps.users.models import User


def opening_stage(pipeline: Pipeline) -> Stage:
    """The stage whose reaching is an opening: the admin's choice, by default the first."""
    return pipeline.opening_stage or pipeline.stages.filter(kind=Stage.Kind.OPEN)[0]


def credit_opening(opportunity: Opportunity, *, by: User, at: datetime) -> Opening | None:
    """Credit the opening where `opportunity` was created by us and has come far enough; None where not, or not again.

    Call it inside the transaction that brings the opportunity there. The one-to-one column makes a second one
    impossible, whoever else is at it.
    """
    if opportunity.origin != Opportunity.Origin.CREATED or opportunity.stage.kind == Stage.Kind.LOST:
        return None
    if opportunity.stage.position < opening_stage(opportunity.pipeline).position:
        return None
    touch = _last_touch(opportunity, at)
    dream_client = opportunity.dream_client
    with transaction.atomic():
        opening, is_new = Opening.objects.get_or_create(
            opportunity=opportunity,
            defaults={
                "account": opportunity.account,
                "dream_client": dream_client,
                "list": dream_client.list if dream_client else None,
                "sequence": _sequence_of(touch),
                "touch": touch,
                "rep": opportunity.owner,
                "team_id": opportunity.team_id,
                "value": opportunity.value,
                "currency": opportunity.currency,
                "at": at,
            },
        )
        if not is_new:
            return None
        cause = record(
            kind=Activity.Kind.OPENING,
            account=opportunity.account,
            contact=opportunity.contact,
            by=by,
            at=at,
            team_id=opportunity.team_id,
            subject=opportunity.name,
            data={"opportunity": opportunity.pk, "opening": opening.pk, "value": str(opening.value)},
        )
        if dream_client is not None and dream_client.left_at is None:
            climb(dream_client=dream_client, rung=Rung.OPENED, cause=cause)
    return opening


def _last_touch(opportunity: Opportunity, at: datetime) -> Activity | None:
    """The last outbound touch on the account before it opened, whatever its channel and whoever did it."""
    touches = Activity.objects.touches().filter(account=opportunity.account_id, at__lte=at)
    return touches.order_by("-at", "-id").first()


def _sequence_of(activity: Activity | None) -> Sequence | None:
    if activity is None:
        return None
    touch = Touch.objects.select_related("enrollment__sequence").filter(activity=activity).first()
    return touch.enrollment.sequence if touch and touch.enrollment else None
