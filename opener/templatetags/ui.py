"""What templates say the same way everywhere: icons, the rung meter, times, people, channels, numbers.

A builtin: no `{% load %}` is needed. Whatever comes from data is escaped here.
"""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BaseForm, CheckboxInput, Textarea
from django.forms.boundfield import BoundField
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from heroicons.templatetags.heroicons import heroicon_micro, heroicon_outline

from opener.ui import charts, moments, words
from opener.ui.markdown import markdown as as_html

register = template.Library()


@lru_cache(maxsize=1024)
def _icon(name: str, size: int, css: str) -> SafeString:
    classes = " ".join(filter(None, ["icon", f"icon-{size}" if size != 16 else "", css]))
    draw = heroicon_micro if size <= 16 else heroicon_outline
    svg = draw(name, size=size, aria_hidden="true", focusable="false", **{"class": classes})
    return mark_safe(svg)  # noqa: S308 - the package's own SVG; attributes are escaped by it


@register.simple_tag
def icon(name: str, size: int = 16, css: str = "", label: str = "") -> str:
    """A Heroicon, hidden from screen readers; `label` adds words for them. 16 px solid, 20 and 24 px outlined."""
    svg = _icon(str(name), size, str(css))
    return format_html('{}<span class="visually-hidden">{}</span>', svg, label) if label else svg


@register.simple_tag(takes_context=True)
def block_again(context: Context, name: str) -> str:
    """The content of block `name` once more: the page's title is its heading too. Empty outside of `{% extends %}`."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block(name) if blocks else None
    return block.render(context) if block else ""


_PLACES = {"imports": "dreamclients", "meetings": "accounts", "users": "settings"}


@register.simple_tag(takes_context=True)
def place(context: Context) -> str:
    """Which item of the rail the page belongs to: its app's, but for the places that share one."""
    request = context.get("request")
    path = request.path_info if request else ""
    if path.startswith("/settings/"):
        return "settings"
    if path.startswith("/contacts/"):
        return "contacts"
    namespace = str(context.get("nav") or "")
    return _PLACES.get(namespace, namespace)


@register.simple_tag
def rung_meter(subject: object, css: str = "", *, word: bool = False) -> str:
    """The six steps of the ladder, filled as far as `subject` has come (an object with `rung`, or a rung's name).

    `word` writes the rung beside it; `css="rungs-large"` is the size for a record's head.
    """
    return words.rung_meter(subject, css=str(css), word=word)


@register.simple_tag
def next_chip(subject: object) -> str:
    """What comes next, when, and their local time there.

    `subject` has `next_touch_at`, `next_touch_channel` and `time_zone_name` (a dream client), or `due_at`, `channels`
    and `contact` (a touch).
    """
    at = getattr(subject, "next_touch_at", None) or getattr(subject, "due_at", None)
    if at is None:
        return format_html('<span class="next-chip next-none">{}</span>', _("Nothing planned"))
    channel = getattr(subject, "next_touch_channel", None) or getattr(subject, "channels", "")
    whose = subject if hasattr(subject, "time_zone_name") else getattr(subject, "contact", None)
    zone = str(getattr(whose, "time_zone_name", "") or "")
    urgency = moments.urgency(at)
    there = moments.there(at, zone)
    return format_html(
        '<span class="next-chip{}" title="{}">{}<span class="truncate">{} · {}{}{}</span></span>',
        {"late": " next-late", "soon": " next-soon"}.get(urgency, ""),
        moments.exact(at),
        icon(words.channel_icon(channel)),
        words.channel_label(channel) or _("Touch"),
        moments.spoken(at),
        format_html(", {}", _("overdue")) if urgency == "late" else "",
        format_html(' <span class="there">({})</span>', there) if there else "",
    )


@register.filter
def urgency(value: datetime) -> str:
    """How near it is: "late", "soon" or ""."""
    return moments.urgency(value)


@register.filter
def ago(value: date | datetime | None) -> str:
    """How long ago ("3 days ago"), exact on hover. A muted dash for nothing."""
    return _time(value, moments.ago(value)) if value else nothing()


