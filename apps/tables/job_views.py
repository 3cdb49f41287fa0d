"""Work on many rows: how far it has come, what came of it, stopping it, taking it back."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.tables import exporting, jobs
from apps.tables.bulk_views import tell
from apps.tables.models import BulkItem, BulkJob
from apps.tables.summary import named, reasons, told
from apps.tables.table import TABLES
from opener.http import AuthedRequest, back_to, is_ours, render
from opener.messages import toast
from opener.paging import keyset


def _visible(request: AuthedRequest) -> QuerySet[BulkJob]:
    return BulkJob.objects.visible_to(request.user).select_related("owner")


def _own(request: AuthedRequest, pk: int) -> BulkJob:
    """A job of one's own: nobody takes back, or downloads, in somebody else's name."""
    return get_object_or_404(_visible(request).filter(owner=request.user), pk=pk)


@require_GET
def index(request: AuthedRequest) -> HttpResponse:
    """One's own work on many rows, newest first."""
    rows = _visible(request).filter(owner=request.user)
    page = keyset(rows, order=["-created_at", "-id"], cursor=request.GET.get("cursor", ""))
    return render(request, "tables/jobs.html", {"page": page}, part="rows")


@require_GET
def detail(request: AuthedRequest, pk: int) -> HttpResponse:
    """How far it has come; once it ended, what came of it and why some rows stayed."""
    job = get_object_or_404(_visible(request), pk=pk)
    context: dict[str, Any] = {
        "job": job,
        "table_label": TABLES[job.table].label if job.table in TABLES else _("Work on many rows"),
        "back": _back(request, job),
        "may_undo": job.owner_id == request.user.pk and jobs.can_be_taken_back(job),
    }
    if not job.is_open:
        context |= {
            "told": " ".join(told(job, reasons(job, "done"))) if job.done else job.said,
            "refused": reasons(job, "refused", with_rows=True) if job.refused else [],
            "kept": reasons(job, "kept", with_rows=True) if job.kept else [],
            "remarks": reasons(job, "done", with_rows=True) if job.done else [],
        }
    return render(request, "tables/job.html", context, part="progress")


def _back(request: AuthedRequest, job: BulkJob) -> str:
    """The page that it was started from, else the table."""
    address = request.GET.get("next", "")
    if is_ours(request, address):
        return address
    kind = TABLES.get(job.table)
    return reverse(kind.url_name) if kind else reverse("tables:jobs")


@require_GET
def rows(request: AuthedRequest, pk: int) -> HttpResponse:
    """The rows of a job in one state, with the reasons."""
    job = get_object_or_404(_visible(request), pk=pk)
    state = request.GET.get("state", "")
    if state not in BulkItem.State.values:
        state = BulkItem.State.REFUSED if job.refused else BulkItem.State.DONE
    items = job.items.filter(state=state)
    if reason := request.GET.get("reason", "").replace("\x00", "\ufffd"):
        items = items.filter(reason=reason)
    page = keyset(items, order=["id"], cursor=request.GET.get("cursor", ""))
    context = {
        "job": job,
        "state": BulkItem.State(state).label,
        "page": page,
        "rows": named(job, page.rows),
    }
    return render(request, "tables/job_rows.html", context, part="rows")


@require_GET
def file(request: AuthedRequest, pk: int) -> FileResponse:
    """The file that an export made, for whoever asked for it and nobody else."""
    job = _own(request, pk)
    kind = TABLES.get(job.table)
    if not job.result or kind is None or not job.result.storage.exists(str(job.result.name)):
        raise Http404
    return FileResponse(
        job.result.open("rb"),
        as_attachment=True,
        filename=exporting.file_name(kind(request.user)),
        content_type="text/csv; charset=utf-8",
        headers={"X-Content-Type-Options": "nosniff"},
    )


@require_POST
def undo(request: AuthedRequest, pk: int) -> HttpResponse:
    """Take it back, row by row."""
    job = _own(request, pk)
    if not jobs.can_be_taken_back(job):
        toast(request, _("There is nothing to take back any more."), level=messages.WARNING)
        return redirect("tables:job", job.pk)
    taken = jobs.take_back(job=job)
    if taken is None or taken.state != BulkJob.State.DONE:
        return redirect("tables:job", job.pk)
    tell(request, taken)
    return redirect(back_to(request, came_from(request) or reverse("tables:job", args=[job.pk])))


def came_from(request: AuthedRequest) -> str:
    """Where the toast with the button was. An address of ours, without its host."""
    given = request.headers.get("referer", "")
    if not url_has_allowed_host_and_scheme(given, {request.get_host()}, require_https=request.is_secure()):
        return ""
    path = "/" + given.partition("://")[2].partition("/")[2]
    return path if is_ours(request, path) else ""


@require_POST
def cancel(request: AuthedRequest, pk: int) -> HttpResponse:
    """Stop it. What it did by then stays, and can be taken back."""
    job = get_object_or_404(BulkJob.objects.editable_by(request.user), pk=pk)
    if jobs.cancel(job=job):
        toast(request, _("Stopped. What was done by then stays."))
    else:
        toast(request, _("It had ended already."), level=messages.WARNING)
    return redirect("tables:job", job.pk)


@require_POST
def retry(request: AuthedRequest, pk: int) -> HttpResponse:
    """Go on where it broke off or was stopped."""
    job = _own(request, pk)
    if not jobs.retry(job=job):
        toast(request, _("It did not break off."), level=messages.WARNING)
    return redirect("tables:job", job.pk)
