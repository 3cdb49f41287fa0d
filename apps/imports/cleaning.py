"""From the cells of a row to values that may be stored, or to what is wrong with it. No database here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from apps.accounts.custom_values import Json, clean_value
from apps.accounts.models import CustomField, Industry
from apps.accounts.names import name_key, normalise_domain
from apps.dreamclients.models import Tier
from apps.imports.custom import is_custom, model_of, normal
from apps.imports.fields import industry_of
from apps.imports.reading import Row

_NOTHING = frozenset(
    {"-", "\N{EN DASH}", "\N{EM DASH}", "n/a", "na", "n.a.", "#n/a", "none", "null", "nil", "unknown", "?"}
)
_COUNTRIES = {
    "united states": "US", "united states of america": "US", "usa": "US", "u.s.": "US", "u.s.a.": "US",
    "united kingdom": "GB", "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "germany": "DE",
    "deutschland": "DE", "france": "FR", "switzerland": "CH", "schweiz": "CH", "austria": "AT", "osterreich": "AT",
    "netherlands": "NL", "the netherlands": "NL", "belgium": "BE", "luxembourg": "LU", "ireland": "IE",
    "spain": "ES", "espana": "ES", "portugal": "PT", "italy": "IT", "italia": "IT", "denmark": "DK", "sweden": "SE",
    "norway": "NO", "finland": "FI", "poland": "PL", "czech republic": "CZ", "czechia": "CZ", "canada": "CA",
    "mexico": "MX", "brazil": "BR", "australia": "AU", "new zealand": "NZ", "japan": "JP", "china": "CN",
    "india": "IN", "singapore": "SG", "south africa": "ZA", "israel": "IL", "turkey": "TR", "bermuda": "BM",
    "south korea": "KR", "united arab emirates": "AE", "greece": "GR", "hungary": "HU", "romania": "RO",
}  # fmt: skip
_LIMITS = {
    "name": 200, "headquarters": 200, "phone": 40, "first_name": 100, "last_name": 100, "title": 150,
    "contact_phone": 40, "incumbent": 200, "why_change": 5000,
}  # fmt: skip
_CUSTOM_LIMIT = 2000


class BadRowError(Exception):
    """The row cannot be imported; the message says why and what to do."""


@dataclass
class CleanRow:
    """What a row says, ready to be stored. `notices` are what was left out or changed, in words."""

    row: Row
    account: dict[str, str | int] = field(default_factory=dict)
    contact: dict[str, str] = field(default_factory=dict)
    dream_client: dict[str, str] = field(default_factory=dict)
    custom: dict[str, Json] = field(default_factory=dict)
    contact_custom: dict[str, Json] = field(default_factory=dict)
    dream_client_custom: dict[str, Json] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    name_is_guessed: bool = False
    """The contact's name was taken from the address, because the row has none."""

    @property
    def name_key(self) -> str:
        """The key by which an account of this name is found."""
        return name_key(str(self.account["name"]))

    @property
    def domain(self) -> str:
        """The account's domain, "" where the row has none."""
        return str(self.account.get("domain", ""))


def clean_row(
    row: Row, mapping: Mapping[str, str], width: int, fields: Mapping[str, CustomField] | None = None
) -> CleanRow:
    """The values of `row` by the fields of `mapping`; `fields` are the custom ones that are there. Raises BadRowError."""
    if any(cell.strip() for cell in row.cells[width:]):
        raise BadRowError(
            _(
                "This row has %(cells)s values and the header %(columns)s. Put values that hold the separator in quotes."
            )
            % {"cells": len(row.cells), "columns": width}
        )
    clean = CleanRow(row)
    values = _values(row.cells, mapping)
    for name, value in values.items():
        if is_custom(name):
            _clean_custom(clean, name, value, fields or {})
        elif len(value) > _LIMITS.get(name, 1000):
            raise BadRowError(
                _("“%(start)s…” is longer than %(most)s characters.")
                % {"start": value[:40], "most": _LIMITS.get(name, 1000)}
            )
    _clean_account(clean, values)
    _clean_contact(clean, values)
    _clean_dream_client(clean, values)
    return clean


def _clean_custom(clean: CleanRow, name: str, value: str, fields: Mapping[str, CustomField]) -> None:
    """A value that does not fit the type of its field fails the row: left out in silence, it would be missed later."""
    place = normal(name)
    held = {"contact": clean.contact_custom, "dream_client": clean.dream_client_custom}.get(
        model_of(name), clean.custom
    )
    key, found = place.partition(":")[2], fields.get(place)
    if found is None:
        held[key] = value[:_CUSTOM_LIMIT]
        return
    try:
        stored = clean_value(found, value)
    except ValidationError as error:
        raise BadRowError(f"{found.label}: {error.messages[0]}") from None
    if stored is not None:
        held[key] = stored


