"""One dream client: where it is shown, what is written about it, and putting accounts on a list."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.models import Account
from apps.activities.models import Activity
from apps.activities.services import notify
from apps.dreamclients import saving, services
from apps.dreamclients.approval import place_many
from apps.dreamclients.bulk import Target, standing
from apps.dreamclients.forms import AddForm, DreamClientForm, QuestionForm
from apps.dreamclients.locks import lock_accounts
from apps.dreamclients.models import DreamClient, DreamClientList, Proposal
from apps.users.models import Organisation, User
from opener.http import AuthedRequest, back_to, render, selected_ids, target_id
from opener.messages import toast


@require_GET
def detail(request: AuthedRequest, pk: int) -> HttpResponse:
    """A dream client is shown on the record of its account."""
    row = get_object_or_404(DreamClient.objects.visible_to(request.user), pk=pk)
    return redirect("record", row.account_id)


@require_http_methods(["GET", "POST"])
def edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Write the why change and its facts: in place on the record, or as a page of its own."""
    with transaction.atomic():
        rows = DreamClient.objects.editable_by(request.user).current().select_related("account", "list")
        if request.method == "POST":
            rows = rows.select_for_update(of=("self",), no_key=True)
        row = get_object_or_404(rows, pk=pk)
        form = DreamClientForm(request.POST or None, instance=row)
        if request.method == "POST" and form.is_valid():
            saving.save_dream_client(form=form, by=request.user)
            toast(request, _("Saved."))
            if target_id(request) != "why":
                return redirect("record", row.account_id)
            form = DreamClientForm(instance=row)
            return render(
                request, "dreamclients/edit.html", {"dream_client": row, "written": True}, part="why"
            )
    if "cancel" in request.GET:
        return render(request, "dreamclients/edit.html", {"dream_client": row, "written": True}, part="why")
    context = {"form": form, "dream_client": row, "account": row.account}
    status = 422 if request.method == "POST" else 200
    return render(request, "dreamclients/edit.html", context, part="why", status=status)


@dataclass
class _Added:
    """What came of putting accounts on a list."""

    rows: list[DreamClient] = field(default_factory=list)
    proposed: list[Proposal] = field(default_factory=list)
    already: list[DreamClient] = field(default_factory=list)
    proposed_before: int = 0
    book_full: int = 0


@require_http_methods(["GET", "POST"])
def add(request: AuthedRequest) -> HttpResponse:
    """Put accounts on a list: those ticked in the table of accounts, or the one that a record names."""
    ids = selected_ids(request)
    if request.GET.get("account", "").isdecimal():
        ids = [int(request.GET["account"][:18])]
    accounts = list(Account.objects.editable_by(request.user).filter(pk__in=ids).order_by("name_key", "id"))
    if not accounts:
        toast(request, _("Tick the accounts first that your team may work."), level=messages.WARNING)
        return redirect(back_to(request, "accounts:list"))
    lists = DreamClientList.objects.visible_to(request.user).live()
    is_sent = "dream_client_list" in request.POST
    form = AddForm(request.POST if is_sent else None, lists=lists)
    held = list(standing(accounts).values())
    if is_sent and form.is_valid() and len(held) < len(accounts):
        chosen: DreamClientList = form.cleaned_data["dream_client_list"]
        owner = request.user if form.cleaned_data["take"] else None
        try:
            added = _put_on_list(chosen, accounts, request.user, owner, form.cleaned_data["tier"])
        except services.ListClosed as refusal:
            toast(request, str(refusal), level=messages.ERROR)
            return redirect("dreamclients:lists")
        _say(request, chosen, added)
        if len(accounts) == 1:
            return redirect("record", accounts[0].pk)
        return redirect("dreamclients:list", chosen.pk)
    context = {
        "form": form,
        "accounts": accounts,
        "held": [(row, row.list.may_see(request.user)) for row in held[:20]],
        "held_more": max(0, len(held) - 20),
        "none_free": len(held) == len(accounts),
        "has_lists": lists.exists(),
        "left_out": len(ids) - len(accounts),
        "approves": Organisation.current().approve_targets and not request.user.is_manager,
    }
    return render(request, "dreamclients/add.html", context, part="dialog", status=422 if is_sent else 200)


