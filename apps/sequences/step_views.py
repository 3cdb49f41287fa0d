"""The steps of a sequence, and the hours it sends in."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.sequences import authoring, previewing, templating
from apps.sequences.forms import EditStepForm, ScheduleForm, StepForm
from apps.sequences.models import Schedule, Sequence, Step
from apps.sequences.views import chosen_contact
from apps.users.services import audit, changes
from opener.access import require_admin
from opener.http import AuthedRequest, render
from opener.messages import toast


def _step(request: AuthedRequest, pk: int) -> Step:
    """A step of a sequence that the viewer may change. 404 for every other."""
    sequences = Sequence.objects.editable_by(request.user)
    rows = Step.objects.filter(version__sequence__in=sequences).select_related("version__sequence")
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "POST"])
def step_create(request: AuthedRequest, pk: int) -> HttpResponse:
    """A new step, at the end or after the one that `after` names."""
    sequence = get_object_or_404(Sequence.objects.editable_by(request.user), pk=pk)
    form = StepForm(request.POST or None)
    if request.method == "POST" and "preview" not in request.POST and form.is_valid():
        after = request.GET.get("after", "")
        newest = authoring.current_version(sequence)
        before = newest.steps.filter(pk=after).first() if after.isdecimal() and len(after) < 19 else None
        authoring.add_step(sequence=sequence, text=form.text, after=before, by=request.user)
        toast(request, _("The step is in."))
        return redirect("sequences:detail", pk)
    return _form_page(request, form, sequence, None)


@require_http_methods(["GET", "POST"])
def step_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Change what a step says and when."""
    with transaction.atomic():
        step = _step(request, pk)
        sequence = step.version.sequence
        if request.method == "POST":
            # Its key stays free: who enrolls holds the version and needs the key at the commit.
            sequence = Sequence.objects.select_for_update(no_key=True).get(pk=sequence.pk)
        if step.version != authoring.current_version(sequence):
            return _outdated(request, sequence.pk)
        form = EditStepForm(request.POST or None, step=step, sequence=sequence)
        if request.method == "POST" and "preview" not in request.POST and form.is_valid():
            authoring.change_step(step=step, text=form.text, by=request.user)
            toast(request, _("Saved."))
            return redirect("sequences:detail", sequence.pk)
    return _form_page(request, form, sequence, step)


def _form_page(request: AuthedRequest, form: StepForm, sequence: Sequence, step: Step | None) -> HttpResponse:
    """The form with what it would say to a contact beside it; `preview` in the form asks for that alone."""
    is_preview = "preview" in request.POST
    query = request.POST.get("q", "").replace("\x00", "")[:200]
    found = previewing.find_contacts(query, request.user)
    contact = chosen_contact(request, request.POST.get("contact", ""))
    if contact is None or (query and contact not in found):
        contact = found[0] if found else contact
    said = None
    if contact is not None:
        text = {name: str(form[name].value() or "") for name in ("subject", "body")}
        said = previewing.say(text["subject"], text["body"], contact, request.user)
    context: dict[str, Any] = {
        "form": form,
        "sequence": sequence,
        "step": step,
        "variables": templating.hints(),
        "q": query,
        "found": found,
        "contact": contact,
        "said": said,
        "keeps": step is not None and step.version.enrollments.exists(),
    }
    status = 422 if request.method == "POST" and not is_preview else 200
    return render(request, "sequences/step_form.html", context, part="preview", status=status)


def _outdated(request: AuthedRequest, pk: int) -> HttpResponse:
    text = _("Somebody changed this sequence meanwhile. Open the step again.")
    toast(request, text, level=messages.WARNING)
    return redirect("sequences:detail", pk)


@require_POST
def step_remove(request: AuthedRequest, pk: int) -> HttpResponse:
    """Take a step out."""
    step = _step(request, pk)
    try:
        authoring.remove_step(step=step, by=request.user)
    except authoring.NotPossible:
        return _outdated(request, step.version.sequence_id)
    toast(request, _("The step is out."))
    return redirect("sequences:detail", step.version.sequence_id)


@require_POST
def step_move(request: AuthedRequest, pk: int) -> HttpResponse:
    """Move a step one place up or down."""
    step = _step(request, pk)
    places = -1 if request.POST.get("to") == "up" else 1
    try:
        authoring.move_step(step=step, by=request.user, places=places)
    except authoring.NotPossible:
        return _outdated(request, step.version.sequence_id)
    return redirect("sequences:detail", step.version.sequence_id)


# --- Schedules ----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@require_admin
def schedule_create(request: AuthedRequest) -> HttpResponse:
    """New hours in which sequences may send."""
    return _schedule(request, Schedule(), _("New schedule"))


@require_http_methods(["GET", "POST"])
@require_admin
def schedule_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Change the hours of a schedule. What is planned already is checked against them when it falls due."""
    with transaction.atomic():
        rows = Schedule.objects.order_by()
        if request.method == "POST":
            rows = rows.select_for_update(no_key=True)
        schedule = get_object_or_404(rows, pk=pk)
        return _schedule(request, schedule, _("Edit schedule"))


def _schedule(request: AuthedRequest, schedule: Schedule, title: str) -> HttpResponse:
    form = ScheduleForm(request.POST or None, instance=schedule)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            audit(by=request.user, action="schedule saved", subject=schedule, detail=changes(form))
        toast(request, _("Saved."))
        return redirect("sequences:schedules")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "title": title, "submit": _("Save")}
    return render(request, "sequences/form.html", context, part="dialog", status=status)
