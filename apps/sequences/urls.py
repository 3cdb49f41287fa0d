from django.urls import path

from apps.sequences import enrollment_views, log_views, step_views, views

app_name = "sequences"

urlpatterns = [
    path("sequences/", views.sequence_list, name="list"),
    path("sequences/new/", views.create, name="create"),
    path("sequences/<int:pk>/", views.detail, name="detail"),
    path("sequences/<int:pk>/edit/", views.edit, name="edit"),
    path("sequences/<int:pk>/status/", views.set_status, name="status"),
    path("sequences/<int:pk>/preview/", views.preview, name="preview"),
    path("sequences/<int:pk>/steps/new/", step_views.step_create, name="step_create"),
    path("sequences/steps/<int:pk>/", step_views.step_edit, name="step_edit"),
    path("sequences/steps/<int:pk>/remove/", step_views.step_remove, name="step_remove"),
    path("sequences/steps/<int:pk>/move/", step_views.step_move, name="step_move"),
    path("sequences/schedules/", views.schedules, name="schedules"),
    path("sequences/schedules/new/", step_views.schedule_create, name="schedule_create"),
    path("sequences/schedules/<int:pk>/", step_views.schedule_edit, name="schedule_edit"),
    path("dream-clients/<int:pk>/enroll/", enrollment_views.enroll, name="enroll"),
    path("enrollments/<int:pk>/pause/", enrollment_views.enrollment_pause, name="enrollment_pause"),
    path("enrollments/<int:pk>/resume/", enrollment_views.enrollment_resume, name="enrollment_resume"),
    path("enrollments/<int:pk>/exit/", enrollment_views.enrollment_exit, name="enrollment_exit"),
    path("touches/<int:pk>/skip-with-reason/", enrollment_views.touch_skip, name="touch_skip"),
    path("touches/<int:pk>/retry/", enrollment_views.touch_retry, name="touch_retry"),
    path("accounts/<int:pk>/log/", log_views.log_touch, name="log_touch"),
    path("contacts/<int:pk>/reply/", log_views.log_reply, name="log_reply"),
]
