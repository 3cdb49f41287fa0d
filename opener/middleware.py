"""What every answer to HTMX needs, and the time zone of whoever asks."""

import zoneinfo
from collections.abc import Callable

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_vary_headers

type GetResponse = Callable[[HttpRequest], HttpResponse]


class HtmxResponseMiddleware:
    """Redirects become `HX-Redirect` (a fragment must not receive a whole page), messages ride along out of band."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, fit for HTMX where HTMX asked."""
        response = self.get_response(request)
        patch_vary_headers(response, ("HX-Request", "HX-Target"))
        htmx = getattr(request, "htmx", None)
        if not htmx or htmx.boosted:
            return response
        if 300 <= response.status_code < 400 and "Location" in response:
            redirect = HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})
            redirect.cookies = response.cookies
            patch_vary_headers(redirect, ("HX-Request", "HX-Target"))
            return redirect
        if response.status_code not in (204, 304) and response.get("Content-Type", "").startswith(
            "text/html"
        ):
            self._add_toasts(request, response)
        return response

    def _add_toasts(self, request: HttpRequest, response: HttpResponse) -> None:
        waiting = list(get_messages(request))
        if waiting and not response.streaming:
            html = render_to_string("components/toasts.html", {"messages": waiting, "oob": True}, request)
            response.content += html.encode()


class UserTimezoneMiddleware:
    """Shows times in the zone of the signed-in user."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, with times in the user's zone."""
        user = getattr(request, "user", None)
        name = user.time_zone if user is not None and user.is_authenticated else ""
        if not name:
            return self.get_response(request)
        with timezone.override(zoneinfo.ZoneInfo(name)):
            return self.get_response(request)
