"""Words that may have been meant by one that was mistyped."""

from collections.abc import Sequence

from django.db.models import Q
from django.db.models.functions import Length, Reverse
from rapidfuzz.distance import OSA

from apps.accounts.models import KnownWord

type Spelling = tuple[str, ...]
"""What may stand for a word that was typed: words that must all be there; the last one may go on."""

SHORTEST = 4
"""Letters that a word has to have to be taken for another one."""
LONG = 8
"""From this many letters on, in either word, two typos are forgiven."""
MOST = 8
"""Words that are tried in place of one."""
CANDIDATES = 20_000
BEGUN = 5
"""By how many letters a word that is still being typed may go on."""


def alike(words: Sequence[str]) -> dict[str, dict[Spelling, int]]:
    """For each of `words` those in the vocabulary that are an edit away, or two: the nearest, with their distance.

    An edit is a letter too many, one too few, a wrong one, or two that changed places. Whatever is one edit away
    agrees in its first or its last half, or two letters changed places in the middle; of what is two edits away, the
    most agrees in its first two letters or its last three. So two indexes find the candidates, a thousand of 250,000 words,
    and Python compares them. A word may also be two that somebody wrote together. One query, whatever the words.
    """
    tried = [word for word in dict.fromkeys(words) if SHORTEST - 1 <= len(word) <= 30]
    if not tried:
        return {}
    wanted = Q()
    for word in tried:
        wanted |= _candidates(word, is_last=word == words[-1])
    known = KnownWord.objects.alias(letters=Length("word"), backwards=Reverse("word")).filter(wanted)
    found = set(known.values_list("word", flat=True)[:CANDIDATES])
    return {word: _nearest(word, found, is_last=word == words[-1]) for word in tried}


def edits(word: str) -> int:
    """How many typos are forgiven: a letter may be what is missing to make it a long word."""
    return 2 if len(word) >= LONG - 1 else 1


def distance(word: str, other: str, *, begun: bool = False) -> int:
    """How many edits lie between two words, at most one more than are forgiven.

    `begun`: `other` may go on where `word` ends.
    """
    most = edits(word) if max(len(word), len(other)) >= LONG else 1
    ends = {len(other)} | (
        {len(word) - 1, len(word), len(word) + 1} if begun and len(word) > SHORTEST else set()
    )
    return min(OSA.distance(word, other[:end], score_cutoff=most) for end in ends)


def _candidates(word: str, *, is_last: bool) -> Q:
    number, most = len(word), edits(word)
    half = number // 2 if most == 1 else 2
    tail = word[half:] if most == 1 else word[-3:]
    longest = number + (BEGUN if is_last else most)
    alike = Q(word__startswith=word[:half]) | Q(backwards__startswith=tail[::-1])
    swapped = word[: half - 1] + word[half : half + 1] + word[half - 1] + word[half + 1 :]
    parts = [part for at in range(SHORTEST, number - SHORTEST + 1) for part in (word[:at], word[at:])]
    return (alike & Q(letters__range=(number - most, longest))) | Q(word__in=[swapped, *parts])


def _nearest(word: str, known: set[str], *, is_last: bool) -> dict[Spelling, int]:
    most = edits(word)
    near: list[tuple[int, bool, int, Spelling]] = [
        (far, other[0] != word[0], abs(len(other) - len(word)), (other,))
        for other in known
        if other != word and (far := distance(word, other, begun=is_last)) <= most
    ]
    near += [
        (1, False, 0, (word[:at], word[at:]))
        for at in range(SHORTEST, len(word) - SHORTEST + 1)
        if word[:at] in known and word[at:] in known
    ]
    return {spelling: far for far, _, _, spelling in sorted(near)[:MOST]}
