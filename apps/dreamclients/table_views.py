"""The tables of dream clients: all that one sees, and those of a list."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.dreamclients import coverage
from apps.dreamclients.models import DreamClientList
from apps.dreamclients.tables import DreamClientTable
from apps.tables import pages
from apps.tables.asking import Asking
from apps.tables.pages import Empty
from apps.tables.where import Condition, Group
from opener.http import AuthedRequest, render, target_id


@require_GET
def everything(request: AuthedRequest) -> HttpResponse:
    """All dream clients that one sees; at first one's own."""
    more = [(reverse("dreamclients:lists"), _("Lists")), (reverse("dreamclients:insights"), _("Insights"))]
    return pages.answer(
        request,
        DreamClientTable(request.user),
        "dreamclients/table.html",
        empty=_none,
        context={"more_tabs": more, **_above(request)},
    )


def _above(request: AuthedRequest) -> dict[str, Any]:
    """How full one's book is, above the whole page."""
    return {} if target_id(request) == "rows" else coverage.book_context(request.user)


@require_GET
def of_list(request: AuthedRequest, pk: int) -> HttpResponse:
    """The dream clients of a list."""
    rows = DreamClientList.objects.visible_to(request.user).select_related("owner", "team")
    row = get_object_or_404(rows, pk=pk)
    base = Group("and", (Condition("list", "is", (str(pk),)),))
    context: dict[str, Any] = {"may_edit": row.may_edit(request.user)}
    if target_id(request) == "list-head":
        return render(request, "dreamclients/_list_head.html", coverage.list_context(row, request.user))
    if target_id(request) != "rows":
        context["head_comes_later"] = coverage.is_large(row)
        if not context["head_comes_later"]:
            context |= coverage.list_context(row, request.user)
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
