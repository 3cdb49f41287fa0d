"""The fields that the demo's admin added, and what rows hold in them."""

import json
from datetime import date, timedelta
from random import Random
from typing import Any

from apps.accounts.custom_services import add_field
from apps.accounts.models import CustomField
from apps.users.models import User

Model, Type = CustomField.Model, CustomField.Type
SYSTEMS = ["Spreadsheet", "In-house", "SAP", "Oracle", "Another vendor"]
TOPICS = ["Cost", "Service level", "Drivers", "Emissions"]
PRODUCTS = ["Planning", "Tracking", "Driver app"]
FIELDS: tuple[dict[str, Any], ...] = (
    {"model": Model.ACCOUNT, "label": "Vehicles", "type": Type.NUMBER, "help_text": "Own and leased."},
    {"model": Model.ACCOUNT, "label": "Planning system", "type": Type.CHOICE, "choices": SYSTEMS},
    {"model": Model.ACCOUNT, "label": "Fiscal year ends", "type": Type.DATE},
    {"model": Model.CONTACT, "label": "Cares about", "type": Type.CHOICES, "choices": TOPICS},
    {"model": Model.CONTACT, "label": "Prefers to be called", "type": Type.YES_NO},
    {
        "model": Model.DREAM_CLIENT,
        "label": "Spend a year",
        "type": Type.MONEY,
        "help_text": "On their supplier today.",
    },
    {"model": Model.DREAM_CLIENT, "label": "Introduced by", "type": Type.USER},
    {"model": Model.OPPORTUNITY, "label": "Products", "type": Type.CHOICES, "choices": PRODUCTS},
    {"model": Model.OPPORTUNITY, "label": "Proposal due", "type": Type.DATE},
)


def make_fields(admin: User) -> None:
    """The fields, as the admin would make them."""
    for field in FIELDS:
        add_field(field=CustomField(**field), by=admin)


def of_account(pk: int, employees: int, today: date) -> str:
    """What an account holds. Each row has chances of its own, so that they change nothing else in its story."""
    rng = Random(pk)
    values: dict[str, Any] = {}
    if rng.random() < 0.7:
        values["vehicles"] = str(max(2, employees * rng.randrange(2, 30) // 100))
    if rng.random() < 0.6:
        values["planning_system"] = rng.choice(SYSTEMS)
    if rng.random() < 0.4:
        month = rng.choice((3, 6, 9, 12))
        last = date(today.year + 1, month, 28) + timedelta(days=4)
        values["fiscal_year_ends"] = (last.replace(day=1) - timedelta(days=1)).isoformat()
    return json.dumps(values)


def of_contact(pk: int) -> str:
    """What a contact holds."""
    rng = Random(pk)
    values: dict[str, Any] = {}
    if rng.random() < 0.35:
        chosen = rng.sample(TOPICS, rng.randrange(1, 3))
        values["cares_about"] = [topic for topic in TOPICS if topic in chosen]
    if rng.random() < 0.15:
        values["prefers_to_be_called"] = rng.random() < 0.6
    return json.dumps(values)


def of_dream_client(pk: int, owner: int | None) -> str:
    """What a dream client holds."""
    rng = Random(pk)
    values: dict[str, Any] = {}
    if rng.random() < 0.5:
        values["spend_a_year"] = str(rng.randrange(4, 300) * 5_000)
    if owner is not None and rng.random() < 0.1:
        values["introduced_by"] = owner
    return json.dumps(values)


def of_opportunity(pk: int, opened: date) -> str:
    """What an opportunity holds."""
    rng = Random(pk)
    chosen = rng.sample(PRODUCTS, rng.randrange(1, 3))
    values: dict[str, Any] = {"products": [product for product in PRODUCTS if product in chosen]}
    if rng.random() < 0.5:
        values["proposal_due"] = (opened + timedelta(days=rng.randrange(20, 120))).isoformat()
    return json.dumps(values)
