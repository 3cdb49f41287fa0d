"""What a text or a whole sequence says to one contact, before it says it."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from apps.accounts.models import Account, Contact
from apps.accounts.names import name_key
from apps.sequences import templating
from apps.sequences.models import SequenceVersion, Step
from apps.sequences.planner import Planner
from apps.users.models import User

MATCHES = 8


@dataclass(frozen=True)
class Said:
    """Subject and text as the contact would read them, what is missing, what is wrong."""

    subject: str
    body: str
    missing: list[str] = field(default_factory=list)
    problem: str = ""


@dataclass(frozen=True)
class PreviewedStep:
    """A step for one contact: what it says and when it would fall due, were all done in time."""

    step: Step
    said: Said
    at: datetime
    held_back: str


def say(subject: str, body: str, contact: Contact, sender: User) -> Said:
    """Both texts, rendered."""
    try:
        rendered = templating.render(subject, contact, sender), templating.render(body, contact, sender)
    except templating.UnknownVariables as error:
        return Said(subject, body, problem=str(error))
    missing = list(dict.fromkeys([*rendered[0].missing, *rendered[1].missing]))
    return Said(rendered[0].text, rendered[1].text, missing)


def preview(
    version: SequenceVersion, contact: Contact, sender: User, now: datetime | None = None
) -> list[PreviewedStep]:
    """Every step of a version for `contact`, written by `sender`, if it began now."""
    now = now or timezone.now()
    steps = list(version.steps.prefetch_related("variants"))
    planner = Planner(now)
    history = planner.history(contact.account, contact)
    plans = planner.forecast(contact, version.sequence.schedule, steps, history)
    shown = []
    for step, planned in zip(steps, plans, strict=True):
        variant = next(iter(step.variants.all()), None)
        said = say(variant.subject, variant.body, contact, sender) if variant else Said("", "")
        shown.append(PreviewedStep(step, said, planned.at, planned.held_back))
    return shown


def find_contacts(query: str, user: User) -> list[Contact]:
    """A few contacts for a search box: by last name, by "first last", or by the name of their account.

    Without a query those of the user's own dream clients, else the newest. Each look-up is the beginning of an indexed name.
    """
    contacts = Contact.objects.visible_to(user).filter(left_at=None).select_related("account")
    key = name_key(query)
    if not key:
        newest = contacts.order_by("-id")
        return list(newest.filter(account__dream_clients__owner=user)[:MATCHES]) or list(newest[:MATCHES])
    first, _blank, last = key.partition(" ")
    keys = [key, f"{last} {first}".strip()] if last else [key]
    found: dict[int, Contact] = {}
    for one in dict.fromkeys(keys):
        rows = contacts.filter(name_key__startswith=one).order_by("name_key", "id")
        found |= {row.pk: row for row in rows[:MATCHES]}
    accounts = Account.objects.visible_to(user).filter(name_key__startswith=key).order_by("name_key", "id")
    ids = list(accounts.values_list("pk", flat=True)[:MATCHES])
    found |= {row.pk: row for row in contacts.filter(account__in=ids).order_by("name_key", "id")[:MATCHES]}
    return list(found.values())[:MATCHES]
