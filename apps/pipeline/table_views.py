"""The page of the table of opportunities."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.pipeline.tables import OpportunityTable
from apps.tables import pages
from apps.tables.asking import Asking
from apps.tables.pages import Empty
from opener.http import AuthedRequest


@require_GET
def everything(request: AuthedRequest) -> HttpResponse:
    """All opportunities that one sees; at first the open ones."""
    return pages.answer(request, OpportunityTable(request.user), "pipeline/table.html", empty=_none)


def _none(asking: Asking) -> Empty:
    every = reverse("pipeline:list") + "?view=all"
    if asking.q or len(asking.where.parts) > 2:
        return Empty(_("No opportunity is like that."), url=every, action=_("Show all"))
    if asking.where_text == "stalled.is.yes":
        return Empty(
            _("Every open opportunity here has a next commitment with a day to come."),
            title=_("Nothing is stalled"),
            glyph="check-circle",
        )
    if asking.where_text in ("", "state.is.open", "state.is.open,owner.is.me"):
        return Empty(
            _("They come out of held meetings with dream clients."),
            title=_("No opportunities yet") if not asking.where else _("No open opportunities"),
            glyph="view-columns",
            url=reverse("dreamclients:all"),
            action=_("Go to dream clients"),
        )
    return Empty(_("No opportunity is like that."), url=every, action=_("Show all"))
