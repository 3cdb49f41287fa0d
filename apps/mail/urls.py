"""Where mail is answered, read in the demo, and decided on."""

from django.urls import path

from apps.mail import catcher, views

app_name = "mail"

urlpatterns = [
    path("unsubscribe/<uuid:token>/", views.unsubscribe, name="unsubscribe"),
    path("settings/outbox/", views.outbox, name="outbox"),
    path("settings/outbox/<int:pk>/retry/", views.retry, name="retry"),
    path("settings/outbox/<int:pk>/settle/", views.settle, name="settle"),
    path("demo/mail/", catcher.mails, name="catcher"),
    path("demo/mail/<str:name>/", catcher.mail, name="caught"),
]
