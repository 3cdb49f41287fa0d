"""In which order things happen to a dream client: sequences, silence, answers."""

import heapq
from collections.abc import Sequence as Seq
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.activities.models import Activity
from apps.demo import answers, texts
from apps.demo.story import Person, Story
from apps.demo.world import Plan, PlanStep, World, pick
from opener.days import WorkingHours

Kind = Activity.Kind
ALL_DONE = "all steps are done"
MEETING_SOON = 18
"""How many business days before today the sequence began that led to a meeting soon."""
_ON_A_DESK = (
    (0, 1),
    (1, 0),
    (0, 4),
    (1, 2),
    (0, 0),
    (1, 1),
    (0, 2),
    (2, 2),
    (1, 3),
    (0, 5),
    (3, 1),
    (2, 1),
    (0, 3),
    (3, 2),
)
"""Sequence and step of what waits on a rep's desk: a call, an email, a call, …"""


@dataclass
class Way:
    """One contact on the way through one sequence."""

    person: Person
    plan: Plan
    enrollment: int
    started: datetime
    position: int = 0
    waits: bool = False
    """Its next step is planned for today or later."""

    @property
    def step(self) -> PlanStep:
        """The step that comes next."""
        return self.plan.steps[self.position]


def tell(story: Story) -> None:
    """Everything that happened since the dream client was named, in the ordinary run of things."""
    rng, today = story.rng, story.calendar.today
    if story.owner is None or rng.random() >= story.world.share:
        if rng.random() < 0.4:
            story.meet(1)
        return
    fate = pick(rng, {"worked": 80, "captured": 7, "waits": 12, "let go": 3})
    if fate == "let go" and story.start + 20 < today:
        story.let_go(story.start + rng.randrange(10, 20))
        return
    if fate == "captured" and story.start + 8 < today:
        answers.opportunity(story, story.meet(1)[0], rng.randrange(story.start + 2, today), "captured")
        return
    if fate == "waits":
        story.meet(rng.randrange(0, 3))
        return
    work(story, story.start + rng.randrange(0, 9))


def work(story: Story, index: int) -> None:
    """A sequence, then another with other people, then touches by hand, until something comes of it or today comes."""
    rng, today = story.rng, story.calendar.today
    people = story.meet(rng.choice((1, 2, 2, 3, 3, 4)))
    plan = rng.choice(story.world.plans)
    rounds = [people[:1], people[1:2]] if rng.random() < 0.6 else [people[:2], people[2:3]]
    for group in rounds:
        if not group or index >= today:
            break
        index = run(story, group, plan, index)
        if index < 0:
            return
        plan = rng.choice(story.world.plans)
        index += rng.randrange(5, 15)
    if index < today and rng.random() < 0.75:
        answers.keep_warm(story, people[0], index)


def run(story: Story, people: Seq[Person], plan: Plan, index: int) -> int:
    """Take people through a sequence from a day on. Returns the last day where nobody answered; -1 where the story ended."""
    rng, today = story.rng, story.calendar.today
    queue: list[tuple[int, int]] = []
    ways: list[Way] = []
    for offset, person in enumerate(people):
        first = index + offset
        if first >= today:
            break
        started = story.at(first, 541)
        ways.append(Way(person, plan, story.begin(person, plan, started), started))
        heapq.heappush(queue, (first, offset))
    last = index
    while queue:
        due, number = heapq.heappop(queue)
        way = ways[number]
        day = due + (1 if not way.step.is_automatic and rng.random() < 0.12 else 0)
        if day >= today:
            _stays(story, way, due)
            continue
        outcome = story.touch(way.person, day, way.step, way.enrollment, way.plan)
        last = day
        if _ended_by_answer(story, ways, way, day, outcome):
            return -1
        way.position += 1
        if way.position == len(plan.steps):
            ended = story.at(day, 1015)
            story.leave(way.enrollment, way.person, plan, way.started, ended, "finished", ALL_DONE)
        else:
            heapq.heappush(queue, (day + way.step.delay, number))
    return last


