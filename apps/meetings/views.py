"""Booking a meeting, and saying what became of it. Times are shown in the rep's zone, with the contact's beside it."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Account, Contact
from apps.meetings import services
from apps.meetings.forms import BookForm, MoveForm, NotesForm, can_be_meant
from apps.meetings.models import Meeting
from apps.meetings.times import suggest
from apps.users.models import User
from opener.http import AuthedRequest, back_to, id_of, render
from opener.messages import toast
from opener.ui.moments import spoken, there


@require_http_methods(["GET", "POST"])
def book(request: AuthedRequest, account_pk: int) -> HttpResponse:
    """Book a meeting with a contact of the account. `?contact=` says who, and whose local time is shown."""
    account = get_object_or_404(Account.objects.editable_by(request.user), pk=account_pk)
    contact = _contact_named(request, account)
    zone = contact.time_zone_name if contact else account.time_zone
    # Posted slots stay valid for as long as the form lies open, so they are taken as they come.
    slots = [(at, _slot_words(at, zone)) for at in _slots(request, zone)]
    form = BookForm(
        request.POST or None,
        account=account,
        slots=slots,
        initial={"contact": contact.pk if contact else None, "quick": slots[0][0].isoformat(), "minutes": 30},
    )
    if request.method == "POST" and form.is_valid():
        data = {
            name: form.cleaned_data[name] for name in ("contact", "starts_at", "minutes", "place", "about")
        }
        meeting = services.book(owner=request.user, by=request.user, **data)
        toast(request, _("Meeting booked. Their sequences have stopped."))
        return redirect("meetings:detail", meeting.pk)
    context = {
        "form": form,
        "account": account,
        "contact": contact,
        "zone": zone,
        "differs": bool(there(timezone.now(), zone)),
        "people": account.contacts.kept().exists(),
    }
    return render(
        request, "meetings/book.html", context, part=("when", "dialog"), status=422 if form.is_bound else 200
    )


def _contact_named(request: AuthedRequest, account: Account) -> Contact | None:
    """The contact that the form or the address names; else the account's only one."""
    people = account.contacts.kept().filter(left_at=None).select_related("account")
    named = request.POST.get("contact") or request.GET.get("contact", "")
    if named.isdecimal():
        return people.filter(pk=id_of(named)).first()
    first_two = list(people[:2])
    return first_two[0] if len(first_two) == 1 else None


def _slots(request: AuthedRequest, zone: str) -> list[datetime]:
    slots = suggest(request.user, zone, timezone.now())
    chosen = request.POST.get("quick", "")
    try:
        moment = datetime.fromisoformat(chosen)
    except ValueError:
        return slots
    if moment.tzinfo is not None and can_be_meant(moment) and moment not in slots:
        slots.insert(0, moment)
    return slots


def _slot_words(at: datetime, zone: str) -> str:
    local = there(at, zone)
    return f"{spoken(at)} ({local})" if local else spoken(at)


def _fetch(request: AuthedRequest, pk: int, *, change: bool = False) -> Meeting:
    rows = Meeting.objects.editable_by(request.user) if change else Meeting.objects.visible_to(request.user)
    return get_object_or_404(
        rows.select_related("account", "contact__account", "owner", "dream_client"), pk=pk
    )


@require_GET
def detail(request: AuthedRequest, pk: int) -> HttpResponse:
    """One meeting: when, with whom, what about, and what can be done with it now."""
    meeting = _fetch(request, pk)
    return render(request, "meetings/detail.html", _context(request, meeting), part="panel")


def _context(request: AuthedRequest, meeting: Meeting) -> dict[str, object]:
    user: User = request.user
    may_edit = Meeting.objects.editable_by(user).filter(pk=meeting.pk).exists()
    now = timezone.now()
    return {
        "meeting": meeting,
        "there": there(meeting.starts_at, meeting.contact.time_zone_name),
        "may_edit": may_edit,
        "is_open": meeting.state in (Meeting.State.BOOKED, Meeting.State.PROPOSED),
        "is_past": meeting.starts_at <= now,
        "move_form": MoveForm(instance=meeting),
        "notes_form": NotesForm(initial={"notes": meeting.notes}),
    }


@require_POST
def held(request: AuthedRequest, pk: int) -> HttpResponse:
    """It took place. From its page the opportunity is opened."""
    meeting = _fetch(request, pk, change=True)
    form = NotesForm(request.POST)
    notes = form.cleaned_data["notes"] if form.is_valid() else ""
    if _try(request, lambda: services.hold(meeting=meeting, notes=notes, by=request.user)):
        toast(request, _("Held. Is there an opportunity in it?"))
    return redirect("meetings:detail", pk)


@require_POST
def missed(request: AuthedRequest, pk: int) -> HttpResponse:
    """They did not come: a recovery touch is planned."""
    meeting = _fetch(request, pk, change=True)
    touch = _try(request, lambda: services.miss(meeting=meeting, by=request.user))
    if touch:
        toast(request, _("Missed. A touch to recover it is planned for %s.") % spoken(touch.due_at))
    return _back(request, pk)


@require_POST
def cancel(request: AuthedRequest, pk: int) -> HttpResponse:
    """It will not take place."""
    meeting = _fetch(request, pk, change=True)
    if _try(request, lambda: services.cancel(meeting=meeting, by=request.user)):
        toast(request, _("Cancelled. Nothing else was changed."))
    return _back(request, pk)


@require_http_methods(["GET", "POST"])
def move(request: AuthedRequest, pk: int) -> HttpResponse:
    """Another time."""
    meeting = _fetch(request, pk, change=True)
    form = MoveForm(request.POST or None, instance=_fetch(request, pk, change=True))
    if request.method == "POST" and form.is_valid():
        if _try(request, lambda: services.move(meeting=meeting, by=request.user, **form.cleaned_data)):
            toast(request, _("Moved to %s.") % spoken(form.cleaned_data["starts_at"]))
        return redirect("meetings:detail", pk)
    context = {"form": form, "meeting": meeting}
    return render(request, "meetings/move.html", context, part="dialog", status=422 if form.is_bound else 200)


def _try[T](request: AuthedRequest, act: Callable[[], T]) -> T | None:
    """What `act` returns, or None after saying that the meeting has ended meanwhile."""
    try:
        return act()
    except services.NotPossible as refusal:
        toast(request, str(refusal), level=messages.WARNING)
        return None


def _back(request: AuthedRequest, pk: int) -> HttpResponse:
    """To the page that the answer was given on, where it was named."""
    return redirect(back_to(request, reverse("meetings:detail", args=[pk])))
