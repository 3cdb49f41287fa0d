"""What is to be done now, for one person, in the order of its worth. A fixed number of queries, however much waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Self

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.activities.models import Activity, ActivityQuerySet, Channel, Task
from apps.dreamclients.models import DreamClient
from apps.meetings.models import Meeting
from apps.sequences.models import Sequence, Touch, TouchQuerySet
from apps.users.models import User
from opener.access import ScopedQuerySet
from opener.days import WorkingHours, day_bounds, local_day
from opener.paging import Page, keyset
from opener.ui.moments import there

ORDER = ["calling_hour", "tier", "due_at", "id"]
"""Calls while it is business hours there, then tiers, then whatever is late longest."""
SHOWN = 50
REPLIED_WITHIN = timedelta(days=14)
COLD_SHOWN = 5
DONE_SHOWN = 100
ANSWERS = [
    Activity.Kind.TOUCH,
    Activity.Kind.MEETING_BOOKED,
    Activity.Kind.OPPORTUNITY,
    Activity.Kind.OPTED_OUT,
    Activity.Kind.RULED_OUT,
]
"""What takes a reply out of the queue: somebody did something about it."""


@dataclass(frozen=True)
class Line:
    """A touch in the queue, with what its row says about it."""

    touch: Touch
    why: str
    lateness: str
    is_late: bool
    """True from the day after it was due."""
    there: str
    """The hour at the contact's, "" where it is the same as here or not known."""

    @classmethod
    def of(cls, touch: Touch, now: datetime, tz: str) -> Self:
        """With words for `tz`, the zone of whoever works."""
        is_late = local_day(touch.due_at, tz) < local_day(now, tz)
        local = there(now, touch.contact.time_zone_name)
        return cls(touch, why(touch), lateness(touch.due_at, now, tz), is_late, local)


@dataclass(frozen=True)
class Queue:
    """Everything that Today shows."""

    replies: list[Activity]
    meetings: list[Meeting]
    touches: Page[Touch]
    lines: list[Line]
    touches_left: int
    tasks: list[Task]
    cold: list[DreamClient]
    done: list[Activity]

    @property
    def left(self) -> int:
        """How much is to be done, going cold left out."""
        return self.touches_left + len(self.replies) + len(self.meetings) + len(self.tasks)