def _stays(story: Story, way: Way, due: int) -> None:
    """Today has come before the step was done: it is planned, and the enrollment runs."""
    today = story.calendar.today
    way.waits = True
    story.stay(way.enrollment, way.person, way.plan, way.started)
    story.plan_touch(way.person, due_moment(story, way, max(due, today - 2)), way.step, way.enrollment)


def due_moment(story: Story, way: Way, day: int) -> datetime:
    """When an open step falls due: automatic ones never in the past, and in their working hours."""
    if way.step.is_automatic:
        soon = story.calendar.now + timedelta(minutes=story.rng.randrange(4, 50))
        moment = max(soon, story.at(day)) if day > story.calendar.today else soon
        return WorkingHours(story.tz).next_moment(moment)
    return story.at(day, story.rng.randrange(540, 690))


def _answer(story: Story, way: Way, outcome: str) -> str:
    """What this touch is answered with, "" for nothing."""
    if outcome == "connected":
        return pick(story.rng, {"good": 42, "": 58})
    if way.position == 0 and outcome == "sent" and story.rng.random() < 0.02:
        return "bounce"
    warmth = 0.075 if story.tier == "A" else 0.055
    return pick(
        story.rng, {"good": warmth, "later": 0.03, "no": 0.018, "opt-out": 0.007, "away": 0.02, "": 0.85}
    )


def _ended_by_answer(story: Story, ways: list[Way], way: Way, day: int, outcome: str) -> bool:
    """Whether this touch was answered, and everything that follows from the answer."""
    rng = story.rng
    if any(other.waits for other in ways):
        return False
    answer = _answer(story, way, outcome)
    day += 0 if outcome == "connected" or answer == "bounce" else rng.randrange(1, 4)
    if not answer or day >= story.calendar.today:
        return False
    at = story.at(day, rng.randrange(990, 1020))
    if answer == "away":
        said, data = rng.choice(texts.OUT_OF_OFFICE), {"message": "out_of_office"}
        story.record(Kind.AUTO_REPLY, at, way.person, body=said, data=data, source="contact")
        return False
    if outcome == "connected":
        reason = "meeting booked"
    elif answer == "bounce":
        reason = "the address bounced"
        _bounced(story, way, at)
    elif answer == "opt-out":
        reason = "opted out"
        _opted_out(story, way, at)
    else:
        reason = f"{way.person.name} replied"
        _replied(story, way, at, answer)
    for other in ways:
        if other.position < len(other.plan.steps):
            ended = at + timedelta(minutes=2)
            story.leave(other.enrollment, other.person, other.plan, other.started, ended, "exited", reason)
    _consequences(story, way.person, day, answer)
    return True


def _answered(way: Way) -> dict[str, object]:
    return {
        "enrollment": way.enrollment, "sequence": way.plan.sequence.pk, "step": way.step.position,
        "variant": way.step.variant,
    }  # fmt: skip


def _replied(story: Story, way: Way, at: datetime, answer: str) -> None:
    said, sentiment = {
        "good": (texts.REPLIES_GOOD, "positive"),
        "later": (texts.REPLIES_LATER, "neutral"),
        "no": (texts.REPLIES_NO, "negative"),
    }[answer]
    words = story.rng.choice(said)
    data = {"message": "reply", "logged_by": None, "sentiment": sentiment, **_answered(way)}
    cause = story.record(Kind.REPLY, at, way.person, body=words, data=data, source="contact")
    story.climb("engaged", at, cause)
    if answer != "good":
        story.answer(way.person, "no" if answer == "no" else "not_yet", at, words)


def _bounced(story: Story, way: Way, at: datetime) -> None:
    way.person.is_silent = True
    data = {"message": "bounce", **_answered(way)}
    story.record(
        Kind.BOUNCE, at, way.person, body=story.rng.choice(texts.BOUNCES), data=data, source="contact"
    )
    story.tables.suppression.add(way.person.email, "bounced", at)


