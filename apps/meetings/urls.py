"""Meetings."""

from django.urls import path

from apps.meetings import views

app_name = "meetings"

urlpatterns = [
    path("accounts/<int:account_pk>/meetings/new/", views.book, name="book"),
    path("meetings/<int:pk>/", views.detail, name="detail"),
    path("meetings/<int:pk>/held/", views.held, name="held"),
    path("meetings/<int:pk>/missed/", views.missed, name="missed"),
    path("meetings/<int:pk>/move/", views.move, name="move"),
    path("meetings/<int:pk>/cancel/", views.cancel, name="cancel"),
]
