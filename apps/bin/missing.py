"""The page for what is not there: where it is in the bin, it says so, offers the way back, and shows what was typed.

It stands behind every address by its first word ("accounts/12/edit/"), so that whoever saves what a colleague threw
away meanwhile, follows a notification or an old link, need not guess.
"""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.template.loader import render_to_string
from django.urls import Resolver404, ResolverMatch, resolve

from apps.bin.models import Deletion
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

NEVER_SHOWN = {"csrfmiddlewaretoken", "version", "next"}


def page(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, with what is known. In a dialog that is open it is shown there: only what is swapped in is seen."""
    context: dict[str, Any] = {"typed": _typed(request)}
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and (found := _of(request)) is not None:
        deletion = Deletion.objects.waiting().filter(found).select_related("by").order_by("-at").first()
        may = deletion and Deletion.objects.editable_by(user).filter(pk=deletion.pk).exists()
        context |= {"deletion": deletion, "may_restore": may, "may_know": may or _is_shared(deletion)}
    if context.get("may_know") and target_id(request) == "dialog":
        return HttpResponse(render_to_string("404.html#dialog", context, request), status=422)
    return HttpResponseNotFound(render_to_string("404.html", context, request))


def _of(request: HttpRequest) -> Q | None:
    """Which deletions would explain that the row of this address is not there."""
    try:
        match: ResolverMatch = request.resolver_match or resolve(request.path_info)
    except Resolver404:
        return None
    number = match.kwargs.get("pk") or match.kwargs.get("account_pk")
    paths = PATHS.get(match.route.partition("/")[0])
    if not paths or not isinstance(number, int) or number >= 2**63:
        return None
    found = Q()
    for path in paths:
        found |= Q(**{path: number})
    return found


def _is_shared(deletion: Deletion | None) -> bool:
    """Accounts and contacts are known to everybody, in the bin too; of the rest others learn nothing."""
    return deletion is not None and deletion.kind in ("account", "contact")


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
