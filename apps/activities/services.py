"""Writing down what happened, what is to be done, and the nudges about it.

Every other app calls `record`; nothing else makes an Activity.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Account, Contact
from apps.activities.models import Activity, Notification, Reminder, Task
from apps.users.models import User


def record(
    *,
    kind: str,
    account: Account,
    by: User | None,
    contact: Contact | None = None,
    at: datetime | None = None,
    team_id: int | None = None,
    **fields: Any,
) -> Activity:
    """Append one activity. Without `team_id` it belongs to the account's team, else to the home team of `by`.

    Call it inside the transaction of the change that it tells of.
    """
    if team_id is None:
        team_id = account.team_id or (by.home_team_id if by else None)
    return Activity.objects.create(
        kind=kind, account=account, by=by, contact=contact, at=at or timezone.now(), team_id=team_id, **fields
    )


def notify(*, user: User, key: str, text: str, url: str = "", account_id: int | None = None) -> None:
    """Tell `user` something in the app, once for each `key`; about an account, where the text names one."""
    Notification.objects.get_or_create(
        user=user,
        key=key[:100],
        defaults={"text": text[:300], "url": url[:300], "account_id": account_id},
    )


def add_task(
    *,
    title: str,
    owner: User,
    due_at: datetime,
    by: User | None,
    account: Account | None = None,
    contact: Contact | None = None,
    priority: int = Task.Priority.NORMAL,
    remind_at: datetime | None = None,
) -> Task:
    """Something for `owner` to do by `due_at`; with `remind_at` it nudges them then. Tells them where it is not theirs."""
    is_theirs = account is not None and (owner.is_admin or account.team_id in owner.team_ids)
    with transaction.atomic():
        task = Task.objects.create(
            title=title,
            owner=owner,
            team_id=(account.team_id if account and is_theirs else None) or owner.home_team_id,
            account=account,
            contact=contact,
            due_at=due_at,
            priority=priority,
            created_by=by,
        )
        if remind_at is not None:
            add_reminder(user=owner, about=title, due_at=remind_at, account=account, task=task)
        if by is not None and by.pk != owner.pk:
            _tell_of_task(task, by)
    return task


def _tell_of_task(task: Task, by: User) -> None:
    notify(
        user=task.owner,
        key=f"task:{task.pk}",
        text=_("%(name)s gave you a task: %(task)s") % {"name": by, "task": task.title},
        url=f"/accounts/{task.account_id}/" if task.account_id else "/",
        account_id=task.account_id,
    )


def change_task(*, task: Task, remind: bool, by: User) -> Task:
    """Keep a task as its form left it; its nudge moves with it. Tells whoever it was given to."""
    with transaction.atomic():
        former = Task.objects.select_for_update(no_key=True).get(pk=task.pk)
        task.save()
        task.reminders.filter(delivered_at=None, dismissed_at=None).delete()
        if remind and not task.reminders.filter(user=task.owner, due_at=task.due_at).exists():
            add_reminder(
                user=task.owner, about=task.title, due_at=task.due_at, account=task.account, task=task
            )
        if task.owner_id not in (former.owner_id, by.pk):
            _tell_of_task(task, by)
    return task


def finish_task(*, task: Task, by: User) -> Task:
    """Tick a task off, once; what was still to nudge about it is dropped."""
    now = timezone.now()
    with transaction.atomic():
        row = (
            Task.objects.select_for_update(of=("self",), no_key=True)
            .select_related("account")
            .get(pk=task.pk)
        )
        if row.done_at is None:
            row.done_at = now
            row.save(update_fields=["done_at"])
            row.reminders.filter(delivered_at=None, dismissed_at=None).update(dismissed_at=now)
            if row.account is not None:
                record(
                    kind=Activity.Kind.TASK_DONE,
                    account=row.account,
                    contact=row.contact,
                    by=by,
                    at=now,
                    team_id=row.team_id,
                    subject=row.title,
                    data={"task": row.pk},
                )
        task.done_at = row.done_at
    return task


def reopen_task(*, task: Task) -> Task:
    """Undo `finish_task`: the task is open again, its nudges that are still to come come."""
    with transaction.atomic():
        row = Task.objects.select_for_update(no_key=True).get(pk=task.pk)
        if row.done_at is not None:
            row.reminders.filter(delivered_at=None, dismissed_at=row.done_at).update(dismissed_at=None)
            row.done_at = None
            row.save(update_fields=["done_at"])
        task.done_at = None
    return task


def add_reminder(
    *,
    user: User,
    about: str,
    due_at: datetime,
    account: Account | None = None,
    task: Task | None = None,
    by_email: bool = True,
) -> Reminder:
    """Nudge `user` about something at `due_at`. Delivering it is the work of `apps.mail.reminders`."""
    return Reminder.objects.create(
        user=user, about=about[:200], due_at=due_at, account=account, task=task, by_email=by_email
    )
