"""Taking the words out of rows that stay: names, addresses, numbers, texts. Nobody may read who it was."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pgtrigger
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Case, F, JSONField, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from apps.accounts.models import Account, Contact, ContactEmail, ContactPhone, File, Note, OptOut
from apps.activities.models import Activity, Notification, Reminder, Task
from apps.dreamclients.models import DreamClient, Proposal, TriggerEvent
from apps.mail.models import OutboundEmail, Suppression
from apps.mail.purged import stand_in
from apps.meetings.models import Meeting
from apps.pipeline.models import Ask, Commitment, Opportunity
from apps.sequences.models import Touch

NO_WORDS = Value("–")
KEPT_DATA = ["state", "message", "sentiment"]
"""What activities know in a word of ours; of the rest only numbers stay: ids and versions, by which figures find rows."""
ONLY_NUMBERS = RawSQL(
    "(SELECT coalesce(jsonb_object_agg(key, value), '{}'::jsonb) FROM jsonb_each(data)"
    " WHERE jsonb_typeof(value) IN ('number', 'boolean', 'null') OR key = ANY(%s))",
    [KEPT_DATA],
    output_field=JSONField(),
)


def wordless(field: str) -> Case:
    """A dash where the field says something: some rows must say something, and some are found by saying nothing."""
    return Case(When(**{field: ""}, then=Value("")), default=NO_WORDS)


def addresses(contacts: Sequence[int]) -> None:
    """Email addresses and numbers go. What must not be written to is still known by its stand-in."""
    rows = ContactEmail.objects.filter(contact__in=contacts)
    found = {row.address.lower(): row for row in rows}
    out = OptOut.objects.filter(contact__in=contacts, channel__in=["email", OptOut.ALL])
    opted_out = set(out.values_list("contact", flat=True))
    suppressed = Suppression.objects.filter(address__in=found).in_bulk(field_name="address") if found else {}
    for address, row in found.items():
        if (known := suppressed.get(address)) is not None:
            # One row for one address: where it has a stand-in already, that one says enough.
            if Suppression.objects.filter(address=stand_in(address)).exists():
                known.delete()
            else:
                known.address = stand_in(address)
                known.save(update_fields=["address"])
        elif row.contact_id in opted_out:
            Suppression.objects.get_or_create(
                address=stand_in(address), defaults={"reason": Suppression.Reason.OPTED_OUT}
            )
    rows.delete()
    ContactPhone.objects.filter(contact__in=contacts).delete()


def written(
    *, accounts: Sequence[int], contacts: Sequence[int], notes: Sequence[int], files: Sequence[int]
) -> None:
    """Notes and files are deleted, the files from their storage too, once this is committed."""
    about = Q(account__in=accounts) | Q(contact__in=contacts)
    gone_notes = list(Note.objects.filter(about | Q(pk__in=notes)).values_list("pk", flat=True))
    gone_files = list(File.objects.filter(about | Q(pk__in=files)))
    told = Activity.objects.filter(Q(note__in=gone_notes) | Q(file__in=gone_files))
    with pgtrigger.ignore("activities.Activity:append_only"):
        told.update(note=None, file=None, subject="", body="", data=ONLY_NUMBERS)
    for file in gone_files:
        transaction.on_commit(partial(default_storage.delete, str(file.content.name)))
    File.objects.filter(pk__in=[file.pk for file in gone_files]).delete()
    Note.objects.filter(pk__in=gone_notes).delete()


def work(*, accounts: Sequence[int], contacts: Sequence[int]) -> None:
    """What was done and planned there: the rows stay as far as figures count them, their words go."""
    about = Q(account__in=accounts) | Q(contact__in=contacts)
    with pgtrigger.ignore("activities.Activity:append_only"):
        Activity.objects.filter(about).update(subject="", body="", data=ONLY_NUMBERS)
    Touch.objects.filter(about).update(subject="", body="", reason=wordless("reason"))
    Meeting.objects.filter(about).update(place="", about="", notes="")
    Ask.objects.filter(about).update(objection="")
    _emails(OutboundEmail.objects.filter(about))
    deals = Opportunity.objects.filter(account__in=accounts)
    deals.update(name=NO_WORDS, lost_reason=wordless("lost_reason"), custom={})
    Commitment.objects.filter(opportunity__account__in=accounts).update(evidence=wordless("evidence"))
    DreamClient.objects.filter(account__in=accounts).update(
        why_change="", incumbent="", contract_end=None, trigger_event="", custom={}, left_reason="",
        ruled_out_reason=wordless("ruled_out_reason"),
    )  # fmt: skip
    TriggerEvent.with_removed.filter(dream_client__account__in=accounts).delete()
    Proposal.objects.filter(account__in=accounts).delete()
    Reminder.objects.filter(Q(account__in=accounts) | Q(task__account__in=accounts)).delete()
    Task.objects.filter(about).delete()
    _notifications(accounts, contacts)


def _emails(rows: QuerySet[OutboundEmail]) -> None:
    """Sent or not, nobody reads them again; a click on their unsubscribe link still counts, by the stand-in."""
    found = list(rows.only("pk", "to_address"))
    for email in found:
        email.to_address = stand_in(email.to_address)
    OutboundEmail.objects.bulk_update(found, ["to_address"], batch_size=500)
    waiting = rows.filter(state__in=[OutboundEmail.State.SCHEDULED, OutboundEmail.State.CLAIMED])
    waiting.update(state=OutboundEmail.State.CANCELLED, claim_token=None, claimed_until=None)
    rows.update(subject="", text="", html="", answer="")


def _notifications(accounts: Sequence[int], contacts: Sequence[int]) -> None:
    """What was told of them. Of people whose account stays, what names them."""
    people = Contact.objects.filter(pk__in=contacts).exclude(account__in=accounts)
    names: dict[int, list[str]] = defaultdict(list)
    for account, first, last in people.values_list("account", "first_name", "last_name"):
        names[account].append(f"{first} {last}".strip())
    told = Notification.objects.filter(account__in=names).values_list("pk", "account", "text")
    gone = [pk for pk, account, text in told if any(name in text for name in names[account or 0])]
    Notification.objects.filter(Q(account__in=accounts) | Q(pk__in=gone)).delete()


def contacts(rows: QuerySet[Contact], name: Callable[[str, int], str]) -> None:
    """People without a name."""
    people = list(rows)
    Contact.tags.through._default_manager.filter(contact__in=[one.pk for one in people]).delete()
    for one in people:
        one.first_name, one.last_name = "", name("contact", one.pk)
        one.clean()
    Contact.objects.bulk_update(people, ["first_name", "last_name", "name_key"], batch_size=500)
    rows.update(title="", role="", time_zone="", linkedin="", custom={}, version=F("version") + 1)


def accounts(rows: QuerySet[Account], name: Callable[[str, int], str]) -> None:
    """Companies without a name, a domain or an address. Industry and country stay: figures are filtered by them."""
    companies = list(rows)
    Account.tags.through._default_manager.filter(account__in=[one.pk for one in companies]).delete()
    for one in companies:
        one.name = name("account", one.pk)
        one.clean()
    Account.objects.bulk_update(companies, ["name", "name_key"], batch_size=500)
    blank: dict[str, Any] = {"headquarters": "", "phone": "", "employees": None, "custom": {}}
    rows.update(domain=None, version=F("version") + 1, **blank)
