"""Finding anything: accounts, contacts, lists, sequences, opportunities, tasks, notes, insights.

Each kind is asked for through `visible_to`, in one query for all of them; Python puts in order what came back. Where
nothing fits well, the words are taken for mistyped, corrected against the vocabulary, and looked for once more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext_lazy

from apps.accounts.searching import Typed
from apps.accounts.typos import alike
from apps.dreamclients.models import DreamClient
from apps.search.hits import KINDS, Hit
from apps.search.ranking import Fit, distance_of, fit_of
from apps.search.sources import candidates
from apps.users.models import User

ENOUGH = 3
"""Fewer hits than this, and typos are thought of."""


_TABLES = {
    "account": ("accounts:list", gettext_lazy("All accounts that match")),
    "contact": ("accounts:contacts", gettext_lazy("All contacts that match")),
    "opportunity": ("pipeline:list", gettext_lazy("All opportunities that match")),
}
"""By kind: the table that finds the same text, and what the way there says."""


@dataclass
class Group:
    """The hits of one kind, the best one first."""

    kind: str
    hits: list[Hit] = field(default_factory=list)
    has_more: bool = False

    @property
    def label(self) -> str:
        """What they are."""
        return str(KINDS[self.kind][0])

    @property
    def all_url(self) -> str:
        """The table that shows all of them, "" where there is none."""
        page = _TABLES.get(self.kind)
        return reverse(page[0]) if page else ""

    @property
    def all_label(self) -> str:
        """What the way there says."""
        page = _TABLES.get(self.kind)
        return str(page[1]) if page else ""


@dataclass
class Found:
    """What was found for a text."""

    groups: list[Group] = field(default_factory=list)
    meant: list[Hit] = field(default_factory=list)
    """What may have been meant."""

    @property
    def is_empty(self) -> bool:
        """True where there is nothing at all."""
        return not self.groups and not self.meant


def find(*, text: str, by: User, most: int) -> Found:
    """What `by` may see of what `text` names, at most `most` of each kind."""
    typed = Typed(text)
    if not typed.key:
        return Found()
    book = set(DreamClient.objects.in_book_of(by).values_list("account_id", flat=True))
    ranked = _ranked(typed, candidates(typed, by), book)
    meant = _meant(typed, by, book, ranked, most) if _may_be_mistyped(typed, ranked) else []
    return Found(_grouped([hit for _fit, hit in ranked], most), meant)


type Ranked = list[tuple[Fit, Hit]]


def _ranked(typed: Typed, hits: Iterable[Hit], book: set[int]) -> Ranked:
    best: dict[tuple[str, int], tuple[Fit, Hit]] = {}
    for hit in hits:
        hit.is_own = hit.account in book
        fit = fit_of(typed, hit)
        known = best.get((hit.kind, hit.pk))
        if known is None or fit < known[0]:
            best[hit.kind, hit.pk] = (fit, hit)
    return sorted(best.values(), key=lambda one: one[0])


def _grouped(hits: Iterable[Hit], most: int) -> list[Group]:
    groups = {kind: Group(kind) for kind in KINDS}
    for hit in hits:
        group = groups[hit.kind]
        if len(group.hits) < most:
            group.hits.append(hit)
        else:
            group.has_more = True
    return [group for group in groups.values() if group.hits]


def _may_be_mistyped(typed: Typed, ranked: Ranked) -> bool:
    """Few hits, and none whose words are just those that were typed."""
    if any(fit.is_exact for fit, _hit in ranked):
        return False
    if len(ranked) < ENOUGH:
        return True
    return len(ranked) < 4 * ENOUGH and not any(fit.has_all_words for fit, _hit in ranked)


def _meant(typed: Typed, by: User, book: set[int], ranked: Ranked, most: int) -> list[Hit]:
    needed = [typed.words[number] for number in typed.needed]
    others = alike(needed)
    if not any(others.values()):
        return []
    known = {(hit.kind, hit.pk) for _fit, hit in ranked}
    found: dict[tuple[str, int], tuple[int, Hit]] = {}
    for hit in candidates(typed, by, others=others):
        if (hit.kind, hit.pk) not in known:
            hit.is_own = hit.account in book
            found[hit.kind, hit.pk] = (distance_of(needed, hit, others), hit)
    order = list(KINDS)
    best = sorted(
        found.values(),
        key=lambda one: (one[0], not one[1].is_own, order.index(one[1].kind), len(one[1].key), one[1].key),
    )
    return [hit for _, hit in best[:most]]
