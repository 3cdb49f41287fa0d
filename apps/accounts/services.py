"""What changes accounts and contacts."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.accounts.forms import AccountForm, ContactForm
from apps.accounts.models import Account, Contact, ContactEmail, ContactPhone, OptOut
from apps.users.models import User


def save_account(*, form: AccountForm, by: User) -> Account:
    """Keep what a valid form says; a new account remembers who made it."""
    with transaction.atomic():
        account = form.save(commit=False)
        if not account.pk:
            account.created_by = by
        account.save()
        form.save_m2m()
        form.save_tags()
    return account


def save_contact(*, form: ContactForm, by: User) -> Contact:
    """Keep what a valid form says, addresses and numbers included; the first of each is the primary one."""
    with transaction.atomic():
        contact = form.save(commit=False)
        if not contact.pk:
            contact.created_by = by
        contact.save()
        form.save_m2m()
        form.save_tags()
        _set_emails(contact, form.cleaned_data["emails"])
        _set_phones(contact, form.cleaned_data["phones"])
    return contact


def opt_out(
    *, contact: Contact, channel: str, by: User | None, reason: str = "", at: datetime | None = None
) -> OptOut:
    """Note that `contact` does not want to be reached by `channel` ("all" for any). The first time counts."""
    row, _created = OptOut.objects.get_or_create(
        contact=contact,
        channel=channel,
        defaults={"reason": reason[:200], "by": by, "at": at or timezone.now()},
    )
    return row


def _set_emails(contact: Contact, addresses: list[str]) -> None:
    """Rows that stay keep their ids. None is primary for a moment: the table allows one."""
    contact.emails.exclude(address__in=addresses).delete()
    contact.emails.update(is_primary=False)
    for position, address in enumerate(addresses):
        ContactEmail.objects.update_or_create(
            contact=contact, address=address, defaults={"is_primary": position == 0}
        )


def _set_phones(contact: Contact, numbers: list[str]) -> None:
    contact.phones.exclude(number__in=numbers).delete()
    contact.phones.update(is_primary=False)
    for position, number in enumerate(numbers):
        row = contact.phones.filter(number=number).first() or ContactPhone(contact=contact, number=number)
        row.is_primary = position == 0
        row.save()
