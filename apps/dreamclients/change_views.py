"""What is done to one dream client: take, let go, assign, park, rule out, revive, take off its list.

Each is a form (a dialog, or a page without JavaScript) and a POST; where it can be undone the toast says so.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.dreamclients import services
from apps.dreamclients.forms import AssignForm, ParkForm, ReasonForm, SwapForm
from apps.dreamclients.models import DreamClient, DreamClientQuerySet
from apps.users.models import Organisation, User
from opener.http import AuthedRequest, back_to, render
from opener.messages import toast

SWAPS = 100
"""How many of a full book are offered to be let go of, the coldest first."""


type View = Callable[[AuthedRequest, int], HttpResponse]


def _unless_it_left(view: View) -> View:
    """Where a colleague was quicker and took it off its list, the record says so."""

    @wraps(view)
    def wrapped(request: AuthedRequest, pk: int) -> HttpResponse:
        try:
            return view(request, pk)
        except services.LeftItsList as refusal:
            toast(request, str(refusal), level=messages.WARNING)
            return redirect("record", refusal.dream_client.account_id)

    return wrapped


def _editable(request: AuthedRequest, pk: int) -> DreamClient:
    rows = DreamClient.objects.editable_by(request.user).current()
    return get_object_or_404(rows.select_related("account", "list", "owner"), pk=pk)


def _form(request: AuthedRequest, row: DreamClient, form: forms.Form, **context: Any) -> HttpResponse:
    context |= {"form": form, "dream_client": row, "account": row.account, "action": request.path}
    status = 422 if request.method == "POST" else 200
    return render(request, "dreamclients/change.html", context, part="dialog", status=status)


def _back(request: AuthedRequest, row: DreamClient) -> HttpResponse:
    return redirect(back_to(request, reverse("record", args=[row.account_id])))


def _url(name: str, row: DreamClient, query: str = "") -> str:
    return reverse(f"dreamclients:{name}", args=[row.pk]) + query


@require_http_methods(["GET", "POST"])
@_unless_it_left
def take(request: AuthedRequest, pk: int) -> HttpResponse:
    """Take what nobody works; with a full book, in exchange for one of one's own."""
    user = request.user
    rows: DreamClientQuerySet = DreamClient.objects.visible_to(user).current()
    row = get_object_or_404(rows.select_related("account", "list", "owner"), pk=pk)
    coldest = DreamClient.objects.in_book_of(user).order_by("cold_at", "id").values("pk")[:SWAPS]
    book = DreamClient.objects.filter(pk__in=coldest).select_related("account").order_by("cold_at", "id")
    given = "instead_of" in request.POST or "reason" in request.POST
    form = SwapForm(request.POST if given else None, book=book)
    if request.method == "POST" and (not given or form.is_valid()):
        swapped = form.cleaned_data if given else {"instead_of": None, "reason": ""}
        try:
            services.take(dream_client=row, by=user, **swapped)
        except services.BookFull:
            return redirect(_url("take", row))
        except services.TakenAlready as refusal:
            toast(request, str(refusal), level=messages.ERROR)
            return redirect("record", row.account_id)
        toast(request, _("%s is yours.") % row.account, undo="" if given else _url("let_go", row, "?undo=1"))
        return _back(request, row)
    cap = Organisation.current().book_cap
    size = services.book_size(user)
    context = {"cap": cap, "size": size, "is_full": size >= cap, "book": book}
    return _form(
        request, row, form, kind="take", title=_("Take %s") % row.account, submit=_("Take it"), **context
    )


@require_http_methods(["GET", "POST"])
@_unless_it_left
def let_go(request: AuthedRequest, pk: int) -> HttpResponse:
    """Put it out of its owner's book, with a reason; it stays on its list."""
    row = _editable(request, pk)
    owner = row.owner
    data = {"reason": _("Taken by mistake")} if "undo" in request.GET else request.POST
    form = ReasonForm(data if request.method == "POST" else None)
    if form.is_valid():
        services.let_go(dream_client=row, by=request.user, reason=form.cleaned_data["reason"])
        undo = _url("assign", row, f"?owner={owner.pk}") if owner else ""
        toast(request, _("%s is nobody's now and stays on its list.") % row.account, undo=undo)
        return _back(request, row)
    text = _("It leaves the book and stays on its list, for a colleague to take.")
    return _form(request, row, form, title=_("Let go of %s") % row.account, text=text, submit=_("Let go"))


