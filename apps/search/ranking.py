"""Which of the rows that were found is the one that was meant."""

from collections.abc import Sequence
from functools import total_ordering
from typing import NamedTuple

from apps.accounts.names import normalise_domain
from apps.accounts.searching import LEGAL, Typed
from apps.accounts.typos import Spelling, distance
from apps.search.hits import Hit


@total_ordering
class Fit(NamedTuple):
    """How well a row fits what was typed: the smaller the better."""

    rank: int
    """0 its name, 1 its name begins with these words, 2 or so, 3 it has all the words, 4 words that begin so."""
    is_others: bool
    missing: int
    """Words that were typed and are not in it: legal forms."""
    words: int
    age: float
    key: str
    pk: int

    @property
    def is_exact(self) -> bool:
        """True for the very name, address or number."""
        return self.rank == 0

    @property
    def has_all_words(self) -> bool:
        """True where its name begins so, or each word that was typed is one of its words, as it is."""
        return self.rank <= 3


def fit_of(typed: Typed, hit: Hit) -> Fit:
    """How well `hit` fits."""
    words = set(hit.words)
    missing = sum(1 for word in typed.words if not any(one.startswith(word) for one in hit.words))
    age = -hit.at.timestamp() if hit.kind == "note" and hit.at else 0.0
    return Fit(_rank(typed, hit, words), not hit.is_own, missing, len(words), age, hit.key, hit.pk)


def _rank(typed: Typed, hit: Hit, words: set[str]) -> int:
    if hit.by in ("domain", "email", "phone"):
        return _rank_of_address(typed, hit)
    if hit.kind == "note":
        return 4
    needed = [typed.words[number] for number in typed.needed]
    own = [word for word in hit.key.split() if word not in LEGAL]
    if "".join(needed) == "".join(own) or hit.key == typed.key or _same_words(typed, hit):
        return 0
    name, start = typed.text.casefold(), " ".join(typed.key.split())
    has_all = all(word in words for word in needed)
    begins = hit.key.startswith(start) or "".join(hit.words).startswith("".join(needed))
    if begins or (hit.kind == "contact" and hit.title.casefold().startswith(name)):
        return 1 if has_all else 2
    return 3 if has_all else 4


def _rank_of_address(typed: Typed, hit: Hit) -> int:
    """A domain or a number that was typed in full is as good as the name; the beginning of an address is not."""
    if hit.by == "domain":
        return 0 if hit.first == normalise_domain(typed.text) else 1
    return 0 if hit.by == "phone" or "@" in typed.text else 3


def _same_words(typed: Typed, hit: Hit) -> bool:
    """The same words in another order."""
    parts = {part for chunk in typed.chunks for part in chunk} - LEGAL
    return bool(parts) and parts == {word for word in hit.key.replace("-", " ").split() if word not in LEGAL}


def distance_of(needed: Sequence[str], hit: Hit, others: dict[str, dict[Spelling, int]]) -> int:
    """How many letters have to change for `hit` to fit."""
    total = 0
    for number, word in enumerate(needed):
        if any(one.startswith(word) for one in hit.words):
            continue
        begun = number == len(needed) - 1
        near = [distance(word, one, begun=begun) for one in hit.words]
        near += [far for spelling, far in others.get(word, {}).items() if set(spelling) <= set(hit.words)]
        total += min(near, default=9)
    return total
