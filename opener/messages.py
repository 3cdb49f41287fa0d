"""Toasts: Django's messages, with an undo where there is one."""

from django.contrib import messages
from django.http import HttpRequest


def toast(request: HttpRequest, text: str, *, undo: str = "", level: int = messages.SUCCESS) -> None:
    """Show `text` on the page that comes next. With `undo` (a URL) it holds a button that POSTs there."""
    messages.add_message(request, level, text, extra_tags=f"undo:{undo}" if undo else "", fail_silently=True)
