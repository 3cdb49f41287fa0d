"""Rows for tests: plain functions with believable defaults; each names what it needs and nothing else."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.accounts.models import Account, Contact, ContactEmail, ContactPhone, File
from apps.activities.files import add_file
from apps.activities.models import Activity, Channel, Intent, Task
from apps.dreamclients.models import DreamClient, DreamClientList, Rung, RungReached
from apps.mail.models import Mailbox
from apps.meetings.models import Meeting
from apps.pipeline.models import Opportunity, Pipeline, Stage
from apps.sequences.models import Enrollment, Schedule, Sequence, SequenceVersion, Step, Touch, Variant
from apps.users.models import Membership, Team, User

PASSWORD = "correct horse battery"
A_TUESDAY = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
"""A business day with nothing special about it, 14:00 UTC."""

_number = count(1)


def make_team(name: str = "") -> Team:
    """A team."""
    return Team.objects.create(name=name or f"Team {next(_number)}")


def make_user(
    name: str = "Ann Berg",
    *,
    team: Team | None = None,
    role: str = Membership.Role.REP,
    is_admin: bool = False,
    password: str | None = None,
    **fields: Any,
) -> User:
    """A person; a rep of `team` unless told otherwise. Without a password nobody can sign in, which is quicker."""
    fields.setdefault("email", f"{name.split(maxsplit=1)[0].lower()}{next(_number)}@opener.test")
    user = User.objects.create_user(fields.pop("email"), password, name=name, is_admin=is_admin, **fields)
    if team is not None:
        Membership.objects.create(user=user, team=team, role=role)
    return user


def make_account(name: str = "", *, team: Team | None = None, **fields: Any) -> Account:
    """A company."""
    account = Account(name=name or f"Company {next(_number)}", team=team, **fields)
    account.clean()
    account.save()
    return account


def make_contact(
    account: Account | None = None,
    *,
    first_name: str = "Carla",
    last_name: str = "",
    email: str | None = None,
    phone: str = "",
    **fields: Any,
) -> Contact:
    """A person there, with an address (email="" for none)."""
    number = next(_number)
    contact = Contact(
        account=account or make_account(),
        first_name=first_name,
        last_name=last_name or f"Diaz{number}",
        **fields,
    )
    contact.clean()
    contact.save()
    if email is None:
        email = f"{first_name.lower()}.{number}@company.test"
    if email:
        ContactEmail.objects.create(contact=contact, address=email)
    if phone:
        ContactPhone.objects.create(contact=contact, number=phone)
    return contact


def make_list(
    name: str = "", *, owner: User | None = None, team: Team | None = None, **fields: Any
) -> DreamClientList:
    """A dream-client list of `team` (else the owner's first)."""
    owner = owner or make_user(team=team or make_team())
    if team is None and owner.home_team_id is not None:
        team = Team.objects.get(pk=owner.home_team_id)
    return DreamClientList.objects.create(
        name=name or f"List {next(_number)}", owner=owner, team=team, **fields
    )


def make_dream_client(
    account: Account | None = None,
    *,
    owner: User | None = None,
    dream_client_list: DreamClientList | None = None,
    **fields: Any,
) -> DreamClient:
    """An account on a list, owned by `owner` (nobody where there is none), targeted now."""
    dream_client_list = dream_client_list or make_list(owner=owner)
    account = account or make_account(team=dream_client_list.team)
    dream_client = DreamClient(
        account=account, list=dream_client_list, team=dream_client_list.team, owner=owner, **fields
    )
    if "cold_at" not in fields:
        dream_client.cold_at = dream_client.goes_cold_at()
    dream_client.save()
    RungReached.objects.create(
        dream_client=dream_client,
        rung=Rung.TARGETED,
        at=dream_client.targeted_at,
        owner=owner,
        team=dream_client.team,
    )
    return dream_client


def make_mailbox(owner: User, **fields: Any) -> Mailbox:
    """The address that `owner` writes from."""
    fields.setdefault("address", f"box{next(_number)}@opener.test")
    return Mailbox.objects.create(owner=owner, display_name=owner.name, **fields)


def make_schedule(**fields: Any) -> Schedule:
    """Monday to Friday, nine to five, UTC."""
    fields.setdefault("name", f"Schedule {next(_number)}")
    return Schedule.objects.create(**fields)


def make_sequence(
    *steps: tuple[str, int] | dict[str, Any],
    owner: User | None = None,
    status: str = Sequence.Status.ACTIVE,
    **fields: Any,
) -> Sequence:
    """A sequence of `steps`, each (channel, delay in business days) or a dict of Step's fields plus subject and body."""
    owner = owner or make_user(team=make_team())
    fields.setdefault("name", f"Sequence {next(_number)}")
    fields.setdefault("team_id", owner.home_team_id)
    schedule = fields.pop("schedule", None) or make_schedule()
    sequence = Sequence.objects.create(owner=owner, schedule=schedule, status=status, **fields)
    version = SequenceVersion.objects.create(sequence=sequence, number=1, created_by=owner)
    for position, step in enumerate(steps or [(Channel.AUTO_EMAIL, 0), (Channel.CALL, 2)], start=1):
        make_step(version, position, step)
    return sequence


def make_step(version: SequenceVersion, position: int, step: tuple[str, int] | dict[str, Any]) -> Step:
    """One step with one variant."""
    given: dict[str, Any]
    given = dict(step) if isinstance(step, dict) else {"channels": [step[0]], "delay_days": step[1]}
    subject = given.pop("subject", "A figure for {{ company }}")
    body = given.pop("body", "Hello {{ first_name | there }},\n\nthis may help.\n\n{{ sender_first_name }}")
    row = Step.objects.create(version=version, position=position, **given)
    Variant.objects.create(step=row, subject=subject, body=body)
    return row


def make_enrollment(
    contact: Contact,
    sequence: Sequence,
    dream_client: DreamClient,
    *,
    owner: User | None = None,
    **fields: Any,
) -> Enrollment:
    """`contact` on the way through `sequence`, without any touch planned."""
    owner = owner or dream_client.owner or sequence.owner
    return Enrollment.objects.create(
        sequence=sequence,
        sequence_version=sequence.versions.latest("number"),
        dream_client=dream_client,
        contact=contact,
        account=contact.account,
        team=dream_client.team,
        owner=owner,
        **fields,
    )


def make_touch(
    contact: Contact,
    *,
    owner: User,
    channel: str = Channel.CALL,
    due_at: datetime | None = None,
    **fields: Any,
) -> Touch:
    """A touch by hand, due now."""
    fields.setdefault("team_id", owner.home_team_id)
    fields.setdefault("intent", Intent.GIVE)
    return Touch.objects.create(
        account=contact.account,
        contact=contact,
        owner=owner,
        channels=[channel],
        is_automatic=channel == Channel.AUTO_EMAIL,
        due_at=due_at or timezone.now(),
        **fields,
    )


def make_activity(
    account: Account | None = None, *, kind: str = Activity.Kind.TOUCH, by: User | None = None, **fields: Any
) -> Activity:
    """Something that happened."""
    if kind == Activity.Kind.TOUCH:
        fields.setdefault("channels", [Channel.CALL])
    account = account or make_account()
    if "team" not in fields:
        fields.setdefault("team_id", account.team_id or (by.home_team_id if by else None))
    return Activity.objects.create(account=account, kind=kind, by=by, **fields)


def make_task(owner: User, title: str = "Send the case", **fields: Any) -> Task:
    """Something to do, due in an hour."""
    fields.setdefault("due_at", timezone.now() + timedelta(hours=1))
    fields.setdefault("team_id", owner.home_team_id)
    return Task.objects.create(owner=owner, title=title, **fields)


def make_file(
    account: Account, *, author: User, name: str = "offer.txt", content: bytes = b"An offer"
) -> File:
    """A file about an account, as somebody of its team sends it."""
    return add_file(account=account, upload=SimpleUploadedFile(name, content), by=author)


def make_meeting(contact: Contact, *, owner: User, **fields: Any) -> Meeting:
    """A meeting booked for tomorrow."""
    fields.setdefault("starts_at", timezone.now() + timedelta(days=1))
    fields.setdefault("team_id", owner.home_team_id)
    return Meeting.objects.create(account=contact.account, contact=contact, owner=owner, **fields)


def make_pipeline(*names: str) -> Pipeline:
    """A pipeline of open stages, then Won and Lost."""
    pipeline = Pipeline.objects.create(name=f"Pipeline {next(_number)}")
    kinds = [*((name, Stage.Kind.OPEN) for name in names or ("Time", "Explore", "Decide"))]
    for position, (name, kind) in enumerate(
        [*kinds, ("Won", Stage.Kind.WON), ("Lost", Stage.Kind.LOST)], start=1
    ):
        Stage.objects.create(pipeline=pipeline, position=position, name=name, kind=kind)
    return pipeline


def make_opportunity(
    account: Account, *, owner: User, stage: Stage | None = None, **fields: Any
) -> Opportunity:
    """A possible sale in the first stage, created by us."""
    stage = stage or make_pipeline().stages.first()
    assert stage is not None
    fields.setdefault("name", f"{account} deal")
    fields.setdefault("origin", Opportunity.Origin.CREATED)
    fields.setdefault("team_id", owner.home_team_id)
    return Opportunity.objects.create(
        account=account, owner=owner, pipeline=stage.pipeline, stage=stage, **fields
    )
