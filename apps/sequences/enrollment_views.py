"""Contacts enter sequences from their dream client, pause, go on and leave."""

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import Contact
from apps.dreamclients.models import DreamClient
from apps.dreamclients.services import BookFull, LeftItsList, TakenAlready, take
from apps.sequences import services
from apps.sequences.checking import Checked, Refusals, Verdict, check_enrollment, latest_version
from apps.sequences.forms import PauseForm, ReasonForm
from apps.sequences.models import Enrollment, Sequence, Touch
from apps.users.models import User
from opener.http import AuthedRequest, back_to, render, selected_ids
from opener.messages import toast

MOST_CONTACTS = 50
"""How many contacts of one account the page offers: more are found by narrowing the account down."""


@dataclass(frozen=True)
class Candidate:
    """A contact on the page that starts a sequence."""

    contact: Contact
    why_not: str
    is_ticked: bool
    checked: Checked | None


@require_http_methods(["GET", "POST"])
def enroll(request: AuthedRequest, pk: int) -> HttpResponse:
    """Pick contacts and a sequence, see who can go in and when, confirm.

    Posting with `action=check` shows the check (`recheck`: of exactly those ticked), without either it starts them. A dream client that nobody owns is taken into one's own book with that.
    """
    rows = DreamClient.objects.editable_by(request.user).current().select_related("account", "owner", "list")
    dream_client = get_object_or_404(rows, pk=pk)
    sequences = Sequence.objects.visible_to(request.user).usable()
    sequence = _chosen_sequence(request, sequences)
    contacts = _contacts(dream_client)
    named = (
        selected_ids(request, "contact") if request.method == "POST" else _ids(request.GET.getlist("contact"))
    )
    starts = request.method == "POST" and request.POST.get("action") not in ("check", "recheck")
    if starts:
        picked = [contact for contact in contacts if contact.pk in named]
        if sequence is None or not picked:
            toast(request, _("Tick contacts and choose a sequence first."), level=messages.WARNING)
        elif _start(request, dream_client, sequence, picked):
            return redirect("record", dream_client.account_id)
    context: dict[str, object] = {
        "dream_client": dream_client,
        "account": dream_client.account,
        "sequences": sequences.order_by("name"),
        "sequence": sequence,
        "will_take": dream_client.owner_id is None,
    }
    context |= _checked(dream_client, sequence, contacts, named, request)
    return render(request, "sequences/enroll.html", context, part="check", status=422 if starts else 200)


def _chosen_sequence(request: AuthedRequest, sequences: QuerySet[Sequence]) -> Sequence | None:
    """The one that the form or the address names; the only one where there is but one."""
    given = request.POST.get("sequence") or request.GET.get("sequence") or ""
    if given.isdecimal() and len(given) < 19:
        return sequences.select_related("schedule").filter(pk=given).first()
    first_two = list(sequences.select_related("schedule")[:2])
    return first_two[0] if len(first_two) == 1 else None


def _ids(given: list[str]) -> list[int]:
    return [int(pk) for pk in given[:MOST_CONTACTS] if pk.isdecimal() and len(pk) < 19]


def _contacts(dream_client: DreamClient) -> list[Contact]:
    contacts = dream_client.account.contacts.kept().filter(left_at=None)
    return list(contacts.select_related("account").prefetch_related("emails", "opt_outs")[:MOST_CONTACTS])


def _checked(
    dream_client: DreamClient,
    sequence: Sequence | None,
    contacts: list[Contact],
    named: list[int],
    request: AuthedRequest,
) -> dict[str, object]:
    """Who is offered, who is ticked, and what would become of those; nobody ticked yet means all who can."""
    if sequence is None:
        rows = [Candidate(contact, "", contact.pk in named, None) for contact in contacts]
        return {"candidates": rows, "why_nobody": "", "going": 0}
    now, as_if_owned = timezone.now(), _as_if_owned(dream_client, request.user)
    refusals = Refusals(latest_version(sequence), as_if_owned, request.user, now)
    why_nobody = refusals.of_all()
    why_not = {contact.pk: refusals.of(contact) for contact in contacts}
    able = [contact for contact in contacts if not why_not[contact.pk]]
    exactly = named or request.POST.get("action") == "recheck"
    ticked = [contact for contact in able if contact.pk in named] if exactly else able
    checks = check_enrollment(
        contacts=ticked, sequence=sequence, dream_client=as_if_owned, by=request.user, now=now
    )
    by_contact = {checked.contact.pk: checked for checked in checks}
    rows = [
        Candidate(contact, why_not[contact.pk], contact.pk in by_contact, by_contact.get(contact.pk))
        for contact in contacts
    ]
    going = sum(1 for checked in checks if checked.verdict != Verdict.REFUSED)
    return {"candidates": rows, "why_nobody": why_nobody, "going": going}


