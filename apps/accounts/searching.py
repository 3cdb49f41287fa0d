"""Finding rows by the beginnings of the words in their names, through an index."""

import re
from typing import cast

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Model, Q, QuerySet

from apps.accounts.names import name_key

MOST = 10_000
FEW = 1000


def named[M: Model](queryset: QuerySet[M], text: str) -> QuerySet[M]:
    """The rows whose name holds a word beginning with each word of `text`, or begins with all of it.

    The model has a `name_key`, an index for its beginning and one for its words. It asks at once which rows match,
    up to a thousand: where only few do, they are named by their ids; where many do, they are met soon by walking the
    index that orders the names. PostgreSQL cannot tell the two cases apart beforehand, and guessing wrong costs half
    a second at 100,000 names.
    """
    key = name_key(text)
    if not key:
        return queryset.none() if text else queryset
    begins = Q(name_key__startswith=key)
    words = re.findall(r"\w+", key)
    if len(key) < 2 or not words:
        return queryset.filter(begins)
    query = SearchQuery(" & ".join(f"'{word}':*" for word in words), search_type="raw", config="simple")
    matching = begins | Q(words=query)
    words_of = SearchVector("name_key", config="simple")
    rows = queryset.model._default_manager.alias(words=words_of).filter(matching)
    few = list(rows.order_by().values_list("pk", flat=True)[: FEW + 1])
    if len(few) <= FEW:
        return queryset.filter(pk__in=few)
    return cast("QuerySet[M]", queryset.alias(words=words_of).filter(matching))


def how_many(queryset: QuerySet[Model]) -> str:
    """How many rows there are, in figures; it stops counting at "10,000+"."""
    number = queryset.order_by()[: MOST + 1].count()
    return f"{MOST:,}+" if number > MOST else f"{number:,}"
