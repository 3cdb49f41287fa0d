"""What a column can become, and the guess from its name."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Industry
from apps.accounts.names import name_key, normalise_domain

CUSTOM = "custom:"
LEFT_OUT = ""


@dataclass(frozen=True)
class Field:
    """A place that a column's values can go to. `aliases` are headers as other programs write them."""

    name: str
    label: str | Promise
    group: str | Promise
    aliases: tuple[str, ...]


_ACCOUNT, _CONTACT, _DREAM_CLIENT = _("Account"), _("Contact"), _("Dream client")

FIELDS = (
    Field("name", _("Account name"), _ACCOUNT, (
        "name", "company", "company name", "account", "account name", "organisation", "organization", "security",
        "business name", "firma", "client", "customer", "organization name", "employer", "societe", "unternehmen",
    )),
    Field("domain", _("Web domain"), _ACCOUNT, (
        "domain", "website", "web", "web site", "url", "homepage", "web domain", "company domain", "company website",
        "domain name", "webseite", "site", "web address", "company url", "website url",
    )),
    Field("industry", _("Industry"), _ACCOUNT, (
        "industry", "sector", "gics sector", "branche", "vertical", "company industry", "industry sector",
    )),
    Field("headquarters", _("Headquarters"), _ACCOUNT, (
        "headquarters", "headquarters location", "hq", "location", "head office", "company location", "hq location",
        "hauptsitz", "address", "company address",
    )),
    Field("city", _("City"), _ACCOUNT, ("city", "town", "ort", "stadt", "company city", "billing city", "ville")),
    Field("region", _("State or region"), _ACCOUNT, (
        "state", "region", "province", "county", "state region", "company state", "billing state", "bundesland",
    )),
    Field("country", _("Country"), _ACCOUNT, (
        "country", "country code", "land", "company country", "billing country", "nation", "pays",
    )),
    Field("employees", _("Employees"), _ACCOUNT, (
        "employees", "number of employees", "employee count", "headcount", "staff", "size", "company size",
        "no of employees", "mitarbeiter", "no employees", "full time employees",
    )),
    Field("phone", _("Account phone"), _ACCOUNT, (
        "company phone", "account phone", "phone", "telephone", "phone number", "main phone", "switchboard", "tel",
        "telefon", "company phone number",
    )),
    Field("contact_name", _("Full name"), _CONTACT, (
        "contact", "contact name", "full name", "person", "contact person", "ansprechpartner",
    )),
    Field("first_name", _("First name"), _CONTACT, (
        "first name", "firstname", "given name", "forename", "vorname", "contact first name", "prenom",
    )),
    Field("last_name", _("Last name"), _CONTACT, (
        "last name", "lastname", "surname", "family name", "nachname", "contact last name", "nom",
    )),
    Field("email", _("Email"), _CONTACT, (
        "email", "e mail", "email address", "mail", "contact email", "work email", "business email", "e mail address",
    )),
    Field("title", _("Job title"), _CONTACT, (
        "title", "job title", "position", "function", "contact title", "jobtitle", "job role",
    )),
    Field("contact_phone", _("Contact phone"), _CONTACT, (
        "contact phone", "mobile", "mobile phone", "cell", "direct phone", "direct dial", "work phone",
        "mobile number", "person phone",
    )),
    Field("tier", _("Tier"), _DREAM_CLIENT, ("tier", "priority tier", "account tier", "abc")),
    Field("why_change", _("Why change"), _DREAM_CLIENT, ("why change", "thesis", "why")),
    Field("incumbent", _("Incumbent supplier"), _DREAM_CLIENT, (
        "incumbent", "incumbent supplier", "current supplier", "current vendor", "supplier",
    )),
)  # fmt: skip
BY_NAME = {field.name: field for field in FIELDS}
CONTACT_FIELDS = frozenset(field.name for field in FIELDS if field.group is _CONTACT)
_BY_ALIAS = {alias: field.name for field in FIELDS for alias in field.aliases}

_PERSON = frozenset({"first_name", "last_name", "contact_name", "email"})
_PERSONAL = {"phone": "contact_phone", "name": "contact_name"}
"""What "Phone" and "Name" mean where other columns tell of a person."""


