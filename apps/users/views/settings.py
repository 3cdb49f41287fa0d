"""Settings of oneself and of the organisation, and the audit log."""

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.users import services
from apps.users.forms import OrganisationForm, ProfileForm
from apps.users.models import AuditEntry, Organisation, User
from opener.access import require_admin
from opener.http import AuthedRequest, back_to, render
from opener.messages import toast
from opener.paging import keyset


@require_safe
def index(request: AuthedRequest) -> HttpResponse:
    """Settings begin with what everybody has."""
    return redirect("users:profile")


@transaction.atomic
def profile(request: AuthedRequest) -> HttpResponse:
    """One's own name, hours and appearance."""
    if request.method == "POST":
        user = get_object_or_404(User.objects.select_for_update(), pk=request.user.pk)
        form = ProfileForm(request.POST, instance=user)
        if form.is_valid():
            form.save()
            toast(request, _("Saved."))
            return redirect("users:profile")
        return render(request, "users/profile.html", {"form": form}, status=422)
    return render(request, "users/profile.html", {"form": ProfileForm(instance=request.user)})


@require_POST
def theme(request: AuthedRequest) -> HttpResponse:
    """Light, dark, or as the device; from the menu of the user."""
    choice = request.POST.get("theme", "")
    if choice in User.Theme.values:
        User.objects.filter(pk=request.user.pk).update(theme=choice)
    return redirect(back_to(request, "/"))


@require_admin
@transaction.atomic
def organisation(request: AuthedRequest) -> HttpResponse:
    """Name, time zone, country, caps, cadence, currency."""
    current = Organisation.current()
    if request.method == "POST":
        current = Organisation.objects.select_for_update().get(pk=current.pk)
        form = OrganisationForm(request.POST, instance=current)
        if form.is_valid():
            services.save_organisation(form=form, by=request.user)
            toast(request, _("Saved."))
            return redirect("users:organisation")
        return render(request, "users/organisation.html", {"form": form}, status=422)
    return render(request, "users/organisation.html", {"form": OrganisationForm(instance=current)})


@require_safe
@require_admin
def audit_log(request: AuthedRequest) -> HttpResponse:
    """Who changed what in the configuration, newest first."""
    entries = AuditEntry.objects.select_related("by")
    page = keyset(entries, order=["-at", "-id"], cursor=request.GET.get("cursor", ""))
    return render(request, "users/audit_log.html", {"page": page}, part="rows")
