"""The board, the list of a stage, and the pages of an opportunity."""

from typing import Any
from urllib.parse import quote

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Account
from apps.activities.models import Activity
from apps.meetings.models import Meeting
from apps.pipeline import services
from apps.pipeline.board import Filters, card, columns, may_edit
from apps.pipeline.forms import (
    CreateForm,
    EditForm,
    LostForm,
    MoveForm,
    PersonForm,
    ProofForm,
    next_day,
)
from apps.pipeline.models import Opportunity, Stage
from apps.users.models import Organisation, User
from opener.http import AuthedRequest, id_of, render
from opener.messages import toast
from opener.paging import keyset


@require_GET
def board(request: AuthedRequest) -> HttpResponse:
    """A column an open stage."""
    filters = Filters.of(request.user, request.GET)
    stages = list(services.default_pipeline().stages.all())
    shown = columns(stages, filters)
    context = {
        "columns": shown,
        "filters": filters,
        "number": sum(column.number for column in shown),
        "value": sum(column.value for column in shown),
        "ends": [one for one in stages if one.kind != Stage.Kind.OPEN],
        "currency": Organisation.current().currency,
        "back": request.get_full_path(),
        "back_quoted": quote(request.get_full_path(), safe=""),
    }
    return render(request, "pipeline/board.html", context)


@require_GET
def stage(request: AuthedRequest, pk: int) -> HttpResponse:
    """All opportunities of a stage, page by page."""
    row = get_object_or_404(Stage.objects.select_related("pipeline"), pk=pk)
    filters = Filters.of(request.user, request.GET)
    rows = filters.apply(Opportunity.objects.visible_to(request.user).filter(stage=row))
    is_open = row.kind == Stage.Kind.OPEN
    page = keyset(
        (rows.open() if is_open else rows).select_related("account", "owner"),  # type: ignore[attr-defined]
        order=["next_on", "id"] if is_open else ["-closed_at", "-id"],
        cursor=request.GET.get("cursor", ""),
    )
    sought = row.pipeline.stages.filter(position__gt=row.position).exclude(kind=Stage.Kind.LOST).first()
    today = timezone.localdate()
    context = {
        "stage": row,
        "stages": row.pipeline.stages.all(),
        "page": page,
        "cards": [card(one, sought if is_open else None, request.user, today) for one in page.rows],
        "filters": filters,
    }
    return render(request, "pipeline/stage.html", context, part="rows")


@require_http_methods(["GET", "POST"])
def create(request: AuthedRequest, account_pk: int) -> HttpResponse:
    """Open an opportunity with an account; with ?meeting= out of that meeting."""
    account = get_object_or_404(Account.objects.editable_by(request.user), pk=account_pk)
    meeting = _meeting_named(request, account)
    form = CreateForm(
        request.POST or None,
        account=account,
        by=request.user,
        initial=_suggested(account, meeting, request.user),
    )
    if request.method == "POST" and form.is_valid():
        opportunity = services.open_opportunity(
            account=account,
            owner=request.user,
            by=request.user,
            meeting=meeting,
            custom=form.instance.custom,
            **form.own_data(),
        )
        _say_opened(request, opportunity)
        return redirect("pipeline:detail", opportunity.pk)
    status = 422 if form.is_bound else 200
    context = {"form": form, "account": account, "meeting": meeting}
    return render(request, "pipeline/create.html", context, part="dialog", status=status)


def _meeting_named(request: AuthedRequest, account: Account) -> Meeting | None:
    pk = id_of(request.GET.get("meeting", ""))
    held = Meeting.objects.visible_to(request.user).filter(account=account, state=Meeting.State.HELD)
    return held.select_related("contact").filter(pk=pk).first()


def _suggested(account: Account, meeting: Meeting | None, user: User) -> dict[str, Any]:
    """What the form starts with: the next commitment in ten business days, and how the opportunity came to be.

    Created where a meeting was held after a touch of ours: then it was we who opened it.
    """
    held = account.meetings.filter(state=Meeting.State.HELD)
    last = meeting or held.select_related("contact").order_by("-starts_at").first()
    touched = last and Activity.objects.touches().filter(account=account, at__lt=last.starts_at).exists()
    origin = Opportunity.Origin.CREATED if touched else Opportunity.Origin.CAPTURED
    return {
        "name": account.name,
        "origin": origin,
        "contact": last.contact_id if last else None,
        "next_on": user.working_hours().add_business_days(timezone.localdate(), 10),
    }


def _say_opened(request: AuthedRequest, opportunity: Opportunity) -> None:
    if hasattr(opportunity, "opening"):
        toast(request, _("Opportunity opened. It counts as an opening."))
    else:
        toast(request, _("Opportunity opened."))


