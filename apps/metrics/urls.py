"""Metrics."""

from django.urls import path

from apps.metrics import views

app_name = "metrics"

urlpatterns = [
    path("metrics/", views.overview, name="overview"),
    path("metrics/reps/<int:pk>/", views.rep, name="rep"),
    path("metrics/<slug:slug>/", views.drill, name="drill"),
    path("metrics/<slug:slug>/rows.csv", views.export, name="export"),
]
