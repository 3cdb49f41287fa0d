"""Keeping what the forms of lists, dream clients and insights say."""

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Coalesce

from apps.dreamclients.forms import DreamClientForm, InsightForm, ListForm
from apps.dreamclients.models import DreamClient, DreamClientList, Insight, Tier
from apps.users.models import User


def save_list(*, form: ListForm, by: User) -> DreamClientList:
    """Keep what a valid form says. A changed cadence changes when the dream clients of the list go cold."""
    with transaction.atomic():
        row = form.save(commit=False)
        is_new = not row.pk
        if is_new:
            row.owner = by
        row.save()
        if not is_new and {"cadence_a", "cadence_b", "cadence_c"} & set(form.changed_data):
            _cool_again(row)
        if not is_new and "team" in form.changed_data:
            row.dream_clients.current().update(team=row.team_id)
    return row


def save_dream_client(*, form: DreamClientForm, by: User) -> DreamClient:
    """Keep what a valid form says; the tier sets when it goes cold."""
    row = form.save(commit=False)
    row.cold_at = row.goes_cold_at()
    row.save(update_fields=[*form.Meta.fields, "cold_at", "version"])
    return row


def _cool_again(row: DreamClientList) -> None:
    for tier in Tier.values:
        since = Coalesce("last_touch_at", "targeted_at")
        row.dream_clients.current().filter(tier=tier).update(
            cold_at=since + timedelta(days=row.cadence(tier))
        )


def save_insight(*, form: InsightForm, by: User) -> Insight:
    """Keep what a valid form says."""
    row = form.save(commit=False)
    if not row.pk:
        row.created_by = by
    row.save()
    return row
