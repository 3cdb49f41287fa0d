"""What is wrong with a sequence, or unwise, before anybody is enrolled in it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.activities.models import Channel, Intent
from apps.sequences import templating
from apps.sequences.models import SequenceVersion, Step


@dataclass(frozen=True)
class Finding:
    """One thing to set right (an error keeps the sequence from being activated) or to think about."""

    text: str
    step: Step | None = None
    is_error: bool = False

    @property
    def said(self) -> str:
        """The text with the step that it is about."""
        if self.step is None:
            return self.text
        return _("Step %(number)d: %(text)s") % {"number": self.step.position, "text": self.text}


_ALWAYS = ("last_name", "full_name", "company", "sender_name", "sender_first_name")
"""Variables that everybody has."""


def lint(version: SequenceVersion) -> list[Finding]:
    """All findings about a version, errors first."""
    steps = list(version.steps.prefetch_related("variants"))
    keys = templating.custom_field_keys()
    found = [*_whole(steps)]
    for step in steps:
        found += _step(step, keys)
    return sorted(found, key=lambda finding: not finding.is_error)


def errors_of(version: SequenceVersion) -> list[Finding]:
    """What keeps a version from being activated."""
    return [finding for finding in lint(version) if finding.is_error]


def _whole(steps: list[Step]) -> Iterator[Finding]:
    if not steps:
        yield Finding(_("A sequence needs at least one step."), is_error=True)
    elif all(step.intent == Intent.ASK for step in steps[:3]):
        yield Finding(_("The first steps all ask. Bring before you ask."))


def _step(step: Step, custom_keys: list[str]) -> Iterator[Finding]:
    is_email = any(Channel(channel).is_email for channel in step.channels)
    variants = list(step.variants.all())
    texts = [(variant.subject, variant.body) for variant in variants] or [("", "")]
    if is_email and not all(subject.strip() and body.strip() for subject, body in texts):
        yield Finding(_("An email needs a subject and a text."), step, is_error=True)
    elif not any(body.strip() for _subject, body in texts):
        yield Finding(_("There is no script. What is to be said or done?"), step)
    problems = dict.fromkeys(
        problem for pair in texts for text in pair for problem in templating.problems(text, custom_keys)
    )
    for problem in problems:
        yield Finding(problem, step, is_error=True)
    if is_email and not problems:
        bare = dict.fromkeys(
            name for pair in texts for text in pair for name in templating.without_fallback(text)
        )
        if names := [name for name in bare if name not in _ALWAYS]:
            yield Finding(
                _("Whoever has no %(names)s cannot be enrolled, as there is no fallback.")
                % {"names": ", ".join(names)},
                step,
            )
