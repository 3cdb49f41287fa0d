"""Lists of dream clients: the index, and the forms for one."""

from django.contrib import messages
from django.db import DataError, IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.searching import how_many
from apps.dreamclients import following, saving
from apps.dreamclients.coverage import Stand, stands
from apps.dreamclients.forms import FromFilterForm, ListForm
from apps.dreamclients.models import DreamClient, DreamClientList
from apps.dreamclients.proposal_views import waiting
from apps.dreamclients.tasks import nudge
from apps.tables.table import Asked
from apps.tables.where import WhereError
from apps.users.models import User
from opener.http import AuthedRequest, query_text, render
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
    known = stands(page.rows)
    rows = []
    for row in page.rows:
        stand = known.get(row.pk, Stand())
        rows.append((row, stand, stand.parts(reverse("dreamclients:list", args=[row.pk]))))
    context = {"page": page, "rows": rows, "archived": archived, **waiting(request.user)}
    return render(request, "dreamclients/lists.html", context, part="rows")


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


@require_http_methods(["GET", "POST"])
def from_filter(request: AuthedRequest) -> HttpResponse:
    """A list of all accounts that the filter in the address means: as they are today, or live."""
    given = {"q": query_text(request), "where": request.GET.get("where", "")}
    form = FromFilterForm(
        request.POST if request.method == "POST" else None, user=request.user, initial=given
    )
    if request.method == "POST" and form.is_valid():
        try:
            row, added = saving.make_list_from_filter(form=form, by=request.user)
        except WhereError as error:
            form.add_error(None, str(error))
        except IntegrityError:
            form.add_error("name", _("Your team has a list of this name already."))
        else:
            _say_made(request, row, added)
            return redirect("dreamclients:list", row.pk)
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in given}
    context = {"form": form, **_of_filter(request.user, **given), "table": request.GET.get("table", "")}
    status = 422 if request.method == "POST" else 200
    return render(request, "dreamclients/from_filter.html", context, part="dialog", status=status)


def _of_filter(user: User, *, q: str, where: str) -> dict[str, object]:
    """How many accounts a filter means, and how many of them are on a list already; or why it means none."""
    try:
        asked = following.check(q=q, where=where, user=user, live=False)
        matching = following.candidates(asked, user)
        taken = DreamClient.objects.current().filter(account__in=matching.order_by().values("pk"))
        return {
            "number": how_many(matching),
            "taken": how_many(taken),
            "asked": asked,
            "q": q,
            "where": where,
        }
    except (WhereError, DataError) as error:
        return {"problem": str(error), "asked": Asked(), "q": q, "where": where}


def _say_made(request: AuthedRequest, row: DreamClientList, added: int) -> None:
    said = {"number": added, "list": row}
    if row.follow_problem:
        toast(request, row.follow_problem, level=messages.WARNING)
    elif row.needs_approval(request.user):
        toast(request, _("%(number)d accounts are proposed for %(list)s: a manager approves them.") % said)
    else:
        text = ngettext("%(number)d account is on %(list)s.", "%(number)d accounts are on %(list)s.", added)
        toast(request, text % said)
    if row.is_filling or row.followed_at is None:
        toast(request, _("More follow: you may leave this page."), level=messages.INFO)
        nudge()


@require_POST
def follow(request: AuthedRequest, pk: int) -> HttpResponse:
    """Let a live list look at its filter now, instead of within a minute."""
    with transaction.atomic():
        lists = DreamClientList.objects.editable_by(request.user).live().filter(is_live=True)
        locked = lists.select_for_update(of=("self",), no_key=True).select_related("owner")
        row = get_object_or_404(locked, pk=pk)
        row.followed_at = None
        added = following.follow(row, now=timezone.now())
    if row.follow_problem:
        toast(request, row.follow_problem, level=messages.WARNING)
    else:
        text = ngettext("%d account came onto the list.", "%d accounts came onto the list.", added)
        toast(request, text % added if added else _("The list is up to date."))
    if row.followed_at is None:
        nudge()
    return redirect("dreamclients:list", pk)
