"""Moving an opportunity, closing it, and taking either back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.pipeline import services
from apps.pipeline.forms import LostForm, MoveForm, ProofForm, next_day
from apps.pipeline.models import Opportunity, Stage
from opener.http import AuthedRequest, back_to, id_of, render
from opener.messages import toast
from opener.ui.moments import ago


def _fetch(request: AuthedRequest, pk: int) -> Opportunity:
    rows = Opportunity.objects.editable_by(request.user)
    return get_object_or_404(rows.select_related("account", "stage", "pipeline", "owner"), pk=pk)


def _back(request: AuthedRequest, pk: int) -> HttpResponse:
    """To the page that the change was made on, where it was named, else to the opportunity."""
    return redirect(back_to(request, reverse("pipeline:detail", args=[pk])))


def _try(request: AuthedRequest, act: Callable[[], Opportunity]) -> Opportunity | None:
    """What `act` returns, or None after saying in words why it could not be done."""
    try:
        return act()
    except services.MovedMeanwhile as conflict:
        toast(request, _meanwhile(conflict), level=messages.WARNING)
    except services.NotPossible as refusal:
        toast(request, str(refusal), level=messages.WARNING)
    return None


def _meanwhile(conflict: services.MovedMeanwhile) -> str:
    """Says who moved it where, and when, if that was what changed."""
    last = conflict.last
    if last is None or last.by is None or last.data.get("version") != conflict.opportunity.version:
        return _("Somebody changed it while you were looking. Look again, then repeat what you wanted.")
    return _("%(name)s moved it to %(stage)s %(when)s. Look again, then repeat what you wanted.") % {
        "name": last.by.get_short_name(),
        "stage": conflict.opportunity.stage.name,
        "when": ago(last.at),
    }


def _undo_url(opportunity: Opportunity) -> str:
    return reverse("pipeline:undo", args=[opportunity.pk, opportunity.version])


@require_http_methods(["GET", "POST"])
def move(request: AuthedRequest, pk: int) -> HttpResponse:
    """Put it into a stage, with the evidence and the date of the next commitment."""
    opportunity = _fetch(request, pk)
    target = _target(request, opportunity)
    form = MoveForm(
        request.POST or None, opportunity=opportunity, target=target, initial=next_day(opportunity)
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        moved = _try(
            request,
            lambda: services.move(
                opportunity=opportunity,
                stage=data["stage"],
                by=request.user,
                evidence=form.proof(),
                next_on=data["next_on"],
                version=data["version"],
            ),
        )
        if moved is not None:
            _say_moved(request, moved, opportunity.stage)
        return _back(request, pk)
    context: dict[str, Any] = {
        "form": form,
        "opportunity": opportunity,
        "target": form.target,
        "stages": opportunity.pipeline.stages.exclude(kind=Stage.Kind.LOST),
        "next": request.POST.get("next") or request.GET.get("next", ""),
    }
    return render(request, "pipeline/move.html", context, part="dialog", status=422 if form.is_bound else 200)


def _target(request: AuthedRequest, opportunity: Opportunity) -> Stage | None:
    """The stage that the address names, else the one that comes next."""
    stages = opportunity.pipeline.stages.exclude(kind=Stage.Kind.LOST)
    named = request.GET.get("stage", "")
    found = stages.filter(pk=id_of(named)).first()
    return found or stages.filter(position__gt=opportunity.stage.position).first()


def _say_moved(request: AuthedRequest, moved: Opportunity, before: Stage) -> None:
    words = {"name": moved.name, "stage": moved.stage.name}
    if moved.stage_id == before.pk:
        toast(request, _("Saved."))
        return
    commitment = moved.commitments.filter(stage=moved.stage).first()
    if not moved.is_open:
        text = _("%(name)s is won.") % words
    elif moved.stage.position > before.position and (commitment is None or commitment.is_skipped):
        text = _("%(name)s moved to %(stage)s without evidence: marked as a risk.") % words
    else:
        text = _("%(name)s moved to %(stage)s.") % words
    toast(request, text, undo=_undo_url(moved))


@require_POST
def undo(request: AuthedRequest, pk: int, version: int) -> HttpResponse:
    """Take back the move that a toast told of."""
    opportunity = _fetch(request, pk)
    row = _try(request, lambda: services.undo(opportunity=opportunity, by=request.user, version=version))
    if row is not None:
        toast(request, _("%(name)s is back in %(stage)s.") % {"name": row.name, "stage": row.stage.name})
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        return redirect(referer)
    return redirect("pipeline:detail", pk)


@require_POST
def lose(request: AuthedRequest, pk: int) -> HttpResponse:
    """Close it as lost, with the reason."""
    opportunity = _fetch(request, pk)
    form = LostForm(request.POST)
    if not form.is_valid():
        toast(request, _("Say why it was lost."), level=messages.WARNING)
        return redirect("pipeline:detail", pk)
    row = _try(
        request,
        lambda: services.lose(opportunity=opportunity, by=request.user, **form.cleaned_data),
    )
    if row is not None:
        toast(request, _("%s is lost. Why is kept with it.") % row.name, undo=_undo_url(row))
    return _back(request, pk)


@require_POST
def reopen(request: AuthedRequest, pk: int) -> HttpResponse:
    """Take a win or a loss back."""
    opportunity = _fetch(request, pk)
    row = _try(request, lambda: services.reopen(opportunity=opportunity, by=request.user))
    if row is not None:
        toast(
            request, _("%(name)s is open again, in %(stage)s.") % {"name": row.name, "stage": row.stage.name}
        )
    return _back(request, pk)


@require_POST
def prove(request: AuthedRequest, pk: int, stage_pk: int) -> HttpResponse:
    """Add the evidence of a commitment that was passed over."""
    opportunity = _fetch(request, pk)
    commitment = get_object_or_404(
        opportunity.commitments.select_related("stage"), stage=stage_pk, is_skipped=True
    )
    form = ProofForm(request.POST)
    if form.is_valid():
        services.prove(opportunity=opportunity, stage=commitment.stage, by=request.user, **form.cleaned_data)
        toast(request, _("Evidence added: %s counts as gained.") % commitment.stage.name)
    else:
        toast(request, _("Write down what proves it."), level=messages.WARNING)
    return redirect("pipeline:detail", pk)
