"""Addresses without a part of their filter."""

from django.http import HttpRequest


def without(request: HttpRequest, *keys: str) -> str:
    """The address of the page without these parts of its query, from its first page on."""
    query = request.GET.copy()
    for key in (*keys, "cursor"):
        query.pop(key, None)
    return f"?{query.urlencode()}" if query else request.path
