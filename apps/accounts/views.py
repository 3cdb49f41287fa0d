"""The form for an account."""

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts import services
from apps.accounts.forms import AccountForm
from apps.accounts.models import Account
from apps.users.models import User
from opener.http import AuthedRequest, render
from opener.messages import toast


def _saved(form: AccountForm, by: User) -> Account | None:
    """The account; None where somebody took its domain since the form looked."""
    try:
        return services.save_account(form=form, by=by)
    except IntegrityError:
        form.add_error("domain", _("Somebody added an account with this domain just now."))
        return None


@require_http_methods(["GET", "POST"])
def create(request: AuthedRequest) -> HttpResponse:
    """A new account; it belongs to the team of whoever makes it unless they say otherwise."""
    form = AccountForm(request.POST or None, user=request.user, initial={"team": request.user.home_team_id})
    if request.method == "POST" and form.is_valid() and (account := _saved(form, request.user)):
        toast(request, _("%s is here now.") % account.name)
        return redirect("record", account.pk)
    return render(
        request, "accounts/form.html", {"form": form}, status=422 if request.method == "POST" else 200
    )


@require_http_methods(["GET", "POST"])
def edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Change what is known about a company."""
    with transaction.atomic():
        accounts = Account.objects.editable_by(request.user)
        if request.method == "POST":
            accounts = accounts.select_for_update(of=("self",))
        account = get_object_or_404(accounts, pk=pk)
        name = account.name
        form = AccountForm(request.POST or None, instance=account, user=request.user)
        if request.method == "POST" and form.is_valid() and _saved(form, request.user):
            toast(request, _("Saved."))
            return redirect("record", pk)
    context = {"form": form, "account": account, "name": name}
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/form.html", context, part="dialog", status=status)
