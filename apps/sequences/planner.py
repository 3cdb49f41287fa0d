"""Feeds `planning` with what the database knows."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Q

from apps.accounts.models import Account, Contact
from apps.activities.models import Activity
from apps.sequences import planning
from apps.sequences.models import Enrollment, Schedule, Step, Touch
from apps.users.models import Organisation
from opener.days import WorkingHours


class Planner:
    """The rules as they are at `now`. Make one for each transaction; it reads the organisation once."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    @cached_property
    def organisation(self) -> Organisation:
        """Whose rules they are."""
        return Organisation.current()

    @cached_property
    def caps(self) -> planning.Caps:
        """How many touches at most."""
        rules = self.organisation
        return planning.Caps(rules.contact_day_cap, rules.contact_week_cap, rules.account_week_cap)

    def calendar(self, contact: Contact, schedule: Schedule | None) -> planning.Calendar:
        """When `contact` may be written to by a sequence with `schedule`; None is the ordinary working day.

        Holidays are those of the account's country, else the schedule's, else the organisation's.
        """
        account, organisation = contact.account, self.organisation
        zone = contact.time_zone_name
        country = account.country or (schedule.country if schedule else "") or organisation.country
        hours = (
            schedule.hours(zone, country)
            if schedule
            else WorkingHours(zone or organisation.time_zone, country=country)
        )
        return planning.Calendar(
            hours, zone or organisation.time_zone, account.time_zone or organisation.time_zone
        )

    def history(
        self, account: Account, contact: Contact, *, apart_from: Touch | None = None, planned: bool = True
    ) -> planning.History:
        """The other touches of the contact and the account that a new one has to get along with.

        Those done in the last eight days, by whomever, those whose email is on its way, and with `planned` those that
        are to come. One that was due earlier counts as today's for a day, and then as nobody's, so that a touch that
        nobody does holds nothing up for ever.
        """
        moments = [*self._done(account.pk), *self._open(account.pk, apart_from, planned=planned)]
        return planning.History(
            tuple(at for owner, at in moments if owner == contact.pk), tuple(at for _owner, at in moments)
        )

    def _done(self, account_id: int) -> list[tuple[int | None, datetime]]:
        since = self.now - timedelta(days=8)
        done = Activity.objects.touches().filter(account=account_id, at__gte=since)
        return list(done.order_by().values_list("contact_id", "at"))

    def _open(
        self, account_id: int, apart_from: Touch | None, *, planned: bool
    ) -> list[tuple[int | None, datetime]]:
        on_its_way = Q(state=Touch.State.DUE, email__isnull=False)
        counted = on_its_way
        if planned:
            counted |= Q(state__in=Touch.OPEN, due_at__gte=self.now - timedelta(days=1))
        touches = Touch.objects.kept().filter(counted, account=account_id)
        if apart_from is not None:
            touches = touches.exclude(pk=apart_from.pk)
        rows = touches.values_list("contact_id", "due_at")
        return [(contact, max(due_at, self.now)) for contact, due_at in rows]

    def plan_step(
        self, enrollment: Enrollment, step: Step, *, after: datetime, delay: int | None = None
    ) -> planning.Plan:
        """When `step` falls due for `enrollment`, the step before it done at `after`; `delay` overrides the step's."""
        contact = enrollment.contact
        return planning.plan(
            delay_days=step.delay_days if delay is None else delay,
            after=after,
            now=self.now,
            calendar=self.calendar(contact, enrollment.sequence.schedule),
            caps=self.caps,
            history=self.history(contact.account, contact),
            spread=planning.spread_of(enrollment.pk or 0, step.pk) if step.is_automatic else 0.0,
        )

    def next_free(self, touch: Touch, *, earliest: datetime | None = None) -> planning.Plan:
        """From when on `touch` may be done: `earliest` (now), or later with the rule that is in the way.

        Only what was done and what is on its way counts: plans of others have to fit in as well, when their time comes.
        """
        return planning.next_free(
            earliest or self.now,
            calendar=self.calendar(touch.contact, schedule_of(touch)),
            caps=self.caps,
            history=self.history(touch.account, touch.contact, apart_from=touch, planned=False),
        )

    def forecast(
        self, contact: Contact, schedule: Schedule, steps: Iterable[Step], history: planning.History
    ) -> list[planning.Plan]:
        """When the touches of `steps` would fall due if each were done the moment it falls due."""
        calendar, after, plans = self.calendar(contact, schedule), self.now, []
        for step in steps:
            planned = planning.plan(
                delay_days=step.delay_days,
                after=after,
                now=self.now,
                calendar=calendar,
                caps=self.caps,
                history=history,
            )
            plans.append(planned)
            after, history = planned.at, history.plus(planned.at)
        return plans


def schedule_of(touch: Touch) -> Schedule | None:
    """The schedule of the touch's sequence; None for one made by hand."""
    return touch.enrollment.sequence.schedule if touch.enrollment else None
