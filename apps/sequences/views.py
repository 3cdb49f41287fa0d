"""Sequences: the list, one with its steps, and what a contact would get from it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Contact
from apps.sequences import authoring, previewing
from apps.sequences.forms import SequenceForm
from apps.sequences.lint import lint
from apps.sequences.models import Enrollment, Schedule, Sequence, SequenceVersion, Step
from apps.sequences.why import Why, why, with_touches
from apps.users.models import User
from apps.users.services import audit, changes
from opener.http import AuthedRequest, query_text, render
from opener.messages import toast
from opener.paging import keyset

Status = Sequence.Status
VIEWS = {
    "live": [Status.ACTIVE, Status.PAUSED, Status.DRAFT],
    "archived": [Status.ARCHIVED],
}


def with_counts(sequences: QuerySet[Sequence], user: User) -> QuerySet[Sequence]:
    """With `step_count` of the newest version, and `running_count` of the enrollments that `user` sees."""
    newest = (
        SequenceVersion.objects.filter(sequence=OuterRef("sequence")).order_by("-number").values("pk")[:1]
    )
    versions = SequenceVersion.objects.filter(sequence=OuterRef("pk"), pk=Subquery(newest))
    steps = versions.order_by().values("sequence").annotate(count=Count("steps")).values("count")
    visible = Enrollment.objects.visible_to(user).running()
    running = visible.filter(sequence=OuterRef("pk")).order_by().values("sequence")
    return sequences.annotate(
        step_count=Coalesce(Subquery(steps, output_field=IntegerField()), 0),
        running_count=Coalesce(
            Subquery(running.annotate(count=Count("pk")).values("count"), output_field=IntegerField()), 0
        ),
    )


@require_GET
def sequence_list(request: AuthedRequest) -> HttpResponse:
    """The sequences that one's teams use."""
    view = request.GET.get("view", "live")
    statuses = VIEWS.get(view, VIEWS["live"])
    rows = with_counts(Sequence.objects.visible_to(request.user).filter(status__in=statuses), request.user)
    page = keyset(
        rows.select_related("owner", "team", "schedule"),
        order=["name", "id"],
        cursor=request.GET.get("cursor", ""),
    )
    context = {"page": page, "view": view if view in VIEWS else "live"}
    return render(request, "sequences/list.html", context, part="rows")


@require_http_methods(["GET", "POST"])
def create(request: AuthedRequest) -> HttpResponse:
    """A new sequence, a draft at first."""
    form = SequenceForm(request.POST or None, instance=Sequence(), user=request.user)
    if request.method == "POST" and form.is_valid():
        sequence = authoring.create_sequence(sequence=form.save(commit=False), by=request.user)
        return redirect("sequences:detail", sequence.pk)
    context = {"form": form, "title": _("New sequence"), "submit": _("Make the sequence")}
    status = 422 if request.method == "POST" else 200
    return render(request, "sequences/form.html", context, part="dialog", status=status)


