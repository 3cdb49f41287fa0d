"""The demo's people, teams, lists, sequences and goals: few rows, made the ordinary way."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from apps.activities.models import Notification, Reminder
from apps.demo import sequence_texts, texts, words
from apps.demo.world import Calendar, Rep
from apps.dreamclients.models import DreamClientList, Insight
from apps.mail.models import Mailbox
from apps.metrics.models import Goal
from apps.sequences.models import Schedule, Sequence, SequenceVersion, Step, Variant
from apps.users.models import Membership, Organisation, Team, User

PASSWORD = "opener-demo"  # noqa: S105 - the demo's, which the sign-in page prints
TIME_ZONE, COUNTRY = "America/New_York", "US"
TEAMS = {"North": "America/New_York", "South": "America/Chicago", "Enterprise": "America/New_York"}
ROLES = {"case": ["decision_maker"], "figure": ["champion", "influencer"]}
"""For whom insights of which kind are."""
_FIRST = {"rep": "Rosa Alvarez", "manager": "Marcus Bennett", "admin": "Nadia Haddad"}


def make_organisation(accounts_a_rep: int, at: datetime) -> Organisation:
    """The organisation; a book holds what the demo puts into it."""
    organisation = Organisation.current()
    organisation.name, organisation.time_zone, organisation.country = texts.ORGANISATION, TIME_ZONE, COUNTRY
    organisation.book_cap = min(max(60, accounts_a_rep + 10), 32_000)
    organisation.created_at = at
    organisation.save()
    return organisation


class People:
    """Everybody who may sign in."""

    def __init__(self, rng: Random, reps: int, at: datetime) -> None:
        self._rng, self._at = rng, at
        self._password = make_password(PASSWORD)
        self._names = set(_FIRST.values())
        self.teams = [Team.objects.create(name=name, created_at=at) for name in TEAMS]
        self.admin = self._make("admin", 1, None, "")
        self.managers = [
            self._make("manager", number, team, Membership.Role.MANAGER)
            for number, team in enumerate(self.teams, start=1)
        ]
        self.reps: list[Rep] = []
        for number in range(1, reps + 1):
            team = self.teams[(number - 1) % len(self.teams)]
            user = self._make("rep", number, team, Membership.Role.REP)
            self.reps.append(Rep(user, team, self._mailbox(user)))
        for manager in self.managers:
            self._mailbox(manager)

    def _make(self, kind: str, number: int, team: Team | None, role: str) -> User:
        name = _FIRST[kind] if number == 1 else self._new_name()
        user = User.objects.create(
            email=f"{kind}{number if number > 1 else ''}@demo.test",
            name=name,
            password=self._password,
            is_admin=kind == "admin",
            time_zone=TEAMS[team.name] if team else TIME_ZONE,
            work_start=time(8, 30),
            created_at=self._at,
        )
        if team is not None:
            Membership.objects.create(user=user, team=team, role=role)
        return user

    def _new_name(self) -> str:
        while True:
            name = " ".join(words.person(self._rng))
            if name not in self._names:
                self._names.add(name)
                return name

    def _mailbox(self, user: User) -> int:
        signature = f"{user.name}\n{texts.ORGANISATION}"
        box = Mailbox.objects.create(
            owner=user, address=user.email, display_name=user.name, signature=signature, created_at=self._at
        )
        return box.pk


def make_lists(people: People) -> dict[int, list[DreamClientList]]:
    """Two lists a team, by the team's id."""
    lists: dict[int, list[DreamClientList]] = {}
    for team, manager in zip(people.teams, people.managers, strict=True):
        lists[team.pk] = [
            DreamClientList.objects.create(
                name=name, description=what_for, team=team, owner=manager, created_at=manager.created_at
            )
            for name, what_for in texts.LISTS[team.name]
        ]
    return lists


def make_sequences(people: People) -> list[Sequence]:
    """The insights, and the sequences that cite them; one more is a draft."""
    admin = people.admin
    insights = [
        Insight.objects.create(
            title=title,
            kind=kind,
            body=body,
            industries=list(industries),
            roles=ROLES.get(kind, []),
            created_by=admin,
            created_at=admin.created_at,
        )
        for title, kind, body, industries in sequence_texts.INSIGHTS
    ]
    schedule = Schedule.objects.create(
        name="Office hours", time_zone=TIME_ZONE, start=time(8, 30), country=COUNTRY
    )
    made = []
    for given, status in [
        *((given, Sequence.Status.ACTIVE) for given in sequence_texts.SEQUENCES),
        (sequence_texts.DRAFT, "draft"),
    ]:
        sequence = Sequence.objects.create(
            name=given["name"], description=given["description"], status=status, owner=people.managers[0],
            schedule=schedule, created_at=admin.created_at,
        )  # fmt: skip
        version = SequenceVersion.objects.create(
            sequence=sequence, created_by=admin, created_at=admin.created_at
        )
        for position, step in enumerate(given["steps"], start=1):
            row = Step.objects.create(
                version=version, position=position, channels=step["channels"], delay_days=step["delay"],
                intent=step["intent"], insight=insights[step["insight"]] if "insight" in step else None,
            )  # fmt: skip
            Variant.objects.create(step=row, subject=step["subject"], body=step["body"])
        made.append(sequence)
    return made[:-1]


def make_goals(people: People, today: date) -> None:
    """What each rep and team means to reach this month."""
    first = today.replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    for rep in people.reps:
        for metric, target in (("first-commitments", 3), ("openings", 2), ("touches", 90)):
            Goal.objects.create(user=rep.user, metric=metric, first_day=first, last_day=last, target=target)
    each = len(people.reps) // len(people.teams)
    for team in people.teams:
        Goal.objects.create(team=team, metric="openings", first_day=first, last_day=last, target=2 * each)


def make_bell(people: People, calendar: Calendar) -> None:
    """What waits at the bell, and a reminder that comes soon."""
    first, manager = people.reps[0].user, people.managers[0]
    now = calendar.now.astimezone(UTC)
    for number, (user, text, url) in enumerate(
        [
            (first, "Two replies came in yesterday: see Today.", "/"),
            (first, f"{manager.name} put six companies on “{texts.LISTS['North'][0][0]}”.", "/lists/"),
            (manager, "Three dream clients of your team went cold this week.", "/dream-clients/?cold=1"),
        ]
    ):
        Notification.objects.create(
            user=user, key=f"demo:{number}", text=text, url=url, created_at=now - timedelta(hours=3 + number)
        )
    Reminder.objects.create(
        user=first, about="Look at tomorrow's meetings", due_at=now + timedelta(minutes=20), created_at=now
    )
