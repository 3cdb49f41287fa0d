"""Saved views: giving one a name, sharing it, changing it, throwing it away, pinning it; and how many rows they hold."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.tables import asking as asks
from apps.tables import saving
from apps.tables.counting import counts
from apps.tables.models import SavedView
from apps.tables.pages import called
from apps.tables.table import TABLES, Asked, Table
from apps.tables.tabs import tabs_of
from apps.tables.view_forms import SavedViewForm
from apps.tables.where import WhereError
from apps.users.models import User
from opener.http import AuthedRequest, back_to, id_of, query_text, render
from opener.messages import toast


def table_of(request: AuthedRequest, key: str) -> Table:
    """The table of that key, for whoever asks; 404 where there is none."""
    if key not in TABLES:
        raise Http404
    return TABLES[key](request.user)


def page_of(table: Table, view: SavedView | None = None) -> str:
    """The page of a table, with a view of it."""
    query = f"?view={view.pk}" if view else ""
    return reverse(table.url_name) + query


@require_http_methods(["GET", "POST"])
def create(request: AuthedRequest, key: str) -> HttpResponse:
    """Give what is asked of a table a name."""
    table = table_of(request, key)
    given = request.POST if request.method == "POST" else request.GET
    state = _state(given)
    view = SavedView(table=table.key, owner=request.user)
    form = SavedViewForm(request.POST or None, instance=view, user=request.user)
    if request.method == "POST" and form.is_valid():
        view = form.save(commit=False)
        if _kept(form, view, request):
            toast(request, _("“%s” is a view now.") % view.name)
            return redirect(page_of(table, view))
    context = {"form": form, "table": table, "state": state}
    status = 422 if request.method == "POST" else 200
    return render(request, "tables/view_form.html", context, part="dialog", status=status)


def _state(given: QueryDict) -> dict[str, str]:
    """What a view would keep of what was sent."""
    return {name: str(given.get(name) or "").replace("\x00", "\ufffd")[:8000] for name in saving.PARTS}


def _kept(form: SavedViewForm, view: SavedView, request: AuthedRequest) -> bool:
    try:
        with transaction.atomic():
            saving.keep(view=view, state=_state(request.POST), by=request.user)
    except IntegrityError:
        form.add_error("name", _("You have a view of this name already. Give it another one."))
        return False
    return True


@require_http_methods(["GET", "POST"])
def edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Rename a view, or let others see it."""
    with transaction.atomic():
        rows = SavedView.objects.editable_by(request.user)
        if request.method == "POST":
            rows = rows.select_for_update(of=("self",))
        view = get_object_or_404(rows, pk=pk)
        table = table_of(request, view.table)
        form = SavedViewForm(request.POST or None, instance=view, user=request.user)
        if request.method == "POST" and form.is_valid() and _renamed(form, request.user):
            toast(request, _("Saved."))
            return redirect(page_of(table, view))
    context = {"form": form, "table": table, "view": view}
    status = 422 if request.method == "POST" else 200
    return render(request, "tables/view_form.html", context, part="dialog", status=status)


def _renamed(form: SavedViewForm, by: User) -> bool:
    try:
        with transaction.atomic():
            form.instance.changed_by = by
            form.save()
    except IntegrityError:
        form.add_error("name", _("There is a view of this name already. Give it another one."))
        return False
    return True


@require_POST
def save(request: AuthedRequest, pk: int) -> HttpResponse:
    """Let a view mean what is asked for now. Where somebody changed it since it was opened, that is asked first."""
    state = _state(request.POST)
    with transaction.atomic():
        rows = SavedView.objects.editable_by(request.user).select_for_update(of=("self",), no_key=True)
        view = get_object_or_404(rows, pk=pk)
        table = table_of(request, view.table)
        if Asked.of(where=state["where"]).problem:
            toast(request, _("Nothing was saved: this filter makes no sense."), level=messages.ERROR)
            return redirect(page_of(table, view))
        if request.POST.get("version") != str(view.version) and not saving.means(view, state):
            return _overtaken(request, table, view, state)
        saving.overwrite(view=view, state=state, by=request.user)
    toast(request, _("“%s” is saved as it is now.") % view.name)
    return redirect(page_of(table, view))


