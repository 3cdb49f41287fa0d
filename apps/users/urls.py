"""The first run, invitations, settings."""

from django.urls import path

from apps.users.views import entrance, people, settings

app_name = "users"

urlpatterns = [
    path("welcome/", entrance.welcome, name="welcome"),
    path("invitations/<str:token>/", entrance.invitation, name="invitation"),
    path("settings/", settings.index, name="settings"),
    path("settings/profile/", settings.profile, name="profile"),
    path("settings/theme/", settings.theme, name="theme"),
    path("settings/organisation/", settings.organisation, name="organisation"),
    path("settings/audit-log/", settings.audit_log, name="audit_log"),
    path("settings/people/", people.people, name="people"),
    path("settings/people/new/", people.person_create, name="person_create"),
    path("settings/people/<int:pk>/", people.person, name="person"),
    path("settings/people/<int:pk>/deactivate/", people.deactivate, name="person_deactivate"),
    path("settings/people/<int:pk>/reactivate/", people.reactivate, name="person_reactivate"),
    path("settings/people/<int:pk>/invite-again/", people.invite_again, name="person_invite_again"),
    path("settings/teams/", people.teams, name="teams"),
    path("settings/teams/new/", people.team_create, name="team_create"),
    path("settings/teams/<int:pk>/", people.team, name="team"),
    path("settings/teams/<int:pk>/members/", people.member_add, name="member_add"),
    path("settings/teams/<int:pk>/members/<int:user_pk>/", people.member_role, name="member_role"),
]
