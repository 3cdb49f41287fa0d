"""What waits for a manager's approval, and what became of what one proposed."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from apps.dreamclients import approval
from apps.dreamclients.forms import ReasonForm
from apps.dreamclients.models import Proposal
from apps.users.models import User
from opener.http import AuthedRequest, back_to, render, selected_ids
from opener.messages import toast
from opener.paging import keyset


def waiting(user: User) -> dict[str, Any]:
    """How many proposals wait for `user`, for tabs that lead here; nothing where they decide none. One query."""
    if not user.is_manager:
        return {}
    return {
        "to_approve": Proposal.objects.decidable_by(user).asked().filter(account__deleted_at=None).count()
    }


@require_http_methods(["GET", "POST"])
def to_approve(request: AuthedRequest) -> HttpResponse:
    """What waits; what was decided; and one's own. Managers answer here, one or many."""
    if request.method == "POST":
        return _decide(request)
    return _page(request)


def _page(request: AuthedRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    user = request.user
    view = request.GET.get("view", "")
    if view not in ("waiting", "decided", "mine"):
        view = "waiting" if user.is_manager else "mine"
    seen = Proposal.objects.visible_to(user)
    if view == "mine" or not user.is_manager:
        rows, order = seen.filter(by=user), ["-at", "-id"]
    elif view == "decided":
        rows, order = seen.decidable_by(user).exclude(state=Proposal.State.ASKED), ["-at", "-id"]
    else:
        rows, order = seen.decidable_by(user).asked(), ["at", "id"]
    related = rows.select_related("account", "list", "owner", "by", "decided_by")
    context |= {
        "page": keyset(related, order=order, cursor=request.GET.get("cursor", "")),
        "view": view,
        "form": context.get("form") or ReasonForm(),
        **waiting(user),
    }
    return render(request, "dreamclients/to_approve.html", context, part="rows", status=status)


def _decide(request: AuthedRequest) -> HttpResponse:
    """The answer to those ticked; to one alone where its own button was pressed, whatever else is ticked."""
    only = request.POST.get("approve", "")
    ids = selected_ids(request)
    if only:
        ids = [int(only)] if only.isascii() and only.isdigit() and len(only) < 19 else []
    rows = list(Proposal.objects.visible_to(request.user).filter(pk__in=ids))
    if not rows:
        toast(request, _("Tick the proposals first."), level=messages.WARNING)
        return redirect("dreamclients:to_approve")
    if not only and request.POST.get("action") != "approve":
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return _page(request, status=422, form=form, selected={row.pk for row in rows})
        _decline(request, rows, form)
    else:
        done = approval.approve(proposals=rows, by=request.user)
        text = ngettext("%d dream client approved.", "%d dream clients approved.", len(done.approved))
        _say(request, text % len(done.approved), done.approved)
        for why in done.overtaken.values():
            toast(request, why, level=messages.WARNING)
        if done.without_owner:
            names = ", ".join(str(row.account) for row in done.without_owner[:5])
            text = _("Nobody's for now, as the book of whoever wanted to work them is full: %s")
            toast(request, text % names, level=messages.WARNING)
    return redirect(back_to(request, reverse("dreamclients:to_approve")))


def _decline(request: AuthedRequest, rows: list[Proposal], form: ReasonForm) -> None:
    done = approval.decline(proposals=rows, by=request.user, reason=form.cleaned_data["reason"])
    text = ngettext("%d proposal declined.", "%d proposals declined.", len(done.declined))
    _say(request, text % len(done.declined), done.declined)


@require_http_methods(["GET", "POST"])
def decline(request: AuthedRequest, pk: int) -> HttpResponse:
    """Say no to one, and why."""
    rows = Proposal.objects.visible_to(request.user).decidable_by(request.user).asked()
    row = get_object_or_404(rows.select_related("account", "list", "by"), pk=pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        _decline(request, [row], form)
        return redirect("dreamclients:to_approve")
    said = {"name": row.by, "list": row.list}
    context = {
        "form": form,
        "account": row.account,
        "title": _("Decline %s") % row.account,
        "text": _("%(name)s proposes it for the list %(list)s and is told why not.") % said,
        "submit": _("Decline"),
        "action": request.path,
        "cancel": reverse("dreamclients:to_approve"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "dreamclients/change.html", context, part="dialog", status=status)


def _say(request: AuthedRequest, text: str, decided: list[Proposal]) -> None:
    if decided:
        toast(request, text, undo=reverse("dreamclients:proposal_undo", args=[decided[0].pk]))
    else:
        toast(request, _("Somebody has answered them meanwhile."), level=messages.WARNING)


@require_POST
def undo(request: AuthedRequest, pk: int) -> HttpResponse:
    """Take back what one decided in one go."""
    rows = Proposal.objects.visible_to(request.user).decidable_by(request.user)
    row = get_object_or_404(rows, pk=pk)
    done, kept = approval.undo(proposal=row, by=request.user)
    if done:
        toast(request, ngettext("%d proposal waits again.", "%d proposals wait again.", done) % done)
    if kept or not done:
        text = _("Somebody has worked there since, so it stays as it is.")
        toast(request, text, level=messages.WARNING)
    return redirect("dreamclients:to_approve")


@require_POST
def withdraw(request: AuthedRequest, pk: int) -> HttpResponse:
    """Take back what one proposed oneself."""
    mine = Proposal.objects.visible_to(request.user).filter(by=request.user)
    row = get_object_or_404(mine.select_related("account"), pk=pk)
    if approval.withdraw(proposal=row):
        toast(request, _("%s is proposed no longer.") % row.account)
    else:
        toast(request, _("Somebody has answered it meanwhile."), level=messages.WARNING)
    return redirect(back_to(request, reverse("dreamclients:to_approve") + "?view=mine"))
