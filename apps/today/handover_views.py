"""Handing over a book: choose who gets it, see what would happen, confirm."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from apps.dreamclients.models import DreamClient
from apps.today import handover
from apps.users.models import User
from opener.access import require_manager
from opener.http import AuthedRequest, render
from opener.messages import toast
from opener.paging import keyset

NAMED = 12
"""How many of those that fit nowhere are named."""


class HandOverForm(forms.Form):
    """Who gets the book, what goes with it, and what becomes of what fits nowhere."""

    to = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Who gets it"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    rest = forms.ChoiceField(
        label=gettext_lazy("What fits into no book"),
        choices=[
            (handover.NOBODY, gettext_lazy("Is nobody's, for the team to take")),
            (handover.KEEP, gettext_lazy("Stays with them")),
        ],
        initial=handover.NOBODY,
        widget=forms.RadioSelect,
    )
    also = forms.MultipleChoiceField(
        label=gettext_lazy("Hand over as well"), required=False, widget=forms.CheckboxSelectMultiple
    )
    shown = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, people: list[tuple[int, str]], also: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        to, more = self.fields["to"], self.fields["also"]
        if isinstance(to, forms.MultipleChoiceField) and isinstance(more, forms.MultipleChoiceField):
            to.choices, more.choices = people, also
        if not also:
            del self.fields["also"]


@require_GET
@require_manager
def index(request: AuthedRequest) -> HttpResponse:
    """Whose book one may hand over, and how much is in it."""
    movable = DreamClient.objects.editable_by(request.user).current()
    owned = movable.filter(owner=OuterRef("pk"))
    people = handover.leavers(request.user).filter(Exists(owned) | Q(is_active=True))
    page = keyset(people, order=["name", "id"], cursor=request.GET.get("cursor", ""))
    rows: Any = movable.filter(owner__in=[person.pk for person in page.rows])
    sizes = dict(rows.values_list("owner").annotate(number=Count("pk")).order_by())
    lines = [(person, sizes.get(person.pk, 0)) for person in page.rows]
    context = {"page": page, "lines": lines, "nav": "dreamclients"}
    return render(request, "today/hand_overs.html", context, part="rows")


@require_http_methods(["GET", "POST"])
@require_manager
def hand_over(request: AuthedRequest, pk: int) -> HttpResponse:
    """The book of one person: what a GET with `to` would do is shown, a POST does it."""
    by = request.user
    leaver = get_object_or_404(handover.leavers(by), pk=pk)
    people = list(handover.takers(by, leaver)[:200])
    more, room = handover.numbers(leaver, by), handover.rooms(people)
    given = request.POST if request.method == "POST" else (request.GET if "to" in request.GET else None)
    form = HandOverForm(
        given,
        people=_named(people, room),
        also=_also(more),
        initial={"also": list(more), "rest": handover.NOBODY},
    )
    if given is not None and form.is_valid():
        to = [person for person in people if person.pk in form.cleaned_data["to"]]
        if request.method == "POST" and _done(request, leaver, to, form):
            return redirect("today:hand_overs")
        plan = handover.make_plan(leaver=leaver, to=to, by=by, room=room)
        return _page(
            request, leaver, form, people, plan=plan, also=form.cleaned_data.get("also", []), more=more
        )
    return _page(request, leaver, form, people, more=more)


def _named(people: list[User], room: dict[int, int]) -> list[tuple[int, str]]:
    return [
        (
            person.pk,
            ngettext("%(name)s (room for %(room)d)", "%(name)s (room for %(room)d)", room[person.pk])
            % {"name": person, "room": room[person.pk]},
        )
        for person in people
    ]


def _also(more: dict[str, int]) -> list[tuple[str, str]]:
    words = {
        "tasks": _("Open tasks (%d)"),
        "opportunities": _("Open opportunities (%d)"),
        "meetings": _("Booked meetings (%d)"),
        "lists": _("Lists they own (%d)"),
    }
    return [(name, words[name] % more[name]) for name in words if more.get(name)]


def _done(request: AuthedRequest, leaver: User, to: list[User], form: HandOverForm) -> bool:
    """Whether it was handed over as it was shown."""
    data = form.cleaned_data
    if not data["shown"]:
        return False
    try:
        plan = handover.hand_over(
            leaver=leaver,
            to=to,
            by=request.user,
            also=data.get("also", []),
            rest=data["rest"],
            shown=data["shown"],
        )
    except handover.PlanChanged:
        toast(request, _("Something has changed meanwhile. Look at it again."), level=messages.WARNING)
        return False
    text = ngettext(
        "%(count)d dream client of %(name)s is in other hands.",
        "%(count)d dream clients of %(name)s are in other hands.",
        plan.moved,
    )
    toast(request, text % {"count": plan.moved, "name": leaver})
    return True


def _page(
    request: AuthedRequest, leaver: User, form: HandOverForm, people: list[User], **context: Any
) -> HttpResponse:
    plan: handover.Plan | None = context.get("plan")
    context |= {
        "leaver": leaver,
        "form": form,
        "has_people": bool(people),
        "size": handover.book(leaver, request.user).count() if plan is None else plan.moved + len(plan.left),
        "left_named": plan.left[:NAMED] if plan else [],
        "left_more": max(0, len(plan.left) - NAMED) if plan else 0,
        "nav": "dreamclients",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "today/hand_over.html", context, status=status)
