"""The addresses of an account's record. They belong to no namespace: every app links to them."""

from django.urls import path

from apps.today import record

urlpatterns = [
    path("accounts/<int:pk>/", record.account, name="record"),
    path("contacts/<int:pk>/opt-out/", record.opt_out, name="opt_out"),
]
