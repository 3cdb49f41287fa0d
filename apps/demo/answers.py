"""What follows from an answer: meetings, opportunities, parking, ruling out."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.activities.models import Activity
from apps.demo import custom, texts
from apps.demo.story import Person, Story
from apps.dreamclients.models import Rung
from apps.pipeline.models import Stage

Kind = Activity.Kind
_VALUES = (18_000, 24_000, 36_000, 45_000, 60_000, 75_000, 90_000, 120_000, 160_000, 240_000, 380_000)


def after_good_answer(story: Story, person: Person, index: int) -> None:
    """They are open to talk: most of them give time."""
    rng, today = story.rng, story.calendar.today
    if rng.random() < 0.3:
        keep_warm(story, person, index)
        return
    booked = index + rng.randrange(1, 4)
    if booked >= today:
        todo(story, person)
        return
    meet(story, person, booked, booked + rng.randrange(2, 9))


def meet(story: Story, person: Person, booked: int, starts: int, *, again: bool = False) -> None:
    """Book a meeting; hold or miss it where its day has come."""
    rng, tables, today = story.rng, story.tables, story.calendar.today
    start = story.at(starts, rng.randrange(19, 32) * 30)
    minutes = rng.choice((30, 30, 45, 60))
    booked_at = story.at(booked, rng.randrange(985, 1010))
    about = rng.choice(texts.MEETING_ABOUT).format(name=story.name)
    meeting = tables.meeting.reserve()
    data: dict[str, Any] = {"meeting": meeting, "starts_at": start.isoformat()}
    story.answer(person, "yes", booked_at)
    cause = story.record(Kind.MEETING_BOOKED, booked_at, person, subject=about, data=data)
    story.climb(Rung.TIME_COMMITTED, booked_at, cause)
    moved = int(booked + 1 < today and starts - booked > 2 and rng.random() < 0.12)
    if moved:
        before = (start - timedelta(days=1)).isoformat()
        story.record(
            Kind.MEETING_MOVED,
            story.at(booked + 1, 560),
            person,
            subject=about,
            data={**data, "before": before},
        )
    state, ended, notes = "booked", None, ""
    if starts < today:
        chances = (0.9, 0.06, 0.04) if again else (0.78, 0.14, 0.08)
        state = rng.choices(("held", "missed", "cancelled"), chances)[0]
        ended = start + timedelta(minutes=minutes if state == "held" else 15)
        notes = (
            rng.choice(texts.MEETING_NOTES if state == "held" else texts.MEETING_MISSED)
            if state != "cancelled"
            else ""
        )
    tables.meeting.put(
        meeting, story.dream_client, story.account, person.pk, story.sender.pk, story.team_id, start, minutes,
        rng.choice(("Video call", "Video call", "Their office", "Telephone")), about, state, moved, booked_at, ended, notes,
    )  # fmt: skip
    if ended is None:
        return
    kinds = {"held": Kind.MEETING_HELD, "missed": Kind.MEETING_MISSED, "cancelled": Kind.MEETING_CANCELLED}
    cause = story.record(kinds[state], ended, person, subject=about, body=notes, data=data)
    if state == "held":
        story.climb(Rung.MET, ended, cause)
        after_meeting(story, person, starts)
    elif state == "missed":
        recover(story, person, starts, again=again)


def recover(story: Story, person: Person, index: int, *, again: bool) -> None:
    """After a missed meeting: a touch on the next day that brings something, and often a second date."""
    rng, today = story.rng, story.calendar.today
    channel = "call" if person.phone else "email"
    if index + 1 >= today:
        due = story.at(today, 560)
        story.plan_touch(person, due, channels=(channel,), subject="Our meeting", body=texts.RECOVERY)
        return
    story.touch(person, index + 1, channels=(channel,), subject="Our meeting")
    booked = index + 1 + rng.randrange(1, 4)
    if not again and rng.random() < 0.6 and booked < today:
        meet(story, person, booked, booked + rng.randrange(2, 7), again=True)


def after_meeting(story: Story, person: Person, index: int) -> None:
    """A held meeting: an opportunity comes of most, some need more time."""
    rng, today = story.rng, story.calendar.today
    if rng.random() > 0.7:
        keep_warm(story, person, index + 3)
        return
    created = index + rng.randrange(1, 6)
    if created >= today:
        todo(story, person)
        return
    opportunity(story, person, created, "created")


def opportunity(story: Story, person: Person, index: int, origin: str) -> None:
    """An opportunity comes into being and goes as far as the days allow."""
    rng, tables, stages = story.rng, story.tables, story.world.stages
    at = story.at(index)
    if story.last is not None and at <= story.last[0]:
        at = story.last[0] + timedelta(minutes=30)
    pk = tables.opportunity.reserve()
    name = rng.choice(texts.OPPORTUNITY_NAMES).format(name=story.name)
    value = Decimal(rng.choice(_VALUES)) * (2 if str(story.list.team) == "Enterprise" else 1)
    stage = stages[0]
    evidence = rng.choice(texts.EVIDENCE["Time"]) if origin == "created" else "They came to us."
    tables.commitment.add(pk, stage.pk, at, evidence, False, story.sender.pk)  # noqa: FBT003 - a row's values
    story.record(
        Kind.OPPORTUNITY,
        at,
        person,
        subject=name,
        data={"opportunity": pk, "version": 1, "to": stage.pk, "origin": origin},
    )
    if origin == "created":
        _credit(story, person, pk, name, value, at)
    _Deal(story, person, pk, name, value, origin).go_on(index, at)
    tables.person.add(pk, person.pk, "")


def _credit(story: Story, person: Person, pk: int, name: str, value: Decimal, at: datetime) -> None:
    opening = story.tables.opening.add(
        pk, story.account, story.dream_client, story.list.pk if story.dream_client else None, story.last_sequence,
        story.last[1] if story.last else None, story.sender.pk, story.team_id, value, story.world.currency, at,
    )  # fmt: skip
    cause = story.record(
        Kind.OPENING,
        at,
        person,
        subject=name,
        data={"opportunity": pk, "opening": opening, "value": f"{value:.2f}"},
    )
    story.climb(Rung.OPENED, at, cause)


class _Deal:
    """An opportunity on its way through the stages."""

    def __init__(self, story: Story, person: Person, pk: int, name: str, value: Decimal, origin: str) -> None:
        self.story, self.person, self.pk, self.name, self.value, self.origin = (
            story,
            person,
            pk,
            name,
            value,
            origin,
        )
        self.stages = story.world.stages
        self.stage: Stage = self.stages[0]
        self.version = 1
        self.skipped: list[int] = []
        self.lost_reason = ""
        self.closed_at: datetime | None = None

    def go_on(self, index: int, created_at: datetime) -> None:
        story, rng, today = self.story, self.story.rng, self.story.calendar.today
        self.last_commitment = self.created_at = created_at
        decided = 0.66 if self.origin == "created" else 0.42
        while self.closed_at is None:
            pace = rng.randrange(4, 17)
            if rng.random() < 0.25:
                pace += 15
            if rng.random() < 0.55 and index + 3 < min(index + pace, today):
                story.touch(self.person, index + 3, channels=(rng.choice(("call", "email")),), connects=0.5)
            index += pace
            if index >= today:
                break
            at = story.at(index)
            following = self.stages[self.stage.position]
            if rng.random() < 0.1 or (following.kind == Stage.Kind.WON and rng.random() > decided):
                self._lose(at)
            else:
                self._gain(following, at)
        self._put(created_at)

    def _gain(self, stage: Stage, at: datetime) -> None:
        rng, story = self.story.rng, self.story
        proven = stage.kind == Stage.Kind.WON or rng.random() < 0.85
        evidence = rng.choice(texts.EVIDENCE.get(stage.name, texts.EVIDENCE["Explore"])) if proven else ""
        if proven:
            self.last_commitment = at
        else:
            self.skipped.append(stage.pk)
        if proven:
            self._ask(stage, at, "yes")
        story.tables.commitment.add(self.pk, stage.pk, at, evidence, not proven, story.sender.pk)
        if stage.kind == Stage.Kind.WON:
            self.closed_at = at
        self._move(Kind.WON if stage.kind == Stage.Kind.WON else Kind.STAGE, stage, at, evidence)

    def _ask(self, stage: Stage, answered_at: datetime, answer: str, objection: str = "") -> None:
        story = self.story
        asked_at = max(answered_at - timedelta(days=story.rng.randrange(1, 6)), self.created_at)
        story.tables.ask.add(
            story.account, self.person.pk, self.pk, None, story.team_id, story.sender.pk, stage.name, asked_at, answer,
            answered_at, objection,
        )  # fmt: skip

    def _lose(self, at: datetime) -> None:
        self.closed_at, self.lost_reason = at, self.story.rng.choice(texts.LOST_REASONS)
        self._ask(self.stages[self.stage.position], at, "no", self.lost_reason)
        self._move(
            Kind.LOST,
            next(stage for stage in self.stages if stage.kind == Stage.Kind.LOST),
            at,
            self.lost_reason,
        )

    def _move(self, kind: str, stage: Stage, at: datetime, body: str) -> None:
        self.version += 1
        data = {
            "opportunity": self.pk, "version": self.version, "to": stage.pk, "skipped": self.skipped, "from": self.stage.pk,
            "date_before": "",
        }  # fmt: skip
        subject = f"{self.name}: {self.stage.name} → {stage.name}"
        self.story.record(kind, at, self.person, subject=subject, body=body, data=data)
        self.stage = stage

    def _put(self, created_at: datetime) -> None:
        story, rng, today = self.story, self.story.rng, self.story.calendar.date
        next_on = None
        if self.closed_at is None:
            fate = rng.random()
            if fate < 0.72:
                next_on = story.calendar.days[story.calendar.today + rng.randrange(0, 18)]
            elif fate < 0.9:
                next_on = max(today - timedelta(days=rng.randrange(1, 20)), created_at.date())
        story.tables.opportunity.put(
            self.pk, self.name, story.account, self.person.pk, story.dream_client, story.team_id, story.sender.pk,
            self.stage.pipeline_id, self.stage.pk, self.value, story.world.currency, self.origin, next_on,
            self.last_commitment, len(self.skipped), self.lost_reason, story.sender.pk, created_at, self.closed_at,
            self.version, custom.of_opportunity(self.pk, created_at.date()),
        )  # fmt: skip


def keep_warm(story: Story, person: Person, index: int) -> None:
    """Touches by hand at about the cadence, kept up with care or not."""
    rng, today = story.rng, story.calendar.today
    every = max(8, story.list.cadence(story.tier) * 5 // 7)
    index += max(6, every - rng.randrange(4))
    while index < today and rng.random() < 0.8:
        channel, intent = rng.choice(
            (("email", "give"), ("call", "give"), ("social", "give"), ("call", "ask"))
        )
        outcome = story.touch(
            person,
            index,
            channels=(channel,),
            intent=intent,
            subject="Something I thought you should see",
            connects=0.25,
        )
        if outcome == "connected" and rng.random() < 0.4 and index + 3 < today:
            meet(story, person, index + 1, index + 1 + rng.randrange(2, 9), again=True)
            return
        index += every + rng.randrange(-2, 5)


def park(story: Story, person: Person, index: int) -> None:
    """They said when to come back."""
    at = story.at(index, 1000)
    until = story.calendar.at(story.calendar.today, 540, story.tz) + timedelta(
        days=story.rng.randrange(20, 120)
    )
    story.parked_until = until
    story.record(Kind.PARKED, at, data={"until": until.isoformat()})


def rule_out(story: Story, person: Person, index: int) -> None:
    """This will never be one."""
    story.ruled_out = (story.at(index, 1000), story.rng.choice(texts.RULED_OUT))
    story.record(Kind.RULED_OUT, story.ruled_out[0], subject=story.ruled_out[1])


def todo(story: Story, person: Person) -> None:
    """Something to do for them in these days."""
    rng, today = story.rng, story.calendar.today
    title = rng.choice(texts.TASKS).format(name=story.name, first_name=person.first_name)
    story.tables.task.add(
        title[:200], story.sender.pk, story.team_id, story.account, person.pk,
        story.at(today, rng.choice((600, 720, 900))) + timedelta(days=rng.randrange(-1, 4)), rng.choice((1, 2, 2, 3)), None,
        story.sender.pk, story.at(today - 1, 1000),
    )  # fmt: skip
