"""Values of custom fields: from a text to what is stored, and from what is stored to words.

What is stored is JSON (see CustomField); None is no value. Nothing here fails over a stored value that does not fit its
field: it reads as the text it is.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.dateparse import parse_date
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from apps.accounts import custom_cache as cache
from apps.accounts.models import CustomField
from opener.validators import no_control_characters

Type = CustomField.Type
type Json = str | bool | int | list[str]

YEARS = (1000, 2999)
"""Of which a day may be: a company may be older than a calendar of appointments."""
LONGEST_TEXT = 2000
LONGEST_URL = 500
YES, NO = "yes", "no"
_YES = frozenset({"yes", "y", "true", "t", "1", "on", "x", "✓", "ja", "j", "oui", "si", "sí", "wahr"})
_NO = frozenset({"no", "n", "false", "f", "0", "off", "nein", "non", "falsch"})
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,6})?", re.ASCII)
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y")
_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "CHF": "CHF"}
_SPLIT = re.compile(r"[;|\n]")
_is_url = URLValidator(schemes=["http", "https"])


def clean_value(field: CustomField, text: str) -> Json | None:
    """What `text`, from a file or a cell, means for `field`: ready to be stored, None where it is empty.

    `clean_value(field, say(field, value))` is `value`. Raises ValidationError, which says what to write instead.
    """
    text = unicodedata.normalize("NFC", text).strip()
    if not text:
        return None
    no_control_characters(text)
    return _CLEAN[field.type](field, text)


def fits(field: CustomField, value: Any) -> bool:
    """True where the stored `value` is one that `field` may hold. It asks no database."""
    return _FITS.get(field.type, _is_text)(field, value)


def say(field: CustomField, value: Any) -> str:
    """A stored value as a plain text that `clean_value` reads again: for an export."""
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return "; ".join(in_order(field, value))
    if field.type == Type.USER and isinstance(value, int):
        person = cache.people().get(value)
        return person.email if person else str(value)
    return str(value)


def words(field: CustomField, value: Any) -> str:
    """A stored value as a person reads it: "€12,500", "31 Mar 2026", "Ann Berg"."""
    if not fits(field, value):
        return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    in_words = _WORDS.get(field.type)
    return in_words(field, value) if in_words else say(field, value)


def html(field: CustomField, value: Any) -> str:
    """`words`, and a web address as a link. Safe to be put into a page: what is no SafeString is escaped there."""
    if field.type == Type.URL and isinstance(value, str) and value.startswith(("http://", "https://")):
        said = re.sub(r"^https?://(?:www\.)?", "", value).rstrip("/")
        return format_html(
            '<a href="{}" rel="noopener noreferrer nofollow" target="_blank">{}</a>', value, said[:60]
        )
    return words(field, value)


def typed(field: CustomField, value: Any) -> Any:
    """A stored value as Python has it: Decimal, date, bool, list, id; a text where it does not fit; None for none."""
    if value is None or not fits(field, value):
        return value if value is None or isinstance(value, str) else words(field, value)
    if field.type in (Type.NUMBER, Type.MONEY):
        return Decimal(value)
    return date.fromisoformat(value) if field.type == Type.DATE else value


def _is_text(field: CustomField, value: Any) -> bool:
    return isinstance(value, str)


def _is_figure(field: CustomField, value: Any) -> bool:
    return isinstance(value, str) and bool(_NUMBER.fullmatch(value))


_FITS: dict[str, Callable[[CustomField, Any], bool]] = {
    Type.NUMBER: _is_figure,
    Type.MONEY: _is_figure,
    Type.DATE: lambda field, value: isinstance(value, str) and _day(value) is not None,
    Type.CHOICE: lambda field, value: isinstance(value, str) and value in field.choices,
    Type.CHOICES: lambda field, value: isinstance(value, list) and all(one in field.choices for one in value),
    Type.YES_NO: lambda field, value: isinstance(value, bool),
    Type.USER: lambda field, value: isinstance(value, int) and not isinstance(value, bool),
}


def _money_in_words(field: CustomField, value: str) -> str:
    sign = _sign()
    if len(sign) > 1:
        return f"{_amount(value)} {sign}"
    return f"-{sign}{_amount(value[1:])}" if value.startswith("-") else f"{sign}{_amount(value)}"


def _user_in_words(field: CustomField, value: int) -> str:
    person = cache.people().get(value)
    return person.name if person else _("somebody who is gone")


_WORDS: dict[str, Callable[[CustomField, Any], str]] = {
    Type.NUMBER: lambda field, value: _figure(value),
    Type.MONEY: _money_in_words,
    Type.DATE: lambda field, value: date_format(date.fromisoformat(value), "j M Y"),
    Type.USER: _user_in_words,
    Type.CHOICES: lambda field, value: ", ".join(in_order(field, value)),
}


def _figure(value: str) -> str:
    return number_format(Decimal(value).normalize(), use_l10n=True, force_grouping=True)


def _amount(value: str) -> str:
    """A figure as money is written: in full, or with two digits behind the point."""
    figure = Decimal(value)
    digits = -int(figure.normalize().as_tuple().exponent)
    return number_format(figure, decimal_pos=max(2, digits) if digits > 0 else 0, force_grouping=True)


def _sign() -> str:
    code = cache.currency()
    return _SIGNS.get(code, code)


def in_order(field: CustomField, values: Iterable[Any]) -> list[str]:
    """In the order of the choices, what is none of them behind."""
    place = {choice: position for position, choice in enumerate(field.choices)}
    return sorted(map(str, values), key=lambda one: place.get(one, len(place)))


def _text(field: CustomField, text: str) -> str:
    text = " ".join(text.split())
    if len(text) > LONGEST_TEXT:
        raise ValidationError(
            _("“%(start)s…” has %(length)d characters; %(most)d are kept at most. Shorten it.")
            % {"start": text[:30], "length": len(text), "most": LONGEST_TEXT}
        )
    return text


def _number(field: CustomField, text: str) -> str:
    return _decimal(text, places=6)


def _money(field: CustomField, text: str) -> str:
    code = cache.currency()
    bare = re.sub(r"^-\s*(\D{1,3}?)\s*(?=\d)", r"\1-", text)
    for sign in (code, code.casefold(), _SIGNS.get(code, code)):
        bare = bare.removeprefix(sign).removesuffix(sign).strip()
    if re.search(r"[^\d\s.,'\N{RIGHT SINGLE QUOTATION MARK}_+-]", bare):
        raise ValidationError(
            _("“%(value)s” is no amount in %(currency)s. Write one like 12500 or 12500.50.")
            % {"value": text[:40], "currency": code}
        )
    return _decimal(bare, places=2)


def _decimal(text: str, *, places: int) -> str:
    """The decimal, without zeros that say nothing. Groups of three may be set apart, and a comma may be the point."""
    bare = re.sub(
        r"[\s_'\N{RIGHT SINGLE QUOTATION MARK}]", "", text.replace("\N{MINUS SIGN}", "-")
    ).removeprefix("+")
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d*)?", bare):
        bare = bare.replace(",", "")
    elif re.fullmatch(r"-?\d{1,3}(\.\d{3})+,\d+", bare) or re.fullmatch(r"-?\d{1,3}(\.\d{3}){2,}", bare):
        bare = bare.replace(".", "").replace(",", ".")
    elif bare.count(",") == 1 and "." not in bare:
        bare = bare.replace(",", ".")
    try:
        number = Decimal(bare) if re.fullmatch(r"-?(\d+\.?\d*|\.\d+)", bare, re.ASCII) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValidationError(
            _("“%s” is no number. Write one like 1250 or 1250.5, without words.") % text[:40]
        )
    said = f"{number:f}"
    said = said.rstrip("0").rstrip(".") if "." in said else said
    if abs(number) >= Decimal(10) ** 15:
        raise ValidationError(_("“%s” is too large. At most 15 digits stand before the point.") % text[:40])
    if len(said.partition(".")[2]) > places:
        raise ValidationError(
            _("“%(value)s” is too exact. At most %(places)d digits stand after the point.")
            % {"value": text[:40], "places": places}
        )
    return "0" if said == "-0" else said


def _date(field: CustomField, text: str) -> str:
    if (found := _read_day(text)) is None:
        raise ValidationError(_("“%s” is no day. Write one like 2026-03-31.") % text[:40])
    return found.isoformat()


def _day(text: str) -> date | None:
    """The day that an ISO date says."""
    if not re.fullmatch(r"[12]\d{3}-\d\d-\d\d", text, re.ASCII):
        return None
    try:
        return parse_date(text)
    except ValueError:
        return None


def _read_day(text: str) -> date | None:
    """The day that a text says, where it can mean one only: 03/04/2026 is two days, 25/12/2026 is one."""
    text = re.sub(r"(?<=\d)[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$", "", text)
    if slashed := re.fullmatch(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", text, re.ASCII):
        first, second, year = map(int, slashed.groups())
        if first <= 12 and second <= 12 and first != second:
            return None
        day, month = (first, second) if first > 12 else (second, first)
        text = f"{year:04}-{month:02}-{day:02}"
    for form in _DAYS:
        try:
            found = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day of the calendar has no zone
        except ValueError:
            continue
        return found if YEARS[0] <= found.year <= YEARS[1] else None
    return None


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


def _match(field: CustomField, text: str) -> str | None:
    if text in field.choices:
        return text
    return next((choice for choice in field.choices if _fold(choice) == _fold(text)), None)


def _choice(field: CustomField, text: str) -> str:
    if (found := _match(field, text)) is None:
        some = ", ".join(field.choices[:8]) + ("…" if len(field.choices) > 8 else "")
        raise ValidationError(
            _("“%(value)s” is none of the choices: %(choices)s.") % {"value": text[:40], "choices": some}
        )
    return found


def _choices(field: CustomField, text: str) -> list[str]:
    """One choice, or several with semicolons between; commas do where no choice has one in it."""
    if (whole := _match(field, text)) is not None:
        return [whole]
    parts = [part.strip() for part in _SPLIT.split(text) if part.strip()]
    if len(parts) == 1 and "," in text:
        parts = [part.strip() for part in text.split(",") if part.strip()]
    return in_order(field, {_choice(field, part) for part in parts})


def _yes_no(field: CustomField, text: str) -> bool:
    said = text.casefold()
    if said in _YES or said == _("Yes").casefold():
        return True
    if said in _NO or said == _("No").casefold():
        return False
    raise ValidationError(_("“%s” is neither yes nor no.") % text[:40])


def _url(field: CustomField, text: str) -> str:
    address = text if re.match(r"[a-z][a-z0-9+.-]*://", text, re.IGNORECASE) else f"https://{text}"
    if len(address) > LONGEST_URL:
        raise ValidationError(_("This address has more than %d characters. Shorten it.") % LONGEST_URL)
    try:
        _is_url(address)
    except ValidationError:
        raise ValidationError(
            _("“%s” is no web address. Write one like https://example.com/page.") % text[:60]
        ) from None
    return address


def _user(field: CustomField, text: str) -> int:
    by_email, by_name = cache.people_by_words(_fold)
    said = _fold(text)
    if found := by_email.get(said):
        return found[0].pk
    named = by_name.get(said, [])
    if len(named) == 1:
        return named[0].pk
    if named:
        raise ValidationError(
            _("%(count)d people are called “%(name)s”. Write the email address instead.")
            % {"count": len(named), "name": text[:40]}
        )
    raise ValidationError(_("Nobody here is called “%s”. Write a name or an email address.") % text[:60])


_CLEAN: dict[str, Callable[[CustomField, str], Json]] = {
    Type.TEXT: _text,
    Type.NUMBER: _number,
    Type.MONEY: _money,
    Type.DATE: _date,
    Type.CHOICE: _choice,
    Type.CHOICES: _choices,
    Type.YES_NO: _yes_no,
    Type.URL: _url,
    Type.USER: _user,
}
