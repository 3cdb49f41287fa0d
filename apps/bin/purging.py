"""Emptying the bin: what is personal is gone for good, what the figures count stays without a name.

Rows that nothing counts are deleted. Of the others the words go (`scrub`): who did what when stays, about whom does not.
Whoever opted out is never written to again all the same: the suppression of an address outlives it as a stand-in.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from django.db import models, transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Account, Contact
from apps.bin import scrub, vocabulary
from apps.bin.holding import hold, hold_things
from apps.bin.models import KEPT_FOR, KIND_NAMES, Deletion
from apps.dreamclients.models import DreamClientList
from apps.users.models import User
from apps.users.services import audit

BATCH = 200


def purge(*, now: datetime | None = None, limit: int = 10_000) -> int:
    """Empty the bin of what has lain there for its time. Returns how many things went."""
    now, gone = now or timezone.now(), 0
    while gone < limit:
        with transaction.atomic():
            due = Deletion.objects.waiting().filter(at__lte=now - KEPT_FOR).order_by("at", "id")
            first = Deletion.objects.waiting().filter(pk__in=list(due.values_list("pk", flat=True)[:BATCH]))
            hold_things(first)
            rows = hold(first, skip_locked=True)
            _purge(rows, now)
        gone += len(rows)
        if not rows:
            break
    return gone


def purge_now(*, deletion: Deletion, by: User) -> bool:
    """Delete one thing for good before its time. False where it is not in the bin any more."""
    with transaction.atomic():
        found = Deletion.objects.waiting().filter(pk=deletion.pk)
        hold_things(found)
        rows = hold(found)
        if not rows:
            return False
        _purge(rows, timezone.now())
        row = rows[0]
        audit(by=by, action="bin.purged", subject=anonymous(row.kind, row.pk))
    return True


def anonymous(kind: str, number: int) -> str:
    """What something is called that has no name any more."""
    return _("Deleted %(kind)s %(number)s") % {"kind": KIND_NAMES[kind], "number": number}


def _purge(rows: Sequence[Deletion], now: datetime) -> None:
    accounts = [row.account_id for row in rows if row.account_id]
    lists = [row.list_id for row in rows if row.list_id]
    notes = [row.note_id for row in rows if row.note_id]
    files = [row.file_id for row in rows if row.file_id]
    people = Contact.objects.filter(account__in=accounts).values_list("pk", flat=True)
    contacts = [*people, *(row.contact_id for row in rows if row.contact_id)]
    words = vocabulary.words_of(accounts=accounts, contacts=contacts, notes=notes)
    _end(rows, accounts, contacts, now)
    scrub.addresses(contacts)
    scrub.written(accounts=accounts, contacts=contacts, notes=notes, files=files)
    scrub.work(accounts=accounts, contacts=contacts)
    _delete_or_strip(Contact.objects.filter(pk__in=contacts), "contact")
    _delete_or_strip(Account.objects.filter(pk__in=accounts), "account")
    _unused(DreamClientList.objects.filter(pk__in=lists)).delete()
    vocabulary.forget(words)


def _end(rows: Sequence[Deletion], accounts: Sequence[int], contacts: Sequence[int], now: datetime) -> None:
    """Their deletions are over, and those of what goes with them. First: afterwards they may point at nothing."""
    within = Deletion.objects.waiting().filter(contact__in=contacts)
    within |= Deletion.objects.waiting().filter(note__account__in=accounts)
    within |= Deletion.objects.waiting().filter(file__account__in=accounts)
    ended = {row.pk: row for row in [*rows, *within]}.values()
    for row in ended:
        row.label, row.undo, row.purged_at = anonymous(row.kind, row.pk), {}, now
    Deletion.objects.bulk_update(list(ended), ["label", "undo", "purged_at"])
    # Earlier deletions of the same things, which were taken back, name them too.
    about = Q(account__in=accounts) | Q(contact__in=contacts)
    earlier = list(Deletion.objects.filter(about, restored_at__isnull=False))
    for row in earlier:
        row.label = anonymous(row.kind, row.pk)
    Deletion.objects.bulk_update(earlier, ["label"], batch_size=500)


def _unused[M: (Account, Contact, DreamClientList)](rows: QuerySet[M]) -> QuerySet[M]:
    """Those that nothing points at which has to stay."""
    for relation in rows.model._meta.related_objects:
        if relation.on_delete is models.PROTECT:
            used = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            rows = rows.filter(~Exists(used))
    return rows


def _delete_or_strip(rows: QuerySet[Account] | QuerySet[Contact], kind: str) -> None:
    unused = list(_unused(rows).values_list("pk", flat=True))  # type: ignore[type-var]
    try:
        with transaction.atomic():
            rows.model._default_manager.filter(pk__in=unused).delete()
    except ProtectedError:  # somebody wrote something down about one of them at this moment
        unused = []
    left = rows.exclude(pk__in=unused)
    if kind == "account":
        scrub.accounts(cast("QuerySet[Account]", left), anonymous)
    else:
        scrub.contacts(cast("QuerySet[Contact]", left), anonymous)
