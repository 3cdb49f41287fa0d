"""Work mode: one touch a screen. Each answer leads straight to the next touch."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.activities.models import Activity, Channel, Outcome
from apps.dreamclients.insights import given_on, suggested
from apps.sequences import templating
from apps.sequences.models import Touch
from apps.sequences.services import (
    HeldBack,
    NotSendable,
    TouchOver,
    complete_touch,
    compose,
    send_manual_email,
    skip_touch,
)
from apps.today.forms import EmailForm, OutcomeForm, PostponeForm, SkipForm
from apps.today.later import callback_choices, postpone_choices
from apps.today.queue import Desk, why
from apps.today.services import postpone as postpone_touch
from apps.today.views import next_url
from opener.http import AuthedRequest, render
from opener.messages import toast
from opener.ui.moments import spoken, there

CALLS = (Channel.CALL, Channel.VOICEMAIL)
OUTCOMES = [
    (Outcome.CONNECTED, "c"),
    (Outcome.VOICEMAIL, "v"),
    (Outcome.NO_ANSWER, "n"),
    (Outcome.GATEKEEPER, "k"),
    (Outcome.WRONG_NUMBER, "w"),
]
"""How a call may end, each with its key. "b" is for calling back later; "g" is the first key of every way to another page."""


def _fetch(request: AuthedRequest, pk: int) -> Touch:
    """A touch that the viewer may do: their own, or one of a team they manage. 404 for every other."""
    rows = Touch.objects.editable_by(request.user).filter(is_automatic=False)
    return get_object_or_404(
        rows.select_related(
            "contact__account",
            "account",
            "owner",
            "dream_client",
            "step",
            "variant",
            "insight",
            "enrollment__sequence",
        ),
        pk=pk,
    )


@require_GET
def work(request: AuthedRequest, pk: int) -> HttpResponse:
    """One touch: who it is, what to say, what was said before."""
    touch = _fetch(request, pk)
    if not touch.is_open or touch.email_id is not None:
        return _over(request, touch, status=200)
    return _page(request, touch)


def _page(request: AuthedRequest, touch: Touch, *, status: int = 200, **forms: Any) -> HttpResponse:
    now = timezone.now()
    desk = Desk(touch.owner, request.user, now)
    done, left = desk.progress()
    channels = set(touch.channels)
    text = _text(touch)
    context = {
        "touch": touch,
        "contact": touch.contact,
        "why": why(touch),
        "there": there(now, touch.contact.time_zone_name),
        "same_hour": bool(touch.contact.time_zone_name),
        "is_own": touch.owner_id == request.user.pk,
        "position": done + 1,
        "total": max(done + left, done + 1),
        "has_email": bool(channels & {Channel.EMAIL, Channel.AUTO_EMAIL}),
        "has_call": bool(channels & set(CALLS)),
        "opted_out": [
            Channel(one).label for one in touch.channels if touch.contact.is_opted_out(_family(one))
        ],
        "outcomes": [(outcome, outcome.label, key) for outcome, key in OUTCOMES],
        "callbacks": callback_choices(request.user, touch.contact, now),
        "delays": postpone_choices(request.user, now),
        "email_form": EmailForm(initial={"subject": text["subject"], "body": text["body"]}),
        "outcome_form": OutcomeForm(),
        "skip_form": SkipForm(),
        "postpone_form": PostponeForm(auto_id="later_%s"),
        **text,
        **_history(request, touch),
        **forms,
    }
    return render(request, "today/work.html", context, status=status)


def _family(channel: str) -> str:
    """The channel under which somebody opts out."""
    return "email" if Channel(channel).is_email else channel


def _text(touch: Touch) -> dict[str, Any]:
    """What to say, its variables filled in; what is missing is named."""
    try:
        text = compose(touch)
    except templating.UnknownVariables as problem:
        source: Any = touch.variant or touch
        return {"subject": source.subject, "body": source.body, "missing": problem.names}
    return {"subject": text.subject, "body": text.body, "missing": text.missing}


def _history(request: AuthedRequest, touch: Touch) -> dict[str, Any]:
    """The last that was said between them, the account's last ten activities, and the insight."""
    seen = Activity.objects.visible_to(request.user).filter(account=touch.account_id)
    newest = seen.select_related("by", "contact").order_by("-at", "-id")
    return {
        "last_exchange": newest.conversations().filter(contact=touch.contact_id).first(),
        "activities": newest[:10],
        "insight_given": touch.insight and given_on(insight=touch.insight, contact=touch.contact),
        "suggested": []
        if touch.insight
        else suggested(touch.account, [touch.contact], user=request.user, limit=2),
    }


