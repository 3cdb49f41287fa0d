"""What views share: the typed request, and the choice between a page and a part of it."""

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as django_render
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from apps.users.models import User


class AuthedRequest(HttpRequest):
    """A request that passed `LoginRequiredMiddleware`: its user is one of ours."""

    user: "User"
    htmx: HtmxDetails


def target_id(request: HttpRequest) -> str:
    """The id of the element that HTMX will swap, or "" for a plain request (htmx 4 sends `div#rows`)."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    if not htmx or htmx.history_restore_request:
        return ""
    return (htmx.target or "").rpartition("#")[2]


def render(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    part: str | tuple[str, ...] = (),
    status: int = 200,
) -> HttpResponse:
    """Answer with the page, or with the one of its partials `part` that the request's HTMX target names.

    A partial and the element that it fills have the same name: `{% partialdef rows %}` fills `id="rows"`.
    """
    parts = (part,) if isinstance(part, str) else part
    target = target_id(request)
    name = f"{template}#{target}" if target in parts else template
    return django_render(request, name, context, status=status)


def is_ours(request: HttpRequest, address: str) -> bool:
    """Whether `address` is a path on this host, and stays one however a browser or a parser reads it.

    A tab or a line end is dropped on the way, and a backslash becomes a slash: what is left may begin with two.
    """
    if not address.startswith("/") or re.search(r"[\x00-\x20\\\x7f]", address):
        return False
    path = urlsplit(address).path
    hosts, https = {request.get_host()}, request.is_secure()
    return not path.startswith("//") and url_has_allowed_host_and_scheme(address, hosts, require_https=https)


def back_to(request: HttpRequest, default: str) -> str:
    """Where to go after a change: the address of ours that the form names as `next`, else `default`.

    It begins with a slash: `redirect` takes any other word for the name of a view.
    """
    address = request.POST.get("next", "")
    return address if is_ours(request, address) else default


def query_text(request: HttpRequest, name: str = "q") -> str:
    """What was typed into a search field, without the blanks around it.

    NUL, which PostgreSQL refuses, becomes the sign for what cannot be shown: it is then found nowhere.
    """
    return request.GET.get(name, "").replace("\x00", "\ufffd").strip()[:200]


def id_of(text: str) -> int:
    """The id that an address or a form names; 0, which no row has, where it names none."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def selected_ids(request: HttpRequest, name: str = "selected") -> list[int]:
    """The ids of the ticked rows of a table, at most 500."""
    return [pk for pk in map(id_of, request.POST.getlist(name)[:500]) if pk]
