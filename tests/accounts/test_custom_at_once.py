"""Custom fields outside of one transaction: two admins at one moment, and indexes made without a lock."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts import custom_services, custom_work
from apps.accounts.models import Account, ChoiceChange, CustomField
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What each gives, or the error that it raises; all begin at one moment."""
    barrier = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        try:
            barrier.wait(10)
            return deed()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def add(label: str) -> CustomField:
    field = CustomField(model="account", label=label, type="number")
    return custom_services.add_field(field=field, by=None)


def test_two_admins_add_the_same_field_at_one_moment() -> None:
    answers = at_once(lambda: add("Fleet"), lambda: add("fleet"), lambda: add("Fleet!"))
    refused = [answer for answer in answers if isinstance(answer, custom_services.Refused)]
    assert len(refused) == 1
    assert set(CustomField.objects.values_list("key", flat=True)) == {"fleet", "fleet_2"}
    assert sorted(CustomField.objects.values_list("position", flat=True)) == [1, 2]


def test_two_workers_make_indexes_and_follow_a_choice_once() -> None:
    field = add("Fleet")
    segment = CustomField.objects.create(
        model="account", key="segment", label="S", type="choice", choices=["B"]
    )
    for number in range(5):
        make.make_account(custom={"fleet": str(number), "segment": "A", "odd": "\u00e9"})
    make.make_account(custom={"fleet": "no number"})
    ChoiceChange.objects.create(field=segment, before="A", after="B")
    assert at_once(custom_work.tick, custom_work.tick) == [None, None]
    custom_work.tick()
    assert Account.objects.filter(custom__segment="B").count() == 5
    field.refresh_from_db()
    assert field.indexed_as == "number"
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_index i join pg_class c on c.oid = i.indexrelid"
            " where indisvalid and relname ~ '^custom_f[0-9]'"
        )
        assert cursor.fetchone() == (2,)
    CustomField.objects.update(is_going=True)
    custom_work.tick()
    assert not CustomField.objects.exists()
    assert not Account.objects.filter(custom__has_any_keys=["fleet", "segment"]).exists()


def test_who_writes_an_old_name_while_it_changes_is_followed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    field = CustomField(model="account", label="Kind", type="choice", choices=["Old", "Other"])
    custom_services.add_field(field=field, by=None)
    row = make.make_account()
    written, go_on = Event(), Event()

    def write() -> None:
        with transaction.atomic():
            Account.objects.filter(pk=row.pk).update(custom={field.key: "Old"})
            written.set()
            go_on.wait(20)
        connection.close()

    writer = Thread(target=write)
    writer.start()
    assert written.wait(10)
    before = CustomField.objects.get(pk=field.pk)
    field.choices = ["New", "Other"]
    boss = make.make_user("Bea", is_admin=True)
    custom_services.save_field(field=field, before=before, becomes={"Old": "New"}, by=boss, changes={})
    custom_work.tick()
    monkeypatch.setattr(custom_work, "GRACE", timedelta())
    custom_work.tick()  # the grace is over, but somebody is still writing
    assert ChoiceChange.objects.exists()
    go_on.set()
    writer.join()
    custom_work.tick()
    assert Account.objects.get(pk=row.pk).custom == {field.key: "New"}
    assert not ChoiceChange.objects.exists()


def test_a_field_goes_when_those_who_may_fill_it_are_done() -> None:
    field = CustomField.objects.create(model="account", label="Kind", key="kind", archived_at=timezone.now())
    row = make.make_account()
    written, go_on = Event(), Event()

    def write() -> None:
        with transaction.atomic():
            Account.objects.filter(pk=row.pk).update(custom={"kind": "x"})
            written.set()
            go_on.wait(20)
        connection.close()

    writer = Thread(target=write)
    writer.start()
    assert written.wait(10)
    CustomField.objects.filter(pk=field.pk).update(archived_at=timezone.now(), is_going=True)
    custom_work.tick()
    assert CustomField.objects.exists()
    go_on.set()
    writer.join()
    custom_work.tick()
    assert not CustomField.objects.exists()
    assert Account.objects.get(pk=row.pk).custom == {}
