"""What is found: each kind, as somebody may see it, in the order people expect, typos and all."""

import csv
import random
from pathlib import Path

import pytest
from django.test import Client

from apps.accounts.models import Account, ContactPhone, Note
from apps.accounts.names import name_key
from apps.dreamclients.models import Insight
from apps.search.finding import Found, find
from apps.search.hits import excerpt
from apps.users.models import User
from tests import factories as make

pytestmark = pytest.mark.django_db
SP500 = Path(__file__).parents[3] / "shared" / "data" / "sp500.csv"


@pytest.fixture
def rep() -> User:
    return make.make_user("Rita Rep", team=make.make_team("North"))


@pytest.fixture
def outsider() -> User:
    return make.make_user("Otto Other", team=make.make_team("South"))


def ask(user: User, text: str) -> Found:
    return find(text=text, by=user, most=10)


def found(user: User, text: str, kind: str = "account") -> list[str]:
    return [hit.title for group in ask(user, text).groups if group.kind == kind for hit in group.hits]


def meant(user: User, text: str) -> list[str]:
    return [hit.title for hit in ask(user, text).meant]


def kinds(user: User, text: str) -> list[str]:
    return [group.kind for group in ask(user, text).groups]


class TestKinds:
    def test_each_is_found_by_a_word_and_only_by_whom_it_may_be_seen(self, rep: User, outsider: User) -> None:
        account = make.make_account("Zephyr Motors", team=None)
        make.make_contact(account, first_name="Zephyr", last_name="Genz")
        make.make_list("Zephyr makers", owner=rep)
        make.make_sequence(name="Zéphyr first", owner=rep)
        make.make_opportunity(account, owner=rep, name="A zephyr for all")
        make.make_task(rep, "Ask about the zephyr", account=account)
        Note.objects.create(
            account=account, author=rep, team_id=rep.home_team_id, body="They want a **ZÉPHYR**."
        )
        Insight.objects.create(title="What a zephyr costs")
        everything = ["account", "contact", "list", "sequence", "opportunity", "task", "note", "insight"]
        assert kinds(rep, "zephyr") == everything
        assert kinds(outsider, "zephyr") == ["account", "contact", "insight"]
        assert kinds(make.make_user("Ada Admin", is_admin=True), "zephyr") == everything
        assert kinds(make.make_user("Nemo Noteam"), "zephyr") == ["account", "contact", "insight"]
        assert kinds(outsider, "zefyr") == []
        assert {hit.kind for hit in ask(outsider, "zephir").meant} == {"account", "contact", "insight"}
        client = Client()
        client.force_login(rep)
        for group in ask(rep, "zephyr").groups:
            for hit in group.hits:
                assert client.get(hit.url).status_code == 200, hit.url

    def test_what_is_in_the_bin_archived_or_done_is_not_found(self, rep: User) -> None:
        account = make.make_account("Zephyr Motors")
        make.make_contact(account, first_name="Zephyr")
        make.make_task(rep, "Ask about the zephyr", done_at=make.A_TUESDAY)
        make.make_list("Zephyr makers", owner=rep, archived_at=make.A_TUESDAY)
        Note.objects.create(account=account, author=rep, body="zephyr", deleted_at=make.A_TUESDAY)
        assert kinds(rep, "zephyr") == ["account", "contact"]
        Account.objects.update(deleted_at=make.A_TUESDAY)
        account.contacts.update(deleted_at=make.A_TUESDAY)
        assert ask(rep, "zephyr").is_empty

    def test_a_note_shows_the_piece_that_matches(self) -> None:
        body = "# Visit\n" + "word " * 60 + "the *Café* plan, cafés too " + "word " * 60
        parts = excerpt(body, ["cafe"])
        assert [text for text, is_hit in parts if is_hit] == ["Café", "cafés"]
        assert parts[0][0].startswith("… ")
        assert parts[-1][0].endswith(" …")
        assert len("".join(text for text, _ in parts)) < 200
        assert excerpt("Nothing of it", ["zzz"]) == [("Nothing of it", False)]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Société Générale", "societe generale"),
        ("Société Générale", "SOCIÉTÉ GÉNÉRALE SA"),
        ("Société Générale", "generale soci"),
        ("AT&T", "AT&T"),
        ("AT&T", "at t"),
        ("AT&T", "att"),
        ("AT&T Inc.", "at & t"),
        ("O'Reilly Automotive", "oreilly"),
        ("O'Reilly Automotive", "o reilly"),
        ("O’Reilly Automotive", "o'reilly auto"),
        ("J.P. Morgan Chase", "jp morgan"),
        ("JPMorgan Chase", "jp morgan chase"),
        ("Ørsted", "orsted"),
        ("Škoda Auto a.s.", "skoda"),
        ("Łódź Textiles", "lodz"),
        ("Straße & Söhne", "strasse"),
        ("3M", "3m"),
        ("7-Eleven", "7 eleven"),
        ("7-Eleven", "7eleven"),
        ("Coca-Cola", "cocacola"),
        ("Coca-Cola", "coca c"),
        ("Lowe's", "lowes"),
        ("Berkshire Hathaway", "Hathaway, Berkshire"),
        ("The Home Depot", "home depot"),
        ("Газпром нефть", "газпром"),
        ("株式会社ソニー", "株式会社"),
    ],
)
def test_marks_accents_case_order_and_legal_forms_do_not_matter(rep: User, name: str, typed: str) -> None:
    make.make_account("Somebody else entirely")
    make.make_account(name)
    assert found(rep, typed) == [name]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Microsoft", "micorsoft"),
        ("Microsoft", "microsft"),
        ("Microsoft", "nicrosoft"),
        ("Microsoft", "miccrosof"),
        ("Accenture", "acentrue"),
        ("Ball", "bali"),
        ("Société Générale", "societee general"),
        ("Berkshire Hathaway", "birkshire hathway"),
        ("General Motors", "generalmotors"),
        ("Goldman Sachs", "gold man sacs"),
        ("Nestlé", "nesle"),
    ],
)
def test_a_typo_is_forgiven_and_said(rep: User, name: str, typed: str) -> None:
    make.make_account("Somebody else entirely")
    make.make_account(name)
    assert found(rep, typed) == []
    assert meant(rep, typed) == [name]


