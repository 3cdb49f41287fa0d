"""A rep with a dream client and two contacts there: what most tests of sequences start from."""

from dataclasses import dataclass
from datetime import timedelta

from apps.accounts.models import Account, Contact
from apps.dreamclients.models import DreamClient
from apps.mail.models import OutboundEmail
from apps.sequences.models import Schedule, Touch
from apps.sequences.services import enroll
from apps.users.models import Team, User
from tests.factories import (
    A_TUESDAY,
    make_account,
    make_contact,
    make_dream_client,
    make_mailbox,
    make_schedule,
    make_sequence,
    make_team,
    make_user,
)

SOON = A_TUESDAY + timedelta(minutes=5)


@dataclass
class World:
    team: Team
    rep: User
    manager: User
    account: Account
    dream_client: DreamClient
    contact: Contact
    colleague: Contact
    """Another contact at the same account."""
    schedule: Schedule
    outsider: User
    """A rep of another team."""


def make_world() -> World:
    team = make_team()
    rep = make_user("Ann Berg", team=team)
    make_mailbox(rep)
    account = make_account("Acme", team=team)
    return World(
        team=team,
        rep=rep,
        manager=make_user("Max Ober", team=team, role="manager"),
        account=account,
        dream_client=make_dream_client(account, owner=rep),
        contact=make_contact(account),
        colleague=make_contact(account, first_name="Dora"),
        schedule=make_schedule(),
        outsider=make_user("Olga Auer", team=make_team()),
    )


def start(world, *steps, contacts=None, **fields):
    """The first touch of a sequence of `steps`."""
    sequence = make_sequence(*steps, owner=world.rep, schedule=world.schedule, **fields)
    enroll(
        contacts=contacts or [world.contact],
        sequence=sequence,
        dream_client=world.dream_client,
        by=world.rep,
        now=A_TUESDAY,
    )
    return Touch.objects.filter(enrollment__sequence=sequence).first()


def end(email, state, **fields):
    """What the outbox would write."""
    if state == OutboundEmail.State.ACCEPTED:
        fields.setdefault("accepted_at", SOON)
    OutboundEmail.objects.filter(pk=email.pk).update(state=state, **fields)
