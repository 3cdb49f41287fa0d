"""What follows from the stories once they are told, set by set: events, and a list that follows a filter."""

from datetime import datetime

from django.db import connection

from apps.dreamclients.models import DreamClientList
from apps.users.models import Organisation

FRESH = 8
"""How many dream clients had something happen today, of which Opener has told nobody yet."""


def complete(managers: list[int], team_id: int, now: datetime) -> None:
    """Tables that other rows lead to."""
    today = now.date()
    with connection.cursor() as cursor:
        # What is written in a dream client's field is its newest event; a few happened today.
        cursor.execute(
            """
            insert into dreamclients_triggerevent (dream_client_id, what, "on", url, by_id, created_at)
            select id, trigger_event, targeted_at::date, '', owner_id, targeted_at
            from dreamclients_dreamclient where trigger_event <> '';
            insert into dreamclients_broughtup (dream_client_id, event_id, at)
            select dream_client_id, id, created_at from dreamclients_triggerevent;
            """
        )
        cursor.execute(
            """
            with fresh as (
                select id, owner_id from dreamclients_dreamclient
                where owner_id is not null and left_at is null and ruled_out_at is null and rung = 'touched'
                    and parked_until is null and trigger_event = ''
                order by targeted_at desc, id limit %s
            ), made as (
                insert into dreamclients_triggerevent (dream_client_id, what, "on", url, by_id, created_at)
                select id, 'Asked for three planners at once on their own site', %s, '', owner_id, %s from fresh
                returning dream_client_id, what
            )
            update dreamclients_dreamclient set trigger_event = made.what
            from made where made.dream_client_id = dreamclients_dreamclient.id
            """,
            [FRESH, today, now],
        )
    _live_list(managers[0], team_id)


def _live_list(owner_id: int, team_id: int) -> None:
    """It has not looked at its filter yet: the worker of whoever tries the demo does so."""
    organisation = Organisation.current()
    DreamClientList.objects.create(
        name="Health care, as it comes",
        description="Every company of that industry that nobody works yet",
        team_id=team_id,
        owner_id=owner_id,
        where="industry.is.health_care",
        is_live=True,
        live_tier="C",
        cadence_a=organisation.cadence_a,
        cadence_b=organisation.cadence_b,
        cadence_c=organisation.cadence_c,
    )
