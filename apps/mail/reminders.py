"""Delivering reminders: in the app, and by email where that is wanted."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.activities.models import Reminder
from apps.activities.services import notify
from apps.mail.services import queue_email
from opener.days import zone

BATCH = 100


def deliver_due_reminders(*, now: datetime | None = None) -> int:
    """Deliver what is due at `now`. Returns how many reached somebody.

    A reminder, its notification, its email's row and the mark that it was delivered are one transaction, and two
    deliverers never see the same reminder: each is delivered once.
    """
    now = now or timezone.now()
    delivered = 0
    while True:
        with transaction.atomic():
            waiting = Reminder.objects.kept().filter(delivered_at=None, dismissed_at=None, due_at__lte=now)
            batch = list(
                waiting.select_related("user", "task", "account")
                .order_by("due_at", "id")
                .select_for_update(skip_locked=True, of=("self",))[:BATCH]
            )
            for reminder in batch:
                delivered += _deliver(reminder, now)
        if not batch:
            return delivered


def _deliver(reminder: Reminder, now: datetime) -> bool:
    """Tell its user; False where there is nothing to tell any more."""
    task = reminder.task
    if (task is not None and task.done_at is not None) or not reminder.user.is_active:
        reminder.dismissed_at = now
        reminder.save(update_fields=["dismissed_at"])
        return False
    url, key = _url(reminder), f"reminder:{reminder.pk}"
    about = reminder.account_id or (task.account_id if task is not None else None)
    notify(user=reminder.user, key=key, text=reminder.about, url=url, account_id=about)
    if reminder.by_email:
        queue_email(
            key=key,
            to_address=reminder.user.email,
            user=reminder.user,
            account=reminder.account,
            subject=_("Reminder: %(about)s") % {"about": reminder.about},
            text=_text(reminder, url),
            due_at=now,
        )
    reminder.delivered_at = now
    reminder.save(update_fields=["delivered_at"])
    return True


def _url(reminder: Reminder) -> str:
    """Where its user goes on: the account's record, else Today."""
    account = reminder.account_id or (reminder.task.account_id if reminder.task else None)
    return reverse("record", args=[account]) if account else reverse("today:queue")


def _text(reminder: Reminder, url: str) -> str:
    person = reminder.user

    def local(moment: datetime) -> str:
        return date_format(moment.astimezone(zone(person.time_zone)), "DATETIME_FORMAT")

    lines = [_("Hello %(name)s,") % {"name": person.get_short_name()}, ""]
    lines += [_("you wanted to be reminded of this at %(when)s:") % {"when": local(reminder.due_at)}, ""]
    lines += [f"    {reminder.about}"]
    if reminder.account:
        lines += [f"    {reminder.account}"]
    if reminder.task:
        words = _("Task: %(title)s, due %(when)s")
        lines += ["    " + words % {"title": reminder.task.title, "when": local(reminder.task.due_at)}]
    lines += ["", _("Go on from here:"), settings.BASE_URL + url]
    return "\n".join(lines) + "\n"
