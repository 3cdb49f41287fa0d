"""What happened with an account, newest first: activities, notes, files, and emails folded into their threads."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Account, Contact, File, Note
from apps.activities.models import Activity, Channel
from apps.users.models import User
from opener.http import id_of
from opener.paging import Page, keyset
from opener.ui.words import event_of

type Thread = tuple[int, str]
"""A contact, and a subject without "Re:"."""

SIZE = 20
SHORT = 120
"""How many characters of a message are shown unfolded."""
PAGES = 10
"""How many pages at once: as many as somebody had unfolded before they wrote something."""
_EMAIL = [Channel.EMAIL, Channel.AUTO_EMAIL]
_CALL = [Channel.CALL, Channel.VOICEMAIL]
_ANSWERS = ["reply", "auto_reply", "bounce", "opted_out"]
_MEETINGS = ["meeting_booked", "meeting_moved", "meeting_held", "meeting_missed", "meeting_cancelled"]

KINDS: dict[str, tuple[Any, Q]] = {
    "touches": (gettext_lazy("Touches"), Q(kind__in=["touch", "touch_skipped", "touch_failed"])),
    "emails": (
        gettext_lazy("Emails"),
        Q(kind="touch", channels__overlap=_EMAIL) | Q(kind__in=["reply", "auto_reply", "bounce"]),
    ),
    "calls": (gettext_lazy("Calls"), Q(kind="touch", channels__overlap=_CALL)),
    "answers": (gettext_lazy("Answers"), Q(kind__in=_ANSWERS)),
    "notes": (gettext_lazy("Notes"), Q(kind="note")),
    "files": (gettext_lazy("Files"), Q(kind="file")),
    "meetings": (gettext_lazy("Meetings"), Q(kind__in=_MEETINGS)),
    "deals": (
        gettext_lazy("Opportunities"),
        Q(kind__in=["opportunity", "opening", "stage", "won", "lost"]),
    ),
    "tasks": (gettext_lazy("Tasks"), Q(kind="task_done")),
}
"""What the timeline can be narrowed to, and which activities that means."""

_PREFIX = re.compile(r"^\s*(?:(?:re|fwd?|aw|wg|sv|antw|tr)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_QUOTE = re.compile(
    r"^(?:>|-{2,}\s*(?:original message|forwarded message)|_{10,}|on .{5,200} wrote:\s*$|am .{5,200} schrieb .{1,200}:\s*$"
    r"|from:\s.+)",
    re.IGNORECASE,
)


class Message:
    """An activity in words, and what its text quotes of an earlier one."""

    def __init__(self, activity: Activity) -> None:
        self.activity = activity
        self.words = event_of(activity)
        self.said, self.quoted = unquoted(activity.body)

    @property
    def is_long(self) -> bool:
        """Whether its text is folded until somebody wants to read it."""
        return bool(self.quoted) or len(self.said) > SHORT or self.said.count("\n") > 2


class Entry(Message):
    """One thing that happened, and the older messages of the same thread that are folded under it."""

    def __init__(self, activity: Activity, user: User) -> None:
        super().__init__(activity)
        self.earlier: list[Message] = []
        self.may_edit = _may_edit(activity.note or activity.file, user)
        """Whether the reader may change its note or delete its file."""
        self.subject = ""
        """What the thread is about, where the newest message itself does not say."""

    def fold(self, activity: Activity) -> None:
        """Put an older message of the same thread under it."""
        self.earlier.append(Message(activity))
        if not self.activity.subject:
            self.subject = self.subject or activity.subject


@dataclass
class Filter:
    """To what a reader narrowed the timeline: a kind, a person, a place to start from."""

    kind: str = ""
    contact: int = 0
    colleague: int = 0
    note: int = 0
    is_nonsense: bool = False

    @classmethod
    def of(cls, query: QueryDict) -> "Filter":
        """What the address says; what makes no sense in it is left out, and said."""
        kind, person = query.get("kind", ""), query.get("person", "")
        who, pk = person[:1], id_of(person[1:])
        knows_person = not person or (who in ("c", "u") and pk > 0)
        return cls(
            kind=kind if kind in KINDS else "",
            contact=pk if who == "c" else 0,
            colleague=pk if who == "u" else 0,
            note=id_of(query.get("note", "")),
            is_nonsense=not knows_person or (bool(kind) and kind not in KINDS),
        )

    @property
    def person(self) -> str:
        """The person as the address writes them."""
        return f"c{self.contact}" if self.contact else f"u{self.colleague}" if self.colleague else ""

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out."""
        return bool(self.kind or self.contact or self.colleague)

    def narrow(self, rows: QuerySet[Activity], user: User) -> QuerySet[Activity]:
        """The rows that it means to `user`."""
        if self.kind:
            rows = rows.filter(KINDS[self.kind][1])
        if self.contact:
            rows = rows.filter(contact=self.contact)
        if self.colleague:
            rows = rows.filter(by=self.colleague)
        if self.note:  # the page begins at that note, wherever it stands; where there is none, at the newest
            noted = Activity.objects.visible_to(user).filter(account=OuterRef("account"), note=self.note)
            rows = rows.filter(
                at__lte=Coalesce(Subquery(noted.values("at")[:1]), Value(datetime.max.replace(tzinfo=UTC)))
            )
        return rows


