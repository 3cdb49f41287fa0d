"""What the frame around every page needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


def shell(request: HttpRequest) -> dict[str, Any]:
    """`DEMO`, `nav` (the namespace of the page's app), and `unread_count`, counted only where it is shown."""
    match = request.resolver_match
    return {
        "DEMO": settings.DEMO,
        "CATCHER": bool(settings.CATCHER_DIR),
        "nav": match.namespace if match else "",
        "unread_count": SimpleLazyObject(lambda: _unread(request)),
    }


def _unread(request: HttpRequest) -> int:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return 0
    return int(user.notifications.filter(read_at=None)[:100].count())
