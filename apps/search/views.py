"""Search over accounts, contacts and lists, by the beginnings of words and of email addresses."""

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from apps.accounts.models import Account, Contact, ContactEmail
from apps.accounts.names import normalise_domain
from apps.accounts.searching import named
from apps.dreamclients.models import DreamClientList
from opener.http import AuthedRequest, query_text, render

MOST = 10


@require_GET
def results(request: AuthedRequest) -> HttpResponse:
    """What begins with what was typed, ten of each kind; under the search box while typing, else as a page."""
    text = query_text(request)
    context = {
        "q": text,
        "accounts": _accounts(request, text)[:MOST] if text else [],
        "contacts": _contacts(request, text) if text else [],
        "lists": _lists(request, text)[:MOST] if text else [],
        "most": MOST,
    }
    return render(request, "search/results.html", context, part="found")


def _accounts(request: AuthedRequest, text: str) -> QuerySet[Account]:
    accounts = Account.objects.visible_to(request.user)
    if domain := normalise_domain(text):
        by_domain = accounts.filter(domain=domain)
        if by_domain.exists():
            return by_domain.only("name", "domain", "headquarters")
    return named(accounts, text).only("name", "domain", "headquarters").order_by("name_key", "id")


def _contacts(request: AuthedRequest, text: str) -> list[Contact]:
    """By name, then by address: two index look-ups instead of one that uses neither."""
    contacts = Contact.objects.visible_to(request.user).select_related("account")
    shown = ["first_name", "last_name", "title", "account__name"]
    found: list[Contact] = []
    if "@" not in text:
        found = list(named(contacts, text).only(*shown).order_by("name_key", "id")[:MOST])
    if len(found) < MOST and " " not in text:
        holders = ContactEmail.objects.filter(address__startswith=text.lower()).values("contact")
        others = contacts.filter(pk__in=holders).exclude(pk__in=[row.pk for row in found])
        found += others.only(*shown).order_by("name_key", "id")[: MOST - len(found)]
    return found


def _lists(request: AuthedRequest, text: str) -> QuerySet[DreamClientList]:
    words = Q()
    for word in text.split():
        words &= Q(name__istartswith=word) | Q(name__icontains=f" {word}")
    lists = DreamClientList.objects.visible_to(request.user).live().select_related("team")
    return lists.filter(words).order_by("name", "id")
