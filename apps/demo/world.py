"""What all stories of the demo share: its people, lists, sequences, its calendar, and the tables it writes to."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from random import Random

from apps.accounts.models import Account, Contact, ContactEmail, ContactPhone, Note, OptOut
from apps.activities.models import Activity, Task
from apps.demo.copy import Table
from apps.demo.words import Names
from apps.dreamclients.models import DreamClient, DreamClientList, InsightGiven, RungReached
from apps.mail.models import Suppression
from apps.meetings.models import Meeting
from apps.pipeline.models import Ask, Commitment, Opening, Opportunity, OpportunityContact, Stage
from apps.sequences.models import Enrollment, Sequence, SequenceVersion, Step, Touch
from apps.users.models import Team, User
from opener.days import WorkingHours, day_start, local_day

DAYS_BACK = 220
FIRST_TARGETS = 130
"""How many business days ago the first dream clients were named: six months."""


class Calendar:
    """Business days as numbers: `today` is the number of today, or of the next one where today is none."""

    def __init__(self, now: datetime, tz: str, country: str) -> None:
        self.now = now
        self.date = local_day(now, tz)
        hours = WorkingHours(tz, country=country)
        span = (self.date + timedelta(days=offset) for offset in range(-DAYS_BACK, 90))
        self.days = [day for day in span if hours.is_business_day(day)]
        self.today = next(index for index, day in enumerate(self.days) if day >= self.date)
        self.is_business_day = self.days[self.today] == self.date

    def at(self, index: int, minute: int, tz: str) -> datetime:
        """A minute of a business day as it is somewhere, in UTC."""
        return _midnight(self.days[index], tz) + timedelta(minutes=minute)


@lru_cache(maxsize=20_000)
def _midnight(day: date, tz: str) -> datetime:
    return day_start(day, tz).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A step of a sequence, ready for use."""

    pk: int
    variant: int
    position: int
    channels: tuple[str, ...]
    delay: int
    intent: str
    insight: int | None
    subject: str
    body: str

    @property
    def is_automatic(self) -> bool:
        """True where the engine does it."""
        return self.channels == ("auto_email",)


@dataclass(frozen=True, slots=True)
class Plan:
    """A sequence with its steps."""

    sequence: Sequence
    version: SequenceVersion
    steps: tuple[PlanStep, ...]


@dataclass(slots=True)
class Rep:
    """Somebody who works dream clients."""

    user: User
    team: Team
    mailbox: int
    book: int = 0
    """How many stories were told about their dream clients."""