def _overtaken(request: AuthedRequest, table: Table, view: SavedView, state: dict[str, str]) -> HttpResponse:
    """Somebody else saved the view meanwhile: both are shown, and whoever reads it chooses."""
    mine = SavedView(table=table.key, **state)
    theirs, yours = (asks.in_words(asks.of_view(table, one)) for one in (view, mine))
    context = {
        "table": table,
        "view": view,
        "state": state,
        "rows": [(label, theirs[label], said) for label, said in yours.items() if theirs[label] != said],
        "theirs_url": page_of(table, view),
        "new_url": f"{reverse('tables:view_create', args=[table.key])}?{urlencode(state)}",
    }
    return render(request, "tables/view_conflict.html", context, status=409)


@require_POST
def delete(request: AuthedRequest, pk: int) -> HttpResponse:
    """Throw a view away, with a way back."""
    view = get_object_or_404(SavedView.objects.editable_by(request.user), pk=pk)
    saving.delete(view=view)
    toast(request, _("“%s” is deleted.") % view.name, undo=reverse("tables:view_restore", args=[pk]))
    return redirect(page_of(table_of(request, view.table)))


@require_POST
def restore(request: AuthedRequest, pk: int) -> HttpResponse:
    """Take a deleted view back."""
    view = get_object_or_404(SavedView.objects.deleted_of(request.user), pk=pk)
    table = table_of(request, view.table)
    if not saving.restore(view=view):
        toast(request, _("There is another view of this name now. Rename it first."), level=messages.ERROR)
        return redirect(page_of(table))
    toast(request, _("“%s” is back.") % view.name)
    return redirect(page_of(table, view))


@require_POST
def choose(request: AuthedRequest, key: str) -> HttpResponse:
    """Pin a view, or unpin it; open the table with it, or no longer."""
    table = table_of(request, key)
    named = request.POST.get("view", "")
    view = SavedView.objects.visible_to(request.user).filter(table=key, pk=id_of(named)).first()
    slug = named if any(one.slug == named for one in table.ready_views()) else ""
    do = request.POST.get("do", "")
    if view is None and not slug:
        raise Http404
    if do in ("pin", "unpin") and view is not None:
        saving.pin(table=key, view=view, slug="", by=request.user, pinned=do == "pin")
    elif do == "default":
        saving.open_with(table=key, view=view, slug=slug, by=request.user)
        toast(request, _("The table opens with “%s” from now on.") % (view or named_ready(table, slug)))
    elif do == "no_default":
        saving.open_with(table=key, view=None, slug="", by=request.user)
    return redirect(back_to(request, page_of(table, view)))


def named_ready(table: Table, slug: str) -> str:
    """What a ready view is called."""
    return next((str(one.label) for one in table.ready_views() if one.slug == slug), slug)


@require_GET
def count(request: AuthedRequest, key: str) -> HttpResponse:
    """How many rows match what is asked for, and, with `tabs`, how many each view holds."""
    table = table_of(request, key)
    asked: dict[str, Asked] = {}
    if "where" in request.GET:
        asked["total"] = Asked.of(q=query_text(request), where=request.GET["where"])
    if "tabs" in request.GET:
        for tab in tabs_of(table):
            if tab.is_pinned:
                asked[f"view-{tab.key}"] = asks.of_view(table, tab.view).asked
    rows: dict[str, Any] = {}
    for name, one in asked.items():
        try:
            rows[name] = table.matching(one)
        except WhereError:
            continue
    counted = counts(rows)
    context = {"counts": counted, "total_of": called(table, counted.get("total", ""))}
    return render(request, "tables/counts.html", context)