@require_GET
def detail(request: AuthedRequest, pk: int) -> HttpResponse:
    """One opportunity: what the buyer agreed to, what is sought next, who is in it, what happened."""
    opportunity = get_object_or_404(
        Opportunity.objects.visible_to(request.user).select_related(
            "account",
            "contact",
            "owner",
            "stage",
            "pipeline",
            "dream_client",
            "opening__sequence",
            "opening__list",
        ),
        pk=pk,
    )
    return render(request, "pipeline/detail.html", _detail_context(request, opportunity))


def _detail_context(request: AuthedRequest, opportunity: Opportunity) -> dict[str, Any]:
    ladder = _ladder(opportunity)
    sought = next((rung["stage"] for rung in ladder if rung["state"] == "next"), None)
    happened = Activity.objects.visible_to(request.user).filter(
        account=opportunity.account_id, data__opportunity=opportunity.pk
    )
    return {
        "opportunity": opportunity,
        "ladder": ladder,
        "sought": sought,
        "won": next(rung["stage"] for rung in ladder if rung["stage"].kind == Stage.Kind.WON),
        "is_stalled": opportunity.is_stalled(timezone.localdate()),
        "may_edit": may_edit(request.user, opportunity),
        "people": opportunity.people.filter(contact__deleted_at=None)
        .select_related("contact")
        .order_by("id"),
        "activities": happened.select_related("by", "contact").order_by("-at", "-id")[:20],
        "move_form": MoveForm(opportunity=opportunity, target=sought, initial=next_day(opportunity)),
        "lost_form": LostForm(initial={"version": opportunity.version}, auto_id="lost_%s"),
        "person_form": PersonForm(opportunity=opportunity, auto_id="person_%s"),
        "proof_form": ProofForm(),
        "opening": getattr(opportunity, "opening", None),
    }


def _ladder(opportunity: Opportunity) -> list[dict[str, Any]]:
    """Every commitment of the pipeline: gained, skipped, sought next, or still ahead."""
    given = {one.stage_id: one for one in opportunity.commitments.select_related("by")}
    ladder = []
    has_next = not opportunity.is_open
    for row in opportunity.pipeline.stages.exclude(kind=Stage.Kind.LOST):
        commitment = given.get(row.pk)
        state = "ahead"
        if commitment is not None:
            state = "skipped" if commitment.is_skipped else "gained"
        elif row.position > opportunity.stage.position and not has_next:
            state, has_next = "next", True
        elif row.position <= opportunity.stage.position:
            state = "unknown"
        ladder.append({"stage": row, "commitment": commitment, "state": state})
    return ladder


@require_http_methods(["GET", "POST"])
def edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Change name, value, owner and the like. Two at once: the second sees both versions."""
    rows = Opportunity.objects.editable_by(request.user)
    with transaction.atomic():
        if request.method == "POST":
            rows = rows.select_for_update(no_key=True, of=("self",))
        opportunity = get_object_or_404(rows, pk=pk)
        form = EditForm(
            request.POST or None, instance=opportunity, account=opportunity.account, by=request.user
        )
        if request.method == "POST" and form.is_valid():
            services.update(opportunity=form.instance, by=request.user)
            toast(request, _("Saved."))
            return redirect("pipeline:detail", pk)
    # A bound model form has written into its instance: the page's head tells what is stored.
    opportunity = Opportunity.objects.visible_to(request.user).select_related("account").get(pk=pk)
    status = 422 if form.is_bound else 200
    return render(request, "pipeline/edit.html", {"form": form, "opportunity": opportunity}, status=status)


@require_POST
def person_add(request: AuthedRequest, pk: int) -> HttpResponse:
    """Put a contact of the account into the opportunity, with their part in it."""
    opportunity = get_object_or_404(
        Opportunity.objects.editable_by(request.user).select_related("account"), pk=pk
    )
    form = PersonForm(request.POST, opportunity=opportunity)
    if form.is_valid():
        given = form.cleaned_data
        # A second click at the same moment finds the row of the first.
        person, _is_new = opportunity.people.get_or_create(
            contact=given["contact"], defaults={"role": given["role"]}
        )
        toast(request, _("%s is in.") % person.contact.name)
    else:
        toast(request, _("Choose somebody of the account who is not in it yet."), level=30)
    return redirect(f"{reverse('pipeline:detail', args=[pk])}#people")


@require_POST
def person_remove(request: AuthedRequest, pk: int, person_pk: int) -> HttpResponse:
    """Take a contact out of the opportunity again."""
    opportunity = get_object_or_404(Opportunity.objects.editable_by(request.user), pk=pk)
    person = get_object_or_404(opportunity.people.select_related("contact"), pk=person_pk)
    person.delete()
    toast(request, _("%s is out.") % person.contact.name)
    return redirect(f"{reverse('pipeline:detail', args=[pk])}#people")
