"""The page on which people make and revoke keys to the API."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.api import services
from apps.api.forms import TokenForm
from apps.api.models import Token
from opener.http import AuthedRequest, render
from opener.messages import toast

SHOWN = 100


@require_http_methods(["GET", "POST"])
def tokens(request: AuthedRequest) -> HttpResponse:
    """One's keys, and a new one: its text is on this answer alone."""
    form = TokenForm(request.POST or None)
    made = ""
    if request.method == "POST" and form.is_valid():
        _token, made = services.make_token(
            user=request.user, name=form.cleaned_data["name"], days=form.cleaned_data["days"]
        )
        form = TokenForm()
    rows = Token.objects.visible_to(request.user).select_related("user")[:SHOWN]
    context = {"form": form, "rows": rows, "made": made, "nav": "settings"}
    response = render(request, "api/tokens.html", context, status=422 if form.is_bound else 200)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def token_revoke(request: AuthedRequest, pk: int) -> HttpResponse:
    """The key opens nothing any more."""
    token = get_object_or_404(Token.objects.editable_by(request.user), pk=pk)
    services.revoke(token=token, by=request.user)
    toast(request, _("The key “%s” opens nothing any more.") % token.name)
    return redirect("api:tokens")
