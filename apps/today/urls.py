"""Today and work mode."""

from django.urls import path

from apps.today import handover_views, views, work

app_name = "today"

urlpatterns = [
    path("hand-over/", handover_views.index, name="hand_overs"),
    path("hand-over/<int:pk>/", handover_views.hand_over, name="hand_over"),
    path("", views.queue, name="queue"),
    path("touches/next/", views.next_touch, name="next"),
    path("touches/<int:pk>/", work.work, name="work"),
    path("touches/<int:pk>/complete/", work.complete, name="complete"),
    path("touches/<int:pk>/send/", work.send, name="send"),
    path("touches/<int:pk>/skip/", work.skip, name="skip"),
    path("touches/<int:pk>/postpone/", work.postpone, name="postpone"),
]
