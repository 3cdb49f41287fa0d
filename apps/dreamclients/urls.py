"""Addresses of dream-client lists, dream clients and insights."""

from django.urls import path

from apps.dreamclients import (
    change_views,
    event_views,
    insight_views,
    list_views,
    proposal_views,
    table_views,
    views,
)

app_name = "dreamclients"

urlpatterns = [
    path("lists/", list_views.index, name="lists"),
    path("lists/new/", list_views.create, name="list_create"),
    path("lists/from-filter/", list_views.from_filter, name="list_from_filter"),
    path("lists/<int:pk>/", table_views.of_list, name="list"),
    path("lists/<int:pk>/edit/", list_views.edit, name="list_edit"),
    path("lists/<int:pk>/archive/", list_views.archive, name="list_archive"),
    path("lists/<int:pk>/restore/", list_views.restore, name="list_restore"),
    path("lists/<int:pk>/follow/", list_views.follow, name="list_follow"),
    path("dream-clients/", table_views.everything, name="all"),
    path("dream-clients/add/", views.add, name="add"),
    path("dream-clients/to-approve/", proposal_views.to_approve, name="to_approve"),
    path("dream-clients/to-approve/<int:pk>/decline/", proposal_views.decline, name="proposal_decline"),
    path("dream-clients/to-approve/<int:pk>/undo/", proposal_views.undo, name="proposal_undo"),
    path("dream-clients/to-approve/<int:pk>/withdraw/", proposal_views.withdraw, name="proposal_withdraw"),
    path("dream-clients/ask/<int:pk>/", views.ask, name="ask"),
    path("dream-clients/<int:pk>/events/new/", event_views.create, name="event_create"),
    path("dream-clients/events/<int:pk>/edit/", event_views.edit, name="event_edit"),
    path("dream-clients/events/<int:pk>/remove/", event_views.remove, name="event_remove"),
    path("dream-clients/events/<int:pk>/restore/", event_views.restore, name="event_restore"),
    path("dream-clients/<int:pk>/", views.detail, name="detail"),
    path("dream-clients/<int:pk>/edit/", views.edit, name="edit"),
    path("dream-clients/<int:pk>/take/", change_views.take, name="take"),
    path("dream-clients/<int:pk>/let-go/", change_views.let_go, name="let_go"),
    path("dream-clients/<int:pk>/assign/", change_views.assign, name="assign"),
    path("dream-clients/<int:pk>/park/", change_views.park, name="park"),
    path("dream-clients/<int:pk>/rule-out/", change_views.rule_out, name="rule_out"),
    path("dream-clients/<int:pk>/revive/", change_views.revive, name="revive"),
    path("dream-clients/<int:pk>/take-off/", change_views.take_off, name="take_off"),
    path("insights/", insight_views.index, name="insights"),
    path("insights/new/", insight_views.create, name="insight_create"),
    path("insights/<int:pk>/edit/", insight_views.edit, name="insight_edit"),
    path("insights/<int:pk>/archive/", insight_views.archive, name="insight_archive"),
    path("insights/<int:pk>/restore/", insight_views.restore, name="insight_restore"),
]
