"""Every URL of Opener. tests/test_permissions.py holds an expectation for each of them."""

from django.conf import settings
from django.urls import include, path

from opener.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("account/", include("allauth.account.urls")),
    path("", include("apps.today.urls")),
    path("", include("apps.users.urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.activities.urls")),
    path("", include("apps.mail.urls")),
    path("", include("apps.dreamclients.urls")),
    path("", include("apps.sequences.urls")),
    path("", include("apps.meetings.urls")),
    path("", include("apps.pipeline.urls")),
    path("", include("apps.metrics.urls")),
    path("", include("apps.imports.urls")),
    path("", include("apps.search.urls")),
]

if settings.DEBUG:
    urlpatterns.append(path("dev/", include("opener.dev")))
