"""What things are called and how they are marked: rungs, channels, intents, kinds of activity, people."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

type Text = str | Promise

RUNGS: dict[str, Text] = {
    "targeted": lazy("Targeted"),
    "touched": lazy("Touched"),
    "engaged": lazy("Engaged"),
    "time_committed": lazy("Time committed"),
    "met": lazy("Met"),
    "opened": lazy("Opened"),
}
"""The ladder, lowest first."""

CHANNELS: dict[str, tuple[str, Text]] = {
    "auto_email": ("paper-airplane", lazy("Automatic email")),
    "email": ("envelope", lazy("Email")),
    "call": ("phone", lazy("Call")),
    "voicemail": ("microphone", lazy("Voicemail")),
    "sms": ("chat-bubble-left", lazy("SMS")),
    "social": ("user-group", lazy("Social")),
    "letter": ("document-text", lazy("Letter or gift")),
    "visit": ("map-pin", lazy("Visit")),
    "task": ("check-circle", lazy("Task")),
    "meeting": ("calendar", lazy("Meeting")),
}

INTENTS: dict[str, tuple[str, str, Text]] = {
    "give": ("gift", "G", lazy("Give")),
    "ask": ("ask", "A", lazy("Ask")),
}

KINDS: dict[str, tuple[str, str]] = {
    "touch": ("bolt", ""),
    "reply": ("arrow-uturn-left", "accent"),
    "auto_reply": ("arrow-path", ""),
    "bounce": ("exclamation-triangle", "danger"),
    "opted_out": ("no-symbol", "danger"),
    "note": ("pencil", ""),
    "file": ("paper-clip", ""),
    "task_done": ("check", ""),
    "targeted": ("plus", ""),
    "taken": ("user-plus", ""),
    "let_go": ("user-minus", ""),
    "parked": ("pause", ""),
    "ruled_out": ("no-symbol", ""),
    "revived": ("arrow-path", ""),
    "enrolled": ("play", ""),
    "paused": ("pause", ""),
    "resumed": ("play", ""),
    "exited": ("stop", ""),
    "touch_skipped": ("forward", ""),
    "touch_failed": ("exclamation-triangle", "danger"),
    "meeting_booked": ("calendar", "accent"),
    "meeting_moved": ("calendar", ""),
    "meeting_held": ("calendar-days", "gift"),
    "meeting_missed": ("calendar", "danger"),
    "meeting_cancelled": ("calendar", "danger"),
    "opportunity": ("briefcase", "accent"),
    "opening": ("trophy", "gift"),
    "stage": ("arrows-right-left", ""),
    "won": ("trophy", "gift"),
    "lost": ("x-mark", "danger"),
}
"""Each kind of activity with its icon, and the tone of what it means: gift, danger, accent or none."""


def kind_icon(kind: str) -> str:
    """The icon for a kind of activity, or for a channel."""
    return CHANNELS[kind][0] if kind in CHANNELS else KINDS.get(kind, ("bolt", ""))[0]


def kind_tone(kind: str) -> str:
    """What a kind of activity means: "gift", "danger", "accent" or ""."""
    return KINDS.get(kind, ("", ""))[1]


@cache
def _labels(model: Any, name: str) -> dict[Any, Any]:
    return dict(model._meta.get_field(name).flatchoices)


def label_of(row: Any, name: str) -> str:
    """What `get_<name>_display` says. Django's own translates every choice of the field to show one."""
    value = getattr(row, name)
    return str(_labels(row.__class__, name).get(value, value))


def event_of(activity: Any) -> dict[str, Any]:
    """An activity in the words of components/event.html. Reads `contact` and `by`: fetch them with it."""
    channels = list(activity.channels)
    title = label_of(activity, "kind")
    if activity.kind == "touch" and channels:
        title = channel_label(channels)
        outcome = label_of(activity, "outcome") if activity.outcome else ""
        if outcome and activity.outcome not in ("done", *channels):
            title = f"{title}: {outcome}"
    title = title[:1].upper() + title[1:]
    return {
        "kind": channels[0] if activity.kind == "touch" and channels else activity.kind,
        "title": f"{title} · {activity.subject}" if activity.subject else title,
        "at": activity.at,
        "who": name_of(activity.by) if activity.by_id else "",
        "note": known_name(activity.contact) if activity.contact_id else "",
        "body": activity.body,
        "intent": activity.intent if activity.kind == "touch" else "",
    }


def _channels(channel: object) -> list[str]:
    if isinstance(channel, list | tuple):
        return [str(part) for part in channel]
    channel = str(channel or "")
    return [part.strip() for part in channel.replace("+", ",").split(",") if part.strip()]


