"""When a meeting would suit both sides."""

from datetime import UTC, date, datetime, time, timedelta

from apps.users.models import Organisation, User
from opener.days import WorkingHours, local_day, zone


def suggest(owner: User, theirs: str, now: datetime, *, count: int = 4) -> list[datetime]:
    """Moments on the coming business days: a morning and an afternoon each, as the contact in zone `theirs` sees it.

    Taken from where both working days overlap, else from the owner's day.
    """
    mine = owner.working_hours(Organisation.current().country)
    others = WorkingHours(theirs or owner.time_zone)
    day = local_day(now, owner.time_zone)
    found: list[datetime] = []
    while len(found) < count:
        day = mine.add_business_days(day, 1)
        found += _of_day(day, mine, others)
    return found[:count]


def _of_day(day: date, mine: WorkingHours, others: WorkingHours) -> list[datetime]:
    start, end = mine.window(day)
    hours = [start + timedelta(hours=ahead) for ahead in range(int((end - start) / timedelta(hours=1)))]
    hours = hours or [start]
    both = [at for at in hours if others.contains(at)] or hours
    mornings = [at for at in both if at.astimezone(zone(others.tz)).time() < time(12)]
    afternoons = [at for at in both if at not in mornings]
    # Neither the first hour of the morning nor the one straight after lunch, where there is a choice.
    return [at.astimezone(UTC) for part in (mornings, afternoons) for at in (part[1:2] or part[:1])]
