"""Notes: writing them down, changing them, and telling whoever is mentioned in one."""

import re
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Account, Contact, Note
from apps.activities.models import Activity
from apps.activities.services import notify, record
from apps.users.models import User

MENTIONS = 50
"""How many of the "@" in a note are looked at."""
_AT = re.compile(r"(?<!\w)@(?=\w)([^\n@]{1,120})")
_WORDS = 6


@dataclass
class Written:
    """A note as it was kept, and who was meant by an "@" but may not see it."""

    note: Note
    unreached: list[User] = field(default_factory=list)


def team_for(account: Account, by: User) -> int | None:
    """To which team belongs what `by` writes about `account`: their own; for whoever works there, the account's."""
    is_theirs = by.is_admin or account.team_id in by.team_ids
    return (account.team_id if is_theirs else None) or by.home_team_id


def add_note(*, account: Account, body: str, by: User, contact: Contact | None = None) -> Written:
    """Write a note about an account for a team, and tell those who are mentioned in it."""
    with transaction.atomic():
        note = Note.objects.create(
            account=account, contact=contact, team_id=team_for(account, by), author=by, body=body
        )
        record(
            kind=Activity.Kind.NOTE,
            account=account,
            contact=contact,
            by=by,
            at=note.created_at,
            team_id=note.team_id,
            note=note,
        )
        return Written(note, _mention(note, by))


def edit_note(*, note: Note, body: str, by: User) -> Written:
    """Change what a note says; only those who were not mentioned before are told. The caller holds the row's lock."""
    with transaction.atomic():
        note.body, note.edited_at = body, timezone.now()
        note.save(update_fields=["body", "edited_at", "version"])
        return Written(note, _mention(note, by))


def readers(team_id: int | None) -> QuerySet[User]:
    """Everybody who may see what belongs to that team; what belongs to none is everybody's."""
    people = User.objects.filter(is_active=True)
    if team_id is None:
        return people
    return people.filter(Q(is_admin=True) | Q(memberships__team=team_id)).distinct()


def mentioned(text: str) -> list[User]:
    """The people whose full names stand behind an "@" in `text`; the longest name that fits counts."""
    tails = [match.group(1) for match in list(_AT.finditer(text))[:MENTIONS]]
    # The database knows lower case only: "ß" is folded to "ss" by Python alone.
    guesses = {name for tail in tails for name in _beginnings(tail.lower())}
    if not guesses:
        return []
    people = User.objects.filter(is_active=True).annotate(key=Lower("name")).filter(key__in=guesses)
    by_name: dict[str, list[User]] = {}
    for person in people:
        by_name.setdefault(person.name.casefold(), []).append(person)
    found: dict[int, User] = {}
    for tail in tails:
        name = next((name for name in _beginnings(tail.casefold()) if name in by_name), "")
        found |= {person.pk: person for person in by_name.get(name, [])}
    return list(found.values())


def _beginnings(tail: str) -> list[str]:
    """The names that `tail` may begin with, longest first: "nam le, see" is "nam le, see", "nam le", "nam"."""
    ends = [match.end() for match in re.finditer(r"\w\b", tail)]
    names = [" ".join(tail[:end].split()) for end in ends]
    return [name for name in reversed(names) if len(name.split()) <= _WORDS]


def _mention(note: Note, by: User) -> list[User]:
    """Store who is mentioned and tell the new ones, each once a note. Returns those who may not see it."""
    people = mentioned(note.body)
    before = set(note.mentions.values_list("pk", flat=True)) if note.edited_at else set()
    may_see = (
        set(
            readers(note.team_id).filter(pk__in=[person.pk for person in people]).values_list("pk", flat=True)
        )
        if people
        else set()
    )
    reached = [person for person in people if person.pk in may_see or person.pk == by.pk]
    if people or before:
        note.mentions.set(reached)
    for person in reached:
        if person.pk not in before and person.pk != by.pk:
            notify(
                user=person,
                key=f"mention:{note.pk}",
                text=_("%(name)s mentioned you in a note about %(account)s")
                % {"name": by, "account": note.account},
                url=note_url(note),
                account_id=note.account_id,
            )
    return [person for person in people if person not in reached]


def note_url(note: Note) -> str:
    """The place of a note in the record of its account."""
    return reverse("record", args=[note.account_id]) + f"?note={note.pk}#note-{note.pk}"