@register.filter
def moment(value: date | datetime | None) -> str:
    """When, as people say it ("today 14:00", "Tue 14:00", "3 Mar"), in the current time zone, exact on hover."""
    return _time(value, moments.spoken(value)) if value else nothing()


def _time(value: date | datetime, text: str) -> str:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), moments.exact(value), text
    )


@register.filter
def initials(person: object) -> str:
    """At most two letters for a person, a company or a name."""
    return words.initials(words.name_of(person))


@register.simple_tag
def avatar(person: object, css: str = "", *, name: bool = False) -> str:
    """The initials of `person` in a disc of their own tint; `name` writes the name beside it. Nothing for nobody."""
    if not person:
        return nothing()
    full = words.name_of(person)
    disc = format_html(
        '<span class="avatar avatar-{}{}" {}>{}</span>',
        words.tint(full),
        f" {css}" if css else "",
        mark_safe('aria-hidden="true"')
        if name
        else format_html('role="img" aria-label="{0}" title="{0}"', full),
        words.initials(full),
    )
    return format_html('<span class="person">{}<span>{}</span></span>', disc, full) if name else disc


@register.filter
def channel_label(channel: object) -> str:
    """The channel's name ("Call" for `call`); several channels are joined ("Call + voicemail")."""
    return words.channel_label(channel)


@register.simple_tag
def channel_icon(channel: object, size: int = 16, css: str = "") -> str:
    """The icon of a channel; of the first one where there are several."""
    return icon(words.channel_icon(channel), size, css)


@register.simple_tag
def kind_icon(kind: object) -> str:
    """The icon of a kind of activity (`reply`, `meeting_held`, `note` …)."""
    return icon(words.kind_icon(str(kind or "")))


@register.filter
def kind_tone(kind: object) -> str:
    """The colour that a kind of activity means: gift (reached), danger (failed), accent (they answered), or none."""
    return words.kind_tone(str(kind or ""))


@register.inclusion_tag("components/event.html")
def activity(row: object, url: str = "") -> dict[str, Any]:
    """One activity as an item of a timeline. Its `contact` and `by` are to be fetched with it."""
    return words.event_of(row) | {"url": url}


@register.filter
def known_name(thing: object) -> str:
    """The name of an account or a contact; of one in the bin only that it was deleted."""
    return words.known_name(thing)


@register.simple_tag
def account_link(account: Any) -> str:
    """An account of a row as the link to its record; the words alone where it is in the bin."""
    if account.deleted_at is not None:
        return format_html('<span class="muted">{}</span>', words.known_name(account))
    return format_html(
        '<a class="row-link" href="{}">{}</a>', reverse("record", args=[account.pk]), account.name
    )


@register.simple_tag
def intent_badge(intent: object, *, letter: bool = False) -> str:
    """Whether a touch gives or asks: colour and a letter. `letter` leaves the word to screen readers."""
    name = str(intent or "")
    if name not in words.INTENTS:
        return nothing()
    css, mark, label = words.INTENTS[name]
    if letter:
        return format_html(
            '<span class="badge intent intent-letter badge-{}" role="img" aria-label="{}" title="{}">'
            '<span class="letter" aria-hidden="true"><span>{}</span></span></span>',
            css, label, label, mark,
        )  # fmt: skip
    return format_html(
        '<span class="badge intent badge-{}"><span class="letter" aria-hidden="true"><span>{}</span></span>{}</span>',
        css, mark, label,
    )  # fmt: skip


@register.simple_tag
def tier(letter: object) -> str:
    """The tier of a dream client, A, B or C."""
    if not letter:
        return nothing()
    return format_html('<span class="tier tier-{0}" title="{1}">{0}</span>', letter, _("Tier %s") % letter)


@register.filter
def dash(value: object) -> Any:
    """The value, or a muted dash (read out as "none") for nothing. Zero is something."""
    return nothing() if value is None or value == "" else value


def nothing() -> SafeString:
    """A muted dash, read out as "none"."""
    return format_html(
        '<span class="dash" aria-hidden="true">&ndash;</span><span class="visually-hidden">{}</span>',
        _("none"),
    )


