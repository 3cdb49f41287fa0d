"""Finding anything: under the search box while typing, in the palette, and as a page."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from apps.accounts.searching import Typed
from apps.search.commands import commands
from apps.search.finding import Found, find
from apps.search.hits import excerpt
from opener.http import AuthedRequest, query_text, render, target_id

MOST = 10
WHILE_TYPING = 5
PARTS = ("found", "palette-found")


@require_GET
def results(request: AuthedRequest) -> HttpResponse:
    """What was found for what was typed: ten of each kind on the page, five while typing."""
    text = query_text(request)
    is_typing = target_id(request) in PARTS
    found = find(text=text, by=request.user, most=WHILE_TYPING if is_typing else MOST)
    _mark(found, text)
    context = {"q": text, "found": found}
    template = "search/results.html#found" if is_typing else "search/results.html"
    return render(request, template, context)


def _mark(found: Found, text: str) -> None:
    """Give the notes the piece that holds what was looked for."""
    typed = Typed(text)
    words = [part for number in typed.needed for part in typed.chunks[number]]
    hits = [hit for group in found.groups for hit in group.hits] + found.meant
    for hit in hits:
        if hit.kind == "note":
            hit.excerpt = excerpt(hit.body, words)


@require_GET
def palette(request: AuthedRequest) -> HttpResponse:
    """The commands of the palette: where one may go, and what one may make."""
    return render(request, "search/palette.html", {"commands": commands(request.user)})
