"""The record of an account: who they are, who works them, why they should change, what happened and what comes next.

It lives in `today`, the lowest app that may know of everything it shows. The number of queries is the same for any
number of contacts and activities.
"""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import FilteredRelation, OuterRef, Q
from django.db.models.functions import JSONObject
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.forms import NoteForm
from apps.accounts.models import Account, Contact, ContactEmail, ContactPhone, CustomField, Note, OptOut
from apps.activities.models import Activity, Task
from apps.dreamclients.models import DreamClient
from apps.meetings.models import Meeting
from apps.pipeline.models import Opportunity
from apps.sequences import inbound
from apps.sequences.models import Enrollment, Touch
from apps.sequences.why import Line, current_touch, why
from apps.today.record_forms import OptOutForm
from apps.users.models import User
from opener.http import AuthedRequest, render, target_id
from opener.messages import toast
from opener.paging import Page, keyset

TIMELINE = 20
NEXT_TOUCHES = 8
TOUCHES, ENROLLMENTS = 200, 50
CONTACTS = 200
WORKED_BY = FilteredRelation("dream_clients", condition=Q(dream_clients__left_at=None))
RELATED = ["team", "worked__list", "worked__owner", "worked__team"]

KINDS: dict[str, tuple[Any, list[str]]] = {
    "touches": (gettext_lazy("Touches"), ["touch", "touch_skipped", "touch_failed"]),
    "answers": (gettext_lazy("Answers"), ["reply", "auto_reply", "bounce", "opted_out"]),
    "meetings": (
        gettext_lazy("Meetings"),
        ["meeting_booked", "meeting_moved", "meeting_held", "meeting_missed", "meeting_cancelled"],
    ),
    "deals": (gettext_lazy("Opportunities"), ["opportunity", "opening", "stage", "won", "lost"]),
}
"""What the timeline can be narrowed to, and the kinds of activity in it."""


@require_GET
def account(request: AuthedRequest, pk: int) -> HttpResponse:
    """The page; or, for HTMX, its timeline alone."""
    row = get_object_or_404(
        Account.objects.visible_to(request.user).annotate(worked=WORKED_BY).select_related(*RELATED), pk=pk
    )
    context = {"account": row, "nav": "accounts", **_timeline(request, row)}
    if target_id(request) not in ("timeline", "earlier"):
        context |= _worked(request.user, row)
        context |= _next(request.user, row)
        context |= _people(request.user, row, context["lines"])
        context |= _open_work(request.user, row)
    return render(request, "record/account.html", context, part=("timeline", "earlier"))


def _timeline(request: AuthedRequest, row: Account) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    rows = Activity.objects.visible_to(request.user).filter(account=row).select_related("contact", "by")
    if kind in KINDS:
        rows = rows.filter(kind__in=KINDS[kind][1])
    page: Page[Activity] = keyset(
        rows, order=["-at", "-id"], cursor=request.GET.get("cursor", ""), size=TIMELINE
    )
    return {
        "page": page,
        "kind": kind if kind in KINDS else "",
        "kinds": [(key, label) for key, (label, _kinds) in KINDS.items()],
    }


def _worked(user: User, row: Any) -> dict[str, Any]:
    """The dream client as far as `user` may see it, and the colleague who works it."""
    worked: DreamClient | None = getattr(row, "worked", None)
    if worked is not None:
        worked.account = row
    sees = worked is not None and worked.may_see(user)
    return {
        "dream_client": worked if sees else None,
        "may_edit": sees and worked is not None and worked.may_edit(user),
        "may_edit_account": row.may_edit(user),
        "collision": worked if worked is not None and worked.owner_id not in (None, user.pk) else None,
        "is_targeted": worked is not None,
        "now": timezone.now(),
    }


