"""The tables of accounts and of contacts."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.tables import AccountTable, ContactTable
from apps.tables import pages
from apps.tables.asking import Asking
from apps.tables.pages import Empty
from opener.http import AuthedRequest


@require_GET
def accounts(request: AuthedRequest) -> HttpResponse:
    """All companies, with who works them."""
    return pages.answer(request, AccountTable(request.user), "accounts/list.html", empty=_no_accounts)


def _no_accounts(asking: Asking) -> Empty:
    whole = reverse("accounts:list") + "?view=all"
    if asking.where_text == "owner.is.me" and not asking.q:
        return Empty(
            _("You work none of the accounts yet. Add some to a list, or take what nobody works."),
            url=whole,
            action=_("Show all accounts"),
            glyph="building-office-2",
        )
    if asking.is_narrowed:
        return Empty(_("No account is like that."), url=whole, action=_("Show all accounts"))
    return Empty(
        _("Accounts are companies. Import a list, or write the first one down."),
        title=_("No accounts yet"),
        glyph="building-office-2",
        url=reverse("accounts:create"),
        action=_("New account"),
    )


@require_GET
def contacts(request: AuthedRequest) -> HttpResponse:
    """All people, with where they work and how they are reached."""
    return pages.answer(request, ContactTable(request.user), "accounts/contacts.html", empty=_no_contacts)


def _no_contacts(asking: Asking) -> Empty:
    if asking.is_narrowed:
        whole = reverse("accounts:contacts") + "?view=all"
        return Empty(_("Nobody is like that."), url=whole, action=_("Show all contacts"))
    return Empty(
        _("Contacts are people at an account. Open an account and add the first one there."),
        title=_("No contacts yet"),
        glyph="users",
        url=reverse("accounts:list"),
        action=_("Go to accounts"),
    )