def plain(header: str) -> str:
    """A header without case, accents, punctuation and camel case: "Company_Name*" is "company name".

    >>> plain("Headquarters Location")
    'headquarters location'
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    return " ".join(re.sub(r"[^\w]|_", " ", name_key(spaced)).split())


def suggest(
    header: Sequence[str], samples: Sequence[Sequence[str]], custom: Callable[[str], str] = lambda label: ""
) -> dict[str, str]:
    """For each column (its index as text) the field it most likely is; a custom field for what is left.

    `samples` holds some values of each column. A column without any value is left out. `custom` says which custom field
    that is there a header names: an admin chose that word, so it comes before our guess.
    """
    names = [custom(label) or _known(label) for label in header]
    if _PERSON & set(names):
        personal = {"phone", "phone number", "telephone", "tel", "telefon"}
        personal |= {"name"} if names.count("name") > 1 else set()
        names = [
            _PERSONAL.get(name, name) if plain(label) in personal else name
            for name, label in zip(names, header, strict=True)
        ]
    mapping: dict[str, str] = {}
    taken: set[str] = set()
    for index, label in enumerate(header):
        values = [value for value in samples[index] if value.strip()] if index < len(samples) else []
        field = names[index] or _by_values(values)
        if not field or field in taken:
            field = f"{CUSTOM}{label}" if values else LEFT_OUT
        taken.add(field)
        mapping[str(index)] = field
    return mapping


def _known(label: str) -> str:
    """The field that a header names, allowing for a slip of the pen; "" for none."""
    text = plain(label)
    if text in _BY_ALIAS:
        return _BY_ALIAS[text]
    close = get_close_matches(text, [alias for alias in _BY_ALIAS if len(alias) > 4], n=1, cutoff=0.86)
    return _BY_ALIAS[close[0]] if close else ""


def _by_values(values: Sequence[str]) -> str:
    """What the values themselves give away: addresses, sectors, domains."""
    if not values:
        return ""
    if all(re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", value.strip()) for value in values):
        return "email"
    if all(industry_of(value) for value in values):
        return "industry"
    if all("." in value and " " not in value.strip() and normalise_domain(value) for value in values):
        return "domain" if not any(re.search(r"\d$", value.strip()) for value in values) else ""
    return ""


_SYNONYMS = {
    Industry.ENERGY: ("oil gas", "oil and gas", "oil", "oil energy", "renewables", "mining metals"),
    Industry.MATERIALS: ("basic materials", "chemicals", "metals mining", "mining", "paper", "packaging"),
    Industry.INDUSTRIALS: (
        "industrial", "industrial goods", "manufacturing", "machinery", "logistics", "transportation", "aerospace",
        "aerospace defense", "construction", "engineering", "automation", "mechanical or industrial engineering",
        "transportation trucking railroad", "logistics and supply chain", "airlines aviation", "building materials",
    ),
    Industry.CONSUMER_DISCRETIONARY: (
        "consumer cyclical", "retail", "automotive", "apparel", "hospitality", "leisure", "travel", "e commerce",
        "ecommerce", "consumer goods", "consumer services", "leisure travel tourism", "restaurants", "education",
    ),
    Industry.CONSUMER_STAPLES: (
        "consumer defensive", "food", "food beverage", "food beverages", "beverages", "agriculture", "fmcg", "tobacco",
        "food production", "supermarkets", "cosmetics",
    ),
    Industry.HEALTH_CARE: (
        "healthcare", "health", "pharma", "pharmaceuticals", "biotech", "biotechnology", "medical", "life sciences",
        "medical devices", "hospital health care",
    ),
    Industry.FINANCIALS: (
        "financial services", "financial", "finance", "banking", "banks", "insurance", "fintech", "asset management",
        "investment management", "capital markets",
    ),
    Industry.TECHNOLOGY: (
        "information technology", "it", "tech", "software", "saas", "information technology and services", "computer software",
        "hardware", "semiconductors", "computers", "it services", "internet",
    ),
    Industry.COMMUNICATION: (
        "communication services", "communications", "telecommunication services", "telecommunications", "telecom", "media",
        "entertainment", "advertising", "marketing and advertising", "publishing",
    ),
    Industry.UTILITIES: ("utility", "water", "electric utilities", "gas utilities", "power"),
    Industry.REAL_ESTATE: ("property", "realestate", "reit", "reits", "commercial real estate"),
    Industry.OTHER: ("others", "misc", "miscellaneous", "unknown"),
}  # fmt: skip
_INDUSTRIES: dict[str, str] = {
    plain(text): industry.value for industry in Industry for text in (industry.value, *_SYNONYMS[industry])
}


def industry_of(text: str) -> str:
    """The industry that `text` names, by the words of GICS or common ones; "" for none.

    >>> industry_of("Consumer Discretionary")
    'consumer_discretionary'
    """
    return _INDUSTRIES.get(plain(text.casefold()), "")


def custom_labels(mapping: Iterable[str]) -> list[str]:
    """The labels of the custom fields that a mapping writes to."""
    return [field.removeprefix(CUSTOM) for field in mapping if field.startswith(CUSTOM)]