def channel_label(channel: object) -> str:
    """The channel's name; several (a list, or separated by comma or plus) as "Call + voicemail"."""
    names = [str(CHANNELS[part][1]) if part in CHANNELS else part for part in _channels(channel)]
    return " + ".join(
        name if not index or name.isupper() else name[:1].lower() + name[1:]
        for index, name in enumerate(names)
    )


def channel_icon(channel: object) -> str:
    """The icon's name for the (first) channel."""
    first = next(iter(_channels(channel)), "")
    return CHANNELS[first][0] if first in CHANNELS else "bolt"


def known_name(thing: Any) -> str:
    """The name of an account or a contact, but of one in the bin only that it was deleted: figures still count it."""
    if getattr(thing, "deleted_at", None) is None:
        return str(thing)
    return str(_("Deleted %(kind)s") % {"kind": thing._meta.verbose_name})


def name_of(person: object) -> str:
    """The name of a user, a contact, an account, or the text itself."""
    if isinstance(person, str):
        return person
    for attribute in ("full_name", "name", "get_full_name"):
        value: Any = getattr(person, attribute, None)
        value = value() if isinstance(value, Callable) else value  # type: ignore[arg-type]
        if value:
            return str(value)
    return str(person)


def initials(name: str) -> str:
    """At most two letters: "Ada King-Noel" as "AK", "siemens" as "S"; "?" for nothing."""
    parts = [
        part
        for part in name.replace("@", " ").replace("-", " ").replace(".", " ").split()
        if part[0].isalnum()
    ]
    if not parts:
        return "?"
    letters = (
        [parts[0][0]] if len(parts) == 1 else [parts[0][0], parts[1][0] if "-" in name else parts[-1][0]]
    )
    return "".join(letters).upper()


def tint(name: str) -> int:
    """One of five tints, always the same for a name."""
    return sum(name.encode()) % 5


def money(value: Any, currency: str) -> str:
    """An amount: "€12,400"; a currency without a sign is written before the number ("CHF 12,400")."""
    amount = number_format(Decimal(value).quantize(Decimal(1)), 0, force_grouping=True)
    sign = {"EUR": "€", "USD": "$", "GBP": "£"}.get(currency, f"{currency} " if currency else "")
    return f"-{sign}{amount[1:]}" if amount.startswith("-") else f"{sign}{amount}"


def rung_words(rung: str) -> str:
    """A rung in words: "Engaged, rung 3 of 6"; what comes after it is named while something does."""
    names = list(RUNGS)
    at = names.index(rung) + 1
    text = _("%(rung)s, rung %(at)d of %(all)d") % {"rung": RUNGS[rung], "at": at, "all": len(names)}
    return text if at == len(names) else text + _("; next: %s") % RUNGS[names[at]]


def rung_meter(subject: object, *, css: str = "", word: bool = False) -> SafeString:
    """The meter for an object with `rung` (and perhaps `is_parked`, `is_ruled_out`) or for a rung's name."""
    rung = subject if isinstance(subject, str) else getattr(subject, "rung", "")
    if rung not in RUNGS:
        rung = "targeted"
    state = ""
    if not isinstance(subject, str):
        state = "out" if getattr(subject, "is_ruled_out", False) else ""
        state = state or ("parked" if getattr(subject, "is_parked", False) else "")
    return _rung_meter(str(rung), state, css, get_language() or "", word=word)


@lru_cache(maxsize=512)
def _rung_meter(rung: str, state: str, css: str, language: str, *, word: bool) -> SafeString:
    """Cached by language: the words are in it."""
    reached = list(RUNGS).index(rung) + 1
    said = rung_words(rung)
    label = {"out": _("Ruled out"), "parked": _("Parked")}.get(state, "")
    title = f"{label}. {said}" if label else said
    steps = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}" rx="1"{}/>',
        (
            _step(index, filled=index < reached, following=index == reached and not state)
            for index in range(len(RUNGS))
        ),
    )
    strike = mark_safe('<line x1="0" y1="15" x2="40" y2="3"/>') if state == "out" else ""
    classes = " ".join(filter(None, ["rungs", f"rungs-{state or rung}", css]))
    return format_html(
        '<span class="{}" title="{}"><svg viewBox="0 0 40 16" role="img" aria-label="{}" focusable="false">{}{}</svg>{}</span>',
        classes, title, title, steps, strike,
        format_html('<span class="rungs-word" aria-hidden="true">{}</span>', label or RUNGS[rung]) if word else "",
    )  # fmt: skip


def _step(index: int, *, filled: bool, following: bool) -> tuple[Any, ...]:
    """One step as x, y, width, height and class; an outlined one is drawn inside its edge."""
    x, height, inset = index * 7, 5 + index * 2, 0.5 if following else 0
    mark = mark_safe(' class="on"') if filled else mark_safe(' class="next"') if following else ""
    return x + inset, 16 - height + inset, 5 - 2 * inset, height - 2 * inset, mark
