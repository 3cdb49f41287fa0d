"""The forms for a contact."""

from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import services
from apps.accounts.forms import ContactForm
from apps.accounts.models import Account, Contact
from apps.users.models import User
from opener.http import AuthedRequest, render
from opener.messages import toast


@require_GET
def detail(request: AuthedRequest, pk: int) -> HttpResponse:
    """A contact is shown on the record of their account."""
    contact = get_object_or_404(Contact.objects.visible_to(request.user), pk=pk)
    return redirect(reverse("record", args=[contact.account_id]) + f"#contact-{pk}")


@require_http_methods(["GET", "POST"])
def create(request: AuthedRequest, pk: int) -> HttpResponse:
    """A new contact of an account."""
    account = get_object_or_404(Account.objects.editable_by(request.user), pk=pk)
    contact = Contact(account=account)
    form = ContactForm(request.POST or None, instance=contact)
    return _answer(request, form, account, _("%s is here now."))


@require_http_methods(["GET", "POST"])
def edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Change what is known about a contact."""
    with transaction.atomic():
        contacts = Contact.objects.editable_by(request.user).select_related("account")
        if request.method == "POST":
            contacts = contacts.select_for_update(of=("self",))
        contact = get_object_or_404(contacts, pk=pk)
        form = ContactForm(request.POST or None, instance=contact)
        return _answer(
            request, form, contact.account, _("%s is saved."), {"contact": contact, "name": contact.name}
        )


def _saved(form: ContactForm, by: User) -> Contact | None:
    """The contact; None where somebody took one of the addresses since the form looked."""
    try:
        return services.save_contact(form=form, by=by)
    except IntegrityError:
        form.add_error("emails", _("Somebody gave one of these addresses to a contact just now."))
        return None


def _answer(
    request: AuthedRequest, form: ContactForm, account: Account, said: str, more: dict[str, Any] | None = None
) -> HttpResponse:
    if request.method == "POST" and form.is_valid() and (contact := _saved(form, request.user)):
        toast(request, said % contact.name)
        if "another" in request.POST:
            return redirect("accounts:contact_create", account.pk)
        return redirect(reverse("record", args=[account.pk]) + f"#contact-{contact.pk}")
    context = {"form": form, "account": account, **(more or {})}
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/contact_form.html", context, part="dialog", status=status)
