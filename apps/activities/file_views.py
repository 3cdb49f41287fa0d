"""Files about an account: taken in, and handed out so that nothing in them can act."""

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.models import Account, File
from apps.activities import files
from apps.activities.file_types import IMAGES, RefusedFileError
from opener.http import AuthedRequest, render
from opener.messages import toast

POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'"


@require_http_methods(["GET", "POST"])
def add(request: AuthedRequest, pk: int) -> HttpResponse:
    """Take in files about an account. Those that are fine stay; of each other one it is said why not."""
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
    kept: list[File] = []
    refused: list[str] = []
    if request.method == "POST":
        kept, refused = _taken_in(request, account)
        if kept:
            text = ngettext("%d file is here now.", "%d files are here now.", len(kept)) % len(kept)
            toast(request, text)
            for reason in refused:
                toast(request, reason, level=messages.ERROR)
            return redirect("record", pk)
    context = {"account": account, "refused": refused, "file_limit": settings.FILE_MAX_BYTES}
    status = 422 if request.method == "POST" else 200
    return render(request, "activities/file_add.html", context, part=("dialog", "file-add"), status=status)


def _taken_in(request: AuthedRequest, account: Account) -> tuple[list[File], list[str]]:
    """The files that were kept, and why each of the others was not."""
    kept: list[File] = []
    refused: list[str] = []
    uploads: list[UploadedFile[bytes]] = request.FILES.getlist("files")
    for upload in uploads[: files.AT_ONCE]:
        try:
            kept.append(files.add_file(account=account, upload=upload, by=request.user))
        except RefusedFileError as reason:
            refused.append(
                _("%(name)s is not kept. %(reason)s") % {"name": (upload.name or "")[:200], "reason": reason}
            )
    if not uploads:
        refused.append(_("Choose at least one file."))
    if len(uploads) > files.AT_ONCE:
        refused.append(
            _("Only the first %d files were looked at. Send the others after them.") % files.AT_ONCE
        )
    return kept, refused


@require_GET
def download(request: AuthedRequest, pk: int) -> HttpResponseBase:
    """A file, to be saved; with `?show` an image, to be looked at. Whatever is in it, it may do nothing here.

    PDFs are saved and not shown: browsers open none inside the sandbox, and outside of it they could run scripts.
    """
    file = get_object_or_404(File.objects.visible_to(request.user), pk=pk)
    try:
        content = file.content.open("rb")
    except OSError as error:
        raise Http404 from error
    shows = "show" in request.GET and file.content_type in IMAGES
    response = FileResponse(
        content, as_attachment=not shows, filename=file.name, content_type=file.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
