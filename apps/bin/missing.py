"""The page for what is not there: where it is in the bin, it says so, offers the way back, and shows what was typed.

It stands behind every address by its first word ("accounts/12/edit/"), so that whoever saves what a colleague threw
away meanwhile, follows a notification or an old link, need not guess.
"""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.template.loader import render_to_string
from django.urls import Resolver404, ResolverMatch, resolve

from apps.accounts.models import File, Note
from apps.activities.models import Task
from apps.bin.models import Deletion
from apps.dreamclients.models import DreamClient, DreamClientList
from apps.meetings.models import Meeting
from apps.pipeline.models import Opportunity
from apps.sequences.models import Enrollment, Touch
from apps.users.models import User
from opener.http import target_id

PATHS = {
    "accounts": ("account",),
    "contacts": ("contact", "account__contacts"),
    "lists": ("list",),
    "notes": ("note", "account__notes", "contact__notes"),
    "files": ("file", "account__files", "contact__files"),
    "dream-clients": ("account__dream_clients", "list__dream_clients"),
    "enrollments": ("account__enrollments", "contact__enrollments", "list__dream_clients__enrollments"),
    "touches": ("account__touches", "contact__touches"),
    "tasks": ("account__tasks", "contact__tasks"),
    "meetings": ("account__meetings", "contact__meetings"),
    "opportunities": ("account__opportunities",),
}
"""By the first word of an address: which look-ups lead from a deletion to the row that it names."""

MODELS: dict[str, Any] = {
    "lists": DreamClientList,
    "notes": Note,
    "files": File,
    "dream-clients": DreamClient,
    "enrollments": Enrollment,
    "touches": Touch,
    "tasks": Task,
    "meetings": Meeting,
    "opportunities": Opportunity,
}
"""What such an address names where that is not everybody's to know."""

NEVER_SHOWN = {"csrfmiddlewaretoken", "version", "next"}


def page(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, with what is known. In a dialog that is open it is shown there: only what is swapped in is seen."""
    context: dict[str, Any] = {"typed": _typed(request)}
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and (found := _of(request)) is not None:
        deletion = Deletion.objects.waiting().filter(found).select_related("by").order_by("-at").first()
        may = deletion and Deletion.objects.editable_by(user).filter(pk=deletion.pk).exists()
        if deletion is not None and not _may_know(request, deletion, user, may=bool(may)):
            deletion = may = None
        context |= {"deletion": deletion, "may_restore": may, "may_know": deletion is not None}
    if context.get("may_know") and target_id(request) == "dialog":
        return HttpResponse(render_to_string("404.html#dialog", context, request), status=422)
    return HttpResponseNotFound(render_to_string("404.html", context, request))


def _of(request: HttpRequest) -> Q | None:
    """Which deletions would explain that the row of this address is not there."""
    word, number = _named(request)
    if word not in PATHS or number is None:
        return None
    found = Q()
    for path in PATHS[word]:
        found |= Q(**{path: number})
    return found


def _named(request: HttpRequest) -> tuple[str, int | None]:
    """The first word of the address, and which row it names."""
    try:
        match: ResolverMatch = request.resolver_match or resolve(request.path_info)
    except Resolver404:
        return "", None
    number = match.kwargs.get("pk") or match.kwargs.get("account_pk")
    is_one = isinstance(number, int) and number < 2**63
    return match.route.partition("/")[0], number if is_one else None


def _may_know(request: HttpRequest, deletion: Deletion, user: User, *, may: bool) -> bool:
    """Accounts and contacts are known to everybody, in the bin too. Of another row, whoever might see it were it not there."""
    word, number = _named(request)
    if word in ("accounts", "contacts"):
        return may or deletion.kind in ("account", "contact")
    if deletion.kind == word.removesuffix("s"):
        return may
    rows = MODELS[word]._default_manager.filter(pk=number)
    return bool(rows.in_sight_of(user).exists())


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What was sent with a form, so that nobody types it twice."""
    if request.method != "POST":
        return []
    return [
        (name.replace("_", " ").strip().capitalize(), value)
        for name, values in request.POST.lists()
        if name not in NEVER_SHOWN and "password" not in name
        for value in values
        if value.strip()
    ]
