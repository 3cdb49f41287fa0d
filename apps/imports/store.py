"""Writing a batch of rows, set by set: whatever the number of rows, it takes the same dozen queries."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.custom import remembered
from apps.accounts.models import Account, Contact, ContactEmail, ContactPhone, CustomField
from apps.accounts.models.custom import custom_key
from apps.accounts.names import name_key
from apps.activities.models import Activity
from apps.dreamclients.approval import place_many
from apps.dreamclients.bulk import Target, standing
from apps.dreamclients.locks import hold_open
from apps.dreamclients.models import DreamClient
from apps.dreamclients.services import ListClosed, book_size
from apps.imports.cleaning import BadRowError, CleanRow, clean_row
from apps.imports.custom import known
from apps.imports.fields import custom_labels
from apps.imports.models import Import, ImportProblem
from apps.imports.reading import Row
from apps.users.models import Organisation, User

CREATED, UPDATED, UNCHANGED, FAILED = "created", "updated", "unchanged", "failed"
_ACCOUNT_FIELDS = (
    "name",
    "name_key",
    "domain",
    "industry",
    "headquarters",
    "country",
    "employees",
    "phone",
    "custom",
    "team_id",
)
_CONTACT_FIELDS = ("first_name", "last_name", "name_key", "title", "custom")


def import_rows(*, of: Import, rows: Sequence[Row], now: datetime) -> Counter[str]:
    """Store `rows`, with a problem for each that cannot be. Returns how many were created, updated, and so on.

    Call it inside a transaction. Raises IntegrityError where somebody else stores the same company at this moment.
    """
    with remembered():
        return _Batch(of, now).run(rows)


@dataclass
class _Batch:
    """One batch: the rows as they were read, and everything in the database that they may mean."""

    of: Import
    now: datetime
    accounts: list[Account] = field(default_factory=list)
    by_domain: dict[str, Account] = field(default_factory=dict)
    in_the_bin: dict[str, Account] = field(default_factory=dict)
    """Accounts in the bin by their domain: a row that means one is a problem."""
    by_name: dict[str, list[Account]] = field(default_factory=dict)
    before: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    targeted: dict[int, DreamClient] = field(default_factory=dict)
    emails: dict[str, Contact] = field(default_factory=dict)
    claimed: dict[str, Account] = field(default_factory=dict)
    """The addresses that rows of this batch bring, and whose contact's they are."""
    contacts: dict[tuple[int, str], Contact] = field(default_factory=dict)
    new_contacts: dict[int, Contact] = field(default_factory=dict)
    addresses: dict[int, set[str]] = field(default_factory=dict)
    numbers: dict[int, set[str]] = field(default_factory=dict)
    problems: list[ImportProblem] = field(default_factory=list)
    stored: list[tuple[CleanRow, Account]] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    """`id()` of the accounts of which a contact or a dream client was added or changed."""

    def run(self, rows: Sequence[Row]) -> Counter[str]:
        clean = self._clean(rows)
        self._fetch(clean)
        if closed := self._hold_list():
            for row in clean:
                self._fail(row.row, closed)
            clean = []
        for row in clean:
            try:
                account = self._account_of(row)
            except BadRowError as error:
                self._fail(row.row, str(error))
            else:
                self.stored.append((row, account))
        made = self._save_accounts()
        self._save_contacts()
        self._target()
        self._save_custom_fields(clean)
        ImportProblem.objects.bulk_create(self.problems)
        return self._tally(made)

    def _clean(self, rows: Sequence[Row]) -> list[CleanRow]:
        clean, fields = [], known()
        for row in rows:
            try:
                clean.append(clean_row(row, self.of.mapping, len(self.of.header), fields))
            except BadRowError as error:
                self._fail(row, str(error))
        return clean

    def _hold_list(self) -> str:
        """Nobody throws the list away from here on, before the books are held; why it takes nothing, else ""."""
        try:
            if self.of.target_list is not None:
                hold_open(self.of.target_list)
        except ListClosed as refusal:
            return str(refusal)
        return ""

    def _fail(self, row: Row, reason: str) -> None:
        cells = [cell.replace("\0", "\N{REPLACEMENT CHARACTER}") for cell in row.cells]
        self.problems.append(ImportProblem(of=self.of, line=row.line, reason=reason[:500], row=cells))

    def _fetch(self, clean: Iterable[CleanRow]) -> None:
        """The accounts that rows may mean, locked, and what hangs on them."""
        domains = {row.domain for row in clean if row.domain}
        names = {row.name_key for row in clean}
        found = Account.objects.filter(Q(domain__in=domains) | Q(name_key__in=names)).order_by("pk")
        for account in found.select_related("team").select_for_update(of=("self",), no_key=True):
            if account.deleted_at is not None:
                self.in_the_bin |= {account.domain or "": account}  # its name alone says nothing
                continue
            self._index(account)
            self.before[id(account)] = self._snapshot(account)
        self.targeted = standing(self.accounts)
        addresses = {row.contact["email"] for row in clean if "email" in row.contact}
        known = Contact.objects.filter(Q(account__in=self.accounts) | Q(emails__address__in=addresses))
        for contact in (
            known.distinct().select_related("account").prefetch_related("emails", "phones").order_by("pk")
        ):
            if contact.deleted_at is None:
                self.contacts.setdefault((contact.account_id, contact.name_key), contact)
            self.addresses[id(contact)] = {email.address.lower() for email in contact.emails.all()}
            self.numbers[id(contact)] = {phone.number for phone in contact.phones.all()}
            self.emails |= dict.fromkeys(self.addresses[id(contact)], contact)

    def _index(self, account: Account) -> None:
        self.accounts.append(account)
        if account.domain:
            self.by_domain[account.domain] = account
        self.by_name.setdefault(account.name_key, []).append(account)

    @staticmethod
    def _snapshot(account: Account) -> tuple[Any, ...]:
        values = tuple(getattr(account, name) for name in _ACCOUNT_FIELDS if name != "custom")
        return (*values, dict(account.custom))

    # --- accounts -------------------------------------------------------------------------------

    def _account_of(self, row: CleanRow) -> Account:
        """The account that a row means, with the row's values. Raises BadRowError where it must not be touched."""
        account = self._match(row)
        if account is not None:
            self._check(account)
        self._claim_email(row, account)
        is_new = account is None
        if account is None:
            account = Account(created_by=self.of.owner, created_at=self.now, name_key=row.name_key)
        self._apply(account, row)
        if is_new:
            self._index(account)
        if "email" in row.contact:
            self.claimed[row.contact["email"]] = account
        return account

    def _match(self, row: CleanRow) -> Account | None:
        """By domain, else by name among those whose domain says nothing else."""
        if row.domain and row.domain in self.by_domain:
            return self.by_domain[row.domain]
        if row.domain and row.domain in self.in_the_bin:
            words = _("%(account)s has this domain and is in the bin. Restore it there, then import the row.")
            raise BadRowError(words % {"account": self.in_the_bin[row.domain]})
        same = self.by_name.get(row.name_key, [])
        if row.domain:
            same = [account for account in same if not account.domain]
        if len(same) > 1:
            raise BadRowError(
                _("There are %(count)s accounts called “%(name)s”. Add the web domain to say which one.")
                % {"count": len(same), "name": row.account["name"]}
            )
        return same[0] if same else None

    def _claim_email(self, row: CleanRow, account: Account | None) -> None:
        """An address belongs to one contact, so to one account."""
        email = row.contact.get("email", "")
        holder: Account | None = self.claimed.get(email)
        if holder is None and email in self.emails and self.emails[email].deleted_at is not None:
            words = _(
                "%(email)s belongs to %(contact)s, who is in the bin. Restore them there, then import the row."
            )
            raise BadRowError(words % {"email": email, "contact": self.emails[email]})
        if holder is None and email in self.emails:
            holder = self.emails[email].account
        if (
            holder is not None
            and holder is not account
            and (account is None or holder.pk != account.pk or not holder.pk)
        ):
            raise BadRowError(
                _("%(email)s belongs to a contact of %(account)s.") % {"email": email, "account": holder}
            )

    def _check(self, account: Account) -> None:
        owner = self.of.owner
        if account.team_id and not owner.is_admin and account.team_id not in owner.team_ids:
            raise BadRowError(
                _("%(account)s belongs to team %(team)s, and is changed there only.")
                % {"account": account, "team": account.team}
            )
        current = self.targeted.get(account.pk) if account.pk else None
        if self.of.target_list_id and current is not None and current.list_id != self.of.target_list_id:
            said = {"account": account, "list": current.list, "owner": current.owner or _("nobody owns it")}
            if not current.list.may_see(owner):
                raise BadRowError(
                    _("%(account)s is a dream client on a list of another team (%(owner)s).") % said
                )
            raise BadRowError(_("%(account)s is a dream client on list %(list)s (%(owner)s).") % said)

    def _apply(self, account: Account, row: CleanRow) -> None:
        """Values that a row has replace the account's; what a row leaves empty, it leaves alone."""
        for name, value in row.account.items():
            if name != "name" or not account.name:
                setattr(account, name, value)
        if account.domain:
            self.by_domain[account.domain] = account
        account.custom = {**account.custom, **row.custom}
        if self.of.target_list is not None and account.team_id is None:
            account.team_id = self.of.target_list.team_id

    def _save_accounts(self) -> set[int]:
        """Store what is new and what differs; returns `id()` of the new ones."""
        new = [account for account in self.accounts if id(account) not in self.before]
        Account.objects.bulk_create(new)
        old = [account for account in self.accounts if id(account) in self.before]
        differing = [account for account in old if self.before[id(account)] != self._snapshot(account)]
        for account in differing:
            account.version += 1
        Account.objects.bulk_update(differing, [*_ACCOUNT_FIELDS[:-1], "team", "version"], batch_size=250)
        self.changed |= {id(account) for account in differing}
        return {id(account) for account in new}

    # --- contacts -------------------------------------------------------------------------------

    def _save_contacts(self) -> None:
        changed: dict[int, Contact] = {}
        emails, phones = [], []
        for row, account in self.stored:
            if not row.contact:
                continue
            contact = self._contact_of(row, account)
            if self._update_contact(contact, row):
                self.changed.add(id(account))
                if id(contact) not in self.new_contacts:
                    changed[id(contact)] = contact
            emails += self._new_emails(contact, row, account)
            phones += self._new_phones(contact, row, account)
        Contact.objects.bulk_create(self.new_contacts.values())
        for contact in changed.values():
            contact.version += 1
        Contact.objects.bulk_update(changed.values(), [*_CONTACT_FIELDS, "version"], batch_size=250)
        ContactEmail.objects.bulk_create(emails)
        ContactPhone.objects.bulk_create(phones)

    def _contact_of(self, row: CleanRow, account: Account) -> Contact:
        key = name_key(f"{row.contact['last_name']} {row.contact.get('first_name', '')}")
        contact = self.emails.get(row.contact.get("email", "")) or self.contacts.get((account.pk, key))
        if contact is None:
            contact = Contact(account=account, created_by=self.of.owner, created_at=self.now)
            self.contacts[account.pk, key] = self.new_contacts[id(contact)] = contact
            self.addresses[id(contact)], self.numbers[id(contact)] = set(), set()
        return contact

    def _update_contact(self, contact: Contact, row: CleanRow) -> bool:
        """Take over what the row says; True where that changes something."""
        before = [getattr(contact, name) for name in _CONTACT_FIELDS]
        contact.custom = {**contact.custom, **row.contact_custom}
        keeps_name = row.name_is_guessed and contact.last_name
        for name in ("title", *(() if keeps_name else ("first_name", "last_name"))):
            if name in row.contact:
                setattr(contact, name, row.contact[name])
        contact.clean()
        return before != [getattr(contact, name) for name in _CONTACT_FIELDS]

    def _new_emails(self, contact: Contact, row: CleanRow, account: Account) -> list[ContactEmail]:
        address, known = row.contact.get("email"), self.addresses[id(contact)]
        if not address or address in known:
            return []
        self.changed.add(id(account))
        email = ContactEmail(contact=contact, address=address, is_primary=not known)
        known.add(address)
        self.emails[address] = contact
        return [email]

    def _new_phones(self, contact: Contact, row: CleanRow, account: Account) -> list[ContactPhone]:
        number, known = row.contact.get("phone"), self.numbers[id(contact)]
        if not number or number in known:
            return []
        self.changed.add(id(account))
        phone = ContactPhone(contact=contact, number=number, is_primary=not known)
        known.add(number)
        return [phone]

    # --- dream clients --------------------------------------------------------------------------

    def _target(self) -> None:
        if self.of.target_list is None:
            return
        targets: dict[int, Target] = {}
        free = self._room()
        for row, account in self.stored:
            if account.pk in self.targeted or account.pk in targets:
                continue
            owner = self.of.assign_to if len(targets) < free else None
            targets[account.pk] = Target(
                account=account,
                owner=owner,
                custom=row.dream_client_custom,
                **{"tier": self.of.tier, **row.dream_client},
            )
            self.changed.add(id(account))
        place_many(
            dream_client_list=self.of.target_list,
            targets=list(targets.values()),
            by=self.of.owner,
            at=self.now,
            source=Activity.Source.IMPORT,
        )

    def _room(self) -> int:
        """How many more dream clients fit into the book of whoever is to own them; the book stays locked."""
        if self.of.assign_to is None:
            return 0
        owner = User.objects.select_for_update(no_key=True).get(pk=self.of.assign_to.pk)
        return max(0, Organisation.current().book_cap - book_size(owner))

    # --- the rest -------------------------------------------------------------------------------

    def _save_custom_fields(self, clean: Iterable[CleanRow]) -> None:
        """A definition for each custom field that a row has a value for, where there is none yet."""
        used = {key for row in clean for key in row.custom}
        labels = {custom_key(label): label for label in custom_labels(self.of.mapping.values())}
        known = CustomField.objects.filter(model=CustomField.Model.ACCOUNT)
        missing = used - set(known.filter(key__in=used).values_list("key", flat=True))
        if missing:
            CustomField.objects.bulk_create(
                [
                    CustomField(
                        model=CustomField.Model.ACCOUNT,
                        key=key,
                        label=labels.get(key, _("Industry as written")),
                        position=position,
                    )
                    for position, key in enumerate(sorted(missing), start=known.count())
                ],
                ignore_conflicts=True,
            )

    def _tally(self, made: set[int]) -> Counter[str]:
        counts = Counter({FAILED: len(self.problems)})
        seen: set[int] = set()
        for _row, account in self.stored:
            if id(account) in made and id(account) not in seen:
                counts[CREATED] += 1
            else:
                counts[UPDATED if id(account) in self.changed else UNCHANGED] += 1
            seen.add(id(account))
        return counts
