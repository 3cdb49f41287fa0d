"""What happened outside of Opener is written down by hand: a call, a reply, a bounce."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.models import Account, Contact
from apps.sequences import services
from apps.sequences.forms import LogReplyForm, LogTouchForm
from opener.http import AuthedRequest, render
from opener.messages import toast


@require_http_methods(["GET", "POST"])
def log_touch(request: AuthedRequest, pk: int) -> HttpResponse:
    """A call, email, visit or whatever somebody made outside of a sequence."""
    account = get_object_or_404(Account.objects.editable_by(request.user), pk=pk)
    initial = {
        "contact": request.GET.get("contact", ""),
        "channels": [request.GET.get("channel") or "call"],
        "insight": request.GET.get("insight", ""),
    }
    form = LogTouchForm(request.POST or None, account=account, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        services.log_touch(
            account=account,
            contact=data["contact"],
            channels=data["channels"],
            intent=data["intent"],
            outcome=data["outcome"],
            notes=data["notes"],
            insight=data["insight"],
            at=data["at"],
            by=request.user,
        )
        toast(request, _("Written down."))
        return redirect("record", pk)
    has_contacts = account.contacts.kept().filter(left_at=None).exists()
    context = {"form": form, "account": account, "has_contacts": has_contacts}
    status = 422 if request.method == "POST" else 200
    return render(request, "sequences/log_touch.html", context, part="dialog", status=status)


@require_http_methods(["GET", "POST"])
def log_reply(request: AuthedRequest, pk: int) -> HttpResponse:
    """What came back from a contact, with its consequences."""
    contacts = Contact.objects.editable_by(request.user).select_related("account")
    contact = get_object_or_404(contacts, pk=pk)
    form = LogReplyForm(request.POST or None, contact=contact)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        kind = data["kind"]
        services.receive(
            kind=kind,
            contact=contact,
            by=request.user,
            at=data["at"],
            text=data["text"],
            sentiment=data["sentiment"] if kind == "reply" else "",
            returns_on=data["returns_on"] if kind == "out_of_office" else None,
            channel=data["channel"] or "all",
        )
        toast(request, _said(kind))
        return redirect("record", contact.account_id)
    context = {"form": form, "contact": contact, "account": contact.account}
    status = 422 if request.method == "POST" else 200
    return render(request, "sequences/log_reply.html", context, part="dialog", status=status)


def _said(kind: str) -> str:
    """What follows, in words."""
    return {
        "reply": _("Written down. Their sequences ended, the others at this account are paused."),
        "out_of_office": _("Written down. Their sequences rest until they are back."),
        "auto_reply": _("Written down. Nothing changes."),
        "bounce": _("Written down. Nobody writes to this address again."),
        "opt_out": _("Written down. Nobody will contact them this way again."),
    }[kind]
