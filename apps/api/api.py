"""The API: what people do in the browser, for programs that act for them.

A list takes the same `q` and `where` as the table of the same rows, and means the same rows. A change goes through the
form that people use, and its version is checked as theirs is.
"""

from typing import Any

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Path, Query, Router, Schema, Status
from ninja.errors import ValidationError
from ninja.security import HttpBearer
from ninja.throttling import AuthRateThrottle

from apps.accounts import custom
from apps.accounts import services as account_services
from apps.accounts.forms import AccountForm, ContactForm
from apps.accounts.models import Account, Contact, CustomField
from apps.api import schemas
from apps.api.services import holder
from apps.api.writing import Refused, changes, filled, require_valid
from apps.dreamclients import saving
from apps.dreamclients.forms import DreamClientForm
from apps.dreamclients.models import DreamClient
from apps.pipeline import services as pipeline_services
from apps.pipeline.forms import EditForm
from apps.pipeline.models import Opportunity
from apps.tables.table import TABLES, Asked
from apps.tables.where import WhereError
from apps.users.models import User
from opener.paging import keyset

MOST = 200
"""Rows a page."""
RATE = "600/m"
"""Requests a minute for each person; then 429."""


class Bearer(HttpBearer):
    """`Authorization: Bearer opener_…`: a key that somebody made in their settings."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """Whom the key acts for. The request is theirs from then on."""
        user = holder(token)
        if user is not None:
            request.user = user
        return user


class Throttle(AuthRateThrottle):
    """Counted by person, in the cache that all processes share."""

    cache = cache

    def get_cache_key(self, request: HttpRequest) -> str:
        """One count a person, however many keys they have."""
        return f"api-throttle-{request.user.pk}"


api = NinjaAPI(
    title="Opener",
    version="1",
    description=__doc__ or "",
    auth=Bearer(),
    throttle=Throttle(RATE),
    openapi_url="/openapi.json",
    docs_url=None,
    urls_namespace="api_v1",
)
router = Router()
ANSWERS: dict[Any, Any] = {404: schemas.Refusal, 409: schemas.Conflict, 422: schemas.Refusal}


def _user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - Bearer saw to it
    return user


@api.exception_handler(Refused)
def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    if not error.conflict:
        return api.create_response(request, {"errors": error.errors}, status=422)
    body = {"errors": error.errors, "version": error.version, "differs": error.conflict}
    return api.create_response(request, body, status=409)


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors: dict[str, list[str]] = {}
    for one in error.errors:
        place = [str(part) for part in one["loc"] if part not in ("body", "query", "path", "given")]
        errors.setdefault(".".join(place), []).append(one["msg"])
    return api.create_response(request, {"errors": errors}, status=422)


@api.exception_handler(Http404)
def _missing(request: HttpRequest, _error: Http404) -> HttpResponse:
    body = {"errors": {"": [_("There is no such row, or it is not yours to see or change.")]}}
    return api.create_response(request, body, status=404)


class Asking(Schema):
    """Which rows, and how many at a time."""

    q: str = ""
    where: str = ""
    cursor: str = ""
    limit: int = 50


def _page(rows: QuerySet[Any], asking: Asking) -> dict[str, Any]:
    size = min(max(asking.limit, 1), MOST)
    page = keyset(rows, order=["id"], cursor=asking.cursor[:500], size=size)
    return {"items": page.rows, "next": page.next}


def _matching(request: HttpRequest, table: str, asking: Asking) -> QuerySet[Any]:
    asked = Asked.of(q=asking.q.replace("\x00", "\ufffd")[:200], where=asking.where)
    try:
        return TABLES[table](_user(request)).matching(asked)
    except WhereError as error:
        raise Refused({"where": [str(error)]}) from None


def _found(rows: QuerySet[Any], pk: int) -> Any:
    row = rows.filter(pk=pk).first() if pk < 2**63 else None
    if row is None:
        raise Http404
    return row


def _locked(rows: QuerySet[Any], pk: int) -> Any:
    return _found(rows.select_for_update(of=("self",), no_key=True), pk)


def _said(given: schemas.In) -> dict[str, Any]:
    return changes(given.model_dump(exclude_unset=True))


def _accounts(rows: QuerySet[Account]) -> QuerySet[Account]:
    return rows.prefetch_related("tags")


def _contacts(rows: QuerySet[Contact]) -> QuerySet[Contact]:
    return rows.select_related("account").prefetch_related("emails", "phones", "opt_outs", "tags")


@router.get("/accounts/", response={200: schemas.AccountPage, **ANSWERS})
def accounts(request: HttpRequest, asking: Query[Asking]) -> Any:
    """Companies that match."""
    return _page(_accounts(_matching(request, "accounts", asking)), asking)


@router.get("/accounts/{pk}/", response={200: schemas.AccountOut, **ANSWERS})
def account(request: HttpRequest, pk: Path[int]) -> Any:
    """One company."""
    return _found(_accounts(Account.objects.visible_to(_user(request))), pk)


@router.post("/accounts/", response={201: schemas.AccountOut, **ANSWERS})
def account_create(request: HttpRequest, given: schemas.AccountIn) -> Any:
    """A new company; it belongs to your team unless you say otherwise."""
    user = _user(request)
    blank = AccountForm(user=user, initial={"team": user.home_team_id})
    form = AccountForm(filled(blank, _said(given)), user=user)
    require_valid(form)
    return Status(201, _kept_account(form, user))


@router.patch("/accounts/{pk}/", response={200: schemas.AccountOut, **ANSWERS})
def account_change(request: HttpRequest, pk: Path[int], given: schemas.AccountChange) -> Any:
    """Change what is known about a company."""
    user = _user(request)
    with transaction.atomic():
        row = _locked(Account.objects.editable_by(user), pk)
        form = AccountForm(
            filled(AccountForm(instance=row, user=user), _said(given)), instance=row, user=user
        )
        require_valid(form)
        return _kept_account(form, user)


def _kept_account(form: AccountForm, by: User) -> Account:
    try:
        with transaction.atomic():
            row = account_services.save_account(form=form, by=by)
    except IntegrityError:
        raise Refused({"domain": [_("Somebody added an account with this domain just now.")]}) from None
    return _accounts(Account.objects.filter(pk=row.pk))[0]


@router.get("/contacts/", response={200: schemas.ContactPage, **ANSWERS})
def contacts(request: HttpRequest, asking: Query[Asking]) -> Any:
    """People that match."""
    return _page(_contacts(_matching(request, "contacts", asking)), asking)


@router.get("/contacts/{pk}/", response={200: schemas.ContactOut, **ANSWERS})
def contact(request: HttpRequest, pk: Path[int]) -> Any:
    """One person."""
    return _found(_contacts(Contact.objects.visible_to(_user(request))), pk)


@router.post("/contacts/", response={201: schemas.ContactOut, **ANSWERS})
def contact_create(request: HttpRequest, given: schemas.NewContactIn) -> Any:
    """A new person of an account that you may change."""
    user = _user(request)
    said = _said(given)
    row = Contact(account=_found(Account.objects.editable_by(user), int(said.pop("account"))))
    form = ContactForm(filled(ContactForm(instance=row), said), instance=row)
    require_valid(form)
    return Status(201, _kept_contact(form, user))


@router.patch("/contacts/{pk}/", response={200: schemas.ContactOut, **ANSWERS})
def contact_change(request: HttpRequest, pk: Path[int], given: schemas.ContactChange) -> Any:
    """Change what is known about a person."""
    user = _user(request)
    with transaction.atomic():
        row = _locked(Contact.objects.editable_by(user), pk)
        form = ContactForm(filled(ContactForm(instance=row), _said(given)), instance=row)
        require_valid(form)
        return _kept_contact(form, user)


def _kept_contact(form: ContactForm, by: User) -> Contact:
    try:
        with transaction.atomic():
            row = account_services.save_contact(form=form, by=by)
    except IntegrityError:
        said = _("Somebody gave one of these addresses to a contact just now.")
        raise Refused({"emails": [said]}) from None
    return _contacts(Contact.objects.filter(pk=row.pk))[0]


@router.get("/dream-clients/", response={200: schemas.DreamClientPage, **ANSWERS})
def dream_clients(request: HttpRequest, asking: Query[Asking]) -> Any:
    """Dream clients that match."""
    return _page(_matching(request, "dream_clients", asking), asking)


@router.get("/dream-clients/{pk}/", response={200: schemas.DreamClientOut, **ANSWERS})
def dream_client(request: HttpRequest, pk: Path[int]) -> Any:
    """One dream client."""
    return _found(DreamClient.objects.visible_to(_user(request)).current(), pk)


@router.patch("/dream-clients/{pk}/", response={200: schemas.DreamClientOut, **ANSWERS})
def dream_client_change(request: HttpRequest, pk: Path[int], given: schemas.DreamClientChange) -> Any:
    """Change what is written about a dream client."""
    user = _user(request)
    with transaction.atomic():
        row = _locked(DreamClient.objects.editable_by(user).current().select_related("list", "account"), pk)
        form = DreamClientForm(filled(DreamClientForm(instance=row), _said(given)), instance=row)
        require_valid(form)
        return saving.save_dream_client(form=form, by=user)


@router.get("/opportunities/", response={200: schemas.OpportunityPage, **ANSWERS})
def opportunities(request: HttpRequest, asking: Query[Asking]) -> Any:
    """Opportunities that match, open and closed."""
    return _page(_matching(request, "opportunities", asking), asking)


@router.get("/opportunities/{pk}/", response={200: schemas.OpportunityOut, **ANSWERS})
def opportunity(request: HttpRequest, pk: Path[int]) -> Any:
    """One opportunity."""
    return _found(Opportunity.objects.visible_to(_user(request)), pk)


@router.patch("/opportunities/{pk}/", response={200: schemas.OpportunityOut, **ANSWERS})
def opportunity_change(request: HttpRequest, pk: Path[int], given: schemas.OpportunityChange) -> Any:
    """Change name, value, owner and the like."""
    user = _user(request)
    with transaction.atomic():
        row = _locked(Opportunity.objects.editable_by(user).select_related("account"), pk)
        about: dict[str, Any] = {"instance": row, "account": row.account, "by": user}
        form = EditForm(filled(EditForm(**about), _said(given)), **about)
        require_valid(form)
        pipeline_services.update(opportunity=form.instance, by=user)
    return row


@router.get("/custom-fields/", response=list[schemas.FieldOut])
def custom_fields(request: HttpRequest) -> Any:
    """The custom fields of accounts, contacts, dream clients and opportunities, in their order."""
    return [one for model in CustomField.Model.values for one in custom.fields(model)]


api.add_router("", router)
