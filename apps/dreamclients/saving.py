"""Keeping what the forms of lists, dream clients and insights say."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.dreamclients import following
from apps.dreamclients.forms import DreamClientForm, FromFilterForm, InsightForm, ListForm
from apps.dreamclients.models import DreamClient, DreamClientList, Insight, Tier
from apps.users.models import Organisation, User


def save_list(*, form: ListForm, by: User) -> DreamClientList:
    """Keep what a valid form says. A changed cadence changes when the dream clients of the list go cold."""
    with transaction.atomic():
        row = form.save(commit=False)
        is_new = not row.pk
        if is_new:
            row.owner = by
        _follow_as_told(row, form, by)
        row.save()
        if not is_new and {"cadence_a", "cadence_b", "cadence_c"} & set(form.changed_data):
            _cool_again(row)
        if not is_new and "team" in form.changed_data:
            row.dream_clients.current().update(team=row.team_id)
            row.proposals.asked().update(team=row.team_id)
    return row


def _follow_as_told(row: DreamClientList, form: ListForm, by: User) -> None:
    """What only the form of a list that is there asks for. Whatever changes is looked at with the next tick.

    Whoever changes it vouches for it from then on, and so does whoever saves a list that is paused.
    """
    for name in ("owner", "is_live", "live_tier"):
        if name in form.cleaned_data and name in form.fields:
            setattr(row, name, form.cleaned_data[name])
    if row.follow_problem or {"owner", "is_live", "live_tier", "team"} & set(form.changed_data):
        row.followed_by, row.followed_at, row.follow_problem = by, None, ""


def make_list_from_filter(*, form: FromFilterForm, by: User) -> tuple[DreamClientList, int]:
    """A list of what the filter of a valid form means; or that filter for a list that is there.

    Its first accounts are on it when this returns, with their number; a worker does the rest. Raises WhereError, and
    IntegrityError where somebody took its name since the form looked.
    """
    data = form.cleaned_data
    live = data["kind"] == "live"
    following.check(q=data["q"], where=data["where"], user=by, live=live)
    now = timezone.now()
    with transaction.atomic():
        row = _filtered_list(data, by)
        row.q, row.where = data["q"], data["where"]
        row.is_live, row.is_filling, row.live_tier = live, not live, data["tier"]
        row.followed_by, row.followed_at, row.follow_problem = by, None, ""
        row.version += bool(row.pk)
        row.save()
        added = following.follow(row, now=now)
    return row, added


def _filtered_list(data: dict[str, Any], by: User) -> DreamClientList:
    if data["for_list"] is not None:
        held = DreamClientList.objects.select_for_update(of=("self",), no_key=True)
        return held.get(pk=data["for_list"].pk)
    organisation = Organisation.current()
    return DreamClientList(
        name=data["name"],
        team=data["team"],
        owner=by,
        cadence_a=organisation.cadence_a,
        cadence_b=organisation.cadence_b,
        cadence_c=organisation.cadence_c,
    )


def save_dream_client(*, form: DreamClientForm, by: User) -> DreamClient:
    """Keep what a valid form says; the tier sets when it goes cold."""
    row = form.save(commit=False)
    row.cold_at = row.goes_cold_at()
    row.save(update_fields=[*form.Meta.fields, "custom", "cold_at", "version"])
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
