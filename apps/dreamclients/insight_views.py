"""Insights: the library of what is worth a reader's time. Everybody reads it, everybody adds to it."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.filters import without
from apps.accounts.models import Contact, Industry
from apps.dreamclients import insights, saving
from apps.dreamclients.forms import InsightForm
from apps.dreamclients.models import Insight, InsightQuerySet
from opener.http import AuthedRequest, query_text, render
from opener.messages import toast
from opener.paging import keyset

CHOICES: dict[str, tuple[str, Any]] = {
    "kind": ("kind", Insight.Kind.choices),
    "industry": ("industries__contains", Industry.choices),
    "role": ("roles__contains", Contact.Role.choices),
}
"""What the library is filtered by: the parameter of the address, the look-up, and what it may be."""


@require_GET
def index(request: AuthedRequest) -> HttpResponse:
    """The insights that are asked for, by title, each with how often it was given and how many answered."""
    archived = request.GET.get("view") == "archived"
    rows = Insight.objects.visible_to(request.user).filter(archived_at__isnull=not archived)
    text = query_text(request)
    if text:
        rows = rows.filter(title__icontains=text) | rows.filter(body__icontains=text)
    asked, chips = {}, []
    if text:
        chips.append({"text": _("Holds “%s”") % text, "remove": without(request, "q")})
    for key, (lookup, choices) in CHOICES.items():
        value, labels = request.GET.get(key, ""), dict(choices)
        if value in labels:
            asked[key] = value
            rows = rows.filter(**{lookup: value if key == "kind" else [value]})
            chips.append({"text": str(labels[value]).capitalize(), "remove": without(request, key)})
    context = {
        "asked": asked,
        "q": text,
        "chips": chips,
        "archived": archived,
        "choices": {key: choices for key, (_lookup, choices) in CHOICES.items()},
        **_page(request, rows),
    }
    return render(request, "dreamclients/insights.html", context, part="rows")


def _page(request: AuthedRequest, rows: InsightQuerySet) -> dict[str, Any]:
    page = keyset(
        rows.select_related("created_by"), order=["title", "id"], cursor=request.GET.get("cursor", "")
    )
    uses, industries, roles = insights.uses(page.rows), dict(Industry.choices), dict(Contact.Role.choices)
    lines = [
        {
            "row": row,
            "tags": [industries.get(key, key) for key in row.industries] + [roles.get(key, key) for key in row.roles],
            "use": uses.get(row.pk),
            "may_edit": row.may_edit(request.user),
        }
        for row in page.rows
    ]  # fmt: skip
    return {"page": page, "lines": lines}


@require_http_methods(["GET", "POST"])
def create(request: AuthedRequest) -> HttpResponse:
    """A new insight."""
    return _answer(request, InsightForm(request.POST if request.method == "POST" else None))


@require_http_methods(["GET", "POST"])
def edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Change an insight: whoever wrote it, and managers."""
    with transaction.atomic():
        rows = Insight.objects.editable_by(request.user)
        if request.method == "POST":
            rows = rows.select_for_update(no_key=True)
        row = get_object_or_404(rows, pk=pk)
        form = InsightForm(request.POST if request.method == "POST" else None, instance=row)
        return _answer(request, form, row)


def _answer(request: AuthedRequest, form: InsightForm, row: Insight | None = None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        saving.save_insight(form=form, by=request.user)
        toast(request, _("Insight kept."))
        return redirect("dreamclients:insights")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "insight": row}
    return render(request, "dreamclients/insight_form.html", context, part="dialog", status=status)


@require_POST
def archive(request: AuthedRequest, pk: int) -> HttpResponse:
    """Put an insight away: nobody is offered it any more, and who was given it stays known."""
    row = get_object_or_404(Insight.objects.editable_by(request.user), pk=pk)
    Insight.objects.filter(pk=row.pk, archived_at=None).update(archived_at=timezone.now())
    undo = reverse("dreamclients:insight_restore", args=[pk])
    toast(request, _("“%s” is archived. Who was given it stays known.") % row, undo=undo)
    return redirect("dreamclients:insights")


@require_POST
def restore(request: AuthedRequest, pk: int) -> HttpResponse:
    """Take an insight out of the archive."""
    row = get_object_or_404(Insight.objects.editable_by(request.user), pk=pk)
    Insight.objects.filter(pk=row.pk).update(archived_at=None)
    toast(request, _("“%s” is back.") % row)
    return redirect("dreamclients:insights")
