"""Addresses of accounts and contacts. The record page of an account is `apps.today.record`."""

from django.urls import path

from apps.accounts import contact_views, views

app_name = "accounts"

urlpatterns = [
    path("accounts/", views.account_list, name="list"),
    path("accounts/new/", views.create, name="create"),
    path("accounts/<int:pk>/edit/", views.edit, name="edit"),
    path("accounts/<int:pk>/notes/", views.note_create, name="note_create"),
    path("accounts/<int:pk>/contacts/new/", contact_views.create, name="contact_create"),
    path("notes/<int:pk>/edit/", views.note_edit, name="note_edit"),
    path("contacts/", contact_views.contact_list, name="contacts"),
    path("contacts/<int:pk>/", contact_views.detail, name="contact"),
    path("contacts/<int:pk>/edit/", contact_views.edit, name="contact_edit"),
]
