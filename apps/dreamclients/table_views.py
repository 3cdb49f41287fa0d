"""The tables of dream clients: all that one sees, those of a list, and what is done to many at once."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from apps.dreamclients import coverage, services
from apps.dreamclients.forms import ParkForm
from apps.dreamclients.models import DreamClient, DreamClientList, Tier
from apps.dreamclients.tables import DreamClientTable
from apps.tables import pages
from apps.tables.asking import Asking
from apps.tables.pages import Empty
from apps.tables.where import Condition, Group
from apps.users.models import User
from opener.http import AuthedRequest, back_to, selected_ids, target_id
from opener.messages import toast


@require_GET
def everything(request: AuthedRequest) -> HttpResponse:
    """All dream clients that one sees; at first one's own."""
    more = [(reverse("dreamclients:lists"), _("Lists")), (reverse("dreamclients:insights"), _("Insights"))]
    return pages.answer(
        request,
        DreamClientTable(request.user),
        "dreamclients/table.html",
        empty=_none,
        context={"more_tabs": more},
    )


@require_GET
def of_list(request: AuthedRequest, pk: int) -> HttpResponse:
    """The dream clients of a list."""
    rows = DreamClientList.objects.visible_to(request.user).select_related("owner", "team")
    row = get_object_or_404(rows, pk=pk)
    base = Group("and", (Condition("list", "is", (str(pk),)),))
    context: dict[str, Any] = {}
    if target_id(request) != "rows":
        context = coverage.list_context(row, request.user)
        context["parts"] = context["stand"].parts(request.path)
        if row.where or row.q:
            meant = urlencode({"where": row.where, "q": row.q})
            context["filter_url"] = f"{reverse('accounts:list')}?{meant}"
    return pages.answer(
        request,
        DreamClientTable(request.user),
        "dreamclients/table.html",
        empty=_none_on_list,
        base=base,
        context=context | {"list": row},
    )


def _none(asking: Asking) -> Empty:
    team = reverse("dreamclients:all") + "?view=team"
    if asking.q or len(asking.where.parts) > 1:
        return Empty(_("No dream client is like that."), url=team, action=_("Show all"))
    if asking.where_text == "cold.is.yes":
        return Empty(_("Every dream client was touched within its cadence."), glyph="fire")
    if asking.where_text == "owner.empty":
        return Empty(_("Every dream client has an owner."), glyph="star")
    if asking.where_text == "owner.is.me":
        return Empty(
            _("Take dream clients that nobody works yet, or add accounts to a list."),
            title=_("Your book is empty"),
            glyph="star",
            url=reverse("dreamclients:all") + "?view=nobody",
            action=_("See what is nobody's"),
        )
    if asking.where:
        return Empty(_("No dream client is like that."), url=team, action=_("Show all"))
    return Empty(
        _("Name the companies you would love to win: make a list, or import one."),
        title=_("No dream clients yet"),
        glyph="star",
        url=reverse("dreamclients:lists"),
        action=_("Go to lists"),
    )


def _none_on_list(asking: Asking) -> Empty:
    if asking.is_narrowed:
        return Empty(_("No dream client of this list is like that."), url="?", action=_("Show all"))
    return Empty(
        _("Tick the companies you would love to win in the table of accounts, and add them here."),
        title=_("Nobody is on this list yet"),
        glyph="star",
        url=reverse("accounts:list"),
        action=_("Go to accounts"),
    )


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
