"""Addresses of imports."""

from django.urls import path

from apps.imports import views

app_name = "imports"

urlpatterns = [
    path("imports/", views.index, name="list"),
    path("imports/new/", views.upload, name="upload"),
    path("imports/<int:pk>/", views.progress, name="progress"),
    path("imports/<int:pk>/columns/", views.mapping, name="mapping"),
    path("imports/<int:pk>/problems/", views.problems, name="problems"),
    path("imports/<int:pk>/problems.csv", views.failed_rows, name="failed_rows"),
    path("imports/<int:pk>/retry/", views.retry, name="retry"),
    path("imports/<int:pk>/cancel/", views.cancel, name="cancel"),
]