def activities(user: User, account: Account) -> QuerySet[Activity]:
    """What `user` may see of what happened, with all that an entry shows; what lies in the bin is not there."""
    mentions = Note.mentions.through.objects.filter(note=OuterRef("note")).values("user__name")
    return (
        Activity.objects.visible_to(user)
        .filter(account=account, note__deleted_at=None, file__deleted_at=None)
        .filter(note__contact__deleted_at=None, file__contact__deleted_at=None)
        .select_related("contact", "by", "note", "file")
        .annotate(mentions=ArraySubquery(mentions))
    )


def page(
    user: User, account: Account, *, chosen: Filter, cursor: str = "", pages: str = ""
) -> tuple[Page[Activity], list[Entry]]:
    """One page of the timeline, by keyset, its emails folded."""
    times = min(max(id_of(pages), 1), PAGES)
    rows = keyset(
        chosen.narrow(activities(user, account), user), order=["-at", "-id"], cursor=cursor, size=SIZE * times
    )
    return rows, folded(rows.rows, user)


def folded(rows: Iterable[Activity], user: User) -> list[Entry]:
    """The rows, newest first, with the emails of one contact and subject under the newest of them."""
    rows = list(rows)
    keys = {row.pk: _thread(row) for row in rows}
    entries: list[Entry] = []
    newest: dict[Thread, Entry] = {}
    for number, row in enumerate(rows):
        key = keys[row.pk] or _answered(row, rows[number + 1 :], keys)
        if key and key in newest:
            newest[key].fold(row)
            continue
        entry = Entry(row, user)
        entries.append(entry)
        if key:
            newest[key] = entry
    return entries


def _answered(row: Activity, older: list[Activity], keys: dict[int, Thread | None]) -> Thread | None:
    """The thread that a reply without a subject belongs to: that of the touch it is known to answer, else of the last."""
    if row.kind != Activity.Kind.REPLY or row.contact_id is None:
        return None
    if "answers" in row.data:
        return keys.get(row.data["answers"])
    touches = (one for one in older if one.contact_id == row.contact_id and one.kind == Activity.Kind.TOUCH)
    last = next(touches, None)
    return keys[last.pk] if last else None


def _may_edit(written: Note | File | None, user: User) -> bool:
    """What `editable_by` says, about this one."""
    if written is None:
        return False
    is_left = written.author_id is None and written.team_id in user.team_ids
    return user.is_admin or written.author_id == user.pk or written.team_id in user.led_team_ids or is_left


def _thread(row: Activity) -> Thread | None:
    """Which thread an email belongs to by its own words: its contact and its subject without "Re:"."""
    is_email = row.kind == Activity.Kind.TOUCH and any(channel in _EMAIL for channel in row.channels)
    if row.contact_id is None or not (is_email or row.kind == Activity.Kind.REPLY):
        return None
    subject = " ".join(_PREFIX.sub("", row.subject).split()).casefold()
    return (row.contact_id, subject) if subject else None


def unquoted(text: str) -> tuple[str, str]:
    """The text of an email, and what it quotes of the one before."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if number and _QUOTE.match(line):
            return "\n".join(lines[:number]).rstrip(), "\n".join(lines[number:])
    return text, ""


def people(
    user: User,
    account: Account,
    contacts: list[Contact],
    chosen: Filter,
    colleagues: Iterable[Any] | None = None,
) -> list[tuple[str, list[tuple[str, str]]]]:
    """By whom the timeline may be narrowed: the contacts there, and the colleagues who did something here.

    A person in `chosen` who is none of them is left out of it: the page says so.
    """
    if colleagues is None:
        acted = Activity.objects.visible_to(user).filter(account=account).values("by")
        colleagues = User.objects.filter(pk__in=acted).order_by("name", "id")[:50]
    groups = [
        (_("Contacts"), [(f"c{contact.pk}", contact.name) for contact in contacts]),
        (_("Colleagues"), [(f"u{person.pk}", str(person)) for person in colleagues]),
    ]
    known = {key for _label, options in groups for key, _name in options}
    if chosen.person and chosen.person not in known:
        chosen.is_nonsense, chosen.contact, chosen.colleague = True, 0, 0
    return [(label, options) for label, options in groups if options]
