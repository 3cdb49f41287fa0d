"""Uploading a file, saying what its columns are, and watching it become accounts and dream clients."""

from collections.abc import Iterator

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.custom_services import Refused
from apps.imports import services
from apps.imports.forms import ME, MappingForm, UploadForm
from apps.imports.models import Import
from apps.imports.preview import Preview
from apps.imports.reading import UnreadableFileError
from apps.users.models import User
from opener import sheets
from opener.http import AuthedRequest, render, target_id
from opener.messages import toast
from opener.paging import keyset

State = Import.State


@require_GET
def index(request: AuthedRequest) -> HttpResponse:
    """The imports that one may see, newest first."""
    rows = _visible(request.user).select_related("owner", "target_list")
    page = keyset(rows, order=["-created_at", "-id"], cursor=request.GET.get("cursor", ""))
    return render(request, "imports/list.html", {"page": page}, part="rows")


@require_http_methods(["GET", "POST"])
def upload(request: AuthedRequest) -> HttpResponse:
    """Choose a file and where it goes."""
    form = UploadForm(
        request.POST or None,
        request.FILES or None,
        user=request.user,
        initial={"target_list": request.GET.get("list")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("imports:mapping", _uploaded(form, request.user).pk)
        except UnreadableFileError as error:
            form.add_error("file", ValidationError(str(error)))
    return render(
        request, "imports/upload.html", {"form": form}, status=422 if request.method == "POST" else 200
    )


def _uploaded(form: UploadForm, user: User) -> Import:
    given = form.cleaned_data
    return services.upload(
        content=given["file"].read(),
        file_name=given["file"].name,
        by=user,
        target_list=given["target_list"],
        list_name=given["list_name"],
        assign_to=user if given["owner"] == ME else None,
        tier=given["tier"],
    )


@require_http_methods(["GET", "POST"])
def mapping(request: AuthedRequest, pk: int) -> HttpResponse:
    """Say what each column becomes, look at the first rows as they would be stored, and start."""
    imports = Import.objects.editable_by if request.method == "POST" else Import.objects.visible_to
    draft = get_object_or_404(imports(request.user).select_related("target_list", "owner"), pk=pk)
    if draft.state != State.MAPPING:
        return redirect("imports:progress", draft.pk)
    form = MappingForm(request.POST or None, draft=draft, samples=services.samples(draft))
    valid = form.is_valid()
    if request.method == "POST":
        if valid and "start" in request.POST:
            try:
                services.confirm(draft=draft, mapping=form.mapping(), by=request.user)
            except Refused as why:
                form.add_error(None, _("%s Leave some columns out.") % why)
                valid = False
            else:
                return redirect("imports:progress", draft.pk)
        services.remember_mapping(draft=draft, mapping=form.mapping())
    context = {"draft": draft, "form": form, "preview": Preview(draft)}
    status = 422 if request.method == "POST" and not valid else 200
    return render(request, "imports/mapping.html", context, part="preview", status=status)


@require_GET
def progress(request: AuthedRequest, pk: int) -> HttpResponse:
    """How far an import has come, and what came of it."""
    row = get_object_or_404(_visible(request.user).select_related("target_list", "owner", "assign_to"), pk=pk)
    if row.state == State.MAPPING:
        return redirect("imports:mapping", row.pk)
    watched = target_id(request) == "progress"
    if watched and row.state == State.DONE and not row.failed and row.target_list is not None:
        toast(request, _("Imported: %s.") % row.summary())
        return redirect("dreamclients:list", row.target_list.pk)
    problems = row.problems.all()[:20] if row.failed else []
    return render(request, "imports/progress.html", {"row": row, "problems": problems}, part="progress")


@require_GET
def problems(request: AuthedRequest, pk: int) -> HttpResponse:
    """The rows that could not be imported, with line and reason."""
    row = get_object_or_404(_visible(request.user), pk=pk)
    page = keyset(row.problems.all(), order=["line", "id"], cursor=request.GET.get("cursor", ""))
    return render(request, "imports/problems.html", {"row": row, "page": page}, part="rows")


@require_GET
def failed_rows(request: AuthedRequest, pk: int) -> StreamingHttpResponse:
    """The rows that failed, as a file of the same columns and the reason: to be mended and imported again."""
    row = get_object_or_404(_visible(request.user), pk=pk)
    name = slugify(row.file_name.rpartition(".")[0]) or "import"
    return StreamingHttpResponse(
        _csv_lines(row),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}-failed.csv"'},
    )


def _csv_lines(row: Import) -> Iterator[str]:
    yield sheets.BOM
    yield from sheets.lines(_failed(row), delimiter=row.delimiter)


def _failed(row: Import) -> Iterator[list[str]]:
    width = len(row.header)
    yield [*row.header, _("Reason")]
    for problem in row.problems.iterator(chunk_size=500):
        cells = [*problem.row, *[""] * (width - len(problem.row))]
        # What did not fit under the header stands behind the reason, so that nothing is lost.
        yield [*cells[:width], f"{problem.reason} ({_('line')} {problem.line})", *cells[width:]]


@require_POST
def retry(request: AuthedRequest, pk: int) -> HttpResponse:
    """Go on with an import that broke off."""
    row = get_object_or_404(Import.objects.editable_by(request.user).defer("content"), pk=pk)
    if not services.retry(failed=row, by=request.user):
        toast(request, _("It did not break off."), level=messages.WARNING)
    return redirect("imports:progress", row.pk)


@require_POST
def cancel(request: AuthedRequest, pk: int) -> HttpResponse:
    """Stop an import, or drop a file that was not confirmed."""
    row = get_object_or_404(Import.objects.editable_by(request.user).defer("content"), pk=pk)
    if services.cancel(running=row, by=request.user):
        toast(request, _("Stopped. What was imported by then stays."))
    else:
        toast(request, _("It had ended already."), level=messages.WARNING)
    return redirect("imports:list")


def _visible(user: User) -> QuerySet[Import]:
    """Without the files, which may be large."""
    return Import.objects.visible_to(user).defer("content")
