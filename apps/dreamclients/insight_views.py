"""Insights: the small library of what is worth a reader's time. Everybody reads it, everybody adds to it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.dreamclients import saving
from apps.dreamclients.forms import InsightForm
from apps.dreamclients.models import Insight
from opener.http import AuthedRequest, render
from opener.messages import toast
from opener.paging import keyset


@require_GET
def index(request: AuthedRequest) -> HttpResponse:
    """All insights, by title."""
    page = keyset(
        Insight.objects.visible_to(request.user).select_related("created_by"),
        order=["title", "id"],
        cursor=request.GET.get("cursor", ""),
    )
    return render(request, "dreamclients/insights.html", {"page": page}, part="rows")


@require_http_methods(["GET", "POST"])
def create(request: AuthedRequest) -> HttpResponse:
    """A new insight."""
    return _answer(request, InsightForm(request.POST or None))


@require_http_methods(["GET", "POST"])
def edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Change an insight: whoever wrote it, and managers."""
    rows = Insight.objects.editable_by(request.user)
    row = get_object_or_404(rows, pk=pk)
    return _answer(request, InsightForm(request.POST or None, instance=row))


def _answer(request: AuthedRequest, form: InsightForm) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        saving.save_insight(form=form, by=request.user)
        toast(request, _("Insight kept."))
        return redirect("dreamclients:insights")
    status = 422 if request.method == "POST" else 200
    return render(request, "dreamclients/insight_form.html", {"form": form}, part="dialog", status=status)
