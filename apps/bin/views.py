"""The bin: what lies in it, how long still, and the ways out of it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.bin import services
from apps.bin.forms import PurgeForm
from apps.bin.models import KEPT_FOR, KIND_NAMES, Deletion
from apps.bin.purging import purge_now
from opener.access import require_admin
from opener.http import AuthedRequest, back_to, query_text, render, selected_ids
from opener.messages import toast
from opener.paging import keyset

MANY = {
    "account": gettext_lazy("Accounts"),
    "contact": gettext_lazy("Contacts"),
    "note": gettext_lazy("Notes"),
    "file": gettext_lazy("Files"),
    "list": gettext_lazy("Lists"),
}


@require_GET
def index(request: AuthedRequest) -> HttpResponse:
    """What one threw away; managers see their teams', admins everybody's."""
    kind, text = request.GET.get("kind", ""), query_text(request)
    rows = Deletion.objects.visible_to(request.user).waiting().select_related("by", "team")
    if kind in KIND_NAMES:
        rows = rows.filter(kind=kind)
    if mine := request.GET.get("who") == "me":
        rows = rows.filter(by=request.user)
    if text:
        rows = rows.filter(label__icontains=text)
    context = {
        "page": keyset(rows, order=["-at", "-id"], cursor=request.GET.get("cursor", "")),
        "kind": kind if kind in KIND_NAMES else "",
        "kinds": MANY,
        "mine": mine,
        "q": text,
        "days": KEPT_FOR.days,
    }
    return render(request, "bin/index.html", context, part="rows")


@require_http_methods(["GET", "POST"])
def restore(request: AuthedRequest, pk: int) -> HttpResponse:
    """What it is and what comes back with it; with a POST it does. The Undo of a toast posts here."""
    row = get_object_or_404(Deletion.objects.editable_by(request.user), pk=pk)
    if request.method == "POST":
        restored = services.restore(deletions=[pk], by=request.user)
        if restored.back:
            toast(request, " ".join([_("%s is back.") % row.label, restored.said()]).strip())
            return redirect(back_to(request, _home(row)))
        toast(request, restored.said(), level=messages.WARNING)
        return redirect("bin:index")
    if not row.is_waiting:
        return redirect(_home(row) if row.restored_at else "bin:index")
    return render(request, "bin/restore.html", {"deletion": row}, part="dialog")


@require_POST
def restore_many(request: AuthedRequest) -> HttpResponse:
    """Everything that is ticked."""
    ids = selected_ids(request)
    if not ids:
        toast(request, _("Tick what is to come back."), level=messages.INFO)
        return redirect(back_to(request, reverse("bin:index")))
    restored = services.restore(deletions=ids, by=request.user)
    count = len(restored.back)
    said = ngettext("%d thing is back.", "%d things are back.", count) % count
    level = messages.WARNING if restored.refused else messages.SUCCESS
    toast(request, f"{said} {restored.said()}".strip(), level=level)
    return redirect(back_to(request, reverse("bin:index")))


@require_http_methods(["GET", "POST"])
@require_admin
def purge(request: AuthedRequest, pk: int) -> HttpResponse:
    """Delete for good before its time: an admin, who types its name."""
    row = get_object_or_404(Deletion.objects.visible_to(request.user).waiting(), pk=pk)
    form = PurgeForm(request.POST if request.method == "POST" else None, label=row.label)
    if request.method == "POST" and form.is_valid():
        if purge_now(deletion=row, by=request.user):
            toast(request, _("“%s” is deleted for good.") % row.label)
        return redirect("bin:index")
    status = 422 if request.method == "POST" else 200
    return render(request, "bin/purge.html", {"deletion": row, "form": form}, part="dialog", status=status)


@require_GET
def of_account(request: AuthedRequest, pk: int) -> HttpResponse:
    """To the way back of an account: where a form says that the domain is in the bin, it links here."""
    return _way_back(request, account=pk)


@require_GET
def of_contact(request: AuthedRequest, pk: int) -> HttpResponse:
    """To the way back of a contact, or of the account that it lies in the bin with."""
    deletion = Deletion.objects.editable_by(request.user).waiting().filter(contact=pk).first()
    return redirect("bin:restore", deletion.pk) if deletion else _way_back(request, account__contacts=pk)


def _way_back(request: AuthedRequest, **of: Any) -> HttpResponse:
    deletion = Deletion.objects.editable_by(request.user).waiting().filter(**of).first()
    if deletion is None:
        raise Http404
    return redirect("bin:restore", deletion.pk)


def _home(row: Deletion) -> str:
    """Where what came back is to be seen."""
    if row.kind == "list" and row.list_id:
        return reverse("dreamclients:list", args=[row.list_id])
    thing = row.thing
    account = row.account_id if row.kind == "account" else getattr(thing, "account_id", None)
    return reverse("record", args=[account]) if account else reverse("bin:index")
