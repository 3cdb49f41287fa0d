"""Settings → Pipeline: what the stages are called, what they ask and what proves them."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.pipeline import stages as services
from apps.pipeline.credit import opening_stage as opening_stage_of
from apps.pipeline.defaults import default_pipeline
from apps.pipeline.forms import OpeningStageForm, StageForm
from apps.pipeline.models import Stage
from opener.access import require_admin
from opener.http import AuthedRequest, render
from opener.messages import toast


@require_GET
@require_admin
def stages(request: AuthedRequest) -> HttpResponse:
    """The way of commitments, in order."""
    pipeline = default_pipeline()
    context = {
        "nav": "users",
        "pipeline": pipeline,
        "stages": pipeline.stages.all(),
        "opening": opening_stage_of(pipeline),
        "opening_form": OpeningStageForm(pipeline=pipeline),
    }
    return render(request, "pipeline/stages.html", context)


@require_http_methods(["GET", "POST"])
@require_admin
def stage_create(request: AuthedRequest) -> HttpResponse:
    """Add a stage after the last open one."""
    pipeline = default_pipeline()
    form = StageForm(request.POST or None, instance=Stage(pipeline=pipeline, position=0), pipeline=pipeline)
    if request.method == "POST" and form.is_valid():
        stage = services.add_stage(pipeline=pipeline, stage=form.save(commit=False), by=request.user)
        toast(request, _("%s added. Move it to its place.") % stage.name)
        return redirect("pipeline:stages")
    status = 422 if form.is_bound else 200
    return render(request, "pipeline/stage_form.html", {"form": form, "nav": "users"}, status=status)


@require_http_methods(["GET", "POST"])
@require_admin
def stage_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Change the words of a stage."""
    rows = Stage.objects.select_related("pipeline")
    with transaction.atomic():
        if request.method == "POST":
            rows = rows.select_for_update(of=("self",))
        stage = get_object_or_404(rows, pk=pk)
        name = stage.name
        form = StageForm(request.POST or None, instance=stage, pipeline=stage.pipeline)
        if request.method == "POST" and form.is_valid():
            services.save_stage(form=form, by=request.user)
            toast(request, _("Saved."))
            return redirect("pipeline:stages")
    context = {"form": form, "stage": stage, "name": name, "nav": "users"}
    return render(request, "pipeline/stage_form.html", context, status=422 if form.is_bound else 200)


@require_POST
@require_admin
def stage_shift(request: AuthedRequest, pk: int) -> HttpResponse:
    """Move a stage one place up or down."""
    stage = get_object_or_404(Stage.objects.select_related("pipeline"), pk=pk)
    services.shift_stage(stage=stage, by=request.user, up=request.POST.get("direction") == "up")
    return redirect("pipeline:stages")


@require_POST
@require_admin
def stage_remove(request: AuthedRequest, pk: int) -> HttpResponse:
    """Remove a stage that nothing stands in, or say why it cannot go."""
    stage = get_object_or_404(Stage.objects.select_related("pipeline"), pk=pk)
    try:
        services.remove_stage(stage=stage, by=request.user)
    except services.StageInUse as refusal:
        toast(request, str(refusal), level=messages.WARNING)
    else:
        toast(request, _("%s removed.") % stage.name)
    return redirect("pipeline:stages")


@require_POST
@require_admin
def opening_stage(request: AuthedRequest) -> HttpResponse:
    """Choose the stage whose reaching counts as an opening."""
    pipeline = default_pipeline()
    form = OpeningStageForm(request.POST, pipeline=pipeline)
    if form.is_valid():
        services.choose_opening_stage(pipeline=pipeline, stage=form.cleaned_data["stage"], by=request.user)
        toast(request, _("Saved. Openings credited before stay as they are."))
    else:
        toast(request, _("Choose one of the open stages."), level=messages.WARNING)
    return redirect("pipeline:stages")
