"""Addresses of notifications, tasks and reminders."""

from django.urls import path

from apps.activities import notification_views, views

app_name = "activities"

urlpatterns = [
    path("notifications/", notification_views.notifications, name="notifications"),
    path("notifications/unread/", notification_views.unread, name="unread"),
    path("notifications/read/", notification_views.read_all, name="read_all"),
    path("notifications/<int:pk>/open/", notification_views.open_one, name="notification_open"),
    path("log/", views.log, name="log"),
    path("tasks/new/", views.task_create, name="task_create"),
    path("tasks/<int:pk>/done/", views.task_done, name="task_done"),
    path("tasks/<int:pk>/reopen/", views.task_reopen, name="task_reopen"),
    path("reminders/new/", views.reminder_create, name="reminder_create"),
    path("reminders/<int:pk>/drop/", views.reminder_drop, name="reminder_drop"),
]