def _as_if_owned(dream_client: DreamClient, user: User) -> DreamClient:
    """What the check looks at: starting takes a dream client that nobody owns."""
    if dream_client.owner_id is None:
        dream_client.owner = user
    return dream_client


def _start(
    request: AuthedRequest, dream_client: DreamClient, sequence: Sequence, contacts: list[Contact]
) -> bool:
    """Start them and say what became of each. False where nobody could."""
    try:
        with transaction.atomic():
            services.lock_account(dream_client.account_id)
            if dream_client.owner_id is None:
                take(dream_client=dream_client, by=request.user)
            result = services.enroll(
                contacts=contacts, sequence=sequence, dream_client=dream_client, by=request.user
            )
    except (BookFull, TakenAlready, LeftItsList) as error:
        toast(request, str(error), level=messages.ERROR)
        return False
    said = []
    if entered := len(result.entered):
        said.append(ngettext("%d contact started.", "%d contacts started.", entered) % entered)
    if waiting := len(result.waiting):
        said.append(ngettext("%d waits for a place.", "%d wait for a place.", waiting) % waiting)
    said += [f"{contact}: {why}" for contact, why in result.refused]
    went_in = bool(result.entered or result.waiting)
    toast(request, " ".join(said), level=messages.SUCCESS if went_in else messages.ERROR)
    return went_in


# --- On the way ---------------------------------------------------------------------------------------------------


def _enrollment(request: AuthedRequest, pk: int) -> Enrollment:
    rows = Enrollment.objects.editable_by(request.user).select_related("contact", "account", "sequence")
    return get_object_or_404(rows, pk=pk)


def _back(request: AuthedRequest, account_id: int) -> HttpResponse:
    return redirect(back_to(request, reverse("record", args=[account_id])))


@require_http_methods(["GET", "POST"])
def enrollment_pause(request: AuthedRequest, pk: int) -> HttpResponse:
    """Hold it until a day, or until somebody resumes it."""
    row = _enrollment(request, pk)
    form = PauseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.pause_enrollment(
                enrollment=row, until=form.moment, reason=form.cleaned_data["reason"], by=request.user
            )
            toast(request, _("Paused."), undo=reverse("sequences:enrollment_resume", args=[pk]))
        except services.NotRunning as error:
            toast(request, str(error), level=messages.WARNING)
        return _back(request, row.account_id)
    return _dialog(request, row, form, title=_("Pause"), submit=_("Pause"))


@require_POST
def enrollment_resume(request: AuthedRequest, pk: int) -> HttpResponse:
    """Let it go on, after the rest of its delay."""
    row = _enrollment(request, pk)
    try:
        services.resume_enrollment(enrollment=row, by=request.user)
        toast(request, _("It goes on."))
    except services.NotRunning as error:
        toast(request, str(error), level=messages.WARNING)
    return _back(request, row.account_id)


@require_http_methods(["GET", "POST"])
def enrollment_exit(request: AuthedRequest, pk: int) -> HttpResponse:
    """End it before its last step, with the reason."""
    row = _enrollment(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.exit_enrollment(enrollment=row, reason=form.cleaned_data["reason"], by=request.user)
        toast(request, _("It has ended."))
        return _back(request, row.account_id)
    return _dialog(request, row, form, title=_("End the sequence"), submit=_("End it"))


@require_http_methods(["GET", "POST"])
def touch_skip(request: AuthedRequest, pk: int) -> HttpResponse:
    """Leave a touch out; the next step is planned."""
    touch = _touch(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.skip_touch(touch=touch, reason=form.cleaned_data["reason"], by=request.user)
            toast(request, _("Skipped."))
        except services.TouchOver as error:
            toast(request, str(error), level=messages.WARNING)
        return _back(request, touch.account_id)
    return _dialog(request, touch, form, title=_("Skip this touch"), submit=_("Skip it"))


@require_POST
def touch_retry(request: AuthedRequest, pk: int) -> HttpResponse:
    """Let a touch that failed fall due again."""
    touch = _touch(request, pk)
    try:
        services.retry_touch(touch=touch, by=request.user)
        toast(request, _("It falls due again."))
    except services.TouchOver as error:
        toast(request, str(error), level=messages.WARNING)
    return _back(request, touch.account_id)


def _touch(request: AuthedRequest, pk: int) -> Touch:
    rows = Touch.objects.editable_by(request.user).select_related(
        "contact", "account", "enrollment__sequence"
    )
    return get_object_or_404(rows, pk=pk)


def _dialog(
    request: AuthedRequest,
    about: Enrollment | Touch,
    form: PauseForm | ReasonForm,
    *,
    title: str,
    submit: str,
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "submit": submit,
        "contact": about.contact,
        "account": about.account,
        "sequence": about.sequence if isinstance(about, Enrollment) else None,
        "next": back_to(request, ""),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "sequences/ask.html", context, part="dialog", status=status)
