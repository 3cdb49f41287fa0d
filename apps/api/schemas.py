"""What the API takes and gives. Names are those of the product."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from apps.accounts.models import Account, Contact

type Custom = dict[str, Any]


class Refusal(Schema):
    """Why something was not done: by field, what is wrong and what to do."""

    errors: dict[str, list[str]]


class Conflict(Refusal):
    """Somebody changed the row since `version` was read: what differs, and the version now."""

    version: int
    differs: list[dict[str, str]]


class Out(Schema):
    """A row, with the version that a change of it names."""

    id: int
    version: int
    custom: Custom = Field(description="Custom fields by their keys, typed; see /custom-fields/.")


class AccountOut(Out):
    """A company."""

    name: str
    domain: str | None
    industry: str
    headquarters: str
    country: str
    time_zone: str
    employees: int | None
    phone: str
    team_id: int | None
    tags: list[str]
    created_at: datetime

    @staticmethod
    def resolve_tags(row: Account) -> list[str]:
        """Their names."""
        return sorted(tag.name for tag in row.tags.all())


class ContactOut(Out):
    """A person at an account."""

    account_id: int
    first_name: str
    last_name: str
    title: str
    role: str
    time_zone: str
    linkedin: str
    emails: list[str]
    phones: list[str]
    opted_out: list[str] = Field(description="Channels by which nothing reaches this person; “all” is any.")
    tags: list[str]
    created_at: datetime

    @staticmethod
    def resolve_emails(row: Contact) -> list[str]:
        """The primary one first."""
        return [one.address for one in sorted(row.emails.all(), key=lambda one: (not one.is_primary, one.pk))]

    @staticmethod
    def resolve_phones(row: Contact) -> list[str]:
        """The primary one first."""
        return [one.number for one in sorted(row.phones.all(), key=lambda one: (not one.is_primary, one.pk))]

    @staticmethod
    def resolve_opted_out(row: Contact) -> list[str]:
        """The channels."""
        return sorted(one.channel for one in row.opt_outs.all())

    @staticmethod
    def resolve_tags(row: Contact) -> list[str]:
        """Their names."""
        return sorted(tag.name for tag in row.tags.all())


class DreamClientOut(Out):
    """An account on a list. The rung is reached by what happens and cannot be written."""

    account_id: int
    list_id: int
    owner_id: int | None
    tier: str
    why_change: str
    incumbent: str
    contract_end: date | None
    rung: str
    rung_at: datetime
    targeted_at: datetime
    parked_until: datetime | None
    ruled_out_at: datetime | None
    last_touch_at: datetime | None
    next_touch_at: datetime | None
    cold_at: datetime


class OpportunityOut(Out):
    """A possible sale."""

    account_id: int
    contact_id: int | None
    name: str
    value: Decimal
    currency: str
    origin: str
    stage_id: int
    owner_id: int | None
    next_on: date | None
    created_at: datetime


class FieldOut(Schema):
    """A custom field: what its values look like."""

    model: str
    key: str
    label: str
    type: str
    choices: list[str]


class In(Schema):
    """What may be written. A field that is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    custom: Custom = Field(
        default={}, description="Only the keys named here change; null takes a value away."
    )


class AccountIn(In):
    """A company."""

    name: str | None = None
    domain: str | None = None
    industry: str | None = None
    headquarters: str | None = None
    country: str | None = None
    time_zone: str | None = None
    employees: int | None = None
    phone: str | None = None
    team: int | None = None
    same_name_is_fine: bool = Field(default=False, description="Keep two accounts of one name, knowingly.")


class ContactIn(In):
    """A person."""

    first_name: str | None = None
    last_name: str | None = None
    title: str | None = None
    role: str | None = None
    time_zone: str | None = None
    linkedin: str | None = None
    emails: list[str] | None = None
    phones: list[str] | None = None


class NewContactIn(ContactIn):
    """A new person of an account."""

    account: int


class DreamClientIn(In):
    """What a rep writes about a dream client."""

    tier: Literal["A", "B", "C"] | None = None
    why_change: str | None = None
    incumbent: str | None = None
    contract_end: date | None = None


class OpportunityIn(In):
    """What may be changed of an opportunity at any time. Stages are moved in Opener, with their evidence."""

    name: str | None = None
    value: Decimal | None = None
    contact: int | None = None
    next_on: date | None = None
    owner: int | None = None


class Versioned(Schema):
    """With which version was read: a change of a row that has moved on since is refused with 409."""

    version: int


class AccountChange(AccountIn, Versioned):
    """A change of a company."""


class ContactChange(ContactIn, Versioned):
    """A change of a person."""


class DreamClientChange(DreamClientIn, Versioned):
    """A change of what is written about a dream client."""


class OpportunityChange(OpportunityIn, Versioned):
    """A change of an opportunity."""


class AccountPage(Schema):
    """Companies in the order of their ids, and the cursor of the next page ("" at the end)."""

    items: list[AccountOut]
    next: str


class ContactPage(Schema):
    """People in the order of their ids, and the cursor of the next page."""

    items: list[ContactOut]
    next: str


class DreamClientPage(Schema):
    """Dream clients in the order of their ids, and the cursor of the next page."""

    items: list[DreamClientOut]
    next: str


class OpportunityPage(Schema):
    """Opportunities in the order of their ids, and the cursor of the next page."""

    items: list[OpportunityOut]
    next: str
