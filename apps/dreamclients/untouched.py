"""Letting dream clients go as if they had never been: only where nothing has happened to them since they were made.

What takes back a bulk action and what takes back an approval ask the same question here.
"""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q, Subquery

from apps.activities.models import Activity
from apps.dreamclients.bulk_changes import locked, record_many
from apps.dreamclients.models import BroughtUp, DreamClient, Rung, RungReached, TriggerEvent
from apps.users.models import User


def drop_untouched(*, ids: Collection[int], by: User, subject: str) -> dict[int, DreamClient]:
    """Let go what nothing has happened to, so that no figure counts it. Returns those that are gone, by their ids.

    Call it inside a transaction, the accounts locked. A dream client of the same owner as at first is untouched where
    it neither rests nor climbed, no person wrote anything down at its account since, and nothing refers to it.
    """
    rows = locked(ids)
    fine = _untouched(rows)
    gone = _delete([row for row in rows.values() if row.pk in fine])
    record_many("let_go", gone, by, lambda row: {"subject": subject, "data": {"left_list": row.list_id}})
    return {row.pk: row for row in gone}


def _untouched(ids: Collection[int]) -> set[int]:
    first = RungReached.objects.filter(dream_client=OuterRef("pk"), rung=Rung.TARGETED)
    since = Activity.objects.filter(
        account=OuterRef("account"), source=Activity.Source.USER, pk__gt=OuterRef("began")
    ).exclude(kind=Activity.Kind.TAKEN, at=OuterRef("targeted_at"))
    rows = DreamClient.objects.current().filter(
        pk__in=ids,
        rung=Rung.TARGETED,
        last_touch_at=None,
        next_touch_at=None,
        parked_until=None,
        ruled_out_at=None,
        version=1,
    )
    same = Q(owner=OuterRef("owner")) | Q(owner=None, dream_client__owner=None)
    rows = rows.annotate(began=Subquery(first.values("cause")[:1])).filter(
        Exists(first.filter(same)),
        ~Exists(TriggerEvent.objects.filter(dream_client=OuterRef("pk"))),
        ~Exists(BroughtUp.objects.filter(dream_client=OuterRef("pk"))),
        ~Exists(since),
    )
    return set(rows.values_list("pk", flat=True))


def _delete(rows: Sequence[DreamClient]) -> list[DreamClient]:
    """Those that are gone. What something refers to stays."""
    held: set[int | None] = set()
    try:
        with transaction.atomic():
            DreamClient.objects.filter(pk__in=[row.pk for row in rows]).delete()
    except ProtectedError as error:
        held = {getattr(one, "dream_client_id", None) for one in error.protected_objects}
        DreamClient.objects.filter(pk__in=[row.pk for row in rows if row.pk not in held]).delete()
    return [row for row in rows if row.pk not in held]
