"""The page that shows all components together, in development only: /dev/components/."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_GET

from opener.forms import VersionedFormMixin
from opener.ui.words import RUNGS

_COMPANIES = [
    ("Northwind Rail", "Rail freight", "A", "engaged", "call", "America/New_York", 48_000),
    ("Halden Foods", "Food", "A", "time_committed", "email", "Europe/Oslo", 120_000),
    ("Kestrel Biologics with a name that does not end", "Pharma", "B", "touched", "auto_email", "", 0),
    ("Meridian Water", "Utilities", "C", "targeted", "", "Asia/Tokyo", 9_500),
    ("Oakhurst Steel", "Metals", "B", "met", "call,voicemail,email", "America/Los_Angeles", 310_000),
    ("Sable & Finch", "Retail", "A", "opened", "visit", "Europe/London", 75_250),
]
_PEOPLE = ["Ada Lindqvist", "Tomás Rey", "Mei Tanaka", "Grace Obi"]


class ExampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(help_text="As it stands on their website.")
    email = forms.EmailField(required=False)
    tier = forms.ChoiceField(choices=[("A", "A: every 14 days"), ("B", "B: every 30 days")])
    why = forms.CharField(
        label="Why change", widget=forms.Textarea(attrs={"data-draft": "example"}), required=False
    )
    due = forms.DateTimeField(label="Due", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    channels = forms.MultipleChoiceField(
        choices=[("call", "Call"), ("email", "Email"), ("letter", "Letter")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    intent = forms.ChoiceField(choices=[("give", "Give"), ("ask", "Ask")], widget=forms.RadioSelect)
    file = forms.FileField(required=False)
    active = forms.BooleanField(
        label="Send by itself", required=False, help_text="Only inside their working hours."
    )


class ExampleVersionedForm(VersionedFormMixin, forms.Form):
    """Two people edit one row."""

    name = forms.CharField()
    tier = forms.ChoiceField(choices=[("A", "A"), ("B", "B")])

    def __init__(self, *args: Any, instance: Any, **kwargs: Any) -> None:
        self.instance = instance
        super().__init__(*args, initial={"name": instance.name, "tier": instance.tier}, **kwargs)


@require_GET
@login_not_required  # nothing but made-up data, and only where DEBUG is on
def components(request: HttpRequest) -> HttpResponse:
    """All components in their full, empty and error states."""
    if not settings.DEBUG:
        raise Http404
    if "toast" in request.GET:
        messages.success(request, "Northwind Rail was let go.", extra_tags="undo:/dev/components/")
        messages.error(request, "The mail server does not answer. Nothing was sent.")
    return render(request, "dev/components.html", context(timezone.localtime()))


def context(now: datetime) -> dict[str, Any]:
    """What the page shows: rows, forms, events and numbers, made up around `now`."""
    wrong = ExampleForm({"name": "", "email": "ada@", "tier": "A", "due": "soon", "intent": "give"})
    row = SimpleNamespace(name="Northwind Rail Ltd", tier="A", version=4, pk=1)
    conflicting = ExampleVersionedForm(
        {"name": "Northwind Railway", "tier": "B", "version": "3"}, instance=row
    )
    for form in (wrong, conflicting):
        form.full_clean()
    return {
        "rows": _rows(now),
        "people": _PEOPLE,
        "form": ExampleForm(initial={"tier": "A", "intent": "give", "name": "Northwind Rail"}),
        "wrong": wrong,
        "conflicting": conflicting,
        "rungs": list(RUNGS),
        "parked": SimpleNamespace(rung="engaged", is_parked=True),
        "ruled_out": SimpleNamespace(rung="touched", is_ruled_out=True),
        "chips": [{"text": "Tier is A", "remove": "?"}, {"text": "Not touched for 14 days", "remove": "?"}],
        "events": _events(now),
        "funnel_steps": _funnel(),
        "weeks": _weeks(now.date()),
        "page": SimpleNamespace(previous="", next="x"),
        "columns": _columns(),
        "hour_ago": now - timedelta(hours=1),
        "tomorrow": now + timedelta(days=1),
        "last_year": now - timedelta(days=400),
    }


def _rows(now: datetime) -> list[SimpleNamespace]:
    offsets = [
        timedelta(hours=2),
        timedelta(days=1),
        timedelta(days=3),
        None,
        timedelta(days=-2),
        timedelta(days=40),
    ]
    return [
        SimpleNamespace(
            pk=index, name=name, industry=industry, tier=tier, rung=rung, value=value or None, version=1,
            owner=_PEOPLE[index % 4] if index != 3 else None,
            touched_at=now - timedelta(days=index * 9, hours=3) if index != 3 else None,
            next_touch_at=now + offset if offset is not None else None,
            next_touch_channel=channel, time_zone_name=zone,
        )
        for index, ((name, industry, tier, rung, channel, zone, value), offset) in enumerate(
            zip(_COMPANIES, offsets, strict=True)
        )
    ]  # fmt: skip


def _events(now: datetime) -> list[dict[str, Any]]:
    long = "Thank you for the figures on dwell times. " * 9
    events: list[dict[str, Any]] = [
        {
            "kind": "meeting_booked",
            "title": "Meeting booked for Thursday 10:00",
            "note": "Ada Lindqvist",
            "days": 0,
        },
        {"kind": "reply", "title": "Replied", "note": "Ada Lindqvist", "body": long, "days": 1},
        {"kind": "call", "title": "Called: no answer, left a voicemail", "intent": "ask", "days": 3},
        {
            "kind": "auto_email",
            "title": "Email 2 sent: What a day of dwell costs",
            "intent": "give",
            "days": 6,
        },
        {"kind": "bounce", "title": "Email bounced: mailbox full", "note": "Tomás Rey", "days": 9},
        {"kind": "note", "title": "Note", "body": "Their contract with Brandt ends in May.", "days": 24},
    ]
    return [
        event | {"at": now - timedelta(days=event["days"], hours=1), "who": "Mei Tanaka"} for event in events
    ]


def _funnel() -> list[dict[str, Any]]:
    counts = [503, 388, 121, 44, 37, 19]
    return [
        {
            "rung": rung,
            "label": label,
            "count": count,
            "url": f"?rung={rung}",
            "conversion": count / counts[index - 1] if index else None,
        }
        for index, ((rung, label), count) in enumerate(zip(RUNGS.items(), counts, strict=True))
    ]


def _weeks(today: date) -> list[dict[str, Any]]:
    monday = today - timedelta(days=today.weekday())
    first, second = [3, 5, 4, 7, 6, 9, 8, 0, 11, 9, 12, 10], [1, 2, 1, 3, 2, 4, 3, 0, 5, 3, 6, 4]
    return [
        {"start": monday - timedelta(weeks=11 - index), "first": a, "second": b, "url": ""}
        for index, (a, b) in enumerate(zip(first, second, strict=True))
    ]


def _columns() -> list[dict[str, Any]]:
    names = [
        ("Time", "Will they give us a meeting?"),
        ("Explore", "Will they talk about what is and what could be?"),
    ]
    names += [("Change", "Do they agree that staying costs more?"), ("Decide", "Do they say yes?")]
    cards = [
        {
            "name": "Northwind Rail",
            "value": 48_000,
            "next": "Explore by 3 Dec",
            "created": True,
            "stalled": False,
        },
        {
            "name": "Halden Foods",
            "value": 120_000,
            "next": "No next commitment",
            "created": False,
            "stalled": True,
        },
    ]
    return [
        {
            "id": index,
            "name": name,
            "question": question,
            "cards": cards[: max(0, 2 - index)],
            "value": 168_000,
        }
        for index, (name, question) in enumerate(names)
    ]


urlpatterns = [path("components/", components, name="components")]