def _opted_out(story: Story, way: Way, at: datetime) -> None:
    way.person.is_silent = True
    said = story.rng.choice(texts.OPT_OUTS)
    data = {"message": "opt_out", **_answered(way)}
    story.record(Kind.OPTED_OUT, at, way.person, body=said, data=data, source="contact")
    story.tables.opt_out.add(way.person.pk, "all", said, at)
    story.tables.suppression.add(way.person.email, "opted_out", at)


def _consequences(story: Story, person: Person, day: int, answer: str) -> None:
    rng = story.rng
    if answer == "good":
        answers.after_good_answer(story, person, day)
    elif answer == "later":
        if rng.random() < 0.5:
            answers.park(story, person, day)
        else:
            answers.keep_warm(story, person, day + 20)
    elif answer == "no" and rng.random() < 0.6:
        answers.rule_out(story, person, day)
    elif answer in ("bounce", "opt-out") and rng.random() < 0.7:
        others = [other for other in story.meet(2) if not other.is_silent]
        if day + 4 < story.calendar.today:
            run(story, others[:1], rng.choice(story.world.plans), day + 4)


# --- What is on a rep's desk today ---------------------------------------------------------------


@dataclass(frozen=True)
class Desk:
    """A step that falls due today, or fell due some days ago, of an enrollment that began on the day `first`."""

    plan: Plan
    position: int
    late: int
    first: int

    @classmethod
    def of(cls, world: World, number: int) -> "Desk":
        """The `number`th of those on a rep's desk: calls and emails for the most part."""
        plan_number, position = _ON_A_DESK[number % len(_ON_A_DESK)]
        plan, late = world.plans[plan_number], 2 if number % 6 == 5 else 0
        passed = sum(step.delay for step in plan.steps[1 : position + 1])
        return cls(plan, position, late, world.calendar.today - late - passed)


def due_today(story: Story, desk: Desk, number: int) -> None:
    """A contact on the way through a sequence, whose next step falls due today (some are overdue)."""
    plan, position, late, first = desk.plan, desk.position, desk.late, desk.first
    person = story.meet(1 + number % 3)[0]
    started = (
        story.at(max(first, story.start), 541) if position else story.at(max(first - 1, story.start), 1020)
    )
    way = Way(person, plan, story.begin(person, plan, started), started)
    day = first
    for step in plan.steps[:position]:
        day = first if step is plan.steps[0] else day + step.delay
        story.touch(person, day, step, way.enrollment, plan, connects=0.0)
        way.position += 1
    story.stay(way.enrollment, person, plan, started)
    if way.step.is_automatic or story.calendar.is_business_day or late:
        due = due_moment(story, way, story.calendar.today - late)
    else:
        due = due_moment(story, way, story.calendar.today - 1)
    story.plan_touch(person, due, way.step, way.enrollment)


def meeting_soon(story: Story, days: int) -> None:
    """Somebody gave time after a few touches: the meeting is in so many business days."""
    rng, today = story.rng, story.calendar.today
    person = story.meet(2)[0]
    plan = story.world.plans[1]
    first = today - MEETING_SOON
    started = story.at(first, 541)
    way = Way(person, plan, story.begin(person, plan, started), started)
    day = first
    for step in plan.steps[: rng.randrange(2, 4)]:
        day += step.delay
        story.touch(person, day, step, way.enrollment, plan, connects=0.0)
        way.position = step.position - 1
    day += rng.randrange(1, 4)
    at = story.at(day, 1000)
    _replied(story, way, at, "good")
    story.leave(
        way.enrollment, person, plan, started, at + timedelta(minutes=2), "exited", f"{person.name} replied"
    )
    answers.meet(story, person, rng.randrange(day + 1, today - 1), today + days)
