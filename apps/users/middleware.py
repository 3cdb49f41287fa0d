"""The first run: until somebody made the organisation, every page leads to where that is done."""

from collections.abc import Callable
from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.users.models import User

type GetResponse = Callable[[HttpRequest], HttpResponse]


class FirstRunMiddleware:
    """Redirects to /welcome/ while there is no user.

    That there is one is remembered by the process: it costs a query only as long as there is none.
    """

    somebody_is_here: ClassVar[bool] = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, or the way to the first run."""
        cls = type(self)
        if not cls.somebody_is_here:
            cls.somebody_is_here = User.objects.exists()
        welcome = reverse("users:welcome")
        if not cls.somebody_is_here and request.path not in (welcome, reverse("healthz")):
            return redirect(welcome)
        return self.get_response(request)
