"""A small organisation in which every kind of row exists once, for tests that walk all URLs."""

from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from apps.accounts.models import Account, Contact, CustomField, Note
from apps.activities.models import Channel, Notification, Reminder
from apps.api.services import make_token
from apps.bin.services import throw_away_accounts
from apps.dreamclients.models import Insight, Proposal, TriggerEvent
from apps.imports.models import Import
from apps.mail.services import queue_email
from apps.tables.models import BulkJob, SavedView
from apps.users.models import Membership, Organisation, User
from tests import factories as make


@dataclass
class World:
    """People of two teams, and the rows of the first."""

    people: dict[str, User | None]
    account: Account
    contact: Contact
    rows: dict[str, Any] = field(default_factory=dict)


def make_world() -> World:
    """Team North with a rep and a manager, team South with the outsider, an admin; all rows are the rep's."""
    Organisation.current()
    north, south = make.make_team("North"), make.make_team("South")
    rep = make.make_user("Rita Rep", team=north)
    people: dict[str, User | None] = {
        "anonymous": None,
        "outsider": make.make_user("Otto Outsider", team=south),
        "rep": rep,
        "manager": make.make_user("Mona Manager", team=north, role=Membership.Role.MANAGER),
        "admin": make.make_user("Ada Admin", is_admin=True),
    }
    dream_list = make.make_list("Wishes", owner=rep, team=north)
    account = make.make_account("Zoetis", team=north)
    contact = make.make_contact(account, first_name="Carla", last_name="Diaz", phone="+1 555 0100")
    dream_client = make.make_dream_client(account, owner=rep, dream_client_list=dream_list)
    sequence = make.make_sequence((Channel.CALL, 0), (Channel.EMAIL, 2), owner=rep)
    version = sequence.versions.get()
    step = version.steps.earliest("position")
    make.make_mailbox(rep)
    enrollment = make.make_enrollment(contact, sequence, dream_client)
    touch = make.make_touch(contact, owner=rep, enrollment=enrollment, step=step, dream_client=dream_client)
    meeting = make.make_meeting(contact, owner=rep, dream_client=dream_client)
    opportunity = make.make_opportunity(account, owner=rep, contact=contact, dream_client=dream_client)
    email = queue_email(key="touch:1", to_address="carla@company.test", subject="A figure", text="Hello")
    importing = Import.objects.create(
        owner=rep,
        team=north,
        file_name="companies.csv",
        content=b"Name\nZoetis\n",
        encoding="utf-8",
        delimiter=",",
        header=["Name"],
        mapping={"0": "name"},
        total=1,
        list_name="More wishes",
    )
    thrown = make.make_account("Thrown", team=north)
    thrown_contact = make.make_contact(thrown, first_name="Theo")
    deletion = throw_away_accounts(ids=[thrown.pk], by=rep).deletions[thrown.pk]
    rows = {
        "thrown_account": thrown,
        "thrown_contact": thrown_contact,
        "deletion": deletion,
        "team": north,
        "list": dream_list,
        "dream_client": dream_client,
        "sequence": sequence,
        "version": version,
        "step": step,
        "enrollment": enrollment,
        "touch": touch,
        "meeting": meeting,
        "opportunity": opportunity,
        "pipeline": opportunity.pipeline,
        "stage": opportunity.stage,
        "email": email,
        "import": importing,
        "schedule": sequence.schedule,
        "file": make.make_file(account, author=rep),
        "note": Note.objects.create(account=account, team=north, author=rep, body="They plan by hand."),
        "task": make.make_task(rep, account=account),
        "reminder": Reminder.objects.create(user=rep, about="Call", due_at=timezone.now(), account=account),
        "notification": Notification.objects.create(user=rep, key="x", text="Something"),
        "event": TriggerEvent.objects.create(dream_client=dream_client, what="A second plant", by=rep),
        "proposal": Proposal.objects.create(
            account=make.make_account("Nordwind", team=north), list=dream_list, team=north, by=rep
        ),
        "insight": Insight.objects.create(title="A figure", created_by=rep),
        "user": rep,
        "token": make_token(user=rep, name="Sync", days=None)[0],
        "custom_field": CustomField.objects.create(model="account", key="fleet", label="Fleet"),
        "account": account,
        "contact": contact,
        "bulk_job": BulkJob.objects.create(
            owner=rep,
            table="accounts",
            action="tag",
            params={"tags": ["Hot"]},
            said="Tagged Hot",
            state="done",
        ),
        "saved_view": SavedView.objects.create(table="accounts", name="Mine to win", owner=rep),
        "thrown_view": SavedView.objects.create(
            table="accounts", name="Was mine", owner=rep, deleted_at=timezone.now()
        ),
    }
    return World(people=people, account=account, contact=contact, rows=rows)
