"""Opting out, and the outbox: what waits for a person."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.mail import services
from apps.mail.models import OutboundEmail
from apps.mail.tasks import nudge
from opener.access import require_admin
from opener.http import AuthedRequest, render
from opener.messages import toast
from opener.paging import keyset


@csrf_exempt  # RFC 8058: the mail program of the recipient posts here, without a session; the token is the proof
@login_not_required  # recipients are no users
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """GET asks, since programs that look through mail follow links; POST opts out, and answers without a redirect."""
    sent = OutboundEmail.objects.filter(is_outreach=True)
    email = get_object_or_404(sent.select_related("user", "mailbox__owner"), unsubscribe_token=token)
    if request.method == "POST":
        services.unsubscribe(email=email)
    done = request.method == "POST" or services.is_suppressed(email.to_address)
    return render(request, "mail/unsubscribe.html", {"email": email, "done": done})


@require_admin
@require_safe
def outbox(request: AuthedRequest) -> HttpResponse:
    """What failed, was refused or is unknown, newest first."""
    troubled = OutboundEmail.objects.troubled().select_related("account", "contact", "mailbox")
    page = keyset(troubled, order=["-created_at", "-id"], cursor=request.GET.get("cursor", ""))
    held_up = OutboundEmail.objects.held_up()
    context = {
        "page": page,
        "held_up": held_up[:1000].count(),
        "held_up_by": held_up.order_by("-due_at").values_list("answer", flat=True).first(),
        "has_server": bool(settings.SMTP_URL),
    }
    return render(request, "mail/outbox.html", context, part="rows")


@require_admin
@require_POST
def retry(request: AuthedRequest, pk: int) -> HttpResponse:
    """Send one once more."""
    email = get_object_or_404(OutboundEmail, pk=pk)  # unscoped: admins see all mail
    if services.retry_email(email=email, by=request.user):
        nudge()
        toast(request, _("The email to %(address)s is sent once more.") % {"address": email.to_address})
    else:
        toast(request, _("Somebody has dealt with that email already."), level=messages.INFO)
    return redirect("mail:outbox")


@require_admin
@require_POST
def settle(request: AuthedRequest, pk: int) -> HttpResponse:
    """Note how one ended: `arrived` is yes or no."""
    email = get_object_or_404(OutboundEmail, pk=pk)  # unscoped: admins see all mail
    if services.settle_email(email=email, arrived=request.POST.get("arrived") == "yes", by=request.user):
        toast(request, _("The email to %(address)s is settled.") % {"address": email.to_address})
    else:
        toast(request, _("Somebody has dealt with that email already."), level=messages.INFO)
    return redirect("mail:outbox")