class Tables:
    """One for each model that stories write to, in the order in which rows refer to each other."""

    def __init__(self) -> None:
        self.account = Table(
            Account, "name", "name_key", "domain", "industry", "headquarters", "country", "time_zone", "employees",
            "phone", "team_id", "created_by_id", "created_at", "custom",
        )  # fmt: skip
        self.contact = Table(
            Contact, "account_id", "first_name", "last_name", "name_key", "title", "role", "created_by_id", "created_at",
            "custom",
        )  # fmt: skip
        self.email = Table(ContactEmail, "contact_id", "address")
        self.phone = Table(ContactPhone, "contact_id", "number")
        self.dream_client = Table(
            DreamClient, "account_id", "list_id", "team_id", "owner_id", "tier", "why_change", "incumbent",
            "contract_end", "trigger_event", "rung", "rung_at", "targeted_at", "parked_until", "ruled_out_at",
            "ruled_out_reason", "last_touch_at", "next_touch_at", "next_touch_channel", "cold_at",
            "custom",
        )  # fmt: skip
        self.activity = Table(
            Activity, "at", "recorded_at", "kind", "source", "by_id", "team_id", "account_id", "contact_id", "channels",
            "intent", "outcome", "subject", "body", "data",
        )  # fmt: skip
        self.rung = Table(
            RungReached, "dream_client_id", "rung", "at", "cause_id", "touch_id", "owner_id", "team_id"
        )
        self.enrollment = Table(
            Enrollment, "sequence_id", "sequence_version_id", "dream_client_id", "contact_id", "account_id", "team_id",
            "owner_id", "mailbox_id", "state", "reason", "started_at", "ended_at",
        )  # fmt: skip
        self.touch = Table(
            Touch, "enrollment_id", "step_id", "variant_id", "dream_client_id", "account_id", "contact_id", "team_id",
            "owner_id", "channels", "is_automatic", "intent", "insight_id", "state", "due_at", "held_back", "done_at",
            "subject", "body", "outcome", "reason", "activity_id", "created_at",
        )  # fmt: skip
        self.given = Table(InsightGiven, "insight_id", "contact_id", "on")
        self.opt_out = Table(OptOut, "contact_id", "channel", "reason", "at")
        self.suppression = Table(Suppression, "address", "reason", "at")
        self.meeting = Table(
            Meeting, "dream_client_id", "account_id", "contact_id", "owner_id", "team_id", "starts_at", "minutes",
            "place", "about", "state", "times_moved", "booked_at", "ended_at", "notes",
        )  # fmt: skip
        self.opportunity = Table(
            Opportunity, "name", "account_id", "contact_id", "dream_client_id", "team_id", "owner_id", "pipeline_id",
            "stage_id", "value", "currency", "origin", "next_on", "last_commitment_at", "skipped", "lost_reason",
            "created_by_id", "created_at", "closed_at", "version", "custom",
        )  # fmt: skip
        self.person = Table(OpportunityContact, "opportunity_id", "contact_id", "role")
        self.commitment = Table(
            Commitment, "opportunity_id", "stage_id", "at", "evidence", "is_skipped", "by_id"
        )
        self.opening = Table(
            Opening, "opportunity_id", "account_id", "dream_client_id", "list_id", "sequence_id", "touch_id", "rep_id",
            "team_id", "value", "currency", "at",
        )  # fmt: skip
        self.ask = Table(
            Ask, "account_id", "contact_id", "opportunity_id", "activity_id", "team_id", "by_id", "commitment", "at",
            "answer", "answered_at", "objection",
        )  # fmt: skip
        self.task = Table(
            Task, "title", "owner_id", "team_id", "account_id", "contact_id", "due_at", "priority", "done_at",
            "created_by_id", "created_at",
        )  # fmt: skip
        self.note = Table(Note, "account_id", "contact_id", "team_id", "author_id", "body", "created_at")

    def all(self) -> list[Table]:
        """Every table."""
        return list(vars(self).values())


@dataclass
class World:
    """What stories are told about, and with."""

    calendar: Calendar
    tables: Tables
    lists: dict[int, list[DreamClientList]]
    plans: list[Plan]
    stages: list[Stage]
    currency: str
    lean: bool
    """Many rows: texts that are the same in hundreds of emails stay in their sequence."""
    share: float
    """Of how many dream clients more is to be told than that they wait."""
    names: Names = field(default_factory=Names)


_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*(?:\|([^{}]*))?\}\}")


def fill(text: str, values: dict[str, str]) -> str:
    """`text` with its variables filled in, as sequences do it."""
    return _VARIABLE.sub(lambda match: values.get(match[1]) or (match[2] or "").strip(), text)


def plan_of(sequence: Sequence) -> Plan:
    """A sequence's newest version, in the shape that stories use."""
    version = sequence.versions.latest("number")
    steps: list[PlanStep] = []
    rows: list[Step] = list(version.steps.prefetch_related("variants").order_by("position"))
    for row in rows:
        variant = row.variants.all()[0]
        steps.append(
            PlanStep(
                row.pk, variant.pk, row.position, tuple(row.channels), row.delay_days, row.intent, row.insight_id,
                variant.subject, variant.body,
            )
        )  # fmt: skip
    return Plan(sequence, version, tuple(steps))


def pick(rng: Random, chances: dict[str, float]) -> str:
    """One of the words, by weight."""
    return rng.choices(list(chances), list(chances.values()))[0]
