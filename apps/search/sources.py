"""Where what can be found comes from: for each kind the rows that somebody may see, through an index."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from django.contrib.postgres.search import SearchQuery
from django.db.models import (
    BigIntegerField,
    DateTimeField,
    F,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat

from apps.accounts.models import Account, Contact, ContactEmail, ContactPhone, Note
from apps.accounts.names import normalise_domain
from apps.accounts.searching import Typed
from apps.accounts.typos import Spelling
from apps.accounts.words import Key, LastDigits, Words
from apps.activities.models import Task
from apps.dreamclients.models import DreamClient, DreamClientList, Insight
from apps.pipeline.models import Opportunity
from apps.search.hits import Hit
from apps.sequences.models import Sequence
from apps.users.models import User

FIRST = 12
"""Rows of an index that is in the order we want."""
BOOK = 200
"""Of how many dream clients of one's own the words are read one by one."""
SOME = 60
MANY = 300
"""Rows by words, in no order: of a word that a third of all rows have, nobody wants them all."""

type Rows = QuerySet[Any, tuple[Any, ...]]


def candidates(
    typed: Typed,
    user: User,
    *,
    others: Mapping[str, Mapping[Spelling, int]] | None = None,
) -> Iterator[Hit]:
    """Rows that may be meant, some of them twice. `others`: spellings that are tried too, and then nothing else is.

    One query. Raises nothing, whatever was typed.
    """
    spelled = {word: list(spellings) for word, spellings in (others or {}).items()}
    query = typed.query(spelled)
    branches: list[Rows] = []
    if others is None:
        branches += _by_beginning(typed, user)
        branches += _by_address(typed, user)
    if query is not None:
        branches += _by_words(typed, query, user)
    if not branches:
        return
    for row in branches[0].union(*branches[1:], all=True):
        yield Hit(*row)


def _by_beginning(typed: Typed, user: User) -> list[Rows]:
    begins = Q(name_key__startswith=typed.key)
    accounts = Account.objects.visible_to(user).filter(begins).order_by("name_key", "id")
    contacts = Contact.objects.visible_to(user).filter(begins).order_by("name_key", "id")
    return [_accounts(accounts, "begins")[:FIRST], _contacts(contacts, "begins")[:FIRST]]


def _by_words(typed: Typed, query: SearchQuery, user: User) -> list[Rows]:
    book = DreamClient.objects.in_book_of(user).order_by("tier", "id").values("account")[:BOOK]
    accounts = _having(Account.objects.visible_to(user), Words("name_key"), query)
    contacts = _having(Contact.objects.visible_to(user), Words("name_key"), query)
    if typed.begun:
        begins = {"name_key__regex": rf"(^|[^[:alnum:]]){typed.begun}"}
        accounts, contacts = accounts.filter(**begins), contacts.filter(**begins)
    return [
        _accounts(accounts.filter(pk__in=book), "own")[:SOME],
        _contacts(contacts.filter(account__in=book), "own")[:SOME],
        _accounts(accounts, "words")[:MANY],
        _contacts(contacts, "words")[:MANY],
        *_others(query, user),
    ]


def _others(query: SearchQuery, user: User) -> list[Rows]:
    lists = _having(DreamClientList.objects.visible_to(user).live(), Words(Key("name")), query)
    sequences = _having(Sequence.objects.visible_to(user), Words(Key("name")), query)
    deals = _having(Opportunity.objects.visible_to(user), Words(Key("name")), query)
    tasks = _having(Task.objects.visible_to(user).open(), Words(Key("title")), query)
    notes = _having(Note.objects.visible_to(user), Words(Key("body")), query)
    insights = _having(Insight.objects.visible_to(user).live(), Words(Key("title")), query)
    return [
        _shown(lists, "list", title="name", first="team__name", second="description")[:SOME],
        _shown(sequences, "sequence", title="name", first="team__name", second="description")[:SOME],
        _shown(
            deals,
            "opportunity",
            title="name",
            first="account__name",
            second="stage__name",
            account="account_id",
        )[:SOME],
        _shown(
            tasks, "task", title="title", first="account__name", second="owner__name", account="account_id"
        )[:SOME],
        _shown(
            notes,
            "note",
            title="account__name",
            first="author__name",
            account="account_id",
            body="body",
            at="created_at",
        )[:SOME],
        _shown(insights, "insight", title="title", first="kind")[:SOME],
    ]


