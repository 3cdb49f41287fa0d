"""What stands beside the timeline of a record: meetings, opportunities, tasks, files, and who works here. One query."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, DateTimeField, QuerySet, Value
from django.db.models.functions import Cast, JSONObject
from django.utils.dateparse import parse_date

from apps.accounts.models import Account, File
from apps.activities.file_types import IMAGES
from apps.activities.models import Activity, Task
from apps.meetings.models import Meeting
from apps.pipeline.models import Opportunity
from apps.users.models import User

LIMITS = {"task": 50, "meeting": 20, "deal": 20, "file": 30, "colleague": 50}


@dataclass
class Thing:
    """One of them: what it is, its name, the moment that counts for it, and whatever else is shown."""

    pk: int
    title: str
    at: datetime
    data: dict[str, Any]

    def __str__(self) -> str:
        return self.title

    def __getattr__(self, name: str) -> Any:
        """What is in `data`, as templates ask for it."""
        try:
            return self.data[name]
        except KeyError as error:
            raise AttributeError(name) from error


def beside(user: User, account: Account) -> dict[str, list[Thing]]:
    """All of them as far as `user` may see them, by the names in `LIMITS`, each in its own order."""
    parts = [
        _tasks(user, account),
        _meetings(user, account),
        _deals(user, account),
        _files(user, account),
        _colleagues(user, account),
    ]
    found: dict[str, list[Thing]] = {name: [] for name in LIMITS}
    for name, pk, title, at, data in parts[0].union(*parts[1:], all=True).order_by():
        found[name].append(Thing(pk, title, at, data))
    for name in ("task", "meeting"):
        found[name].sort(key=lambda thing: (thing.at, thing.pk))
    for name in ("deal", "file"):
        found[name].sort(key=lambda thing: (thing.at, thing.pk), reverse=True)
    found["colleague"].sort(key=lambda thing: thing.title.casefold())
    _complete(user, found)
    return found


def _complete(user: User, found: dict[str, list[Thing]]) -> None:
    """What a page asks for beyond what was read."""
    origins = dict(Opportunity.Origin.choices)
    for deal in found["deal"]:
        deal.data["next_on"] = parse_date(deal.data["next_on"]) if deal.data["next_on"] else None
        deal.data["origin_said"] = origins.get(deal.data["origin"], "")
    for file in found["file"]:
        file.data["is_image"] = file.data["type"] in IMAGES
        file.data["may_edit"] = _may_edit(user, file.data["author_id"], file.data["team_id"])
    for task in found["task"]:
        task.data["may_edit"] = _may_edit(user, task.data["owner_id"], task.data["team_id"])


def _may_edit(user: User, owner: int | None, team: int | None) -> bool:
    """What `ScopedQuerySet.editable_by` says, about one row."""
    is_left = owner is None and team in user.team_ids
    return user.is_admin or owner == user.pk or team in user.led_team_ids or is_left


def _columns(rows: QuerySet[Any], name: str, title: str, at: str, **data: str) -> Any:
    """The same five columns of whatever rows: what, id, title, moment, the rest; by `at`, "-" for the latest first."""
    order, at = ["-moment", "-pk"] if at.startswith("-") else ["moment", "pk"], at.lstrip("-")
    columns = rows.annotate(
        what=Value(name, output_field=CharField()),
        said=Cast(title, CharField()),
        moment=Cast(at, DateTimeField()),
        rest=JSONObject(**data) if data else JSONObject(),
    ).values_list("what", "pk", "said", "moment", "rest")
    return columns.order_by(*order)[: LIMITS[name]]


def _tasks(user: User, account: Account) -> Any:
    rows = Task.objects.visible_to(user).open().filter(account=account)
    return _columns(
        rows, "task", "title", "due_at", owner_id="owner_id", owner="owner__name", priority="priority",
        team_id="team_id",
    )  # fmt: skip


def _meetings(user: User, account: Account) -> Any:
    rows = Meeting.objects.visible_to(user).filter(account=account, state=Meeting.State.BOOKED)
    return _columns(
        rows, "meeting", "about", "starts_at", place="place",
        first="contact__first_name", last="contact__last_name",
    )  # fmt: skip


def _deals(user: User, account: Account) -> Any:
    rows = Opportunity.objects.visible_to(user).open().filter(account=account)
    return _columns(
        rows, "deal", "name", "-created_at", stage="stage__name", value="value",
        currency="currency", origin="origin", next_on="next_on", owner="owner__name",
    )  # fmt: skip


def _files(user: User, account: Account) -> Any:
    rows = File.objects.visible_to(user).filter(account=account)
    return _columns(
        rows, "file", "name", "-created_at", size="size", type="content_type", author="author__name",
        author_id="author_id", team_id="team_id",
    )  # fmt: skip


def _colleagues(user: User, account: Account) -> Any:
    acted = Activity.objects.visible_to(user).filter(account=account).values("by")
    rows = User.objects.filter(pk__in=acted)
    return _columns(rows, "colleague", "name", "created_at")