def _people(user: User, row: Account, lines: list[Line]) -> dict[str, Any]:
    """Contacts by stakeholder role, with addresses, numbers, opt-outs in one query, and who is in a sequence."""
    mine = {"contact": OuterRef("pk")}
    emails = ContactEmail.objects.filter(**mine).order_by("-is_primary", "id").values("address")
    phones = ContactPhone.objects.filter(**mine).order_by("-is_primary", "id").values("number")
    opt_outs = OptOut.objects.filter(**mine).values(
        said=JSONObject(channel="channel", reason="reason", at="at")
    )
    contacts = list(
        Contact.objects.visible_to(user)
        .filter(account=row)
        .annotate(
            addresses=ArraySubquery(emails), numbers=ArraySubquery(phones), asked_not=ArraySubquery(opt_outs)
        )
        .order_by("name_key", "id")[: CONTACTS + 1]
    )
    running: dict[int, list[Enrollment]] = {}
    for line in lines:
        if line.enrollment.is_running:
            running.setdefault(line.enrollment.contact_id, []).append(line.enrollment)
    groups: dict[str, list[Contact]] = {role: [] for role in [*Contact.Role.values, ""]}
    for contact in contacts[:CONTACTS]:
        contact.account = row
        contact.running = running.get(contact.pk, [])  # type: ignore[attr-defined]
        groups[contact.role].append(contact)
    labels = dict(Contact.Role.choices)
    named = [(labels.get(role, _("Role not known yet")), people) for role, people in groups.items() if people]
    return {
        "groups": named,
        "contacts": contacts[:CONTACTS],
        "has_more_contacts": len(contacts) > CONTACTS,
        "is_enrolled": bool(running),
    }


def _next(user: User, row: Account) -> dict[str, Any]:
    """The touches that come next, and who is on the way through which sequence, with why each stands there."""
    touches = list(
        Touch.objects.visible_to(user)
        .filter(account=row, state__in=[*Touch.OPEN, Touch.State.FAILED])
        .select_related("contact", "owner", "step", "email")
        .order_by("due_at", "id")[:TOUCHES]
    )
    enrollments = (
        Enrollment.objects.visible_to(user)
        .filter(account=row)
        .select_related("contact", "sequence", "owner", "dream_client")
        .order_by("-id")[:ENROLLMENTS]
    )
    lines = []
    for enrollment in sorted(enrollments, key=lambda one: (not one.is_running, -one.pk)):
        own = [touch for touch in touches if touch.enrollment_id == enrollment.pk]
        reason = why(enrollment, touches=own)
        may_edit = enrollment.may_edit(user)
        lines.append(Line(enrollment, reason, current_touch(enrollment, own), may_edit=may_edit))
    coming = [touch for touch in touches if touch.is_open]
    return {"lines": lines, "touches": coming[:NEXT_TOUCHES]}


def _open_work(user: User, row: Account) -> dict[str, Any]:
    """What is agreed, to be done, possible, and written down."""
    tasks = Task.objects.visible_to(user).open().filter(account=row).select_related("owner")
    meetings = Meeting.objects.visible_to(user).filter(account=row, state=Meeting.State.BOOKED)
    opportunities = Opportunity.objects.visible_to(user).open().filter(account=row)
    notes = Note.objects.visible_to(user).filter(account=row).select_related("author")
    return {
        "tasks": tasks.order_by("due_at", "id")[:50],
        "meetings": meetings.select_related("contact").order_by("starts_at", "id")[:20],
        "opportunities": opportunities.select_related("stage", "owner").order_by("-created_at", "-id")[:20],
        "notes": notes.order_by("-created_at", "-id")[:20],
        "custom": _custom(row),
        "note_form": NoteForm(auto_id="note_%s"),
        "today": timezone.localdate(),
    }


def _custom(row: Account) -> list[tuple[str, str]]:
    """What the account's custom fields hold, each under the words that its file or an admin gave it."""
    fields = CustomField.objects.filter(model=CustomField.Model.ACCOUNT, key__in=row.custom)
    labels = dict(fields.values_list("key", "label"))
    return [(labels.get(key) or key.replace("_", " "), value) for key, value in row.custom.items()]


@require_http_methods(["GET", "POST"])
def opt_out(request: AuthedRequest, pk: int) -> HttpResponse:
    """A contact does not want to be reached any more, by one channel or by any: it holds from this moment."""
    contact = get_object_or_404(Contact.objects.editable_by(request.user).select_related("account"), pk=pk)
    form = OptOutForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        inbound.receive(
            kind="opt_out",
            contact=contact,
            by=request.user,
            text=form.cleaned_data["reason"],
            channel=form.cleaned_data["channel"],
        )
        toast(request, _("Nothing in Opener reaches %s this way again.") % contact.name)
        return redirect(reverse("record", args=[contact.account_id]) + f"#contact-{pk}")
    context = {"form": form, "contact": contact, "account": contact.account, "nav": "accounts"}
    status = 422 if request.method == "POST" else 200
    return render(request, "record/opt_out.html", context, part="dialog", status=status)
