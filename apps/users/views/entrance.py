"""How people come in: the first run, and invitations."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from apps.users import services
from apps.users.forms import PasswordForm, WelcomeForm
from apps.users.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@login_not_required  # there is nobody who could sign in; the one-time code stands for that
@sensitive_post_parameters("code", "password", "password_again")
@never_cache
def welcome(request: HttpRequest) -> HttpResponse:
    """The first run: makes the organisation and its admin. Gone once there is a user."""
    if User.objects.exists():
        raise Http404
    form = WelcomeForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        try:
            user = services.create_organisation(
                name=data["organisation"],
                time_zone=data["time_zone"],
                country=data["country"],
                admin_name=data["name"],
                email=data["email"],
                password=data["password"],
                code=data["code"],
            )
        except services.AlreadySetUp:
            return redirect("account_login")
        except services.WrongCode:
            form.add_error(
                "code",
                _("This is not the code that was printed last. “manage.py setup_code” prints a new one."),
            )
        else:
            login(request, user, backend=BACKEND)
            return redirect("today:queue")
    return render(request, "users/welcome.html", {"form": form}, status=422 if form.is_bound else 200)


@login_not_required  # the invited have no password yet; the token in the link stands for it
@sensitive_post_parameters("password", "password_again")
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Where the invited set their first password."""
    try:
        found = services.find_invitation(token, timezone.now())
    except services.InvitationClosed:
        return render(request, "users/invitation_closed.html", status=410)
    form = PasswordForm(request.POST or None)
    form.user = found.user
    if form.is_valid():
        try:
            user = services.accept_invitation(token=token, password=form.cleaned_data["password"])
        except services.InvitationClosed:
            return render(request, "users/invitation_closed.html", status=410)
        login(request, user, backend=BACKEND)
        return redirect("today:queue")
    context = {"form": form, "invitation": found}
    return render(request, "users/invitation.html", context, status=422 if form.is_bound else 200)
