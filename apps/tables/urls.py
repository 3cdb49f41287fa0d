"""Addresses of what all tables share: their saved views, their filters, their cells, and work on many rows."""

from django.urls import path

from apps.tables import bulk_views, job_views

app_name = "tables"

urlpatterns = [
    path("jobs/", job_views.index, name="jobs"),
    path("jobs/<int:pk>/", job_views.detail, name="job"),
    path("jobs/<int:pk>/rows/", job_views.rows, name="job_rows"),
    path("jobs/<int:pk>/file/", job_views.file, name="job_file"),
    path("jobs/<int:pk>/undo/", job_views.undo, name="job_undo"),
    path("jobs/<int:pk>/cancel/", job_views.cancel, name="job_cancel"),
    path("jobs/<int:pk>/retry/", job_views.retry, name="job_retry"),
    path("<slug:key>/bulk/", bulk_views.bulk, name="bulk"),
]
