"""Tasks and reminders: made from anywhere, for an account or for none."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Account
from apps.activities import services
from apps.activities.forms import ReminderForm, TaskForm
from apps.activities.models import Reminder, Task
from apps.users.models import User
from opener.http import AuthedRequest, back_to, render
from opener.messages import toast
from opener.ui.moments import spoken


def _account(request: AuthedRequest) -> Account | None:
    """The account that the address names, if it does."""
    given = request.GET.get("account", "")
    if not given:
        return None
    pk = int(given) if given.isdecimal() and len(given) < 19 else 0
    return get_object_or_404(Account.objects.visible_to(request.user), pk=pk)


def _home(account: Account | None) -> str:
    return reverse("record", args=[account.pk]) if account else reverse("today:queue")


def _form(request: AuthedRequest, form: Any, account: Account | None, **context: Any) -> HttpResponse:
    context |= {"form": form, "account": account, "action": request.get_full_path()}
    status = 422 if request.method == "POST" else 200
    return render(request, "activities/form.html", context, part="dialog", status=status)


@require_GET
def log(request: AuthedRequest) -> HttpResponse:
    """What can be written down from anywhere."""
    return render(request, "activities/log.html", part="dialog")


@require_http_methods(["GET", "POST"])
def task_create(request: AuthedRequest) -> HttpResponse:
    """A new task, for oneself or for somebody one may give work to."""
    account = _account(request)
    people = User.objects.assignable_by(request.user)
    initial = {"owner": request.user.pk}
    form = TaskForm(request.POST or None, people=people, account=account, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        task = services.add_task(
            title=given["title"],
            owner=given["owner"],
            due_at=given["due_at"],
            by=request.user,
            account=account,
            contact=given.get("contact"),
            priority=given["priority"],
            remind_at=given["due_at"] if given["remind"] else None,
        )
        toast(request, _("Task for %s.") % spoken(task.due_at))
        return redirect(back_to(request, _home(account)))
    return _form(request, form, account, title=_("New task"), submit=_("Add task"))


@require_POST
def task_done(request: AuthedRequest, pk: int) -> HttpResponse:
    """Tick a task off."""
    task = get_object_or_404(Task.objects.editable_by(request.user).select_related("account"), pk=pk)
    services.finish_task(task=task, by=request.user)
    toast(request, _("Done: %s") % task.title, undo=reverse("activities:task_reopen", args=[pk]))
    return redirect(back_to(request, _home(task.account)))


@require_POST
def task_reopen(request: AuthedRequest, pk: int) -> HttpResponse:
    """It was not done after all."""
    task = get_object_or_404(Task.objects.editable_by(request.user).select_related("account"), pk=pk)
    services.reopen_task(task=task)
    toast(request, _("Open again: %s") % task.title)
    return redirect(back_to(request, _home(task.account)))


@require_http_methods(["GET", "POST"])
def reminder_create(request: AuthedRequest) -> HttpResponse:
    """Remind me."""
    account = _account(request)
    about = _("Follow up with %s") % account.name if account else ""
    form = ReminderForm(request.POST or None, initial={"about": about[:200]})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        reminder = services.add_reminder(
            user=request.user,
            about=given["about"],
            due_at=given["due_at"],
            account=account,
            by_email=given["by_email"],
        )
        undo = reverse("activities:reminder_drop", args=[reminder.pk])
        toast(request, _("You will be reminded: %s.") % spoken(reminder.due_at), undo=undo)
        return redirect(back_to(request, _home(account)))
    return _form(request, form, account, title=_("Remind me"), submit=_("Remind me"))


@require_POST
def reminder_drop(request: AuthedRequest, pk: int) -> HttpResponse:
    """Do not remind me after all."""
    reminder = get_object_or_404(Reminder.objects.filter(user=request.user).select_related("account"), pk=pk)
    Reminder.objects.filter(pk=pk, delivered_at=None, dismissed_at=None).update(dismissed_at=timezone.now())
    toast(request, _("You will not be reminded."))
    return redirect(_home(reminder.account))
