"""Lists of dream clients: the index, and the forms for one."""

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.dreamclients import saving
from apps.dreamclients.forms import ListForm
from apps.dreamclients.models import DreamClient, DreamClientList, Rung
from apps.users.models import User
from opener.http import AuthedRequest, render
from opener.messages import toast
from opener.paging import keyset


@require_GET
def index(request: AuthedRequest) -> HttpResponse:
    """The lists that one sees, each with how it stands."""
    archived = request.GET.get("view") == "archived"
    lists = (
        DreamClientList.objects.visible_to(request.user)
        .filter(archived_at__isnull=not archived)
        .select_related("owner", "team")
    )
    page = keyset(lists, order=["name", "id"], cursor=request.GET.get("cursor", ""))
    stand = _how_they_stand(page.rows)
    rows = [(row, stand.get(row.pk, {"number": 0})) for row in page.rows]
    context = {"page": page, "rows": rows, "archived": archived}
    return render(request, "dreamclients/lists.html", context, part="rows")


def _how_they_stand(lists: list[DreamClientList]) -> dict[int, dict[str, int]]:
    """By list: its dream clients, those worked, of these the warm and the cold ones, nobody's, opened ones."""
    now = timezone.now()
    worked = (
        Q(owner__isnull=False, ruled_out_at=None)
        & (Q(parked_until=None) | Q(parked_until__lte=now))
        & ~Q(rung=Rung.OPENED)
    )
    rows: Any = (
        DreamClient.objects.current()
        .filter(list__in=lists)
        .values("list")
        .annotate(
            number=Count("id"),
            worked=Count("id", filter=worked),
            cold=Count("id", filter=worked & Q(cold_at__lte=now)),
            nobody=Count("id", filter=Q(owner=None)),
            opened=Count("id", filter=Q(rung=Rung.OPENED)),
        )
        .order_by()
    )
    return {row["list"]: {**row, "warm": row["worked"] - row["cold"]} for row in rows}


def _saved(form: ListForm, by: User) -> DreamClientList | None:
    """The list; None where somebody took its name since the form looked."""
    try:
        return saving.save_list(form=form, by=by)
    except IntegrityError:
        form.add_error("name", _("Your team has a list of this name already."))
        return None


@require_http_methods(["GET", "POST"])
def create(request: AuthedRequest) -> HttpResponse:
    """A new list."""
    form = ListForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid() and (row := _saved(form, request.user)):
        toast(request, _("The list %s is here. Add accounts to it.") % row.name)
        return redirect("dreamclients:list", row.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "dreamclients/list_form.html", {"form": form}, part="dialog", status=status)


@require_http_methods(["GET", "POST"])
def edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Rename a list, or change its cadence."""
    with transaction.atomic():
        lists = DreamClientList.objects.editable_by(request.user)
        if request.method == "POST":
            lists = lists.select_for_update()
        row = get_object_or_404(lists, pk=pk)
        name = row.name
        form = ListForm(request.POST or None, instance=row, user=request.user)
        if request.method == "POST" and form.is_valid() and _saved(form, request.user):
            toast(request, _("Saved."))
            return redirect("dreamclients:list", pk)
    context = {"form": form, "list": row, "name": name}
    status = 422 if request.method == "POST" else 200
    return render(request, "dreamclients/list_form.html", context, part="dialog", status=status)


@require_POST
def archive(request: AuthedRequest, pk: int) -> HttpResponse:
    """Put a list away. Its dream clients stay with their owners."""
    row = get_object_or_404(DreamClientList.objects.editable_by(request.user), pk=pk)
    DreamClientList.objects.filter(pk=row.pk, archived_at=None).update(archived_at=timezone.now())
    undo = reverse("dreamclients:list_restore", args=[pk])
    toast(request, _("%s is archived. Its dream clients stay with their owners.") % row.name, undo=undo)
    return redirect("dreamclients:lists")


@require_POST
def restore(request: AuthedRequest, pk: int) -> HttpResponse:
    """Take a list out of the archive."""
    row = get_object_or_404(DreamClientList.objects.editable_by(request.user), pk=pk)
    try:
        with transaction.atomic():
            DreamClientList.objects.filter(pk=row.pk).update(archived_at=None)
    except IntegrityError:
        text = _("Your team has another list called %s by now. Rename one of them first.") % row.name
        toast(request, text, level=messages.ERROR)
        return redirect("dreamclients:lists")
    toast(request, _("%s is back.") % row.name)
    return redirect("dreamclients:list", pk)
