"""Trigger events of a dream client: a quick way to write down what happened there."""

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.dreamclients import coming_up
from apps.dreamclients.forms import EventForm
from apps.dreamclients.models import DreamClient, TriggerEvent
from opener.http import AuthedRequest, render
from opener.messages import toast


def _event(request: AuthedRequest, pk: int, *, removed: bool = False) -> TriggerEvent:
    """An event of a dream client that one may change; locked, where something is sent."""
    mine = DreamClient.objects.editable_by(request.user).current()
    known = TriggerEvent.with_removed if removed else TriggerEvent.objects
    events = known.filter(dream_client__in=mine.values("pk"))
    if request.method == "POST":
        events = events.select_for_update(of=("self",), no_key=True)
    return get_object_or_404(events.select_related("dream_client__account"), pk=pk)


@require_http_methods(["GET", "POST"])
def create(request: AuthedRequest, pk: int) -> HttpResponse:
    """Something happened there."""
    rows = DreamClient.objects.editable_by(request.user).current().select_related("account")
    row = get_object_or_404(rows, pk=pk)
    form = EventForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        data = form.cleaned_data
        event = coming_up.add_event(
            dream_client=row, what=data["what"], on=data["on"], url=data["url"], by=request.user
        )
        told = hasattr(event, "brought_up")
        toast(
            request, _("Written down, and on the list of what is to be done.") if told else _("Written down.")
        )
        return redirect("record", row.account_id)
    return _form(request, row, form)


@require_http_methods(["GET", "POST"])
@transaction.atomic
def edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Set right what was written down."""
    event = _event(request, pk)
    form = EventForm(request.POST if request.method == "POST" else None, instance=event)
    if form.is_valid():
        form.save(commit=False)
        coming_up.save_event(event=event)
        toast(request, _("Saved."))
        return redirect("record", event.dream_client.account_id)
    return _form(request, event.dream_client, form, event=event)


@require_POST
@transaction.atomic
def remove(request: AuthedRequest, pk: int) -> HttpResponse:
    """Forget an event that was none, with a way back."""
    event = _event(request, pk)
    coming_up.remove_event(event=event)
    toast(request, _("Removed."), undo=reverse("dreamclients:event_restore", args=[pk]))
    return redirect("record", event.dream_client.account_id)


@require_POST
@transaction.atomic
def restore(request: AuthedRequest, pk: int) -> HttpResponse:
    """Take a removed event back."""
    event = _event(request, pk, removed=True)
    coming_up.restore_event(event=event)
    toast(request, _("It is back."))
    return redirect("record", event.dream_client.account_id)


def _form(
    request: AuthedRequest, row: DreamClient, form: EventForm, event: TriggerEvent | None = None
) -> HttpResponse:
    context = {"form": form, "dream_client": row, "account": row.account, "event": event}
    status = 422 if request.method == "POST" else 200
    return render(request, "dreamclients/event_form.html", context, part="dialog", status=status)
