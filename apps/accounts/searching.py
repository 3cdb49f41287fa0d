"""Finding rows by the words in their names, through an index."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from django.contrib.postgres.search import SearchQuery
from django.db.models import Model, Q, QuerySet

from apps.accounts.names import name_key
from apps.accounts.typos import Spelling, alike
from apps.accounts.words import Words

MOST = 10_000
FEW = 1000
MOST_WORDS = 8

LEGAL = frozenset(
    [
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "co",
        "company",
        "companies",
        "ltd",
        "limited",
        "llc",
        "llp",
        "lp",
        "plc",
        "ag",
        "gmbh",
        "mbh",
        "kg",
        "kgaa",
        "ug",
        "se",
        "sa",
        "sas",
        "sarl",
        "spa",
        "srl",
        "sl",
        "bv",
        "nv",
        "oy",
        "oyj",
        "ab",
        "as",
        "asa",
        "aps",
        "kk",
        "pty",
        "pte",
        "the",
        "and",
        "und",
        "et",
        "of",
    ]
)
"""What need not be in a name for it to be the one that is meant: legal forms, articles, "and"."""


@dataclass(frozen=True)
class Typed:
    """What was typed into a search, in words that can be compared with those of `opener_words`."""

    text: str

    @cached_property
    def key(self) -> str:
        """As names are kept."""
        return name_key(self.text)

    @cached_property
    def chunks(self) -> list[Spelling]:
        """What stands between blanks, in its parts: "at&t inc" is (at, t), (inc,)."""
        parts = (tuple(re.findall(r"[^\W_]+", chunk)) for chunk in self.key.split())
        return [chunk for chunk in parts if chunk][:MOST_WORDS]

    @cached_property
    def words(self) -> list[str]:
        """Each chunk in one word: att, inc."""
        return ["".join(chunk) for chunk in self.chunks]

    @cached_property
    def needed(self) -> list[int]:
        """Which chunks a name has to have: all but legal forms, where there are others.

        A single letter at the end, behind other words, is a word that has just been begun.
        """
        numbers = [number for number, word in enumerate(self.words) if word not in LEGAL]
        if len(numbers) > 1 and numbers[-1] == len(self.words) - 1 and len(self.words[-1]) == 1:
            numbers.pop()
        return numbers or list(range(len(self.words)))

    @property
    def begun(self) -> str:
        """The single letter at the end that `needed` leaves out, else ""."""
        last = len(self.words) - 1
        return self.words[last] if last > 0 and len(self.words[last]) == 1 and last not in self.needed else ""

    def query(
        self, others: Mapping[str, Sequence[Spelling]] | None = None, *, all_words: bool = False
    ) -> SearchQuery | None:
        """What the words of a row have to match; None where there is nothing to look up in an index.

        `others` has further spellings by word. `all_words`: legal forms too.
        """
        numbers = range(len(self.words)) if all_words else self.needed
        chunks = [self.chunks[number] for number in numbers]
        if not chunks or (len(chunks) == 1 and len(self.words[numbers[0]]) == 1):
            return None
        ways = [chunks]
        if len(chunks) <= 4:  # "jp morgan" for JPMorgan
            ways += [
                [*chunks[:at], (*chunks[at], *chunks[at + 1]), *chunks[at + 2 :]]
                for at in range(len(chunks) - 1)
            ]
        raw = " | ".join(self._together(way, others or {}, joined=way is not chunks) for way in ways)
        return SearchQuery(raw, search_type="raw", config="simple")

    def _together(
        self, way: Sequence[Spelling], others: Mapping[str, Sequence[Spelling]], *, joined: bool
    ) -> str:
        terms = []
        for chunk in way:
            word = "".join(chunk)
            spellings = {(word,), *others.get(word, ())}
            if not joined:
                spellings.add(chunk)
            terms.append(" | ".join(sorted(_spelled(one, last=chunk is way[-1]) for one in spellings)))
        return "(" + " & ".join(f"({term})" for term in terms) + ")"


def _spelled(words: Spelling, *, last: bool) -> str:
    """Short words are met as they are, or a third of all rows would come; the last one is still being typed."""
    *before, end = words
    goes_on = len(end) > 2 or (last and len(end) > 1)
    return " & ".join([*(f"'{word}'" for word in before), f"'{end}'" + (":*" if goes_on else "")])


def named[M: Model](queryset: QuerySet[M], text: str, *, forgiving: bool = False) -> QuerySet[M]:
    """The rows whose name holds a word beginning with each word of `text`, or begins with all of it.

    Accents, case, the order of the words and marks between them do not matter; legal forms only where that finds
    anything; where nothing is found and it is to be `forgiving`, each word may have a typo. The model has a
    `name_key`, an index for its beginning and one for its words. It asks at once which rows match, up to a thousand:
    where only few do, they are named by their ids; where many do, they are met soon by walking the index that orders
    the names. PostgreSQL cannot tell the two cases apart beforehand, and guessing wrong costs half a second at
    100,000 names.
    """
    typed = Typed(text)
    if not typed.key:
        return queryset.none() if text else queryset
    for query in _attempts(typed, forgiving=forgiving):
        matching = Q(name_key__startswith=typed.key)
        if query is None:
            return queryset.filter(matching)
        matching |= Q(words=query)
        rows = queryset.model._default_manager.alias(words=Words("name_key"))
        few = list(rows.filter(matching).order_by().values_list("pk", flat=True)[: FEW + 1])
        if len(few) > FEW:
            return cast("QuerySet[M]", queryset.alias(words=Words("name_key")).filter(matching))
        if few:
            return queryset.filter(pk__in=few)
    return queryset.none()


def _attempts(typed: Typed, *, forgiving: bool) -> Iterator[SearchQuery | None]:
    """What the words have to match, less and less strictly, each only if the one before found nothing."""
    yield typed.query(all_words=True)
    if len(typed.needed) < len(typed.words):
        yield typed.query()
    if forgiving and any((others := alike([typed.words[number] for number in typed.needed])).values()):
        yield typed.query({word: list(spellings) for word, spellings in others.items()})


def how_many(queryset: QuerySet[Model]) -> str:
    """How many rows there are, in figures; it stops counting at "10,000+"."""
    number = queryset.order_by()[: MOST + 1].count()
    return f"{MOST:,}+" if number > MOST else f"{number:,}"
