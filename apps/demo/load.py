"""Makes the demo's organisation, and tells the story of every one of its dream clients."""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from django.db import DatabaseError, connection, transaction

from apps.accounts import custom_work
from apps.demo import afterwards, answers, custom, tellers, texts, written
from apps.demo import organisation as org
from apps.demo.story import Story
from apps.demo.world import FIRST_TARGETS, Calendar, Rep, Tables, World, plan_of
from apps.pipeline.services import default_pipeline

CHUNK = 5_000
LEAN_FROM = 20_000
BEING_NAMED, A_STORY = 1.86, 8.1
"""How many activities an account has on average for being named a dream client, and for its story."""
ON_A_DESK = 12
"""How many touches wait for each rep today."""


@dataclass(frozen=True)
class Size:
    """How much there shall be. Without `activities` as many as the stories take."""

    accounts: int = 618
    activities: int | None = None
    reps: int = 12


def load(*, size: Size, seed: int, now: datetime) -> None:
    """Fill an empty database. The same seed, size and `now` give the same rows."""
    with transaction.atomic():
        if size.accounts >= LEAN_FROM:
            _trust_our_keys()
        _load(size, seed, now)
    if not connection.in_atomic_block:
        custom_work.tick(seconds=600)  # the indexes of the custom fields
    with connection.cursor() as cursor:
        cursor.execute("analyze")


def _load(size: Size, seed: int, now: datetime) -> None:
    rng = Random(seed)
    calendar = Calendar(now, org.TIME_ZONE, org.COUNTRY)
    founded = calendar.at(0, 540, org.TIME_ZONE)
    organisation = org.make_organisation(-(-size.accounts // size.reps), founded)
    people = org.People(rng, size.reps, founded)
    custom.make_fields(people.admin)
    lists = org.make_lists(people)
    plans = [plan_of(sequence) for sequence in org.make_sequences(people)]
    org.make_goals(people, calendar.date)
    org.make_bell(people, calendar)
    world = World(
        calendar=calendar,
        tables=Tables(),
        lists=lists,
        plans=plans,
        stages=list(default_pipeline().stages.order_by("position")),
        currency=organisation.currency,
        lean=size.accounts >= LEAN_FROM,
        share=_share(size),
    )
    for index in range(size.accounts):
        _tell_one(world, people.reps, index, size, seed)
        if index % CHUNK == CHUNK - 1:
            for table in world.tables.all():
                table.flush()
    for table in world.tables.all():
        table.finish()
    written.on_the_timelines(now)
    afterwards.complete([manager.pk for manager in people.managers], people.teams[0].pk, now)


def _tell_one(world: World, reps: list[Rep], index: int, size: Size, seed: int) -> None:
    """The story of one account. Each has chances of its own, so that one more of them changes no other."""
    rng = Random(seed * 1_000_003 + index)
    rep = reps[index % len(reps)]
    number = index // len(reps)
    today = world.calendar.today
    desk = tellers.Desk.of(world, number + index % len(reps)) if number < ON_A_DESK else None
    soon = number - ON_A_DESK
    meets = (soon == 0 and index % len(reps) % 3 == 0) or (soon == 1 and index % len(reps) == 0)
    owned = desk is not None or meets or rng.random() < 0.9
    if desk is not None:
        start = desk.first - rng.randrange(2, 9)
    elif meets:
        start = today - tellers.MEETING_SOON - rng.randrange(2, 9)
    else:
        start = today - 1 - int(rng.random() ** 0.85 * FIRST_TARGETS)
    story = Story(
        world,
        rng,
        rng.choice(world.lists[rep.team.pk]),
        rep if owned else None,
        targeted=owned or rng.random() < 0.7,
        start=start,
    )
    if desk is not None:
        tellers.due_today(story, desk, number)
    elif meets:
        tellers.meeting_soon(story, soon + int(rep.user.email != "rep@demo.test" and rng.random() < 0.5))
    else:
        tellers.tell(story)
    if story.owner and rng.random() < (0.02 if world.lean else 0.2):
        at = story.at(rng.randrange(story.start, today) if story.start < today else story.start)
        body = rng.choice(texts.NOTES)
        world.tables.note.add(story.account, None, story.team_id, story.owner.pk, body, at)
    if story.owner and story.people and rng.random() < (0.01 if world.lean else 0.08):
        answers.todo(story, story.people[0])
    story.close()


def _share(size: Size) -> float:
    """Of how many dream clients a story is to be told to end up with so many activities."""
    if size.activities is None or not size.accounts:
        return 1.0
    return max(0.0, size.activities / size.accounts - BEING_NAMED) / A_STORY


def _trust_our_keys() -> None:
    """Where we may, leave the check of each foreign key out: for a million rows it takes longer than copying them."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local session_replication_role = replica")
    except DatabaseError:
        return  # only a superuser may; then it takes longer
