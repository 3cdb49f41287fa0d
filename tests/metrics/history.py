"""A random small history for the oracle."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from apps.accounts.models import Account, Industry
from apps.dreamclients.models import DreamClient, DreamClientList, RungReached
from apps.pipeline.models import Ask, Opening, Pipeline
from apps.users.models import Team, User
from tests import factories
from tests.metrics.oracle import LADDER, Tables


@dataclass
class World:
    """What a random history is made of."""

    random: random.Random
    start: datetime
    days: int
    teams: list[Team]
    reps: list[User]
    lists: list[DreamClientList]
    pipeline: Pipeline
    accounts: list[Account]

    @cached_property
    def tables(self) -> Tables:
        """All that came of it."""
        return Tables()

    def moment(self, first: datetime | None = None) -> datetime:
        """Any moment from `first` on; often the very beginning or end of a day in a zone west or east of UTC."""
        begin = first or self.start
        end = self.start + timedelta(days=self.days)
        seconds = max(1, int((end - begin).total_seconds()))
        at = begin + timedelta(seconds=self.random.randrange(seconds))
        if self.random.random() < 0.3:
            at = at.replace(hour=self.random.choice([4, 5, 6, 22, 23]), minute=self.random.choice([0, 59]))
        return max(at, begin)


def make_world(seed: int, now: datetime) -> World:
    """Three teams, seven reps (one of them in two teams), lists, accounts with and without dream clients, and events."""
    dice = random.Random(seed)
    teams = [factories.make_team() for _number in range(3)]
    reps = [factories.make_user(f"Rep {number}", team=teams[number % 3]) for number in range(7)]
    teams[1].memberships.create(user=reps[0], role="rep")
    world = World(
        dice,
        now - timedelta(days=300),
        300,
        teams,
        reps,
        [factories.make_list(owner=reps[number], team=teams[number % 3]) for number in range(4)],
        factories.make_pipeline(),
        [
            factories.make_account(
                team=dice.choice([*teams, None]),
                industry=dice.choice([Industry.ENERGY, Industry.FINANCIALS, ""]),
            )
            for _number in range(25)
        ],
    )
    for account in world.accounts:
        people = [factories.make_contact(account, email="") for _number in range(2)]
        _activities(world, account, people)
        if dice.random() < 0.8:
            _dream_client(world, account, now)
        _outcomes(world, account, people)
    return world


def _activities(world: World, account: Account, people: list[Any]) -> None:
    dice = world.random
    for _number in range(dice.randrange(14)):
        kind = dice.choices(["touch", "reply", "auto_reply", "note"], [8, 3, 1, 1])[0]
        rep = dice.choice([*world.reps, None]) if kind != "touch" else dice.choice(world.reps)
        factories.make_activity(
            account,
            kind=kind,
            by=rep,
            at=world.moment(),
            contact=dice.choice([*people, None]),
            intent=dice.choice(["give", "ask", ""]) if kind == "touch" else "",
            outcome=dice.choice(["connected", "no_answer", "sent"]) if kind == "touch" else "",
            team_id=dice.choice([team.pk for team in world.teams] + [None]),
        )


def _dream_client(world: World, account: Account, now: datetime) -> None:
    dice = world.random
    at = world.moment()
    dream_client_list = dice.choice(world.lists)
    gone = dice.random() < 0.15
    row = DreamClient.objects.create(
        account=account,
        list=dream_client_list,
        team=dream_client_list.team,
        owner=dice.choice([*world.reps, None]),
        tier=dice.choice("ABC"),
        targeted_at=at,
        cold_at=now + timedelta(days=dice.randrange(-20, 20)),
        left_at=now if gone else None,
        left_reason="moved on" if gone else "",
        parked_until=dice.choice([None, None, None, now + timedelta(days=3), now - timedelta(days=3)]),
        ruled_out_at=now if dice.random() < 0.1 else None,
        ruled_out_reason="too small",
        rung=dice.choice(LADDER),
    )
    for rung in LADDER:
        if rung == "targeted" or dice.random() < 0.6:
            RungReached.objects.create(
                dream_client=row,
                rung=rung,
                at=at,
                owner=row.owner,
                team=dice.choice([row.team, row.team, None]),
            )
        at = world.moment(at)


def _outcomes(world: World, account: Account, people: list[Any]) -> None:
    dice = world.random
    dream_client = account.dream_clients.first()
    for _number in range(dice.randrange(3)):
        factories.make_meeting(
            people[0],
            owner=dice.choice(world.reps),
            dream_client=dream_client,
            starts_at=world.moment(),
            state=dice.choice(["booked", "held", "held", "missed", "cancelled"]),
        )
    for _number in range(dice.randrange(3)):
        owner, stage = dice.choice(world.reps), dice.choice(list(world.pipeline.stages.all()))
        created_at = world.moment()
        opportunity = factories.make_opportunity(
            account,
            owner=owner,
            stage=stage,
            origin=dice.choice(["created", "captured"]),
            value=Decimal(dice.randrange(0, 90_000)),
            currency=dice.choice(["USD", "USD", "EUR"]),
            dream_client=dream_client,
            created_at=created_at,
            closed_at=world.moment(created_at) if stage.kind != "open" else None,
            next_on=dice.choice([None, (world.start + timedelta(days=dice.randrange(280, 320))).date()]),
        )
        if opportunity.origin == "created" and dice.random() < 0.7:
            Opening.objects.create(
                opportunity=opportunity,
                account=account,
                dream_client=dream_client,
                list=dice.choice([*world.lists, None]),
                rep=dice.choice(world.reps),
                team=opportunity.team,
                value=opportunity.value,
                currency=opportunity.currency,
                at=world.moment(created_at),
            )
        if dice.random() < 0.6:
            Ask.objects.create(
                account=account,
                contact=people[0],
                opportunity=opportunity,
                team=opportunity.team,
                by=owner,
                commitment="Time",
                at=world.moment(),
                answer=dice.choice(["open", "yes", "no", "not_yet"]),
            )