def _put_on_list(
    chosen: DreamClientList, accounts: list[Account], by: User, owner: User | None, tier: str
) -> _Added:
    added = _Added()
    if chosen.needs_approval(by):
        with transaction.atomic():
            lock_accounts(account.pk for account in accounts)
            placed = place_many(
                dream_client_list=chosen,
                targets=[Target(account, tier=tier, owner=owner) for account in accounts],
                by=by,
                source=Activity.Source.USER,
            )
        held = standing(accounts)
        added.proposed, added.already = placed.proposed, list(held.values())
        added.proposed_before = len(set(placed.already) - set(held))
        return added
    for account in accounts:
        try:
            try:
                row = services.target(
                    dream_client_list=chosen, account=account, by=by, owner=owner, tier=tier
                )
            except services.BookFull:
                owner = None
                row = services.target(dream_client_list=chosen, account=account, by=by, tier=tier)
        except services.AlreadyTargeted as refusal:
            added.already.append(refusal.existing)
        else:
            added.rows.append(row)
            added.book_full += owner is None and row.owner_id is None
    return added


def _say(request: AuthedRequest, chosen: DreamClientList, added: _Added) -> None:
    number = len(added.rows)
    if number == 1:
        toast(request, _("%(account)s is on %(list)s.") % {"account": added.rows[0].account, "list": chosen})
    elif number:
        text = ngettext("%(number)d account is on %(list)s.", "%(number)d accounts are on %(list)s.", number)
        toast(request, text % {"number": number, "list": chosen})
    if request.POST.get("take") and added.book_full:
        text = ngettext(
            "Your book is full: %d of them is nobody's for now.",
            "Your book is full: %d of them are nobody's for now.",
            added.book_full,
        )
        toast(request, text % added.book_full, level=messages.WARNING)
    _say_proposed(request, chosen, added)
    if len(added.already) == 1:
        toast(request, str(services.AlreadyTargeted(added.already[0], request.user)), level=messages.WARNING)
    elif added.already:
        text = _("%d were on a list already and stay there.") % len(added.already)
        toast(request, text, level=messages.WARNING)


def _say_proposed(request: AuthedRequest, chosen: DreamClientList, added: _Added) -> None:
    if added.proposed:
        text = ngettext(
            "%(number)d account is proposed for %(list)s. A manager decides, and you are told.",
            "%(number)d accounts are proposed for %(list)s. A manager decides, and you are told.",
            len(added.proposed),
        )
        toast(request, text % {"number": len(added.proposed), "list": chosen})
    if added.proposed_before:
        text = ngettext("%d was proposed already.", "%d were proposed already.", added.proposed_before)
        toast(request, text % added.proposed_before, level=messages.WARNING)


@require_http_methods(["GET", "POST"])
def ask(request: AuthedRequest, pk: int) -> HttpResponse:
    """Ask the colleague who works an account about it, instead of writing to it unawares of them."""
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
    row = services.current_for(account)
    if row is None or row.owner is None or row.owner_id == request.user.pk:
        toast(request, _("No colleague works %s.") % account, level=messages.WARNING)
        return redirect("record", pk)
    form = QuestionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        asked = {"name": request.user, "account": account, "text": form.cleaned_data["text"]}
        notify(
            user=row.owner,
            key=f"asked:{row.pk}:{request.user.pk}:{timezone.now().timestamp():.0f}",
            text=_("%(name)s asks about %(account)s: %(text)s") % asked,
            url=reverse("record", args=[pk]),
            account_id=pk,
        )
        toast(request, _("%s has your question in the bell.") % row.owner)
        return redirect("record", pk)
    context = {"form": form, "account": account, "dream_client": row}
    status = 422 if request.method == "POST" else 200
    return render(request, "dreamclients/ask.html", context, part="dialog", status=status)
