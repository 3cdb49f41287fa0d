"""Addresses of notifications, tasks, reminders, notes and files."""

from django.urls import path

from apps.activities import file_views, note_views, notification_views, task_views, views

app_name = "activities"

urlpatterns = [
    path("notifications/", notification_views.notifications, name="notifications"),
    path("notifications/unread/", notification_views.unread, name="unread"),
    path("notifications/read/", notification_views.read_all, name="read_all"),
    path("notifications/<int:pk>/open/", notification_views.open_one, name="notification_open"),
    path("log/", views.log, name="log"),
    path("tasks/new/", task_views.create, name="task_create"),
    path("tasks/<int:pk>/edit/", task_views.edit, name="task_edit"),
    path("tasks/<int:pk>/delete/", task_views.delete, name="task_delete"),
    path("tasks/<int:pk>/done/", task_views.done, name="task_done"),
    path("tasks/<int:pk>/reopen/", task_views.reopen, name="task_reopen"),
    path("accounts/<int:pk>/notes/", note_views.create, name="note_create"),
    path("accounts/<int:pk>/colleagues/", note_views.colleagues, name="colleagues"),
    path("accounts/<int:pk>/files/", file_views.add, name="file_add"),
    path("notes/preview/", note_views.preview, name="note_preview"),
    path("notes/<int:pk>/edit/", note_views.edit, name="note_edit"),
    path("files/<int:pk>/", file_views.download, name="file"),
    path("reminders/new/", views.reminder_create, name="reminder_create"),
    path("reminders/<int:pk>/drop/", views.reminder_drop, name="reminder_drop"),
]
