"""Doing one thing to many rows: ask what it needs, start it."""

import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.tables import counting, exporting, jobs
from apps.tables.actions import Action, action_of
from apps.tables.models import BulkJob
from apps.tables.selection import Selection, ordered
from apps.tables.summary import counted, reasons, told
from apps.tables.table import TABLES, Table
from apps.tables.where import WhereError
from opener.http import AuthedRequest, back_to, render
from opener.messages import toast


@dataclass(frozen=True)
class Counted:
    """How many rows are meant, as far as anybody counts, and how many more are not theirs to change (None: unknown)."""

    number: int
    left_out: int | None = 0

    @classmethod
    def afresh(cls, rows: QuerySet[Any], seen: QuerySet[Any] | None) -> "Counted":
        """Counted now."""
        number = counting.number(rows, most=counting.MOST + 1)
        if seen is None:
            return cls(number)
        of = counting.number(seen, most=counting.MOST + 1)
        return cls(number, None if of > counting.MOST else max(0, of - number))

    @classmethod
    def shown_before(cls, text: str) -> "Counted | None":
        """What the step before has counted. It is only shown again: whoever writes it themselves fools themselves."""
        found = re.fullmatch(r"([0-9]{1,9})\.([0-9]{1,9})?", text)
        return cls(int(found[1]), int(found[2]) if found[2] else None) if found else None

    @property
    def text(self) -> str:
        """For the next step."""
        return f"{self.number}.{'' if self.left_out is None else self.left_out}"

    @property
    def shown(self) -> str:
        """In figures, "10,000+" beyond."""
        return counting.figure(self.number)


CHECKED = 50
"""Of how many rows the check before a start says what would become of them."""


@require_POST
def bulk(request: AuthedRequest, key: str) -> HttpResponseBase:
    """Do the chosen action to the rows that are ticked, or to all that match; ask first where it needs something."""
    kind = TABLES.get(key)
    if kind is None:
        raise Http404
    table = kind(request.user)
    back = back_to(request, reverse(table.url_name))
    action = action_of(table, request.POST.get("action", ""))
    if action is None:
        toast(request, _("Choose what to do with them."), level=messages.WARNING)
        return redirect(back)
    selection = Selection.of(request)
    try:
        rows, seen = jobs.meant(table, action, ids=selection.ids, asked=selection.asked)
    except WhereError as error:
        toast(request, _("Nothing was changed. %s") % error, level=messages.ERROR)
        return redirect(back)
    rows = ordered(table, rows, selection.sort)
    before = Counted.shown_before(request.POST.get("counted", "")) if "step" in request.POST else None
    counted = Counted.afresh(rows, seen) if before is None or action.is_export else before
    if not (counted.number if counted is not before else rows.exists()):
        toast(request, _none(counted.left_out), level=messages.WARNING)
        return redirect(back)
    if action.is_export and counted.number <= exporting.STREAMED:
        return _file(table, [*rows.values_list("pk", flat=True)], selection.column_keys)
    return _ask_or_start(request, table, action, selection, (rows, seen), counted, back)


def _none(left_out: int | None) -> str:
    return _("Tick the rows first.") if left_out == 0 else _("None of them is yours to change.")


def _file(table: Table, ids: list[int], keys: list[str]) -> StreamingHttpResponse:
    shown = exporting.shown_columns(table, keys)
    return StreamingHttpResponse(
        exporting.lines(table, ids, shown),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{exporting.file_name(table)}"'},
    )


def _ask_or_start(
    request: AuthedRequest,
    table: Table,
    action: Action,
    selection: Selection,
    meant: tuple[QuerySet[Any], QuerySet[Any] | None],
    counted: Counted,
    back: str,
) -> HttpResponse:
    (rows, seen), step = meant, request.POST.get("step", "")
    form_class = action.form(request.user)
    form = form_class(request.POST if step else None) if form_class else forms.Form(request.POST)
    is_plain = form_class is None and not action.confirm and not step and counted.number <= action.at_once
    is_valid = bool(step or is_plain) and form.is_valid()
    if is_valid and (is_plain or step == "start"):
        params = _params(action, form, selection)
        job = jobs.start(table=table, action=action, params=params, rows=rows, seen=seen, by=request.user)
        return _started(request, job, back)
    context = {
        "table": table,
        "action": action,
        "form": form,
        "selection": selection,
        "counted": counted,
        "next": back,
        "has_check": action.check is not None,
        "checks": None,
    }
    if is_valid and action.check is not None:
        ids = [*rows.values_list("pk", flat=True)[:CHECKED]]
        context["checks"] = action.check(ids, _params(action, form, selection), request.user)
        context["unchecked"] = max(0, counted.number - len(ids))
        context["is_more"] = counted.number > counting.MOST
    status = 422 if step and not is_valid else 200
    return render(request, "tables/bulk.html", context, part="dialog", status=status)


def _params(action: Action, form: forms.Form, selection: Selection) -> dict[str, Any]:
    if action.is_export:
        return {"columns": selection.column_keys}
    return action.params(form.cleaned_data)


def _started(request: AuthedRequest, job: BulkJob, back: str) -> HttpResponse:
    """Back to the table where it is done already, with what came of it; else to where its progress shows."""
    if job.state != BulkJob.State.DONE:
        return redirect(f"{reverse('tables:job', args=[job.pk])}?{urlencode({'next': back})}")
    tell(request, job)
    return redirect(back)


def tell(request: AuthedRequest, job: BulkJob) -> None:
    """Say in toasts what came of a job that is done."""
    if job.is_undo:
        _tell_undone(request, job)
        return
    remarks = reasons(job, "done")
    if job.done:
        undo = reverse("tables:job_undo", args=[job.pk]) if jobs.can_be_taken_back(job) else ""
        first, *others = told(job, remarks)
        toast(request, first, undo=undo)
        for text in others:
            toast(request, text)
    if job.refused:
        text = ngettext(
            "%(number)d stayed as it was. %(why)s", "%(number)d stayed as they were. %(why)s", job.refused
        )
        said = {"number": job.refused, "why": counted(reasons(job, "refused"))}
        toast(request, text % said, level=messages.WARNING)
    if remarks:
        toast(request, counted(remarks), level=messages.WARNING)
    if job.left_out:
        text = ngettext("%d more is not yours to change.", "%d more are not yours to change.", job.left_out)
        toast(request, text % job.left_out, level=messages.INFO)


def _tell_undone(request: AuthedRequest, job: BulkJob) -> None:
    if job.undone:
        text = ngettext("Taken back: %d row.", "Taken back: %d rows.", job.undone)
        toast(request, text % job.undone)
    if job.kept:
        text = ngettext("%(number)d stays. %(why)s", "%(number)d stay. %(why)s", job.kept)
        said = {"number": job.kept, "why": counted(reasons(job, "kept"))}
        toast(request, text % said, level=messages.WARNING)
