"""Addresses of the API, and of the page on which people make its keys."""

from django.urls import URLPattern, include, path

from apps.api import views
from apps.api.api import api

endpoints = api.urls[0]
for pattern in endpoints:
    if isinstance(pattern, URLPattern):
        # The middleware would send a program to the sign-in page; `Bearer` asks for a key.
        pattern.callback.login_required = False  # type: ignore[attr-defined]

pages = [
    path("settings/keys/", views.tokens, name="tokens"),
    path("settings/keys/<int:pk>/revoke/", views.token_revoke, name="token_revoke"),
]
urlpatterns = [
    path("", include((pages, "api"))),
    path("api/v1/", (endpoints, *api.urls[1:])),
]