def test_short_words_are_taken_as_they_are(rep: User) -> None:
    make.make_account("Ford")
    assert meant(rep, "frd") == ["Ford"]  # a letter is missing
    make.make_account("Gap")
    assert meant(rep, "gpa") == []


def test_the_order_is_name_beginning_words_and_ones_own_first(rep: User) -> None:
    for name in ("Acme Ford", "Ford", "Fordham", "Ford Motor", "Zed Fordism"):
        make.make_account(name)
    mine = make.make_account("Yard Ford")
    make.make_dream_client(mine, owner=rep)
    assert found(rep, "ford") == ["Ford", "Ford Motor", "Fordham", "Yard Ford", "Acme Ford", "Zed Fordism"]
    assert next(hit for group in ask(rep, "yard").groups for hit in group.hits).is_own
    assert meant(rep, "ford") == []


def test_legal_forms_and_single_letters_rank_but_do_not_hide(rep: User) -> None:
    for name in ("Acme Holding", "Acme Inc", "Apex Co"):
        make.make_account(name)
    assert found(rep, "acme inc") == ["Acme Inc", "Acme Holding"]
    assert found(rep, "inc") == ["Acme Inc"]
    assert found(rep, "acme h") == ["Acme Holding"]
    assert found(rep, "a") == ["Acme Holding", "Acme Inc", "Apex Co"]


def test_addresses_domains_and_numbers(rep: User) -> None:
    account = make.make_account("General Motors", domain="gm.com", phone="+1 (313) 667-1500")
    person = make.make_contact(account, first_name="Mora", last_name="Genz", email="boss@gm.com")
    ContactPhone.objects.create(contact=person, number="0151 / 23 45-678")
    other = make.make_account("Other", domain="gmbh.example")
    make.make_contact(other, first_name="Olaf", last_name="Lund", email="olaf@else.test")
    assert found(rep, "boss@") == []
    assert found(rep, "gm.c") == ["General Motors"]
    assert found(rep, "boss@", "contact") == ["Mora Genz"]
    assert found(rep, "Boss@GM.com", "contact") == ["Mora Genz"]
    assert found(rep, "https://www.gm.com/x") == ["General Motors"]
    assert found(rep, "gm.com", "contact") == ["Mora Genz"]
    for number in ("3136671500", "+1 313 667-1500", "001-313-667-1500", "667 1500"):
        assert found(rep, number) == ["General Motors"], number
    for number in ("+49 151 2345678", "0151 2345678", "345678"):
        assert found(rep, number, "contact") == ["Mora Genz"], number


def test_a_person_is_found_with_the_company_of_a_colleague_untouched(rep: User) -> None:
    account = make.make_account("Siemens")
    make.make_contact(account, first_name="José María", last_name="Núñez-Ortega", email="")
    for typed in ("jose nunez", "Nuñez Ortega, José", "nunezortega", "maria ort"):
        assert found(rep, typed, "contact") == ["José María Núñez-Ortega"], typed


@pytest.mark.skipif(not SP500.exists(), reason="the list of real companies is not part of the project")
def test_nearly_every_real_company_is_found_with_a_typo(rep: User) -> None:
    with SP500.open(encoding="utf-8", newline="") as file:
        names = [row["Security"] for row in csv.DictReader(file)]
    Account.objects.bulk_create(Account(name=name, name_key=name_key(name)) for name in names)
    chance = random.Random(503)
    missed = []
    tried = chance.sample(names, 120)
    for name in tried:
        typed = mistyped(name, chance)
        answer = ask(rep, typed)
        hits = [hit.title for group in answer.groups if group.kind == "account" for hit in group.hits]
        if name not in (hits + [hit.title for hit in answer.meant])[:3]:
            missed.append((name, typed, hits[:3]))
    assert len(missed) <= len(tried) * 0.05, missed


def mistyped(name: str, chance: random.Random) -> str:
    """One letter of one of the longer words too many, too few, wrong, or changed with the next."""
    words = name.lower().split()
    longest = max(len(word) for word in words)
    number = chance.choice([n for n, word in enumerate(words) if len(word) >= min(4, longest)])
    word, letter = words[number], chance.choice("abcdefghijklmnopqrstuvwxyz")
    at = chance.randrange(len(word))
    words[number] = chance.choice(
        [
            word[:at] + letter + word[at:],
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
        ]
    )
    return " ".join(words)
