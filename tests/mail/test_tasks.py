"""The messages that make a worker look, and a broker that is away."""

import socket
import time
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.activities.models import Reminder
from apps.mail import tasks
from apps.mail.backend import OutboxBackend
from apps.mail.models import OutboundEmail
from opener.celery import app
from tests import factories as make
from tests.mail.peer import Peer
from tests.mail.rows import make_email, state

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The tests' own Redis, empty."""
    monkeypatch.setattr(tasks, "_silent_until", 0.0)
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        client.flushdb()
        yield client
        client.flushdb()


def messages(broker: Any) -> int:
    """How many wait in the queue."""
    return int(broker.llen("opener"))


def test_tick_sends_and_remind_delivers(peer: Peer) -> None:
    email = make_email()
    tasks.tick()
    assert state(email) == "accepted"
    Reminder.objects.create(user=make.make_user(), about="Call Carla", due_at=timezone.now())
    tasks.remind()
    assert OutboundEmail.objects.get(key__startswith="reminder:").state == "accepted"


def test_the_beat_knows_both() -> None:
    scheduled = {entry["task"] for entry in django_settings.CELERY_BEAT_SCHEDULE.values()}
    assert {tasks.tick.name, tasks.remind.name} <= scheduled


def test_a_nudge_is_one_message_after_the_commit(broker: Any) -> None:
    with transaction.atomic():
        for _ in range(5):
            tasks.nudge()
        assert messages(broker) == 0
    assert messages(broker) == 1
    tasks.nudge()
    assert messages(broker) == 2


def test_no_nudge_for_what_was_taken_back(broker: Any) -> None:
    with transaction.atomic():
        tasks.nudge()
        transaction.set_rollback(True)
    assert messages(broker) == 0


def test_djangos_own_mail_goes_through_the_outbox(broker: Any) -> None:
    message = EmailMultiAlternatives(
        "Set a new password", "Here.", to=["ann@opener.test"], cc=["ben@opener.test"]
    )
    message.attach_alternative("<p>Here.</p>", "text/html")
    assert OutboxBackend().send_messages([message]) == 1
    assert set(OutboundEmail.objects.values_list("to_address", "subject", "text", "html", "state")) == {
        ("ann@opener.test", "Set a new password", "Here.", "<p>Here.</p>", "scheduled"),
        ("ben@opener.test", "Set a new password", "Here.", "<p>Here.</p>", "scheduled"),
    }
    # Test runners put a backend of their own into the live settings.
    path = import_module("opener.settings").MAILERS["default"]["BACKEND"]
    assert import_string(path) is OutboxBackend
    assert messages(broker) == 1


def nudge_and_time(count: int = 1) -> float:
    started = time.monotonic()
    for _ in range(count):
        tasks.nudge()
    return time.monotonic() - started


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A broker's address where somebody listens, but nobody answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        monkeypatch.setattr(app.conf, "broker_url", url)
        monkeypatch.setattr(app.conf, "broker_write_url", url)
        yield listener


def test_a_broker_that_is_down_costs_nothing(elsewhere: socket.socket) -> None:
    assert nudge_and_time() < 0.5
    assert nudge_and_time(20) < 0.1


def test_a_broker_that_does_not_answer_costs_less_than_a_second(elsewhere: socket.socket) -> None:
    elsewhere.listen(1)
    assert nudge_and_time() < 1
    assert nudge_and_time(20) < 0.1
