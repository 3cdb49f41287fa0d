"""The record of an account: who they are, who works them, why they should change, what happened and what comes next.

It lives in `today`, the lowest app that may know of everything it shows. The number of queries is the same for any
number of contacts and activities.
"""

from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import FilteredRelation, OuterRef, Q
from django.db.models.functions import JSONObject
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import custom
from apps.accounts.models import Account, Contact, ContactEmail, ContactPhone, Note, OptOut
from apps.activities.note_forms import NoteForm
from apps.dreamclients.insights import suggested
from apps.dreamclients.models import DreamClient, Proposal
from apps.sequences import inbound
from apps.sequences.models import Enrollment, Touch
from apps.sequences.why import Line, current_touch, why
from apps.today import timeline
from apps.today.beside import beside
from apps.today.record_forms import OptOutForm
from apps.users.models import User
from opener.http import AuthedRequest, render, target_id
from opener.messages import toast

NEXT_TOUCHES = 8
TOUCHES, ENROLLMENTS = 200, 50
CONTACTS = 200
PANEL_EVENTS = 8
WORKED_BY = FilteredRelation("dream_clients", condition=Q(dream_clients__left_at=None))
RELATED = ["team", "worked__list", "worked__owner", "worked__team"]
NEEDED = (Contact.Role.DECISION_MAKER, Contact.Role.CHAMPION)
"""The roles without which a change seldom comes about: said where nobody is known in them."""


@require_GET
def account(request: AuthedRequest, pk: int) -> HttpResponse:
    """The page; for HTMX its timeline alone, or the record in brief for the side panel."""
    rows = Account.objects.visible_to(request.user).annotate(worked=WORKED_BY, marks=_tags(Account))
    row = get_object_or_404(rows.select_related(*RELATED), pk=pk)
    target = target_id(request)
    context: dict[str, Any] = {"account": row, "nav": "accounts", "user": request.user}
    if target == "panel":
        context |= _panel(request, row)
    else:
        context |= {"contacts": _contacts(request.user, row)}
        context |= {"beside": beside(request.user, row)} if target not in ("timeline", "earlier") else {}
        context |= _timeline(request, row, context)
        if "beside" in context:
            context |= _whole(request, row, context)
    return render(request, "record/account.html", context, part=("timeline", "earlier", "panel"))


def _whole(request: AuthedRequest, row: Account, context: dict[str, Any]) -> dict[str, Any]:
    """What the page shows around its timeline."""
    user, things = request.user, context["beside"]
    found = _worked(user, row) | _next(user, row)
    found |= _people(row, context["contacts"], found["lines"], found["touches"])
    found["proposal"] = None if found["is_targeted"] else _proposed(user, row)
    return found | {
        "tasks": things["task"],
        "meetings": things["meeting"],
        "opportunities": things["deal"],
        "files": things["file"],
        "file_limit": settings.FILE_MAX_BYTES,
        "custom": custom.shown("account", row),
        "suggested": suggested(row, context["contacts"], user=user),
        "note_form": _note_form(row, user),
        "today": timezone.localdate(),
    }


def _timeline(request: AuthedRequest, row: Account, context: dict[str, Any]) -> dict[str, Any]:
    """One page of what happened, and by what it may be narrowed."""
    query, user = request.GET, request.user
    chosen = timeline.Filter.of(query)
    colleagues = context["beside"]["colleague"] if "beside" in context else None
    people = timeline.people(user, row, context["contacts"], chosen, colleagues)
    rows, entries = timeline.page(
        user, row, chosen=chosen, cursor=query.get("cursor", ""), pages=query.get("pages", "")
    )
    worked: DreamClient | None = getattr(row, "worked", None)
    return {
        "page": rows,
        "entries": entries,
        "is_of_others": worked is not None and not worked.may_see(user),
        "chosen": chosen,
        "people": people,
        "kinds": [(key, label) for key, (label, _means) in timeline.KINDS.items()],
    }


