"""The board, opportunities, and the settings of the pipeline."""

from django.urls import path

from apps.pipeline import moving, settings, table_views, views

app_name = "pipeline"

urlpatterns = [
    path("pipeline/", views.board, name="board"),
    path("pipeline/stages/<int:pk>/", views.stage, name="stage"),
    path("accounts/<int:account_pk>/opportunities/new/", views.create, name="create"),
    path("opportunities/", table_views.everything, name="list"),
    path("opportunities/<int:pk>/", views.detail, name="detail"),
    path("opportunities/<int:pk>/edit/", views.edit, name="edit"),
    path("opportunities/<int:pk>/people/", views.person_add, name="person_add"),
    path("opportunities/<int:pk>/people/<int:person_pk>/remove/", views.person_remove, name="person_remove"),
    path("opportunities/<int:pk>/move/", moving.move, name="move"),
    path("opportunities/<int:pk>/undo/<int:version>/", moving.undo, name="undo"),
    path("opportunities/<int:pk>/lose/", moving.lose, name="lose"),
    path("opportunities/<int:pk>/reopen/", moving.reopen, name="reopen"),
    path("opportunities/<int:pk>/commitments/<int:stage_pk>/", moving.prove, name="prove"),
    path("settings/pipeline/", settings.stages, name="stages"),
    path("settings/pipeline/new/", settings.stage_create, name="stage_create"),
    path("settings/pipeline/opening/", settings.opening_stage, name="opening_stage"),
    path("settings/pipeline/<int:pk>/", settings.stage_edit, name="stage_edit"),
    path("settings/pipeline/<int:pk>/shift/", settings.stage_shift, name="stage_shift"),
    path("settings/pipeline/<int:pk>/remove/", settings.stage_remove, name="stage_remove"),
]
