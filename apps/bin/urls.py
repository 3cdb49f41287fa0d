from django.urls import path

from apps.bin import delete_views, views

app_name = "bin"

urlpatterns = [
    path("bin/", views.index, name="index"),
    path("bin/restore/", views.restore_many, name="restore_many"),
    path("bin/<int:pk>/restore/", views.restore, name="restore"),
    path("bin/<int:pk>/purge/", views.purge, name="purge"),
    path("bin/accounts/<int:pk>/", views.of_account, name="of_account"),
    path("bin/contacts/<int:pk>/", views.of_contact, name="of_contact"),
    path("accounts/<int:pk>/delete/", delete_views.account, name="account"),
    path("contacts/<int:pk>/delete/", delete_views.contact, name="contact"),
    path("lists/<int:pk>/delete/", delete_views.dream_client_list, name="list"),
    path("notes/<int:pk>/delete/", delete_views.note, name="note"),
    path("files/<int:pk>/delete/", delete_views.file, name="file"),
]
