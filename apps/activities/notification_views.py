"""The page behind the bell, and its counter."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from apps.activities.models import Notification
from opener.http import AuthedRequest, render
from opener.paging import keyset


@require_GET
def notifications(request: AuthedRequest) -> HttpResponse:
    """What one was told, newest first."""
    rows = Notification.objects.filter(user=request.user)
    page = keyset(rows, order=["-created_at", "-id"], cursor=request.GET.get("cursor", ""))
    return render(request, "activities/notifications.html", {"page": page}, part="rows")


@require_GET
def unread(request: AuthedRequest) -> HttpResponse:
    """The number at the bell; the bar asks for it again and again."""
    return render(request, "activities/_unread.html")


@require_POST
def open_one(request: AuthedRequest, pk: int) -> HttpResponse:
    """Mark one as read and go where it leads."""
    row = get_object_or_404(Notification.objects.filter(user=request.user), pk=pk)
    Notification.objects.filter(pk=pk, read_at=None).update(read_at=timezone.now())
    is_ours = url_has_allowed_host_and_scheme(row.url, None) and "stay" not in request.POST
    return redirect(row.url if is_ours else "activities:notifications")


@require_POST
def read_all(request: AuthedRequest) -> HttpResponse:
    """Mark everything as read."""
    Notification.objects.filter(user=request.user, read_at=None).update(read_at=timezone.now())
    return redirect("activities:notifications")