@require_http_methods(["GET", "POST"])
@_unless_it_left
def assign(request: AuthedRequest, pk: int) -> HttpResponse:
    """Give it to somebody: managers to their people, reps to themselves."""
    row = _editable(request, pk)
    former = row.owner
    people = User.objects.assignable_by(request.user)
    given = request.POST if "owner" in request.POST else request.GET
    form = AssignForm(
        given if request.method == "POST" else None, people=people, initial={"owner": row.owner_id}
    )
    if form.is_valid():
        owner: User = form.cleaned_data["owner"]
        try:
            services.assign(dream_client=row, owner=owner, by=request.user)
        except services.BookFull as refusal:
            form.add_error("owner", str(refusal))
        else:
            undo = _url("assign", row, f"?owner={former.pk}") if former else _url("let_go", row, "?undo=1")
            said = {"owner": owner, "account": row.account}
            toast(request, _("%(owner)s works %(account)s now.") % said, undo=undo)
            return _back(request, row)
    return _form(request, row, form, title=_("Assign %s") % row.account, submit=_("Assign"))


@require_http_methods(["GET", "POST"])
@_unless_it_left
def park(request: AuthedRequest, pk: int) -> HttpResponse:
    """Let it rest until a day."""
    row = _editable(request, pk)
    form = ParkForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        until = form.cleaned_data["until"]
        services.park(dream_client=row, until=until, by=request.user)
        said = {"account": row.account, "day": date_format(timezone.localtime(until), "j M Y")}
        toast(request, _("%(account)s rests until %(day)s.") % said, undo=_url("revive", row))
        return _back(request, row)
    text = _("It stays in the book, and nobody is asked to touch it until then.")
    return _form(request, row, form, title=_("Park %s") % row.account, text=text, submit=_("Park"))


@require_http_methods(["GET", "POST"])
@_unless_it_left
def rule_out(request: AuthedRequest, pk: int) -> HttpResponse:
    """Say that it will never be a client, and why."""
    row = _editable(request, pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        services.rule_out(dream_client=row, reason=form.cleaned_data["reason"], by=request.user)
        toast(request, _("%s is ruled out.") % row.account, undo=_url("revive", row))
        return _back(request, row)
    text = _("It makes room in the book. You can take it up again at any time.")
    return _form(request, row, form, title=_("Rule out %s") % row.account, text=text, submit=_("Rule out"))


@require_POST
@_unless_it_left
def revive(request: AuthedRequest, pk: int) -> HttpResponse:
    """Take up again what was parked or ruled out."""
    row = _editable(request, pk)
    try:
        services.revive(dream_client=row, by=request.user)
    except services.BookFull as refusal:
        toast(request, _("%s Let one go first.") % refusal, level=messages.ERROR)
    else:
        toast(request, _("%s is taken up again.") % row.account)
    return _back(request, row)


@require_http_methods(["GET", "POST"])
@_unless_it_left
def take_off(request: AuthedRequest, pk: int) -> HttpResponse:
    """Take it off its list; the account stays."""
    row = _editable(request, pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        services.take_off(dream_client=row, by=request.user, reason=form.cleaned_data["reason"])
        toast(request, _("%(account)s is off %(list)s.") % {"account": row.account, "list": row.list})
        return _back(request, row)
    text = _("Its ladder ends here. Put on a list again, it starts from the first rung.")
    said = {"account": row.account, "list": row.list}
    return _form(
        request,
        row,
        form,
        title=_("Take %(account)s off %(list)s") % said,
        text=text,
        submit=_("Take off the list"),
    )
