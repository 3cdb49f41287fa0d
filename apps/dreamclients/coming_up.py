"""A dream client comes up by itself: something happened there, or their supplier's contract ends soon.

Each reason brings it up once: the row in `BroughtUp` is unique by the event, or by the dream client and the day of the
contract's end, and is written in the transaction of what follows from it. A tick twice, or two at once, does it once.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from apps.activities.models import Activity
from apps.activities.services import add_task, notify, record
from apps.dreamclients.approval import managers_of
from apps.dreamclients.models import BroughtUp, DreamClient, Rung, TriggerEvent
from apps.users.models import Organisation, User
from opener.days import local_day

BATCH = 100
MOST_BATCHES = 20
KEEP_REMOVED = timedelta(days=30)
LOOK_BACK = timedelta(days=30)
"""An event of longer ago brings nothing up by itself: it was written down as history."""


def tick(*, now: datetime | None = None) -> int:
    """Bring up whatever has come so far. Returns how many dream clients that were."""
    now = now or timezone.now()
    total = 0
    for _batch in range(MOST_BATCHES):
        done = _ending(now) + _happened(now)
        total += done
        if not done:
            break
    return total


def _live() -> QuerySet[DreamClient]:
    """Those that are to be worked again where there is a reason, parked ones among them."""
    rows = DreamClient.objects.current().filter(ruled_out_at=None, account__deleted_at=None)
    return rows.exclude(rung=Rung.OPENED)


def _today(organisation: Organisation, now: datetime) -> date:
    return local_day(now, organisation.time_zone)


def _ending(now: datetime) -> int:
    """Contracts that end within the organisation's lead."""
    organisation = Organisation.current()
    today = _today(organisation, now)
    known = BroughtUp.objects.filter(dream_client=OuterRef("pk"), contract_end=OuterRef("contract_end"))
    soon = _live().filter(
        ~Exists(known),
        contract_end__gte=today,
        contract_end__lte=today + timedelta(days=organisation.contract_lead_days),
    )
    with transaction.atomic():
        ids = list(soon.order_by("contract_end", "id").values_list("pk", flat=True)[:BATCH])
        rows = _claimed(soon, ids)
        for row in rows:
            _bring_up(row, why_contract(row, today), now, organisation, contract_end=row.contract_end)
    return len(rows)


def _happened(now: datetime) -> int:
    """Events whose day has come."""
    organisation = Organisation.current()
    today = _today(organisation, now)
    events = TriggerEvent.objects.filter(
        on__gte=today - LOOK_BACK, on__lte=today, brought_up=None, dream_client__in=_live().values("pk")
    )
    with transaction.atomic():
        newest = list(events.order_by("on", "id")[:BATCH])
        rows = {row.pk: row for row in _claimed(_live(), [event.dream_client_id for event in newest])}
        mine = events.filter(dream_client__in=rows, pk__in=[event.pk for event in newest])
        done = 0
        for event in mine:  # asked again: whoever was quicker brought it up
            _bring_up(rows[event.dream_client_id], why_event(event), now, organisation, event=event)
            done += 1
    return done


def _claimed(rows: QuerySet[DreamClient], ids: list[int]) -> list[DreamClient]:
    """Those that nobody else holds now, locked, as they stand now."""
    free = rows.filter(pk__in=ids).select_for_update(of=("self",), no_key=True, skip_locked=True)
    return list(free.select_related("account", "list__owner", "owner").order_by("pk"))


def why_contract(row: DreamClient, today: date) -> str:
    """Such as "Their contract with Acme ends on 3 March"."""
    if row.contract_end is None:
        return ""
    said = {"day": said_day(row.contract_end, today), "supplier": Truncator(row.incumbent).chars(60)}
    if row.incumbent:
        return _("Their contract with %(supplier)s ends on %(day)s") % said
    return _("Their contract ends on %(day)s") % said


