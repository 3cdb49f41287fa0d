"""Texts with variables: `{{ first_name }}`, or `{{ first_name | there }}` with what stands in where it is not known.

A syntax of our own, of two forms and nothing else: whoever writes a text can name a contact's data and never run code.
Values are put in as they are and once only, since the mail is plain text; a page that shows them escapes them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from apps.accounts import custom
from apps.accounts.models import Contact, CustomField
from apps.users.models import User

VARIABLES = (
    "first_name",
    "last_name",
    "full_name",
    "title",
    "company",
    "industry",
    "city",
    "sender_name",
    "sender_first_name",
)
_CUSTOM = "custom."
_PLACEHOLDER = re.compile(r"\{\{\s*(?P<name>[^{}|]*?)\s*(?:\|(?P<fallback>[^{}]*))?\}\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


class UnknownVariables(ValueError):
    """A text names variables that do not exist."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = list(names)
        super().__init__(
            _("Unknown: %(names)s. There are: %(known)s.")
            % {"names": ", ".join(self.names), "known": ", ".join([*VARIABLES, "custom.…"])}
        )


@dataclass(frozen=True)
class Rendered:
    """A text with its variables filled in, and the names of those that were missing and had no fallback."""

    text: str
    missing: list[str] = field(default_factory=list)


def render(text: str, contact: Contact, sender: User | None) -> Rendered:
    """`text` for `contact`, written by `sender`. A missing variable stands as "[name]" and is reported.

    Raises UnknownVariables where the text names one that does not exist.
    """
    named = names(text)
    if unknown := [name for name in named if not _exists(name)]:
        raise UnknownVariables(unknown)
    values = values_of(contact, sender)
    if any(name.startswith(_CUSTOM) for name in named):
        values |= custom_values_of(contact)
    missing: list[str] = []

    def fill(match: re.Match[str]) -> str:
        name, fallback = match["name"], match["fallback"]
        value = values.get(name, "")
        if value:
            return value
        if fallback is not None:
            return fallback.strip()
        if name not in missing:
            missing.append(name)
        return f"[{name}]"

    return Rendered(_PLACEHOLDER.sub(fill, text), missing)


def names(text: str) -> list[str]:
    """The variables that `text` names, each once, in order."""
    return list(dict.fromkeys(match["name"] for match in _PLACEHOLDER.finditer(text)))


def without_fallback(text: str) -> list[str]:
    """The variables of `text` that stand somewhere without a fallback."""
    return list(
        dict.fromkeys(match["name"] for match in _PLACEHOLDER.finditer(text) if match["fallback"] is None)
    )


def problems(text: str, custom_keys: Iterable[str] | None = None) -> list[str]:
    """What is wrong with `text` for any contact: unknown variables, braces that do not close. In words."""
    keys = set(custom_field_keys() if custom_keys is None else custom_keys)
    found = []
    unknown = [name for name in names(text) if not _exists(name, keys)]
    if unknown:
        found.append(str(UnknownVariables(unknown)))
    rest = _PLACEHOLDER.sub("", text)
    if "{{" in rest or "}}" in rest:
        found.append(_("A variable is not closed: write it as {{ first_name }} or {{ first_name | there }}."))
    return found


def values_of(contact: Contact, sender: User | None) -> dict[str, str]:
    """The value of every variable but the custom ones for `contact`, "" where it is not known."""
    account = contact.account
    values = {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "full_name": contact.name,
        "title": contact.title,
        "company": account.name,
        "industry": str(account.get_industry_display()) if account.industry else "",
        "city": account.headquarters.split(",")[0],
        "sender_name": sender.get_full_name() if sender else "",
        "sender_first_name": sender.get_short_name() if sender else "",
    }
    return {name: _CONTROL.sub(" ", value).strip() for name, value in values.items()}


def custom_values_of(contact: Contact) -> dict[str, str]:
    """What custom fields hold, in words, the contact's before the account's."""
    values: dict[str, str] = {}
    for model, source in (
        (CustomField.Model.ACCOUNT, contact.account.custom),
        (CustomField.Model.CONTACT, contact.custom),
    ):
        values |= {f"{_CUSTOM}{key}": said for key, said in custom.in_words(model, source).items() if said}
    return {name: _CONTROL.sub(" ", value).strip() for name, value in values.items()}


def custom_field_keys() -> list[str]:
    """The keys that may stand after `custom.`."""
    models = (CustomField.Model.ACCOUNT, CustomField.Model.CONTACT)
    return list(dict.fromkeys(field.key for model in models for field in custom.fields(model)))


def hints() -> list[tuple[str, str]]:
    """Each variable and how it is written, for whoever writes a text; with a fallback where many lack a value."""
    fallbacks = {"first_name": _("there"), "title": _("your role"), "industry": _("your industry")}
    known = [*VARIABLES, *(f"{_CUSTOM}{key}" for key in custom_field_keys())]
    return [
        (name, f"{{{{ {name} | {fallbacks[name]} }}}}" if name in fallbacks else f"{{{{ {name} }}}}")
        for name in known
    ]


def _exists(name: str, custom_keys: set[str] | None = None) -> bool:
    if name.startswith(_CUSTOM):
        key = name.removeprefix(_CUSTOM)
        return bool(key) and (custom_keys is None or key in custom_keys)
    return name in VARIABLES
