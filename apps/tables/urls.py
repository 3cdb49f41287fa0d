"""Addresses of what all tables share: their saved views, their filters, their cells, and work on many rows."""

from django.urls import path

from apps.tables import bulk_views, cell_views, filter_views, job_views, view_views

app_name = "tables"

urlpatterns = [
    path("jobs/", job_views.index, name="jobs"),
    path("jobs/<int:pk>/", job_views.detail, name="job"),
    path("jobs/<int:pk>/rows/", job_views.rows, name="job_rows"),
    path("jobs/<int:pk>/file/", job_views.file, name="job_file"),
    path("jobs/<int:pk>/undo/", job_views.undo, name="job_undo"),
    path("jobs/<int:pk>/cancel/", job_views.cancel, name="job_cancel"),
    path("jobs/<int:pk>/retry/", job_views.retry, name="job_retry"),
    path("views/<int:pk>/edit/", view_views.edit, name="view_edit"),
    path("views/<int:pk>/save/", view_views.save, name="view_save"),
    path("views/<int:pk>/delete/", view_views.delete, name="view_delete"),
    path("views/<int:pk>/restore/", view_views.restore, name="view_restore"),
    path("<slug:key>/views/new/", view_views.create, name="view_create"),
    path("<slug:key>/views/choose/", view_views.choose, name="view_choose"),
    path("<slug:key>/counts/", view_views.count, name="counts"),
    path("<slug:key>/filter/", filter_views.build, name="filter"),
    path("<slug:key>/bulk/", bulk_views.bulk, name="bulk"),
    path("cells/<str:token>/undo/", cell_views.cell_undo, name="cell_undo"),
    path("<slug:key>/<int:pk>/<slug:name>/", cell_views.cell, name="cell"),
]
