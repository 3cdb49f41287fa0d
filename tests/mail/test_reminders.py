"""A reminder reaches its user at its time, once, in the app and by email."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.activities.models import Notification, Reminder
from apps.mail import reminders
from apps.mail.models import OutboundEmail
from apps.mail.reminders import deliver_due_reminders
from tests import factories as make
from tests.mail.test_claims import at_once

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


def make_reminder(**fields: Any) -> Reminder:
    fields.setdefault("user", make.make_user("Ann Berg", time_zone="Europe/Berlin"))
    return Reminder.objects.create(about="Call Carla", **({"due_at": NOW} | fields))


def test_in_the_app_and_by_email(settings: Any) -> None:
    settings.BASE_URL = "https://opener.test"
    account = make.make_account("Zoetis")
    reminder = make_reminder(account=account)
    assert deliver_due_reminders(now=NOW) == 1
    notification = Notification.objects.get()
    assert (notification.user, notification.text) == (reminder.user, "Call Carla")
    assert notification.url == f"/accounts/{account.pk}/"
    email = OutboundEmail.objects.get()
    assert email.key == f"reminder:{reminder.pk}"
    assert email.to_address == reminder.user.email
    assert email.subject == "Reminder: Call Carla"
    assert not email.is_outreach
    assert f"https://opener.test/accounts/{account.pk}/" in email.text
    assert "Zoetis" in email.text
    assert "15:00" in email.text  # in Berlin
    reminder.refresh_from_db()
    assert reminder.delivered_at == NOW


def test_once() -> None:
    reminder = make_reminder()
    assert [deliver_due_reminders(now=NOW + timedelta(minutes=minute)) for minute in range(3)] == [1, 0, 0]
    # Even where the mark was lost, the keys hold.
    Reminder.objects.filter(pk=reminder.pk).update(delivered_at=None)
    deliver_due_reminders(now=NOW)
    assert (Notification.objects.count(), OutboundEmail.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_once_with_eight_deliverers() -> None:
    user = make.make_user()
    for _ in range(150):
        make_reminder(user=user)
    at_once(8, lambda: deliver_due_reminders(now=NOW))
    assert (Notification.objects.count(), OutboundEmail.objects.count()) == (150, 150)


def test_not_before_its_time() -> None:
    make_reminder(due_at=NOW + timedelta(seconds=1))
    assert deliver_due_reminders(now=NOW) == 0
    assert deliver_due_reminders(now=NOW + timedelta(seconds=1)) == 1


def test_in_the_app_only() -> None:
    make_reminder(by_email=False)
    deliver_due_reminders(now=NOW)
    assert Notification.objects.exists()
    assert not OutboundEmail.objects.exists()


def test_of_a_task_that_is_open() -> None:
    user = make.make_user()
    task = make.make_task(user, "Send the case", due_at=NOW)
    make_reminder(user=user, task=task)
    assert deliver_due_reminders(now=NOW) == 1
    assert "Send the case" in OutboundEmail.objects.get().text


@pytest.mark.parametrize("gone", ["done", "dismissed", "left"])
def test_nobody_is_bothered_in_vain(gone: str) -> None:
    user = make.make_user(is_active=gone != "left")
    task = make.make_task(user, done_at=NOW if gone == "done" else None)
    make_reminder(user=user, task=task, dismissed_at=NOW if gone == "dismissed" else None)
    assert deliver_due_reminders(now=NOW) == 0
    assert not Notification.objects.exists()
    assert not OutboundEmail.objects.exists()
    assert Reminder.objects.get().dismissed_at


@pytest.mark.django_db(transaction=True)
def test_all_of_it_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    make_reminder()

    def fail(**fields: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(reminders, "queue_email", fail)
        with pytest.raises(RuntimeError):
            deliver_due_reminders(now=NOW)
    assert not Notification.objects.exists()
    assert deliver_due_reminders(now=NOW) == 1


def test_more_than_a_batch_in_a_number_of_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "BATCH", 3)
    for _ in range(8):
        make_reminder()
    assert deliver_due_reminders(now=NOW) == 8