@dataclass(frozen=True)
class Desk:
    """The work of `user` at `now`, as far as `viewer` (themselves or a manager) may do it."""

    user: User
    viewer: User
    now: datetime

    @cached_property
    def day(self) -> tuple[datetime, datetime]:
        """The bounds of the user's day."""
        return day_bounds(local_day(self.now, self.user.time_zone), self.user.time_zone)

    def seen[R: ScopedQuerySet[Any]](self, rows: R) -> R:
        """`rows`, narrowed where somebody else looks at them."""
        return rows.kept() if self.user.pk == self.viewer.pk else rows.editable_by(self.viewer)

    def queue(self, cursor: str = "") -> Queue:
        """Everything at once, in eight queries."""
        due = self.due_touches()
        zones = count_by_zone(due)
        page = keyset(ordered(due, zones, self.now), order=ORDER, cursor=cursor, size=SHOWN)
        return Queue(
            replies=self.waiting_replies(),
            meetings=self.open_meetings(),
            touches=page,
            lines=[Line.of(touch, self.now, self.user.time_zone) for touch in page.rows],
            touches_left=sum(zones.values()),
            tasks=self.due_tasks(),
            cold=self.going_cold(),
            done=list(self.done().select_related("account", "contact").order_by("-at", "-id")[:DONE_SHOWN]),
        )

    def due_touches(self) -> TouchQuerySet:
        """Touches to be done by hand until the day ends. One whose email is on its way is the server's.

        A sequence that is paused or archived asks nobody for anything.
        """
        open_ones = Touch.objects.open().manual().filter(owner=self.user, due_at__lt=self.day[1], email=None)
        resting = (Sequence.Status.PAUSED, Sequence.Status.ARCHIVED)
        return self.seen(open_ones.exclude(enrollment__sequence__status__in=resting))

    def next_touch(self, *, apart_from: int | None = None) -> Touch | None:
        """The touch that comes next, in the order of the queue."""
        due = self.due_touches()
        if apart_from is not None:
            due = due.exclude(pk=apart_from)
        zones = count_by_zone(due)
        return ordered(due, zones, self.now).order_by(*ORDER).first() if zones else None

    def done(self) -> ActivityQuerySet:
        """The touches done today."""
        start, end = self.day
        return self.seen(Activity.objects.touches().filter(by=self.user, at__gte=start, at__lt=end))

    def progress(self) -> tuple[int, int]:
        """How many touches were done today, and how many wait."""
        return self.done().count(), self.due_touches().count()

    def waiting_replies(self) -> list[Activity]:
        """Human replies from the user's book after which nobody did anything at that account."""
        later = Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), id__gt=OuterRef("id"))
        answers = Activity.objects.filter(later, account=OuterRef("account"), kind__in=ANSWERS)
        book = DreamClient.objects.current().filter(owner=self.user)
        replies = Activity.objects.filter(
            ~Exists(answers),
            kind=Activity.Kind.REPLY,
            at__gte=self.now - REPLIED_WITHIN,
            account__in=book.values("account"),
        )
        return list(self.seen(replies).select_related("account", "contact").order_by("-at", "-id")[:20])

    def open_meetings(self) -> list[Meeting]:
        """Today's meetings, and those in the past of which nobody said what became of them."""
        booked = Meeting.objects.filter(
            owner=self.user, state=Meeting.State.BOOKED, starts_at__lt=self.day[1]
        )
        whole = self.seen(booked).select_related("account", "contact__account", "dream_client")
        return list(whole.order_by("starts_at", "id")[:20])

    def due_tasks(self) -> list[Task]:
        """Tasks of today and from before."""
        tasks = self.seen(Task.objects.open().filter(owner=self.user, due_at__lt=self.day[1]))
        return list(tasks.select_related("account", "contact").order_by("due_at", "id")[:50])

    def going_cold(self) -> list[DreamClient]:
        """The first of the book whom nobody touched within the cadence and for whom nothing is planned."""
        cold = DreamClient.objects.going_cold(self.now).filter(owner=self.user, next_touch_at=None)
        whole = self.seen(cold).select_related("account", "list")
        return list(whole.order_by("tier", "cold_at", "id")[:COLD_SHOWN])


_ZONE = Coalesce(NullIf("contact__time_zone", Value("")), "contact__account__time_zone")


def count_by_zone(touches: QuerySet[Touch]) -> dict[str, int]:
    """How many touches lie in each time zone of their contacts."""
    rows = touches.order_by().annotate(zone=_ZONE).values_list("zone").annotate(number=Count("id"))
    return dict(rows)


def ordered(touches: QuerySet[Touch], zones: dict[str, int], now: datetime) -> QuerySet[Touch]:
    """`touches` with the columns that `ORDER` names, and all that a row shows."""
    at_work = [zone for zone in zones if zone and WorkingHours(zone).contains(now)]
    their_hours = Q(contact__time_zone__in=at_work) | Q(
        contact__time_zone="", contact__account__time_zone__in=at_work
    )
    return touches.select_related(
        "contact__account", "account", "dream_client", "enrollment__sequence", "step"
    ).annotate(
        calling_hour=Case(
            When(their_hours, channels__0=Channel.CALL, then=0), default=1, output_field=IntegerField()
        ),
        tier=Coalesce("dream_client__tier", Value("Z")),
    )


def why(touch: Touch) -> str:
    """Why a touch is in the queue, in words."""
    if touch.enrollment is not None and touch.step is not None:
        words = _("%(sequence)s, step %(step)d") % {
            "sequence": touch.enrollment.sequence.name,
            "step": touch.step.position,
        }
    else:
        words = touch.subject or _("planned by hand")
    return f"{words} · {touch.held_back}" if touch.held_back else words


def lateness(due_at: datetime, now: datetime, tz: str) -> str:
    """How late it is ("2 days late"), "due now", or "" for what is due at a moment still to come today (its time says it)."""
    days = (local_day(now, tz) - local_day(due_at, tz)).days
    if days > 0:
        return ngettext("%d day late", "%d days late", days) % days
    return "" if due_at > now else _("due now")