def _panel(request: AuthedRequest, row: Account) -> dict[str, Any]:
    """The record in brief: who it is, why change, the people, what is open, what happened last."""
    user = request.user
    things, contacts = beside(user, row), _contacts(user, row)
    rows = timeline.activities(user, row).order_by("-at", "-id")[:PANEL_EVENTS]
    found = _worked(user, row) | _people(row, contacts, [], [])
    return found | {
        "contacts": contacts,
        "tasks": things["task"],
        "meetings": things["meeting"],
        "opportunities": things["deal"],
        "entries": timeline.folded(rows, user),
        "custom": custom.shown("account", row),
        "today": timezone.localdate(),
        "back": request.htmx.current_url_abs_path or reverse("accounts:list"),
    }


def _note_form(row: Account, user: User) -> NoteForm:
    """Where a note is written without leaving the page."""
    return NoteForm(instance=Note(account=row), account=row, user=user, in_page=True, auto_id="note_%s")


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


def _proposed(user: User, row: Account) -> Proposal | None:
    """What waits for a manager; to whom may not see its list it is one of another team."""
    proposal: Proposal | None = row.proposals.open_one()
    if proposal is not None:
        proposal.is_seen = proposal.list.may_see(user) or proposal.by_id == user.pk
    return proposal


def _tags(model: type[Account | Contact]) -> ArraySubquery:
    """The tags of a row, each its id and its name."""
    ties = model.tags.through._default_manager.filter(**{str(model._meta.model_name): OuterRef("pk")})
    return ArraySubquery(ties.order_by("tag__name").values(said=JSONObject(id="tag_id", name="tag__name")))


def _contacts(user: User, row: Account) -> list[Contact]:
    """The people there with addresses, numbers and opt-outs, in one query; one more than are shown tells of the rest."""
    mine = {"contact": OuterRef("pk")}
    emails = ContactEmail.objects.filter(**mine).order_by("-is_primary", "id").values("address")
    phones = ContactPhone.objects.filter(**mine).order_by("-is_primary", "id").values("number")
    opt_outs = OptOut.objects.filter(**mine).values(
        said=JSONObject(channel="channel", reason="reason", at="at")
    )
    contacts = (
        Contact.objects.visible_to(user)
        .filter(account=row)
        .annotate(
            addresses=ArraySubquery(emails),
            numbers=ArraySubquery(phones),
            asked_not=ArraySubquery(opt_outs),
            marks=_tags(Contact),
        )
        .order_by("name_key", "id")
    )
    return list(contacts[: CONTACTS + 1])


def _people(row: Account, contacts: list[Contact], lines: list[Line], touches: list[Touch]) -> dict[str, Any]:
    """Contacts by stakeholder role, each with their sequences and next touch; and the roles nobody is known in."""
    coming: dict[int, Touch] = {}
    for touch in touches:
        touch.contact.account = row
        coming.setdefault(touch.contact_id, touch)
    running: dict[int, list[Enrollment]] = {}
    for line in lines:
        if line.enrollment.is_running:
            running.setdefault(line.enrollment.contact_id, []).append(line.enrollment)
    groups: dict[str, list[Contact]] = {role: [] for role in [*Contact.Role.values, ""]}
    for contact in contacts[:CONTACTS]:
        contact.account = row
        contact.running = running.get(contact.pk, [])  # type: ignore[attr-defined]
        contact.next_touch = coming.get(contact.pk)  # type: ignore[attr-defined]
        groups[contact.role].append(contact)
    labels = dict(Contact.Role.choices)
    named = [(labels.get(role, _("Role not known yet")), people) for role, people in groups.items() if people]
    here = {contact.role for contact in contacts if contact.left_at is None}
    return {
        "groups": named,
        "missing_roles": [role.label for role in NEEDED if role.value not in here] if contacts else [],
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
    return {"lines": lines, "touches": coming, "next_touches": coming[:NEXT_TOUCHES]}


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
