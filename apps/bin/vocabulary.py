"""Forgetting the words of the search that only what was purged had."""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery
from django.db.models import Exists, Func, Model, OuterRef, Q, QuerySet, TextField

from apps.accounts.models import Account, Contact, KnownWord, Note
from apps.accounts.words import Key, Words
from apps.activities.models import Task
from apps.pipeline.models import Opportunity

TEXTS: dict[type[Model], Any] = {
    Account: Words("name_key"),
    Contact: Words("name_key"),
    Note: Words(Key("body")),
    Task: Words(Key("title")),
    Opportunity: Words(Key("name")),
}
"""What of each the search takes its words from."""


def words_of(*, accounts: Sequence[int], contacts: Sequence[int], notes: Sequence[int]) -> set[str]:
    """The words that may have nobody left who has them. Read them before the rows are stripped."""
    about = Q(account__in=accounts) | Q(contact__in=contacts)
    rows: list[QuerySet[Any]] = [
        Account.objects.filter(pk__in=accounts),
        Contact.objects.filter(pk__in=contacts),
        Note.objects.filter(about | Q(pk__in=notes)),
        Task.objects.filter(about),
        Opportunity.objects.filter(account__in=accounts),
    ]
    found: set[str] = set()
    for queryset in rows:
        words = Func(
            TEXTS[queryset.model], function="tsvector_to_array", output_field=ArrayField(TextField())
        )
        for one in queryset.order_by().values_list(words, flat=True):
            found.update(one)
    return found


def forget(words: set[str]) -> None:
    """The search no longer knows those of `words` that stand nowhere any more."""
    known = KnownWord.objects.filter(word__in=words)
    query = SearchQuery(OuterRef("word"), config="simple")
    for model, text in TEXTS.items():
        users = model._default_manager.alias(words=text).filter(words=query)
        known = known.filter(~Exists(users))
    known.delete()