@register.filter
def count(value: int | None) -> str:
    """A whole number with its thousands set apart."""
    return number_format(value, force_grouping=True) if value is not None else nothing()


@register.filter
def money(value: Any, currency: str = "") -> str:
    """An amount without cents, its thousands set apart, its currency before it; a muted dash for nothing."""
    return words.money(value, str(currency)) if value is not None and value != "" else nothing()


@register.filter
def markdown(text: object, mentions: object = ()) -> SafeString:
    """Markdown as safe HTML; `mentions` are the full names that are marked where they stand behind an "@"."""
    names = mentions if isinstance(mentions, list | tuple) else ()
    return as_html(str(text or ""), tuple(str(name) for name in names))


@register.filter
def percent(value: float | None, digits: int = 0) -> str:
    """0.253 as "25%"; a muted dash where there is nothing to divide."""
    return f"{number_format(round(value * 100, digits), digits)}%" if value is not None else nothing()


@register.filter
def share(part: int, whole: int) -> str:
    """A part with its whole: "12 of 48"."""
    return _("%(part)s of %(whole)s") % {"part": count(part), "whole": count(whole)}


@register.filter
def sentence(text: object) -> str:
    """Begins with a capital, without touching the rest."""
    words_ = str(text)
    return words_[:1].upper() + words_[1:]


@register.simple_tag
def meter(value: float, whole: float, tone: str = "value", label: str = "") -> str:
    """A thin bar for `value` out of `whole`, its words beside it ("12 of 48" unless `label` says better)."""
    text = label or share(int(value), int(whole))
    return format_html(
        '<span class="meter">{}<span>{}</span></span>', charts.bar(value, whole, tone=str(tone)), text
    )


@register.simple_tag
def bar(value: float, whole: float, tone: str = "value", css: str = "funnel-bar") -> str:
    """A bare bar as SVG, for beside a number that is written out already."""
    return charts.bar(value, whole, tone=str(tone), css=str(css))


@register.inclusion_tag("components/funnel.html")
def funnel(steps: list[dict[str, Any]], label: str = "") -> dict[str, Any]:
    """The funnel over the rungs: `steps` hold `rung`, `label`, `count`, `url` (or ""), `conversion` (0..1 or None)."""
    return {"steps": charts.funnel(steps), "label": label or _("Funnel")}


@register.inclusion_tag("components/weeks.html")
def week_chart(weeks: list[dict[str, Any]], label: str, first: str, second: str = "") -> dict[str, Any]:
    """Bars by week: `weeks` hold `start` (a date), `first`, `second` (numbers), `url` (optional); names of the series.

    `label` is the chart's heading for the table behind it and for screen readers.
    """
    return charts.weeks(weeks) | {"label": label, "first": first, "second": second}


@register.filter
def undo_url(message: Message) -> str:
    """Where a toast's Undo posts to (see `opener.messages.toast`), or ""."""
    return next((tag[5:] for tag in (message.extra_tags or "").split() if tag.startswith("undo:")), "")


@register.filter
def fields_with_errors(form: BaseForm) -> list[BoundField]:
    """The visible fields of `form` that have errors, for the summary above it."""
    return [field for field in form.visible_fields() if field.errors]


@register.filter
def widget_kind(field: BoundField) -> str:
    """What decides how a field is laid out: "checkbox", "textarea" or ""."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput):
        return "checkbox"
    return "textarea" if isinstance(widget, Textarea) else ""


@register.filter
def next_sort(current: str, key: str) -> str:
    """What ?sort= becomes when the head of column `key` is pressed: ascending first, then descending."""
    return f"-{key}" if current == key else key


@register.filter
def aria_sort(current: str, key: str) -> SafeString:
    """The `aria-sort` attribute of the head of column `key`, or nothing where another one orders the rows."""
    if (current or "").lstrip("-") != key:
        return SafeString("")
    return SafeString(f' aria-sort="{"descending" if current.startswith("-") else "ascending"}"')


@register.filter
def unlocalized(value: object) -> str:
    """A number for an attribute, whatever the language writes."""
    return str(value)