def _having(rows: QuerySet[Any], words: Any, query: SearchQuery) -> QuerySet[Any]:
    return cast("QuerySet[Any]", rows.alias(words=words).filter(words=query).order_by())


def _by_address(typed: Typed, user: User) -> list[Rows]:
    """By web domain, email address or phone number, where what was typed may be one."""
    text = typed.text.lower()
    accounts, contacts = Account.objects.visible_to(user), Contact.objects.visible_to(user)
    branches: list[Rows] = []
    if " " not in text and len(text) > 1:
        holders = ContactEmail.objects.filter(address__startswith=text).values("contact")[:FIRST]
        branches.append(_contacts(contacts.filter(pk__in=holders), "email")[:FIRST])
    domain = normalise_domain(text) or (text.strip("./") if "." in text.strip(".") else "")
    if domain:
        at = accounts.filter(domain__startswith=domain).order_by("domain")
        there = contacts.filter(account__domain=domain).order_by("name_key", "id")
        branches += [_accounts(at, "domain")[:FIRST], _contacts(there, "words")[:FIRST]]
    if digits := phone_digits(text):
        ends = {"digits__startswith": digits[::-1][:8]}
        owners = ContactPhone.objects.alias(digits=LastDigits("number")).filter(**ends).values("contact")
        called = accounts.alias(digits=LastDigits("phone")).filter(~Q(phone=""), **ends)
        branches += [
            _accounts(called, "phone")[:FIRST],
            _contacts(contacts.filter(pk__in=owners[:FIRST]), "phone")[:FIRST],
        ]
    return branches


def phone_digits(text: str) -> str:
    """The digits of what looks like a phone number, without the zeros before them; "" for anything else."""
    if not re.fullmatch(r"[+0-9 ()./-]+", text):
        return ""
    digits = re.sub(r"\D", "", text).lstrip("0")
    return digits if len(digits) >= 4 else ""


def _accounts(rows: QuerySet[Account], by: str) -> Rows:
    return _shown(
        rows, "account", by, title="name", first="domain", second="headquarters", account="id", key="name_key"
    )


def _contacts(rows: QuerySet[Contact], by: str) -> Rows:
    name = Concat("first_name", Value(" "), "last_name")
    return _shown(
        rows,
        "contact",
        by,
        title=name,
        first="title",
        second="account__name",
        account="account_id",
        key="name_key",
    )


def _shown(
    rows: QuerySet[Any],
    kind: str,
    by: str = "words",
    *,
    title: Any,
    first: str = "",
    second: str = "",
    account: str = "",
    key: Any = None,
    body: str = "",
    at: str = "",
) -> Rows:
    """The rows in the columns that all kinds share."""
    text = TextField()
    columns = {
        "kind_": Value(kind, output_field=text),
        "by": Value(by, output_field=text),
        "title_": Cast(F(title) if isinstance(title, str) else title, text),
        "first_": _text(first),
        "second_": _text(second),
        "account_": F(account) if account else Cast(Value(None), BigIntegerField()),
        "key_": Cast(F(key), text) if key else Key(str(title)),
        "body_": _text(body),
        "at_": F(at) if at else Cast(Value(None), DateTimeField()),
    }
    shown = ["kind_", "by", "pk", "title_", "first_", "second_", "account_", "key_", "body_", "at_"]
    return cast("Rows", rows.annotate(**columns).values_list(*shown))


def _text(path: str) -> Any:
    text = TextField()
    return (
        Coalesce(Cast(F(path), text), Value(""), output_field=text) if path else Value("", output_field=text)
    )
