"""What was found, whatever its kind: what is shown of it and where it leads."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from apps.accounts.names import name_key

KINDS: dict[str, tuple[str | Promise, str | Promise, str]] = {
    "account": (_("Accounts"), _("Account"), "building-office-2"),
    "contact": (_("Contacts"), _("Contact"), "user"),
    "list": (_("Lists"), _("List"), "star"),
    "sequence": (_("Sequences"), _("Sequence"), "rectangle-stack"),
    "opportunity": (_("Opportunities"), _("Opportunity"), "briefcase"),
    "task": (_("Tasks"), _("Task"), "check-circle"),
    "note": (_("Notes"), _("Note"), "document-text"),
    "insight": (_("Insights"), _("Insight"), "light-bulb"),
}
"""What can be found, in the order in which it is shown: what many and one of it are called, and its picture."""

PAGES = {
    "account": "record",
    "list": "dreamclients:list",
    "sequence": "sequences:detail",
    "opportunity": "pipeline:detail",
}
"""Which have a page of their own. An insight is shown in the library, the rest with its account."""

AROUND = 60
"""Letters of a note that are shown before and behind the word that was found."""


@dataclass
class Hit:
    """A row that was found."""

    kind: str
    by: str
    """What it was found by: begins, words, own, domain, email, phone."""
    pk: int
    title: str
    first: str
    second: str
    account: int | None
    key: str
    """Its name, made comparable."""
    body: str
    at: datetime | None
    is_own: bool = False
    excerpt: list[tuple[str, bool]] = field(default_factory=list)
    """A piece of a note, in parts: the text, and whether it is what was looked for."""

    @property
    def singular(self) -> str:
        """What it is."""
        return str(KINDS[self.kind][1])

    @property
    def glyph(self) -> str:
        """The picture of its kind."""
        return KINDS[self.kind][2]

    @property
    def about(self) -> str:
        """What tells it from others of its name."""
        return " · ".join(part for part in (self.first, self.second) if part)

    @property
    def url(self) -> str:
        """Where it is shown."""
        if page := PAGES.get(self.kind):
            return reverse(page, args=[self.pk])
        if self.kind == "insight":
            return f"{reverse('dreamclients:insights')}?{urlencode({'q': self.title})}"
        if self.account is None:
            return reverse("today:queue")
        part = f"#{self.kind}-{self.pk}" if self.kind in ("contact", "note") else ""
        return reverse("record", args=[self.account]) + part

    @cached_property
    def words(self) -> list[str]:
        """The words of its key, and what stands between blanks as one word."""
        found: list[str] = []
        for chunk in self.key.split():
            parts = re.findall(r"[^\W_]+", chunk)
            found += parts if len(parts) < 2 else [*parts, "".join(parts)]
        return found


def excerpt(body: str, words: list[str]) -> list[tuple[str, bool]]:
    """The piece of `body` around the first of `words` (as keys) that begins one of its words, with all of them marked.

    >>> excerpt("They like **Zoë**.", ["zoe"])
    [('They like ', False), ('Zoë', True), ('.', False)]
    """
    text = " ".join(re.sub(r"(?m)[*_`#|]+|^>+", "", body).split())
    hits = (one for one in re.finditer(r"\w+", text) if name_key(one.group()).startswith(tuple(words)))
    first = next(hits, None) if words else None
    if first is None:
        return [(_cut(text, 0, 2 * AROUND), False)]
    begin, end = max(0, first.start() - AROUND), min(len(text), first.end() + AROUND)
    if begin:
        begin = text.find(" ", begin, first.start()) + 1 or begin
    parts: list[tuple[str, bool]] = [("… " * bool(begin) + text[begin : first.start()], False)]
    at = first.end()
    parts.append((first.group(), True))
    for hit in hits:
        if hit.end() > end:
            break
        parts += [(text[at : hit.start()], False), (hit.group(), True)]
        at = hit.end()
    parts.append((_cut(text, at, end), False))
    return [part for part in parts if part[0]]


def _cut(text: str, begin: int, end: int) -> str:
    return text[begin:end] + " …" * (end < len(text))