def cell(cells: Sequence[str], position: int) -> str:
    """What a cell says, "" for nothing and for signs of it."""
    text = " ".join(_unguarded(cells[position]).split()) if position < len(cells) else ""
    return "" if text.casefold() in _NOTHING else text


def _unguarded(text: str) -> str:
    """Without our own guard against formulas, see views.failed_rows."""
    return re.sub(r"^'(?=[=+\-@])", "", text)


def _values(cells: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """The cells that say something, by field."""
    values: dict[str, str] = {}
    for index, name in mapping.items():
        position = int(index)
        text = cells[position] if name and position < len(cells) else ""
        if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text):
            raise BadRowError(_("A value holds a character that cannot be stored. Remove it."))
        said = cell(cells, position)
        if said and name:
            values[name] = _unguarded(text).strip() if name == "why_change" else said
    return values


def _clean_account(clean: CleanRow, values: dict[str, str]) -> None:
    if "name" not in values:
        raise BadRowError(_("The account's name is missing."))
    account = clean.account
    for name in ("name", "headquarters", "phone"):
        if name in values:
            account[name] = values[name]
    if "domain" in values:
        account["domain"] = normalise_domain(values["domain"])
        if not account["domain"]:
            raise BadRowError(
                _("“%s” is no web domain. Write one like example.com, or leave it empty.")
                % values["domain"][:60]
            )
    if "headquarters" not in values:
        place = ", ".join(values[name] for name in ("city", "region") if name in values)
        if place:
            account["headquarters"] = place[:200]
    if "industry" in values:
        account["industry"] = industry_of(values["industry"]) or Industry.OTHER
        if account["industry"] == Industry.OTHER:
            clean.custom.setdefault("industry_as_written", values["industry"])
            clean.notices.append(
                _("Industry “%s” is none we know: it becomes Other.") % values["industry"][:60]
            )
    _clean_figures(clean, values)


def _clean_figures(clean: CleanRow, values: dict[str, str]) -> None:
    if "country" in values:
        text = values["country"]
        code = text.upper() if re.fullmatch(r"[A-Za-z]{2}", text) else _COUNTRIES.get(name_key(text), "")
        code = {"UK": "GB"}.get(code, code)
        if code:
            clean.account["country"] = code
        else:
            clean.notices.append(_("Country “%s” is left out: write its two letters.") % text[:60])
    if "employees" in values:
        digits = re.sub(r"[\s,.'\u2019]", "", values["employees"])
        if re.fullmatch(r"\d{1,9}", digits):
            clean.account["employees"] = int(digits)
        else:
            clean.notices.append(
                _("Employees “%s” is left out: it is no whole number.") % values["employees"][:60]
            )


def _clean_contact(clean: CleanRow, values: dict[str, str]) -> None:
    contact = clean.contact
    for name in ("first_name", "last_name", "title"):
        if name in values:
            contact[name] = values[name]
    if "contact_name" in values and "last_name" not in values:
        contact.setdefault("first_name", values["contact_name"].rpartition(" ")[0][:100])
        contact["last_name"] = values["contact_name"].rpartition(" ")[2][:100]
    if "contact_phone" in values:
        contact["phone"] = values["contact_phone"]
    if "email" in values:
        contact["email"] = values["email"].lower().removeprefix("mailto:")
        try:
            validate_email(contact["email"])
        except ValidationError:
            raise BadRowError(_("“%s” is no email address.") % values["email"][:60]) from None
    if not contact or "last_name" in contact:
        return
    if "first_name" in contact:
        contact["last_name"] = contact.pop("first_name")
    elif "email" in contact:
        contact["last_name"] = contact["email"].partition("@")[0][:100]
        clean.name_is_guessed = True
    else:
        clean.contact = {}
        clean.notices.append(_("The contact is left out: neither a name nor an email stands here."))


def _clean_dream_client(clean: CleanRow, values: dict[str, str]) -> None:
    for name in ("why_change", "incumbent"):
        if name in values:
            clean.dream_client[name] = values[name]
    if "tier" in values:
        letter = values["tier"].upper().removeprefix("TIER").strip()
        letter = {"1": "A", "2": "B", "3": "C"}.get(letter, letter)
        if letter in Tier.values:
            clean.dream_client["tier"] = letter
        else:
            clean.notices.append(_("Tier “%s” is left out: it is none of A, B and C.") % values["tier"][:60])
