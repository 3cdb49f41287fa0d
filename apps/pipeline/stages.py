"""What an admin changes about the pipeline. Each change is written to the audit log in the same transaction."""

from django import forms
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from apps.pipeline.models import Commitment, Opportunity, Pipeline, Stage
from apps.users.models import User
from apps.users.services import audit, changes


class StageInUse(Exception):
    """The stage cannot go; the message says what stands in the way."""


def save_stage(*, form: forms.ModelForm[Stage], by: User) -> Stage:
    """Store what a valid form changed of a stage."""
    with transaction.atomic():
        stage = form.save()
        audit(by=by, action="stage changed", subject=stage.name, detail=changes(form))
    return stage


def add_stage(*, pipeline: Pipeline, stage: Stage, by: User) -> Stage:
    """Add `stage` (not saved yet) as the last of the open ones, before won and lost."""
    with transaction.atomic():
        _lock(pipeline)
        ends = pipeline.stages.exclude(kind=Stage.Kind.OPEN)
        first_end = ends.first()
        stage.pipeline, stage.kind = pipeline, Stage.Kind.OPEN
        stage.position = first_end.position if first_end else pipeline.stages.count() + 1
        pipeline.stages.filter(position__gte=stage.position).update(position=F("position") + 1)
        stage.save()
        audit(by=by, action="stage added", subject=stage.name, detail={"position": stage.position})
    return stage


def shift_stage(*, stage: Stage, by: User, up: bool) -> bool:
    """Change places with the open stage before it (`up`) or after it; False where there is none."""
    with transaction.atomic():
        _lock(stage.pipeline)
        stage.refresh_from_db(fields=["position"])
        others = stage.pipeline.stages.filter(kind=Stage.Kind.OPEN)
        if up:
            other = others.filter(position__lt=stage.position).order_by("-position").first()
        else:
            other = others.filter(position__gt=stage.position).order_by("position").first()
        if other is None or stage.kind != Stage.Kind.OPEN:
            return False
        stage.position, other.position = other.position, stage.position
        # The constraint on positions is deferred to the end of the transaction.
        stage.save(update_fields=["position"])
        other.save(update_fields=["position"])
        audit(
            by=by,
            action="stage moved",
            subject=stage.name,
            detail={"position": stage.position, "changed_with": other.name},
        )
    return True


def remove_stage(*, stage: Stage, by: User) -> None:
    """Remove an open stage in which nothing stands and of which no opportunity keeps a commitment.

    Raises StageInUse, with words, where that is not so: what buyers agreed to is not thrown away.
    """
    with transaction.atomic():
        _lock(stage.pipeline)
        if stage.kind != Stage.Kind.OPEN:
            raise StageInUse(_("Every pipeline ends in a won and a lost stage."))
        if stage.pipeline.stages.filter(kind=Stage.Kind.OPEN).count() == 1:
            raise StageInUse(_("A pipeline needs at least one open stage."))
        standing = Opportunity.objects.filter(stage=stage).count()
        if standing:
            raise StageInUse(
                _("%(count)d opportunities stand in %(stage)s. Move them to another stage first.")
                % {"count": standing, "stage": stage.name}
            )
        kept = Commitment.objects.filter(stage=stage).values("opportunity").distinct().count()
        if kept:
            raise StageInUse(
                _(
                    "%(count)d opportunities passed through %(stage)s, and their commitments name it. Rename it instead."
                )
                % {"count": kept, "stage": stage.name}
            )
        audit(by=by, action="stage removed", subject=stage.name, detail={"position": stage.position})
        stage.delete()


def choose_opening_stage(*, pipeline: Pipeline, stage: Stage | None, by: User) -> None:
    """From now on an opportunity that reaches `stage` is an opening; None means the first. Credits stay as they are."""
    with transaction.atomic():
        pipeline.opening_stage = stage
        pipeline.save(update_fields=["opening_stage"])
        audit(
            by=by,
            action="pipeline.opening_stage",
            subject=pipeline.name,
            detail={"stage": stage.name if stage else ""},
        )


def _lock(pipeline: Pipeline) -> None:
    """One change of the order at a time."""
    Pipeline.objects.select_for_update().get(pk=pipeline.pk)
