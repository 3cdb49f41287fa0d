"""The vocabulary that typos are checked against, and the functions that make texts comparable in the database."""

import re

import pytest
from django.core.management import call_command
from django.db import connection

from apps.accounts.models import Account, Contact, KnownWord, Note
from apps.accounts.names import name_key
from apps.accounts.searching import Typed, named
from apps.accounts.typos import alike, distance
from apps.accounts.words import Words
from tests import factories as make

pytestmark = pytest.mark.django_db


def words() -> set[str]:
    return set(KnownWord.objects.values_list("word", flat=True))


def test_new_and_changed_rows_teach_their_words_one_by_one_or_many_at_once() -> None:
    account = make.make_account("Zéphyr Motors Inc")
    assert words() >= {"zephyr", "motors"}
    assert "inc" not in words()
    Account.objects.bulk_create(
        Account(name=f"Bulk {name}", name_key=name_key(f"Bulk {name}")) for name in ("O'Neill", "Quark")
    )
    assert words() >= {"bulk", "oneill", "neill", "quark"}
    Account.objects.filter(pk=account.pk).update(name="Nimbus", name_key="nimbus")
    Note.objects.create(account=account, body="Sie mögen **Äpfel**")
    make.make_sequence(name="Umbrella")
    make.make_task(make.make_user(), "Telephone Thursday")
    assert words() >= {"nimbus", "mogen", "apfel", "umbrella", "telephone", "thursday"}
    assert KnownWord.objects.filter(word="bulk").count() == 1


def test_a_change_of_something_else_teaches_nothing() -> None:
    account = make.make_account("Zephyr")
    KnownWord.objects.all().delete()
    Account.objects.filter(pk=account.pk).update(headquarters="Springfield")
    assert words() == set()


def test_words_that_are_gone_find_nothing_and_are_forgotten_when_it_is_rebuilt() -> None:
    make.make_account("Zephyr")
    make.make_account("Nimbus")
    Account.objects.filter(name="Zephyr").delete()
    assert "zephyr" in words()
    assert not named(Account.objects.all(), "zepyr", forgiving=True).exists()
    make.make_contact(first_name="Aeolus", last_name="Wind")
    call_command("rebuild_search", verbosity=0)
    assert "zephyr" not in words()
    assert words() >= {"nimbus", "aeolus", "wind"}


@pytest.mark.parametrize(
    "text",
    [
        "Société Générale SA",
        "AT&T Inc. (Texas)",
        "O'Reilly – «Média» 24/7",
        "Ærø Ørsted Łódź \N{LATIN SMALL LETTER DOTLESS I}stanbul straße þing",
        "J.P. Morgan 3M 1e5 v2.0 x_y z@w.de http://a.b/c?d=e",
        "Газпром нефть",
        "ΑΒΓ Ελλάδα",
        "100% #1 ½ m² ﬁne",
        "株式会社ソニー",
    ],
)
def test_the_database_splits_texts_as_python_does(text: str) -> None:
    key = name_key(text)
    with connection.cursor() as cursor:
        cursor.execute("select opener_key(%s), tsvector_to_array(opener_words(%s))", [text, key])
        in_database, found = cursor.fetchone()
    assert " ".join(in_database.split()) == key
    typed = Typed(text)
    assert {part for chunk in typed.chunks for part in chunk} <= set(found)
    assert {word for word in typed.words if re.fullmatch(r"\w+", word)} <= set(found)


def test_what_lies_an_edit_away_is_near_and_nothing_else() -> None:
    make.make_account("Microsoft Corporation")
    make.make_account("Microchip Technology")
    near = alike(["nicrosoft", "corpration", "xyz"])
    assert near == {"nicrosoft": {("microsoft",): 1}, "corpration": {("corporation",): 1}, "xyz": {}}
    assert alike(["microsoftcorporation"]) == {"microsoftcorporation": {("microsoft", "corporation"): 1}}
    assert alike([]) == {}
    assert distance("micrsof", "microsoft", begun=True) == 1
    assert distance("ball", "bill") == 1
    assert distance("abcd", "wxyz") == 2


def test_a_table_forgives_a_typo_in_its_search_and_a_filter_does_not() -> None:
    make.make_contact(first_name="Aeolus", last_name="Windham")
    assert named(Contact.objects.all(), "windam", forgiving=True).count() == 1
    assert not named(Contact.objects.all(), "windam").exists()
    assert named(Contact.objects.all(), "aeolus windham inc").count() == 1


def test_words_are_found_through_their_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        query = Typed("zeph mot").query()
        plan = Account.objects.alias(words=Words("name_key")).filter(words=query).explain()
    assert "account_name_words" in plan