@require_http_methods(["GET", "POST"])
def edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Its name, team and hours. The steps have pages of their own."""
    with transaction.atomic():
        rows = Sequence.objects.editable_by(request.user)
        if request.method == "POST":
            rows = rows.select_for_update(of=("self",))
        sequence = get_object_or_404(rows, pk=pk)
        form = SequenceForm(request.POST or None, instance=sequence, user=request.user)
        if request.method == "POST" and form.is_valid():
            form.save()
            audit(by=request.user, action="sequence changed", subject=sequence, detail=changes(form))
            toast(request, _("Saved."))
            return redirect("sequences:detail", pk)
    context = {"form": form, "sequence": sequence, "title": _("Edit sequence"), "submit": _("Save")}
    status = 422 if request.method == "POST" else 200
    return render(request, "sequences/form.html", context, part="dialog", status=status)


@dataclass(frozen=True)
class FlowStep:
    """A step as the page of its sequence shows it."""

    step: Step
    day: int
    """The business day that it falls on, the first being day 1, when every touch is done in time."""
    title: str
    body: str


def flow_of(steps: list[Step]) -> Iterator[FlowStep]:
    """The steps with the days they fall on."""
    day = 1
    for step in steps:
        day += step.delay_days
        variant = next(iter(step.variants.all()), None)
        body = variant.body if variant else ""
        first_line = next((line.strip() for line in body.splitlines() if line.strip()), "")
        yield FlowStep(step, day, (variant.subject if variant else "") or first_line, body)


@dataclass(frozen=True)
class Row:
    """A contact on the way, and why it stands where it stands."""

    enrollment: Enrollment
    why: Why


@require_GET
def detail(request: AuthedRequest, pk: int) -> HttpResponse:
    """A sequence: its steps on their days, what is wrong with it, who is on the way."""
    sequences = Sequence.objects.visible_to(request.user).select_related("owner", "team", "schedule")
    sequence = get_object_or_404(sequences, pk=pk)
    version = authoring.current_version(sequence)
    steps = list(version.steps.select_related("insight").prefetch_related("variants"))
    visible = Enrollment.objects.visible_to(request.user).filter(sequence=sequence)
    states = dict(visible.order_by().values_list("state").annotate(Count("pk")))
    running = with_touches().visible_to(request.user).filter(sequence=sequence).running().order_by("-id")
    now = timezone.now()
    context = {
        "sequence": sequence,
        "version": version,
        "flow": list(flow_of(steps)),
        "findings": lint(version),
        "states": [(label, states.get(state, 0)) for state, label in Enrollment.State.choices],
        "rows": [Row(enrollment, why(enrollment, now)) for enrollment in running[:20]],
        "on_earlier": visible.running().exclude(sequence_version=version).count(),
        "may_edit": Sequence.objects.editable_by(request.user).filter(pk=pk).exists(),
    }
    return render(request, "sequences/detail.html", context)


@require_POST
def set_status(request: AuthedRequest, pk: int) -> HttpResponse:
    """Activate, pause or archive."""
    sequence = get_object_or_404(Sequence.objects.editable_by(request.user), pk=pk)
    said = {
        Status.ACTIVE: _("Contacts can be enrolled now."),
        Status.PAUSED: _("It sends nothing until you activate it again."),
        Status.ARCHIVED: _("It is archived. It sends nothing, and its history stays."),
    }
    status = request.POST.get("status", "")
    if status in said:
        try:
            authoring.set_status(sequence=sequence, status=status, by=request.user)
        except authoring.NotPossible as error:
            toast(request, str(error), level=messages.ERROR)
        else:
            toast(request, said[Status(status)])
    return redirect("sequences:detail", pk)


@require_GET
def preview(request: AuthedRequest, pk: int) -> HttpResponse:
    """What one contact would get, and when, if it began now. The contact is found by a search box."""
    sequence = get_object_or_404(Sequence.objects.visible_to(request.user).select_related("schedule"), pk=pk)
    query = query_text(request)
    found = previewing.find_contacts(query, request.user)
    contact = chosen_contact(request, request.GET.get("contact", "")) or (found[0] if found else None)
    version = authoring.current_version(sequence)
    context = {
        "sequence": sequence,
        "version": version,
        "q": query,
        "found": found,
        "contact": contact,
        "steps": previewing.preview(version, contact, request.user) if contact else [],
    }
    return render(request, "sequences/preview.html", context, part="preview")


def chosen_contact(request: AuthedRequest, pk: str) -> Contact | None:
    """The contact that a form names, if there is one of that id."""
    if not pk.isdecimal() or len(pk) > 18:
        return None
    return Contact.objects.visible_to(request.user).select_related("account").filter(pk=pk).first()


@require_GET
def schedules(request: AuthedRequest) -> HttpResponse:
    """The hours in which sequences send."""
    rows = Schedule.objects.annotate(used=Count("sequences"))
    return render(request, "sequences/schedules.html", {"rows": rows, "back": reverse("sequences:list")})