def _over(request: AuthedRequest, touch: Touch, *, status: int = 409) -> HttpResponse:
    """Somebody, or another tab, was quicker: nothing is done twice."""
    return render(request, "today/over.html", {"touch": touch}, status=status)


def _go_on(request: AuthedRequest, touch: Touch) -> HttpResponse:
    return redirect(next_url(request, touch.owner, apart_from=touch.pk))


@require_POST
def complete(request: AuthedRequest, pk: int) -> HttpResponse:
    """Write down how it went."""
    touch = _fetch(request, pk)
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        return _page(request, touch, status=422, outcome_form=form)
    outcome, callback = Outcome(form.cleaned_data["outcome"]), form.cleaned_data["callback"]
    try:
        complete_touch(
            touch=touch,
            by=request.user,
            outcome=outcome,
            notes=form.cleaned_data["notes"],
            next_callback=callback if outcome == Outcome.CALLBACK else None,
        )
    except TouchOver as over:
        return _over(request, over.touch)
    words = {"name": touch.contact.name, "outcome": outcome.label}
    if outcome == Outcome.CALLBACK:
        toast(request, _("%(name)s: call back %(when)s.") % {**words, "when": spoken(callback)})
    else:
        toast(request, _("%(name)s: %(outcome)s.") % words)
    return _go_on(request, touch)


@require_POST
def send(request: AuthedRequest, pk: int) -> HttpResponse:
    """Send the email as it was read and edited."""
    touch = _fetch(request, pk)
    form = EmailForm(request.POST)
    if not form.is_valid():
        return _page(request, touch, status=422, email_form=form)
    try:
        send_manual_email(touch=touch, by=request.user, **form.cleaned_data)
    except TouchOver as over:
        return _over(request, over.touch)
    except HeldBack as held:
        text = _("Not sent to %(name)s: %(why)s.") % {"name": touch.contact.name, "why": held}
        toast(request, text, level=messages.WARNING)
        return _go_on(request, touch)
    except NotSendable as refusal:
        form.add_error(None, str(refusal))
        return _page(request, touch, status=422, email_form=form)
    toast(request, _("Email to %s is on its way.") % touch.contact.name)
    return _go_on(request, touch)


@require_POST
def skip(request: AuthedRequest, pk: int) -> HttpResponse:
    """Leave it out, with the reason."""
    touch = _fetch(request, pk)
    form = SkipForm(request.POST)
    if not form.is_valid():
        return _page(request, touch, status=422, skip_form=form)
    try:
        skip_touch(touch=touch, by=request.user, reason=form.cleaned_data["reason"])
    except TouchOver as over:
        return _over(request, over.touch)
    toast(request, _("Skipped: %s.") % touch.contact.name)
    return _go_on(request, touch)


@require_POST
def postpone(request: AuthedRequest, pk: int) -> HttpResponse:
    """Put it off."""
    touch = _fetch(request, pk)
    form = PostponeForm(request.POST, auto_id="later_%s")
    if not form.is_valid():
        return _page(request, touch, status=422, postpone_form=form)
    moment = form.cleaned_data["moment"]
    try:
        postpone_touch(touch=touch, to=moment, by=request.user)
    except TouchOver as over:
        return _over(request, over.touch)
    toast(
        request, _("%(name)s: put off until %(when)s.") % {"name": touch.contact.name, "when": spoken(moment)}
    )
    return _go_on(request, touch)
