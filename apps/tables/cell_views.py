"""Editing a cell in place, and taking that back."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core import signing
from django.db import transaction
from django.forms.boundfield import BoundField
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.shortcuts import render as django_render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.tables.cells import td
from apps.tables.columns import Column
from apps.tables.editing import EDITORS, CannotSave, Editor, posted
from apps.tables.job_views import came_from
from apps.tables.table import TABLES, Table
from opener.forms import digest, given, said, shown
from opener.http import AuthedRequest
from opener.messages import toast

SALT = "tables.cell"
UNDO_SECONDS = 3600
LONGEST_TOKEN = 1500
"""A longer value waits in the session: an address has an end."""


@dataclass
class _Cell:
    """One cell in the hands of somebody who may change it."""

    table: Table
    column: Column
    editor: Editor
    row: Any

    @property
    def name(self) -> str:
        return self.editor.name_of(self.column)

    def form(self, values: list[str] | None = None, *, box: bool = False) -> forms.BaseForm:
        """The form of the cell, holding `values` where they are given."""
        if values is None:
            return self.editor.form(self.row, self.column, None)
        data = posted(self.name, values, self.row)
        if box and self.name in self.editor.with_box:
            data[self.editor.with_box[self.name]] = "on"
        return self.editor.form(self.row, self.column, data)

    def drawn(self) -> str:
        """The cell as the table shows it now."""
        keys = [self.column.key, self.table.first]
        rows = self.table.fetch(self.table.rows().filter(pk=self.row.pk), keys)
        return td(self.table, self.column, rows[0], self.table.user) if rows else ""


def _cell(request: AuthedRequest, key: str, pk: int, name: str, *, lock: bool) -> _Cell:
    kind = TABLES.get(key)
    table = kind(request.user) if kind else None
    column = table.columns.get(name) if table else None
    if table is None or column is None or not column.edit or key not in EDITORS:
        raise Http404
    editor = EDITORS[key](table)
    rows = table.editable()
    if lock and editor.locks(column):
        rows = rows.select_for_update(of=("self",), no_key=True)
    return _Cell(table, column, editor, get_object_or_404(rows, pk=pk))


@require_http_methods(["GET", "POST"])
def cell(request: AuthedRequest, key: str, pk: int, name: str) -> HttpResponse:
    """GET: the cell with its input (with `as=cell` as it is, with `as=why` why it has none). POST: the cell as it is then; 422 keeps what was typed and says what is wrong."""
    if request.method == "GET":
        return _look(request, key, pk, name)
    with transaction.atomic():
        found = _cell(request, key, pk, name, lock=True)
        values = request.POST.getlist(found.name)
        form = found.form(values, box="box" in request.POST)
        bound = form[found.name]
        now = shown(bound)
        if digest(given(bound)) == digest(now):
            return HttpResponse(found.drawn())
        if request.POST.get("was", digest(now)) != digest(now):
            return _draw(request, found, form, conflict=said(bound, bound.initial) or _("nothing"))
        if not _save(found, form):
            return _draw(request, found, form)
        after = found.row.__class__._default_manager.get(pk=pk)
        kept = _Cell(found.table, found.column, found.editor, after)
        undo = _undo_url(request, kept, before=now)
        toast(request, _("%s saved.") % found.column.label, undo=undo)
        return HttpResponse(kept.drawn())


def _look(request: AuthedRequest, key: str, pk: int, name: str) -> HttpResponse:
    way = request.GET.get("as")
    if way == "why":
        return _why_not(request, key, pk, name)
    found = _cell(request, key, pk, name, lock=False)
    return HttpResponse(found.drawn()) if way == "cell" else _draw(request, found, found.form())


def _why_not(request: AuthedRequest, key: str, pk: int, name: str) -> HttpResponse:
    kind = TABLES.get(key)
    table = kind(request.user) if kind else None
    column = table.columns.get(name) if table else None
    if table is None or column is None:
        raise Http404
    row = get_object_or_404(table.rows(), pk=pk)
    text = _("%s is not changed in the table.") % column.label
    if column.edit and not table.may_edit(row):
        text = table.who_may(row)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def _save(found: _Cell, form: forms.BaseForm) -> bool:
    """False where the form says what is wrong."""
    if not form.is_valid():
        return False
    try:
        with transaction.atomic():
            found.editor.save(form, found.row, found.column)
    except CannotSave as error:
        form.add_error(found.name, str(error))
        return False
    return True


def _draw(request: AuthedRequest, found: _Cell, form: forms.BaseForm, *, conflict: str = "") -> HttpResponse:
    bound = form[found.name]
    errors = [] if conflict else [*bound.errors, *form.non_field_errors()]
    identity = f"{found.row.pk}-{found.column.key}"
    asks = bool(errors) and getattr(form, "asks_about_name", False)
    box = form[found.editor.with_box[found.name]] if asks and found.name in found.editor.with_box else None
    _prepare(bound, identity, is_wrong=bool(errors or conflict))
    context = {
        "identity": identity,
        "tag": "th" if found.column.key == found.table.first else "td",
        "url": request.path,
        "field": bound,
        "label": found.column.label,
        "was": digest(shown(bound)),
        "errors": errors,
        "conflict": conflict,
        "box": box,
        "is_long": isinstance(bound.field.widget, forms.Textarea),
        "suggestions": getattr(form, "suggestions", {}).get(found.name, []),
    }
    status = 422 if errors or conflict else 200
    return django_render(request, "tables/cell.html", context, status=status)


def _prepare(bound: BoundField, identity: str, *, is_wrong: bool) -> None:
    """The input belongs to a form of its own: the cell stands inside the form of the table."""
    attrs = bound.field.widget.attrs
    for name in ("autofocus", "data-draft"):
        attrs.pop(name, None)
    attrs |= {"form": f"form-{identity}", "aria-label": str(bound.label or "")}
    if isinstance(bound.field.widget, forms.Textarea):
        attrs["rows"] = 4
    if is_wrong:
        attrs |= {"aria-invalid": "true", "aria-describedby": f"wrong-{identity}"}
    bound.field.help_text = ""


# --- Taking it back ---------------------------------------------------------------------------------------------------


def _undo_url(request: AuthedRequest, found: _Cell, *, before: list[str]) -> str:
    bound = found.form()[found.name]
    where = [found.table.key, found.row.pk, found.column.key, request.user.pk, digest(shown(bound))]
    token = signing.dumps([*where, before], salt=SALT, compress=True)
    if len(token) > LONGEST_TOKEN:
        name = f"cell-{uuid4().hex}"
        for old in [key for key in request.session if key.startswith("cell-")]:
            del request.session[old]
        request.session[name] = before
        token = signing.dumps([*where, name], salt=SALT, compress=True)
    return reverse("tables:cell_undo", args=[token])


@require_POST
def cell_undo(request: AuthedRequest, token: str) -> HttpResponse:
    """Put back what the cell held, unless somebody has changed it since."""
    back = came_from(request) or reverse("tables:jobs")
    try:
        key, pk, name, user, after, before = signing.loads(token, salt=SALT, max_age=UNDO_SECONDS)
    except (signing.BadSignature, ValueError):
        toast(request, _("This cannot be taken back any more."), level=messages.WARNING)
        return redirect(back)
    if user != request.user.pk:
        raise Http404
    if isinstance(before, str):
        before = request.session.pop(before, None)
    text, is_done = _put_back(request, key, pk, name, after, before)
    toast(request, text, level=messages.SUCCESS if is_done else messages.WARNING)
    return redirect(back)


def _put_back(
    request: AuthedRequest, key: str, pk: int, name: str, after: str, before: list[str] | None
) -> tuple[str, bool]:
    """What to say, and whether it was done."""
    if before is None:
        return _("This cannot be taken back any more."), False
    with transaction.atomic():
        try:
            found = _cell(request, key, pk, name, lock=True)
        except Http404:
            return _("It is gone, or you may not change it any more."), False
        form = found.form(before, box=True)
        bound = form[found.name]
        if digest(shown(bound)) != after:
            now = said(bound, bound.initial) or _("nothing")
            return _("Somebody has changed it since: it is “%s” now.") % now[:100], False
        if not _save(found, form):
            wrong = " ".join(str(one) for one in [*bound.errors, *form.non_field_errors()])
            return _("This cannot be taken back: %s") % wrong, False
        label = found.column.label
    return _("%s is what it was.") % label, True
