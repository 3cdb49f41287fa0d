"""Settings → Custom fields: what the organisation keeps of accounts, contacts, dream clients and opportunities."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import custom_indexes
from apps.accounts import custom_services as services
from apps.accounts.custom_settings_forms import FieldEditForm, FieldForm
from apps.accounts.custom_usage import Usage, usage
from apps.accounts.models import ChoiceChange, CustomField
from apps.accounts.models.custom import MOST_FIELDS
from apps.users.services import changes
from opener.access import require_admin
from opener.http import AuthedRequest, id_of, render
from opener.messages import toast

Model = CustomField.Model


@require_GET
@require_admin
def fields(request: AuthedRequest) -> HttpResponse:
    """The fields of one model, in their order, and its archive."""
    model = _model(request)
    rows = list(CustomField.objects.filter(model=model, is_going=False))
    held = usage(model) if rows else {}
    changing = set(
        ChoiceChange.objects.filter(field__model=model, followed_at=None).values_list("field", flat=True)
    )
    lines: list[dict[str, Any]] = [
        {
            "field": row,
            "usage": held.get(row.key, Usage()),
            "is_changing": row.pk in changing,
            "index": _index_state(row),
        }
        for row in rows
    ]
    context = {
        "nav": "users",
        "model": model,
        "tabs": Model.choices,
        "lines": [line for line in lines if not line["field"].is_archived],
        "archived": [line for line in lines if line["field"].is_archived],
        "most": MOST_FIELDS,
    }
    return render(request, "accounts/fields.html", context)


def _index_state(field: CustomField) -> str:
    """Ready, waiting, or failed, as the page words it."""
    if field.indexed_as == CustomField.FAILED:
        return "failed"
    return "waiting" if not field.is_archived and custom_indexes.is_due(field) else "ready"


@require_http_methods(["GET", "POST"])
@require_admin
def field_create(request: AuthedRequest) -> HttpResponse:
    """Add a field to a model: it is in forms, tables, filters and imports at once."""
    model = _model(request)
    form = FieldForm(request.POST or None, instance=CustomField(model=model))
    if request.method == "POST" and form.is_valid():
        try:
            field = services.add_field(field=form.save(commit=False), by=request.user)
        except services.Refused as why:
            form.refuse(why)
        else:
            toast(request, _("%s is in forms, tables and filters now.") % field.label)
            return _back(field)
    context = {"form": form, "model": model, "nav": "users"}
    return render(request, "accounts/field.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
@require_admin
def field_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Change what a field is called and of what one chooses."""
    with transaction.atomic():
        rows = _rows()
        field = get_object_or_404(rows.select_for_update() if request.method == "POST" else rows, pk=pk)
        form = FieldEditForm(request.POST or None, instance=field)
        if request.method == "POST" and form.is_valid() and _saved(form, request):
            toast(request, _("Saved."))
            return _back(field)
    context = {"form": form, "model": field.model, "field": form.before, "nav": "users"}
    return render(request, "accounts/field.html", context, status=422 if request.method == "POST" else 200)


def _saved(form: FieldEditForm, request: AuthedRequest) -> bool:
    said = {name: pair for name, pair in changes(form).items() if not name.startswith("gone_")}
    try:
        with transaction.atomic():
            services.save_field(
                field=form.save(commit=False),
                before=form.before,
                becomes=form.becomes(),
                by=request.user,
                changes=said,
            )
    except services.Refused as why:
        form.refuse(why)
        return False
    return True


@require_POST
@require_admin
def field_shift(request: AuthedRequest, pk: int) -> HttpResponse:
    """Move a field one place up or down."""
    field = get_object_or_404(_rows(), pk=pk)
    services.shift_field(field=field, by=request.user, up=request.POST.get("direction") == "up")
    return _back(field)


@require_POST
@require_admin
def field_order(request: AuthedRequest) -> HttpResponse:
    """Put the fields of a model into the order in which they were dragged."""
    ids = [id_of(text) for text in request.POST.get("order", "")[:4000].split(",")]
    services.order_fields(model=_model(request), ids=ids, by=request.user)
    return redirect(_list_of(_model(request)))


@require_POST
@require_admin
def field_archive(request: AuthedRequest, pk: int) -> HttpResponse:
    """Show a field nowhere any more."""
    field = get_object_or_404(_rows(), pk=pk)
    services.archive_field(field=field, by=request.user)
    undo = reverse("accounts:field_restore", args=[field.pk])
    toast(request, _("%s is in the archive. Its values are kept.") % field.label, undo=undo)
    return _back(field)


@require_POST
@require_admin
def field_restore(request: AuthedRequest, pk: int) -> HttpResponse:
    """Show an archived field again."""
    field = get_object_or_404(_rows(), pk=pk)
    try:
        services.restore_field(field=field, by=request.user)
    except services.Refused as why:
        toast(request, str(why), level=messages.WARNING)
    else:
        toast(request, _("%s is back, with its values.") % field.label)
    return _back(field)


@require_POST
@require_admin
def field_delete(request: AuthedRequest, pk: int) -> HttpResponse:
    """Delete an archived field for good, its values included."""
    field = get_object_or_404(_rows(), pk=pk)
    try:
        services.delete_field(field=field, by=request.user)
    except services.Refused as why:
        toast(request, str(why), level=messages.WARNING)
    else:
        toast(request, _("%s is deleted.") % field.label)
    return _back(field)


def _rows() -> Any:
    return CustomField.objects.filter(is_going=False)


def _model(request: HttpRequest) -> str:
    """The model that the address names; 404 for any other."""
    model = request.GET.get("model", Model.ACCOUNT)
    if model not in Model.values:
        raise Http404
    return str(model)


def _list_of(model: str) -> str:
    return f"{reverse('accounts:fields')}?model={model}"


def _back(field: CustomField) -> HttpResponse:
    return redirect(_list_of(field.model))
