"""A rep with a dream client and two contacts there: what most tests of sequences start from."""

from dataclasses import dataclass

from apps.accounts.models import Account, Contact
from apps.dreamclients.models import DreamClient
from apps.sequences.models import Schedule
from apps.users.models import Team, User
from tests.factories import (
    make_account,
    make_contact,
    make_dream_client,
    make_mailbox,
    make_schedule,
    make_team,
    make_user,
)


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
