"""Metrics: the overview, the rows behind a figure, a rep's page."""

from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from apps.accounts.models import Industry
from apps.dreamclients.models import DreamClientList, Tier
from apps.metrics import tables, words
from apps.metrics.chips import chips, period_links
from apps.metrics.definitions import METRICS, Metric
from apps.metrics.definitions.touches import by_channel
from apps.metrics.filters import Filters, read_filters, visible_reps, visible_teams
from apps.metrics.overview import overview as all_figures
from apps.users.models import Team, User
from opener.http import AuthedRequest, render
from opener.paging import keyset


@require_safe
def overview(request: AuthedRequest) -> HttpResponse:
    """All figures. A rep sees their own beside the team's sum."""
    filters = read_filters(request.GET, user=request.user)
    if not request.user.is_manager:
        return _rep_page(request, request.user, filters)
    context = {
        "overview": all_figures(filters, with_reps=True),
        **_choices(request.user, filters),
    }
    return render(request, "metrics/overview.html", context)


@require_safe
def rep(request: AuthedRequest, pk: int) -> HttpResponse:
    """A rep's own figures beside the team's."""
    person = get_object_or_404(visible_reps(request.user), pk=pk)
    return _rep_page(request, person, read_filters(request.GET, user=request.user).of_rep(pk))


def _rep_page(request: AuthedRequest, person: User, filters: Filters) -> HttpResponse:
    teams = person.team_ids
    if not request.user.is_admin and person != request.user:
        teams = [team for team in teams if team in request.user.led_team_ids]
    context = {
        "person": person,
        "overview": all_figures(filters, with_reps=False, against=filters.of_teams(tuple(teams))),
        "teams": Team.objects.filter(pk__in=teams),
        **_choices(request.user, filters, with_people=False),
    }
    return render(request, "metrics/rep.html", context)


@require_safe
def drill(request: AuthedRequest, slug: str) -> HttpResponse:
    """Exactly the rows that a figure counts."""
    metric, filters = _metric(slug), read_filters(request.GET, user=request.user)
    rows = metric.rows(filters)
    kind = tables.kind_of(metric, rows)
    figure = metric.value(filters)
    context = {
        "metric": metric,
        "filters": filters,
        "figure": figure,
        "value": words.spoken(metric, figure, filters.currency),
        "note": words.note(metric, figure, filters.currency),
        "page": keyset(rows, order=tables.ORDERS[kind], cursor=request.GET.get("cursor", "")),
        "row_template": f"metrics/_rows_{kind}.html",
        "channels": by_channel(filters) if slug == "touches" else [],
        "has_period": bool(metric.at),
        "export_url": reverse("metrics:export", args=[slug]) + filters.query(),
        **_choices(request.user, filters),
    }
    return render(request, "metrics/drill.html", context, part="rows")


@require_safe
def export(request: AuthedRequest, slug: str) -> StreamingHttpResponse:
    """The rows behind a figure as CSV, streamed."""
    metric, filters = _metric(slug), read_filters(request.GET, user=request.user)
    rows = metric.rows(filters)
    kind = tables.kind_of(metric, rows)
    rows = rows.order_by(*tables.ORDERS[kind])
    lines = tables.csv_lines(rows, tables.columns(metric, kind), filters.tz)
    name = f"{slugify(str(metric.name))}-{filters.period.first}-{filters.period.last}.csv"
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _metric(slug: str) -> Metric:
    try:
        return METRICS[slug]
    except KeyError:
        raise Http404 from None


def _choices(user: User, filters: Filters, *, with_people: bool = True) -> dict[str, Any]:
    """What the filters offer, and those in force as chips."""
    lists = DreamClientList.objects.visible_to(user).live().order_by("name")
    offered: dict[str, Any] = {
        "lists": lists.values_list("pk", "name"),
        "tiers": Tier.values,
        "industries": Industry.choices,
        "team_choices": [],
        "rep_choices": [],
    }
    if user.is_manager and with_people:
        offered["team_choices"] = visible_teams(user).values_list("pk", "name")
        people = visible_reps(user).filter(is_active=True).order_by("name")
        offered["rep_choices"] = people.values_list("pk", "name")
    offered = {name: list(value) for name, value in offered.items()}
    return offered | {
        "filters": filters,
        "chips": chips(filters, offered, with_people=with_people),
        "periods": period_links(filters),
    }
