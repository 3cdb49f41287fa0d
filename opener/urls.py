"""Every URL of Opener. tests/test_permissions.py holds an expectation for each of them."""

from allauth.account import views as allauth
from django.conf import settings
from django.urls import include, path, re_path

from opener.health import healthz

# allauth's views that Opener uses, by the names that allauth asks for. Adding an address by oneself is not among them.
sign_in = [
    path("login/", allauth.login, name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("signup/", allauth.signup, name="account_signup"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/set/", allauth.password_set, name="account_set_password"),
    path("password/reset/", allauth.password_reset, name="account_reset_password"),
    path("password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("account/", include(sign_in)),
    path("", include("apps.today.urls")),
    path("", include("apps.users.urls")),
    path("tables/", include("apps.tables.urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.today.record_urls")),
    path("", include("apps.activities.urls")),
    path("", include("apps.mail.urls")),
    path("", include("apps.dreamclients.urls")),
    path("", include("apps.sequences.urls")),
    path("", include("apps.meetings.urls")),
    path("", include("apps.pipeline.urls")),
    path("", include("apps.metrics.urls")),
    path("", include("apps.imports.urls")),
    path("", include("apps.search.urls")),
    path("", include("apps.bin.urls")),
    path("", include("apps.api.urls")),
]

handler404 = "apps.bin.missing.page"

if settings.DEBUG:
    urlpatterns.append(path("dev/", include("opener.dev")))
