"""The addresses of the search and of its palette."""

from django.urls import path

from apps.search import views

app_name = "search"

urlpatterns = [
    path("search/", views.results, name="results"),
    path("search/commands/", views.palette, name="palette"),
]
