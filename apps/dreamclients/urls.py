from django.urls import URLPattern

app_name = "dreamclients"

urlpatterns: list[URLPattern] = []
