"""Tasks: made from anywhere, for an account or for none; changed, ticked off, taken away."""

from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.activities import services
from apps.activities.forms import TaskForm
from apps.activities.models import Task
from apps.activities.views import account_of, form_page, home
from apps.users.models import User
from opener.http import AuthedRequest, back_to
from opener.messages import toast
from opener.ui.moments import spoken


@require_http_methods(["GET", "POST"])
def create(request: AuthedRequest) -> HttpResponse:
    """A new task, for oneself or for somebody one may give work to."""
    account = account_of(request)
    people = User.objects.assignable_by(request.user)
    initial = {"owner": request.user.pk, "contact": request.GET.get("contact", "")}
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
        return redirect(back_to(request, home(account)))
    return form_page(request, form, account, title=_("New task"), submit=_("Add task"))


@require_http_methods(["GET", "POST"])
def edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Change what is to be done, by when, or by whom."""
    with transaction.atomic():
        return _edit(request, _task(request, pk, to_change=request.method == "POST"))


def _edit(request: AuthedRequest, task: Task) -> HttpResponse:
    assignable = User.objects.assignable_by(request.user).values("pk")
    people = User.objects.filter(Q(pk__in=assignable) | Q(pk=task.owner_id))
    initial = {"remind": task.reminders.filter(delivered_at=None, dismissed_at=None).exists()}
    form = TaskForm(request.POST or None, people=people, account=task.account, instance=task, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.change_task(
            task=form.save(commit=False), remind=form.cleaned_data["remind"], by=request.user
        )
        toast(request, _("Saved: %s") % task.title)
        return redirect(back_to(request, home(task.account)))
    context = {"title": _("Edit task"), "submit": _("Save task"), "task": task}
    return form_page(request, form, task.account, **context)


@require_POST
def delete(request: AuthedRequest, pk: int) -> HttpResponse:
    """It is not to be done at all."""
    task = _task(request, pk)
    task.delete()
    toast(request, _("Deleted: %s") % task.title)
    return redirect(back_to(request, home(task.account)))


@require_POST
def done(request: AuthedRequest, pk: int) -> HttpResponse:
    """Tick a task off."""
    task = _task(request, pk)
    services.finish_task(task=task, by=request.user)
    toast(request, _("Done: %s") % task.title, undo=reverse("activities:task_reopen", args=[pk]))
    return redirect(back_to(request, home(task.account)))


@require_POST
def reopen(request: AuthedRequest, pk: int) -> HttpResponse:
    """It was not done after all."""
    task = _task(request, pk)
    services.reopen_task(task=task)
    toast(request, _("Open again: %s") % task.title)
    return redirect(back_to(request, home(task.account)))


def _task(request: AuthedRequest, pk: int, *, to_change: bool = False) -> Task:
    tasks = Task.objects.editable_by(request.user).select_related("account")
    if to_change:
        tasks = tasks.select_for_update(no_key=True, of=("self",))
    return get_object_or_404(tasks, pk=pk)
