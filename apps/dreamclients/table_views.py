"""The tables of dream clients: all that one sees, those of a list, and what is done to many at once."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.searching import how_many
from apps.dreamclients import services
from apps.dreamclients.filters import Filters, shown
from apps.dreamclients.forms import ParkForm
from apps.dreamclients.models import DreamClient, DreamClientList, DreamClientQuerySet, Rung, Tier
from apps.users.models import Team, User
from opener.http import AuthedRequest, back_to, render, selected_ids
from opener.messages import toast
from opener.paging import keyset


@require_GET
def everything(request: AuthedRequest) -> HttpResponse:
    """All dream clients that one sees; at first one's own."""
    filters = Filters.of(request)
    seen = DreamClient.objects.visible_to(request.user).current()
    rows = filters.of_view(seen, request.user, timezone.now())
    lists = dict(DreamClientList.objects.visible_to(request.user).live().values_list("pk", "name"))
    return _table(request, filters, rows, {"lists": lists})


@require_GET
def of_list(request: AuthedRequest, pk: int) -> HttpResponse:
    """The dream clients of a list."""
    row = get_object_or_404(
        DreamClientList.objects.visible_to(request.user).select_related("owner", "team"), pk=pk
    )
    filters = Filters.of(request)
    rows = DreamClient.objects.visible_to(request.user).current().filter(list=row)
    return _table(request, filters, rows, {"list": row, "may_edit": row.may_edit(request.user)})


def _table(
    request: AuthedRequest, filters: Filters, rows: DreamClientQuerySet, context: dict[str, Any]
) -> HttpResponse:
    now = timezone.now()
    rows = filters.apply(rows, now)
    people = _colleagues(request.user)
    names = {
        "owner": {str(pk): name for pk, name in people},
        "list": {str(pk): name for pk, name in context.get("lists", {}).items()},
        "team": {},
    }
    if filters.team:
        names["team"] = {str(pk): name for pk, name in Team.objects.values_list("pk", "name")}
    context |= {
        "page": keyset(shown(rows), order=filters.order, cursor=request.GET.get("cursor", "")),
        "filters": filters,
        "sort": filters.sort,
        "chips": filters.chips(request, names),
        "total": how_many(rows),
        "people": people,
        "assignable": _assignable(request.user),
        "rungs": Rung.choices,
        "tiers": Tier.values,
        "now": now,
    }
    return render(request, "dreamclients/table.html", context, part="rows")


def _colleagues(user: User) -> list[tuple[int, str]]:
    """Whose dream clients one may see."""
    people = User.objects.filter(is_active=True)
    if not user.is_admin:
        people = people.filter(Q(pk=user.pk) | Q(memberships__team__in=user.team_ids)).distinct()
    return list(people.values_list("pk", "name")[:200])


def _assignable(user: User) -> list[User]:
    return list(User.objects.assignable_by(user).only("name")[:200])


@require_POST
def bulk(request: AuthedRequest) -> HttpResponse:
    """Do one thing to all rows that are ticked and that one may change."""
    back = back_to(request, reverse("dreamclients:all"))
    rows = list(
        DreamClient.objects.editable_by(request.user)
        .current()
        .filter(pk__in=selected_ids(request))
        .select_related("account", "list")
        .order_by("tier", "id")
    )
    act = _bulk_action(request)
    if not rows:
        toast(request, _("Tick the rows first that you may change."), level=messages.WARNING)
    elif isinstance(act, str):
        toast(request, act, level=messages.ERROR)
    else:
        _do_to_all(request, rows, act)
    return redirect(back)


def _bulk_action(request: AuthedRequest) -> Callable[[DreamClient], object] | str:
    """What to do to each row; or, as text, why it cannot be done."""
    user, action = request.user, request.POST.get("action")
    if action == "assign":
        chosen = request.POST.get("owner", "")
        people = User.objects.assignable_by(user)
        owner = people.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 10 else None
        if owner is None:
            return _("Choose whom to assign them to.")
        return lambda row: services.assign(dream_client=row, owner=owner, by=user)
    if action == "tier":
        tier = request.POST.get("tier", "")
        if tier not in Tier.values:
            return _("Choose a tier.")
        return lambda row: services.set_tier(dream_client=row, tier=tier, by=user)
    form = ParkForm(request.POST)
    if action == "park" and form.is_valid():
        until = form.cleaned_data["until"]
        return lambda row: services.park(dream_client=row, until=until, by=user)
    return _("Choose a day that is still to come.") if action == "park" else _("Choose what to do with them.")


def _do_to_all(request: AuthedRequest, rows: list[DreamClient], act: Callable[[DreamClient], object]) -> None:
    done, left, full = 0, 0, ""
    for row in rows:
        try:
            act(row)
        except services.BookFull as refusal:
            full = str(refusal)
        except services.LeftItsList:
            left += 1
        else:
            done += 1
    if done:
        text = ngettext("%d dream client changed.", "%d dream clients changed.", done) % done
        toast(request, text)
    if left:
        text = ngettext(
            "%d was taken off its list meanwhile.", "%d were taken off their list meanwhile.", left
        )
        toast(request, text % left, level=messages.WARNING)
    if full:
        rest = len(rows) - done - left
        text = ngettext("%d stays as it was.", "%d stay as they were.", rest) % rest
        toast(request, f"{full} {text}", level=messages.WARNING)
