"""Today: what one person has to do now, and where the next touch is."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.today.queue import Desk
from apps.users.models import User
from opener.http import AuthedRequest, id_of, render
from opener.messages import toast


@require_GET
def queue(request: AuthedRequest) -> HttpResponse:
    """The queue, in the order of its worth. `?rep=` shows a manager somebody else's."""
    rep = rep_of(request)
    now = timezone.now()
    shown = Desk(rep, request.user, now).queue(request.GET.get("cursor", ""))
    context = {
        "rep": rep,
        "is_own": rep.pk == request.user.pk,
        "people": _people(request),
        "queue": shown,
        "now": now,
        "done_number": f"{len(shown.done)}+" if len(shown.done) >= 100 else str(len(shown.done)),
        "day_total": max(len(shown.done) + shown.left, 1),
        "is_first": not request.GET.get("cursor"),
        "back": request.get_full_path(),
    }
    return render(request, "today/queue.html", context, part="touches")


@require_GET
def next_touch(request: AuthedRequest) -> HttpResponse:
    """To the touch that comes next, or back to the queue where none does."""
    return redirect(next_url(request, rep_of(request)))


def rep_of(request: AuthedRequest) -> User:
    """Whose work is shown: `?rep=` where the viewer may give them work, else the viewer's own. 404 for others."""
    named = request.GET.get("rep", "")
    if not named or named == str(request.user.pk):
        return request.user
    people = User.objects.assignable_by(request.user)
    return get_object_or_404(people, pk=id_of(named))


def next_url(request: AuthedRequest, rep: User, *, apart_from: int | None = None) -> str:
    """Where the work of `rep` goes on after the touch `apart_from`."""
    touch = Desk(rep, request.user, timezone.now()).next_touch(apart_from=apart_from)
    if touch is not None:
        return reverse("today:work", args=[touch.pk])
    toast(request, _("No touch is due any more today."))
    back = reverse("today:queue")
    return back if rep.pk == request.user.pk else f"{back}?rep={rep.pk}"


def _people(request: AuthedRequest) -> list[User]:
    """Whose queues a manager may look at."""
    return list(User.objects.assignable_by(request.user)) if request.user.is_manager else []
