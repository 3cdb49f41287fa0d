"""Who may go into a sequence: the answer before anything is written, and the one that enrolling itself goes by."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.db.models import Case, When, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Contact
from apps.activities.models import Channel
from apps.dreamclients.insights import known_to, why_not
from apps.dreamclients.models import DreamClient, InsightGiven
from apps.mail.services import is_suppressed
from apps.sequences import templating
from apps.sequences.flow import family, free_places
from apps.sequences.models import Enrollment, Sequence, SequenceVersion, Step
from apps.sequences.planner import Planner
from apps.users.models import User


class Verdict(StrEnum):
    """What becomes of a contact."""

    ENTERS = "enters"
    WAITS = "waits"
    REFUSED = "refused"


@dataclass(frozen=True)
class Checked:
    """One contact: whether it goes in, why not, and when its first and last touch will fall."""

    contact: Contact
    verdict: Verdict
    why: str = ""
    first_at: datetime | None = None
    last_at: datetime | None = None


@dataclass
class Refusals:
    """Why contacts cannot go into one version of a sequence. Reads the version once for all of them."""

    version: SequenceVersion
    dream_client: DreamClient
    by: User
    now: datetime
    steps: list[Step] = field(init=False)

    def __post_init__(self) -> None:
        self.steps = list(self.version.steps.prefetch_related("variants"))

    def of_all(self) -> str:
        """Why nobody at this dream client can, "" where they can."""
        sequence, dream_client = self.version.sequence, self.dream_client
        rules: list[tuple[bool, str]] = [
            (sequence.status != Sequence.Status.ACTIVE, _("The sequence is not active.")),
            (not self.steps, _("The sequence has no steps yet.")),
            (dream_client.left_at is not None, _("This account is on no list any more.")),
            (dream_client.is_ruled_out, _("This dream client is ruled out.")),
            (is_parked(dream_client, self.now), _("This dream client is parked.")),
            (
                dream_client.owner is None,
                _("Nobody owns this dream client: take it into your book first."),
            ),
            (
                dream_client.owner_id != self.by.pk and not self._leads(),
                _("%(name)s works this dream client.") % {"name": dream_client.owner},
            ),
        ]
        return next((why for holds, why in rules if holds), "")

    def _leads(self) -> bool:
        return self.by.is_admin or self.dream_client.team_id in self.by.led_team_ids

    def of(self, contact: Contact) -> str:
        """Why `contact` cannot, "" where it can."""
        if contact.account_id != self.dream_client.account_id:
            return _("Works at another company.")
        if contact.deleted_at is not None:
            return _("Is in the bin.")
        if contact.left_at is not None:
            return _("Has left the company.")
        if Enrollment.objects.running().filter(contact=contact, sequence=self.version.sequence).exists():
            return _("Is in this sequence already.")
        return self._unreachable(contact) or self._given(contact) or self._missing(contact)

    def _unreachable(self, contact: Contact) -> str:
        channels = dict.fromkeys(Channel(channel) for step in self.steps for channel in step.channels)
        for channel in channels:
            if contact.is_opted_out(family(channel)):
                return _("Opted out of: %(channel)s.") % {"channel": channel.label}
        if any(channel.is_email for channel in channels):
            if not contact.email:
                return _("Has no email address, and a step is an email.")
            if is_suppressed(contact.email):
                return _("Must not be written to: the address is suppressed.")
        return ""

    def _given(self, contact: Contact) -> str:
        """An insight is not given twice to the same person."""
        cited = {step.insight_id: step for step in self.steps if step.insight_id is not None}
        if not cited:
            return ""
        had = InsightGiven.objects.filter(contact=contact, insight__in=cited).select_related("insight")
        for given in had.annotate(is_known=Case(When(known_to(self.by), then=True), default=False)):
            said = {
                "step": cited[given.insight_id].position,
                "why": why_not(given.insight, contact, given.on if given.is_known else None),
            }
            return _("Step %(step)d brings an insight again: %(why)s") % said
        return ""

    def _missing(self, contact: Contact) -> str:
        missing: dict[str, None] = {}
        for step in self.steps:
            if not any(Channel(channel).is_email for channel in step.channels):
                continue
            for variant in step.variants.all():
                for text in (variant.subject, variant.body):
                    try:
                        names = templating.render(text, contact, self.dream_client.owner).missing
                    except templating.UnknownVariables as error:
                        return str(error)
                    missing |= dict.fromkeys(names)
        if missing:
            return _("Missing, and the text has no fallback: %(names)s.") % {"names": ", ".join(missing)}
        return ""


def is_parked(dream_client: DreamClient, now: datetime) -> bool:
    """True while the dream client rests."""
    return dream_client.parked_until is not None and dream_client.parked_until > now


def latest_version(sequence: Sequence) -> SequenceVersion:
    """The version that an enrollment of now would start on."""
    return sequence.versions.select_related("sequence__schedule").latest("number")


def check_enrollment(
    *,
    contacts: Iterable[Contact],
    sequence: Sequence,
    dream_client: DreamClient,
    by: User,
    now: datetime | None = None,
) -> list[Checked]:
    """Who would go in, who would wait, who is refused and why, and when first and last touch fall. Writes nothing.

    The moments assume that each touch is done when it falls due.
    """
    now = now or timezone.now()
    contacts = list(contacts)
    prefetch_related_objects(contacts, "account", "emails", "opt_outs")
    refusals = Refusals(latest_version(sequence), dream_client, by, now)
    why_nobody = refusals.of_all()
    planner = Planner(now)
    room = free_places(dream_client.account_id, planner.organisation.active_per_account)
    history = None
    checked = []
    for contact in contacts:
        if why := why_nobody or refusals.of(contact):
            checked.append(Checked(contact, Verdict.REFUSED, why))
        elif room <= 0:
            checked.append(Checked(contact, Verdict.WAITS, _("Enters when a colleague of theirs ends.")))
        else:
            room -= 1
            others = planner.history(contact.account, contact)
            if history is not None:
                others = type(others)(others.contact, (*others.account, *history))
            plans = planner.forecast(contact, sequence.schedule, refusals.steps, others)
            history = (*(history or ()), *(planned.at for planned in plans))
            checked.append(Checked(contact, Verdict.ENTERS, plans[0].held_back, plans[0].at, plans[-1].at))
    return checked