def why_event(event: TriggerEvent) -> str:
    """What happened, short enough for the title of a task."""
    return Truncator(event.what).chars(110)


def said_day(day: date, today: date) -> str:
    """Such as "3 March", with the year where it is another one."""
    return date_format(day, "j F" if day.year == today.year else "j F Y")


def _bring_up(
    row: DreamClient,
    why: str,
    now: datetime,
    organisation: Organisation,
    *,
    contract_end: date | None = None,
    event: TriggerEvent | None = None,
) -> None:
    made = BroughtUp.objects.create(dream_client=row, contract_end=contract_end, event=event, at=now)
    if row.is_parked_at(now):
        row.parked_until = None
        row.save(update_fields=["parked_until"])
        record(
            kind=Activity.Kind.REVIVED,
            source=Activity.Source.ENGINE,
            account=row.account,
            by=None,
            at=now,
            team_id=row.team_id,
            subject=why[:300],
        )
    title = _("%(why)s: reach out to %(account)s") % {"why": why, "account": row.account}
    url = reverse("record", args=[row.account_id])
    if row.owner is not None and row.owner.is_active:
        due_at = row.owner.working_hours(organisation.country).end_of_day(now)
        made.task = add_task(
            title=Truncator(title).chars(200), owner=row.owner, due_at=due_at, by=None, account=row.account
        )
        made.save(update_fields=["task"])
        notify(user=row.owner, key=f"brought-up:{made.pk}", text=title, url=url, account_id=row.account_id)
    else:
        text = _("%(why)s: nobody works %(account)s yet") % {"why": why, "account": row.account}
        for person in _to_tell(row):
            notify(user=person, key=f"brought-up:{made.pk}", text=text, url=url, account_id=row.account_id)


def _to_tell(row: DreamClient) -> list[User]:
    """Who hears of what nobody works: the owner of its list; its managers where that one left the team."""
    owner = row.list.owner
    return [owner] if owner.is_active and row.may_see(owner) else managers_of(row.list)


# --- Events ------------------------------------------------------------------------------------------------------


def add_event(*, dream_client: DreamClient, what: str, on: date, url: str, by: User) -> TriggerEvent:
    """Write down that something happened there. It brings the dream client up at once, or when its day comes."""
    now = timezone.now()
    with transaction.atomic():
        event = TriggerEvent.objects.create(dream_client=dream_client, what=what, on=on, url=url, by=by)
        _newest(dream_client)
        organisation = Organisation.current()
        today = _today(organisation, now)
        rows = _live().filter(pk=dream_client.pk).select_for_update(of=("self",), no_key=True)
        row = rows.select_related("account", "list__owner", "owner").first()
        if row is not None and today - LOOK_BACK <= on <= today:
            _bring_up(row, why_event(event), now, organisation, event=event)
    return event


def save_event(*, event: TriggerEvent) -> None:
    """Keep what was changed of an event. Changing it does not bring the dream client up again."""
    with transaction.atomic():
        event.save()
        _newest(event.dream_client)


def remove_event(*, event: TriggerEvent) -> None:
    """Take an event away; the task that it led to stays. What was removed long ago goes for good."""
    now = timezone.now()
    with transaction.atomic():
        TriggerEvent.with_removed.filter(pk=event.pk).update(removed_at=now)
        TriggerEvent.with_removed.filter(removed_at__lt=now - KEEP_REMOVED).delete()
        _newest(event.dream_client)


def restore_event(*, event: TriggerEvent) -> None:
    """Take a removed event back. It brings nobody up again."""
    with transaction.atomic():
        TriggerEvent.with_removed.filter(pk=event.pk).update(removed_at=None)
        _newest(event.dream_client)


def _newest(dream_client: DreamClient) -> None:
    newest = dream_client.events.values_list("what", flat=True).first() or ""
    DreamClient.objects.filter(pk=dream_client.pk).update(trigger_event=newest)
    dream_client.trigger_event = newest
