"""The pipeline that a new organisation starts with: five commitments, each a question to the buyer, with its proof."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.pipeline.models import Pipeline, Stage


def _stages() -> list[tuple[str, str, str, list[str]]]:
    return [
        (
            _("Time"),
            Stage.Kind.OPEN,
            _("Will you give us a meeting, because it is worth your time?"),
            [_("A meeting was held"), _("They told us something we could not have read")],
        ),
        (
            _("Explore"),
            Stage.Kind.OPEN,
            _("Will you look with us at how things are, and at how they could be?"),
            [
                _("We know what they do today, and what they like and dislike about it"),
                _("They named what better would look like"),
            ],
        ),
        (
            _("Change"),
            Stage.Kind.OPEN,
            _("Do you agree that staying as you are costs more than changing?"),
            [
                _("The cost of doing nothing is written down in their words"),
                _("Somebody who can decide wants it changed, and by when"),
            ],
        ),
        (
            _("Collaborate"),
            Stage.Kind.OPEN,
            _("Will you shape the solution with us, and bring in the people it touches?"),
            [
                _("The solution carries their changes"),
                _("Everybody it touches was heard"),
                _("They agreed what it takes: money, people, time"),
            ],
        ),
        (
            _("Decide"),
            Stage.Kind.OPEN,
            _("Have your doubts been settled, and will you say yes by a date?"),
            [
                _("They went through the proposal with us"),
                _("Every doubt was named and answered"),
                _("The date of the decision is theirs"),
            ],
        ),
        (_("Won"), Stage.Kind.WON, _("They said yes."), [_("A signed order, or an email that says so")]),
        (_("Lost"), Stage.Kind.LOST, "", []),
    ]


def default_pipeline() -> Pipeline:
    """The organisation's pipeline; made with its stages where there is none yet, once, whoever asks first."""
    found = Pipeline.objects.filter(is_default=True).first()
    if found is not None:
        return found
    with transaction.atomic():
        pipeline, is_new = Pipeline.objects.get_or_create(
            is_default=True, defaults={"name": _("From time to a decision")}
        )
        if is_new:
            Stage.objects.bulk_create(
                Stage(
                    pipeline=pipeline,
                    position=position,
                    name=name,
                    kind=kind,
                    question=question,
                    evidence=proof,
                )
                for position, (name, kind, question, proof) in enumerate(_stages(), start=1)
            )
    return pipeline
