"""People and teams, for admins."""

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.users import services
from apps.users.forms import InviteForm, MemberForm, PersonForm, RoleForm, TeamForm
from apps.users.models import Membership, Team, User
from opener.access import require_admin
from opener.http import AuthedRequest, render
from opener.messages import toast
from opener.paging import keyset


@require_safe
@require_admin
def people(request: AuthedRequest) -> HttpResponse:
    """Everybody: role, teams, last sign-in, state."""
    state = request.GET.get("state", "")
    leads = Membership.objects.filter(user=OuterRef("pk"), role=Membership.Role.MANAGER)
    everybody = (
        User.objects.annotate(leads=Exists(leads))
        .prefetch_related(Prefetch("memberships", Membership.objects.select_related("team")))
        .order_by()
    )
    states = {"inactive": everybody.filter(is_active=False), "invited": everybody.invited()}
    rows = states.get(state, everybody.filter(is_active=True))
    page = keyset(rows, order=["name", "id"], cursor=request.GET.get("cursor", ""))
    counts = User.objects.aggregate(
        active=Count("pk", filter=Q(is_active=True)),
        invited=Count("pk", filter=Q(pk__in=User.objects.invited().values("pk"))),
        inactive=Count("pk", filter=Q(is_active=False)),
    )
    return render(request, "users/people.html", {"page": page, "state": state, "counts": counts}, part="rows")


@require_admin
def person_create(request: AuthedRequest) -> HttpResponse:
    """Invite somebody."""
    form = InviteForm(request.POST or None)
    if form.is_valid():
        try:
            user, _link = services.invite(**form.cleaned_data, by=request.user)
        except IntegrityError:
            form.add_error("email", _("Somebody with this address is here already."))
        else:
            said = {"name": user.name, "email": user.email}
            toast(request, _("Invited %(name)s. The link is on its way to %(email)s.") % said)
            return redirect("users:people")
    return render(
        request,
        "users/person_create.html",
        {"form": form},
        part="dialog",
        status=422 if form.is_bound else 200,
    )


@require_admin
@transaction.atomic
def person(request: AuthedRequest, pk: int) -> HttpResponse:
    """One person: name, address, admin flag, roles in teams, state."""
    posted = request.method == "POST"
    people_ = User.objects.visible_to(request.user)
    people_ = people_.select_for_update() if posted else people_
    user = get_object_or_404(people_, pk=pk)
    form = PersonForm(request.POST if posted else None, instance=user)
    if posted and form.is_valid():
        try:
            services.save_person(form=form, roles=form.roles(), by=request.user)
        except services.LastAdmin:
            form.add_error(
                "is_admin", _("This is the only admin who can sign in. Make somebody else one first.")
            )
        else:
            toast(request, _("Saved."))
            return redirect("users:people")
    context = {
        "form": form,
        "person": user,
        "team_fields": [form[f"team_{team.pk}"] for team in form.teams],
        "waits": not user.has_usable_password(),
    }
    return render(request, "users/person.html", context, status=422 if posted else 200)


@require_POST
@require_admin
def deactivate(request: AuthedRequest, pk: int) -> HttpResponse:
    """Let somebody sign in no longer."""
    user = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    try:
        services.deactivate(user=user, by=request.user)
    except services.LastAdmin:
        toast(
            request,
            _("%s is the only admin who can sign in. Make somebody else one first.") % user.name,
            level=40,
        )
        return redirect("users:person", pk)
    toast(
        request,
        _("%s can sign in no longer. What they own stays theirs until you hand it over.") % user.name,
        undo=reverse("users:person_reactivate", args=[pk]),
    )
    return redirect("users:person", pk)


@require_POST
@require_admin
def reactivate(request: AuthedRequest, pk: int) -> HttpResponse:
    """Let somebody sign in again."""
    user = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    services.reactivate(user=user, by=request.user)
    toast(request, _("%s can sign in again.") % user.name)
    return redirect("users:person", pk)


@require_POST
@require_admin
def invite_again(request: AuthedRequest, pk: int) -> HttpResponse:
    """A new link for somebody who has no password yet."""
    user = get_object_or_404(User.objects.invited(), pk=pk)
    services.invite_again(user=user, by=request.user)
    toast(request, _("A new link is on its way to %s. The one before works no longer.") % user.email)
    return redirect("users:person", pk)


@require_safe
@require_admin
def teams(request: AuthedRequest) -> HttpResponse:
    """The teams, with how many belong to them and who manages them."""
    managers = Membership.objects.filter(role=Membership.Role.MANAGER).select_related("user")
    rows = Team.objects.annotate(people=Count("memberships")).prefetch_related(
        Prefetch("memberships", managers, to_attr="managers")
    )
    return render(request, "users/teams.html", {"teams": rows})


@require_admin
def team_create(request: AuthedRequest) -> HttpResponse:
    """A new team."""
    form = TeamForm(request.POST or None, instance=Team())
    if form.is_valid():
        team = services.save_team(form=form, by=request.user)
        toast(request, _("Created %s. Now add its people.") % team.name)
        return redirect("users:team", team.pk)
    return render(
        request, "users/team_create.html", {"form": form}, part="dialog", status=422 if form.is_bound else 200
    )


@require_admin
@transaction.atomic
def team(request: AuthedRequest, pk: int) -> HttpResponse:
    """One team: its name and its people."""
    posted = request.method == "POST"
    every = Team.objects.order_by()
    row = get_object_or_404(every.select_for_update() if posted else every, pk=pk)
    form = TeamForm(request.POST if posted else None, instance=row)
    if posted and form.is_valid():
        services.save_team(form=form, by=request.user)
        toast(request, _("Saved."))
        return redirect("users:team", pk)
    return _team_page(request, row, form=form, status=422 if posted else 200)


def _team_page(
    request: AuthedRequest,
    row: Team,
    *,
    form: TeamForm | None = None,
    member_form: MemberForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "team": row,
        "form": form or TeamForm(instance=row),
        "member_form": member_form or MemberForm(team=row),
        "memberships": row.memberships.select_related("user").order_by("user__name", "user_id"),
        "roles": Membership.Role.choices,
    }
    return render(request, "users/team.html", context, status=status)


@require_POST
@require_admin
def member_add(request: AuthedRequest, pk: int) -> HttpResponse:
    """Somebody joins a team."""
    row = get_object_or_404(Team, pk=pk)  # unscoped: only admins come here
    form = MemberForm(request.POST, team=row)
    if not form.is_valid():
        return _team_page(request, row, member_form=form, status=422)
    user = form.cleaned_data["user"]
    services.set_role(user=user, team=row, role=form.cleaned_data["role"], by=request.user)
    toast(request, _("%(name)s belongs to %(team)s now.") % {"name": user.name, "team": row.name})
    return redirect("users:team", pk)


@require_POST
@require_admin
def member_role(request: AuthedRequest, pk: int, user_pk: int) -> HttpResponse:
    """A member gets another role, or leaves the team."""
    membership = get_object_or_404(
        Membership.objects.select_related("user", "team"), team_id=pk, user_id=user_pk
    )
    form = RoleForm(request.POST)
    if form.is_valid():
        role = form.cleaned_data["role"]
        services.set_role(user=membership.user, team=membership.team, role=role, by=request.user)
        text = _("%(name)s is %(role)s of %(team)s now.") if role else _("%(name)s has left %(team)s.")
        names = {"name": membership.user.name, "team": membership.team.name}
        toast(request, text % {**names, "role": dict(Membership.Role.choices).get(role, "")})
    return redirect("users:team", pk)
