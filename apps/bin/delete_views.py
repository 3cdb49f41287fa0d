"""Throwing away one thing: at once, with a way back in the toast, or after a question where something is open there."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.models import Account, Contact, File, Note
from apps.bin import services
from apps.bin.forms import DeleteForm
from apps.bin.models import Deletion
from apps.dreamclients.models import DreamClientList
from opener.access import InTheBin
from opener.http import AuthedRequest, back_to, render
from opener.messages import toast


@require_http_methods(["GET", "POST"])
def account(request: AuthedRequest, pk: int) -> HttpResponse:
    """An account, with all that is about it."""
    row = get_object_or_404(Account.objects.editable_by(request.user), pk=pk)
    goes_too = _("Its contacts, notes, files and tasks go with it, its sequences rest.")
    return _ask_or_go(
        request,
        name=row.name,
        text=goes_too,
        obstacles=services.obstacles(Q(account=pk), "account", timezone.now(), request.user).get(pk, []),
        back=reverse("record", args=[pk]),
        home=reverse("accounts:list"),
        go=lambda: _only(services.throw_away_accounts(ids=[pk], by=request.user, knowingly=True)),
    )


@require_http_methods(["GET", "POST"])
def contact(request: AuthedRequest, pk: int) -> HttpResponse:
    """A contact; whatever is under way with them rests."""
    row = get_object_or_404(Contact.objects.editable_by(request.user), pk=pk)
    record = reverse("record", args=[row.account_id])
    return _ask_or_go(
        request,
        name=row.name,
        text=_("Nobody writes to them any more; what was noted about them goes too."),
        obstacles=services.obstacles(Q(contact=pk), "contact", timezone.now(), request.user).get(pk, []),
        back=record,
        home=back_to(request, record),
        go=lambda: _only(services.throw_away_contacts(ids=[pk], by=request.user, knowingly=True)),
    )


@require_http_methods(["GET", "POST"])
def dream_client_list(request: AuthedRequest, pk: int) -> HttpResponse:
    """A list; its dream clients leave it."""
    row = get_object_or_404(DreamClientList.objects.editable_by(request.user), pk=pk)
    return _ask_or_go(
        request,
        name=row.name,
        text=_("Its dream clients leave it and nobody works them; they come back with it."),
        obstacles=[],
        back=reverse("dreamclients:list", args=[pk]),
        home=reverse("dreamclients:lists"),
        go=lambda: services.throw_away_list(dream_client_list=row, by=request.user),
    )


@require_http_methods(["GET", "POST"])
def note(request: AuthedRequest, pk: int) -> HttpResponse:
    """A note: its author's, managers' and admins' to delete."""
    row = get_object_or_404(Note.objects.editable_by(request.user), pk=pk)
    return _written(request, row, " ".join(row.body.split())[:60])


@require_http_methods(["GET", "POST"])
def file(request: AuthedRequest, pk: int) -> HttpResponse:
    """A file: its author's, managers' and admins' to delete."""
    row = get_object_or_404(File.objects.editable_by(request.user), pk=pk)
    return _written(request, row, row.name)


def _written(request: AuthedRequest, row: Note | File, name: str) -> HttpResponse:
    record = reverse("record", args=[row.account_id])
    return _ask_or_go(
        request,
        name=name,
        text="",
        obstacles=[],
        back=record,
        home=back_to(request, record),
        go=lambda: services.throw_away_written(row=row, by=request.user),
    )


def _only(thrown: services.Thrown) -> Deletion:
    """The deletion of the one thing. Raises InTheBin where a colleague was quicker."""
    for deletion in thrown.deletions.values():
        return deletion
    raise InTheBin


def _ask_or_go(
    request: AuthedRequest,
    *,
    name: str,
    text: str,
    obstacles: list[str],
    back: str,
    home: str,
    go: Callable[[], Deletion],
) -> HttpResponse:
    """The question; or, once it is answered, the deed and the way back."""
    form = DeleteForm(request.POST or None, obstacles=obstacles)
    if request.method == "POST" and (form.is_valid() or not obstacles):
        deletion = go()
        toast(request, _("“%s” is in the bin.") % name, undo=reverse("bin:restore", args=[deletion.pk]))
        return redirect(home)
    context: dict[str, Any] = {"form": form, "name": name, "text": text, "obstacles": obstacles, "back": back}
    status = 422 if request.method == "POST" else 200
    return render(request, "bin/delete.html", context, part="dialog", status=status)
