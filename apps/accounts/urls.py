"""Addresses of accounts and contacts. The record page of an account is `apps.today.record`."""

from django.urls import path

from apps.accounts import contact_views, custom_views, table_views, views

app_name = "accounts"

urlpatterns = [
    path("accounts/", table_views.accounts, name="list"),
    path("accounts/new/", views.create, name="create"),
    path("accounts/<int:pk>/edit/", views.edit, name="edit"),
    path("accounts/<int:pk>/contacts/new/", contact_views.create, name="contact_create"),
    path("contacts/", table_views.contacts, name="contacts"),
    path("contacts/<int:pk>/", contact_views.detail, name="contact"),
    path("contacts/<int:pk>/edit/", contact_views.edit, name="contact_edit"),
    path("settings/fields/", custom_views.fields, name="fields"),
    path("settings/fields/new/", custom_views.field_create, name="field_create"),
    path("settings/fields/order/", custom_views.field_order, name="field_order"),
    path("settings/fields/<int:pk>/", custom_views.field_edit, name="field_edit"),
    path("settings/fields/<int:pk>/shift/", custom_views.field_shift, name="field_shift"),
    path("settings/fields/<int:pk>/archive/", custom_views.field_archive, name="field_archive"),
    path("settings/fields/<int:pk>/restore/", custom_views.field_restore, name="field_restore"),
    path("settings/fields/<int:pk>/delete/", custom_views.field_delete, name="field_delete"),
]
