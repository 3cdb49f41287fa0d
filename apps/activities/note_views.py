"""Notes about an account: written, changed, previewed; and the colleagues who may be mentioned in one."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Account, Note
from apps.activities import notes
from apps.activities.note_forms import NoteForm
from apps.users.models import User
from opener.http import AuthedRequest, query_text, render
from opener.messages import toast

OFFERED = 8
"""How many colleagues are offered while a name is typed."""


@require_http_methods(["GET", "POST"])
def create(request: AuthedRequest, pk: int) -> HttpResponse:
    """Write a note about an account that one may see, for one's own team."""
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
    is_post = request.method == "POST"
    form = NoteForm(
        request.POST if is_post else None, instance=Note(account=account), account=account, user=request.user
    )
    if is_post and form.is_valid():
        written = notes.add_note(account=account, body=form.cleaned_data["body"], by=request.user)
        toast(request, _("Note kept."))
        _tell_unreached(request, written)
        return redirect("record", pk)
    context = {"form": form, "account": account, "action": request.path}
    return render(
        request, "activities/note.html", context, part=("dialog", "note-new"), status=422 if is_post else 200
    )


@require_http_methods(["GET", "POST"])
def edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Change a note. Where somebody else changed it meanwhile, both versions are shown."""
    is_post = request.method == "POST"
    with transaction.atomic():
        rows = Note.objects.editable_by(request.user).select_related("account")
        if is_post:
            rows = rows.select_for_update(of=("self",))
        note = get_object_or_404(rows, pk=pk)
        form = NoteForm(
            request.POST if is_post else None, instance=note, account=note.account, user=request.user
        )
        if is_post and form.is_valid():
            written = notes.edit_note(note=note, body=form.cleaned_data["body"], by=request.user)
            toast(request, _("Note saved."))
            _tell_unreached(request, written)
            return redirect(notes.note_url(note))
    context = {"form": form, "account": note.account, "note": note, "action": request.path}
    return render(request, "activities/note.html", context, part="dialog", status=422 if is_post else 200)


@require_POST
def preview(request: AuthedRequest) -> HttpResponse:
    """How a note will look."""
    body = request.POST.get("body", "")[:20_000]
    names = [person.name for person in notes.mentioned(body)]
    return render(request, "activities/note_preview.html", {"body": body, "names": names})


@require_GET
def colleagues(request: AuthedRequest, pk: int) -> HttpResponse:
    """Who may be mentioned in a note about an account: those who would see it, by the beginning of any of their names."""
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
    people = notes.readers(notes.team_for(account, request.user)).exclude(pk=request.user.pk)
    for word in query_text(request).split()[:4]:
        people = people.filter(name__iregex=r"\m" + _as_typed(word))
    rows: list[User] = list(people.order_by("name", "id")[:OFFERED])
    return render(request, "activities/_colleagues.html", {"people": rows})


def _as_typed(word: str) -> str:
    """`word` without any meaning for PostgreSQL's regular expressions."""
    return "".join(char if char.isalnum() else f"\\{char}" for char in word)


def _tell_unreached(request: AuthedRequest, written: notes.Written) -> None:
    for person in written.unreached:
        text = _("%(name)s cannot see notes of this team, and was not told.") % {"name": person}
        toast(request, text, level=messages.WARNING)
