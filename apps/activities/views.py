"""Reminders, and what can be written down from anywhere."""

import re
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Account
from apps.activities import services
from apps.activities.forms import ReminderForm
from apps.activities.models import Reminder
from opener.http import AuthedRequest, back_to, id_of, render
from opener.messages import toast
from opener.ui.moments import spoken

_RECORD = re.compile(r"/accounts/(\d+)/(?:$|[?#])")


def account_of(request: AuthedRequest) -> Account | None:
    """The account that the address names, if it does."""
    given = request.GET.get("account", "")
    if not given:
        return None
    pk = int(given) if given.isdecimal() and len(given) < 19 else 0
    return get_object_or_404(Account.objects.visible_to(request.user), pk=pk)


def home(account: Account | None) -> str:
    """Where the forms about an account, or about none, lead back to."""
    return reverse("record", args=[account.pk]) if account else reverse("today:queue")


def form_page(request: AuthedRequest, form: Any, account: Account | None, **context: Any) -> HttpResponse:
    """A form of this app, as a page or in the dialog."""
    context |= {"form": form, "account": account, "action": request.get_full_path()}
    status = 422 if request.method == "POST" else 200
    return render(request, "activities/form.html", context, part="dialog", status=status)


@require_GET
def log(request: AuthedRequest) -> HttpResponse:
    """What can be written down from anywhere; beside a record, about its account."""
    shown = _RECORD.match(request.htmx.current_url_abs_path or "") if request.htmx else None
    rows = Account.objects.visible_to(request.user).filter(pk=id_of(shown.group(1)) if shown else 0)
    account = account_of(request) or rows.first()
    return render(request, "activities/log.html", {"account": account}, part="dialog")


@require_http_methods(["GET", "POST"])
def reminder_create(request: AuthedRequest) -> HttpResponse:
    """Remind me."""
    account = account_of(request)
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
        return redirect(back_to(request, home(account)))
    return form_page(request, form, account, title=_("Remind me"), submit=_("Remind me"))


@require_POST
def reminder_drop(request: AuthedRequest, pk: int) -> HttpResponse:
    """Do not remind me after all."""
    reminder = get_object_or_404(Reminder.objects.filter(user=request.user).select_related("account"), pk=pk)
    Reminder.objects.filter(pk=pk, delivered_at=None, dismissed_at=None).update(dismissed_at=timezone.now())
    toast(request, _("You will not be reminded."))
    return redirect(home(reminder.account))
