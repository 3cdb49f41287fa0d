"""What the table of opportunities offers to do to many at once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import F
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.pipeline.forms import NextDayForm
from apps.pipeline.models import Opportunity
from apps.pipeline.tables import OpportunityTable
from apps.tables.actions import Action, Done
from apps.tables.exporting import EXPORT
from apps.users.models import User

type Params = dict[str, Any]
type Rows = dict[int, Opportunity]


def _locked(ids: Iterable[int]) -> Rows:
    """Those that are not in the bin, as they stand now, locked in the order of their ids."""
    rows = Opportunity.objects.kept().filter(pk__in=ids).order_by("pk")
    held = rows.select_for_update(of=("self",), no_key=True).only("owner", "next_on", "closed_at")
    return {row.pk: row for row in held}


def _write(ids: Iterable[int], **values: Any) -> None:
    """Whoever looks at one of them meanwhile learns that it has moved on."""
    Opportunity.objects.filter(pk__in=list(ids)).update(**values, version=F("version") + 1)


def _through(ids: Iterable[int], change: Callable[[Opportunity], str | dict[str, Any]]) -> Done:
    """Ask `change` about each: why not, or what it was before."""
    rows, done = _locked(ids), Done()
    for pk in ids:
        answer = change(rows[pk]) if pk in rows else _("Is in the bin now.")
        if isinstance(answer, str):
            done.refused[pk] = answer
        else:
            done.before[pk] = answer
    return done


# --- Whose they are ---------------------------------------------------------------------------------------------------


def _owner_form(user: User) -> type[forms.Form]:
    class OwnerForm(forms.Form):
        owner = forms.ModelChoiceField(
            User.objects.assignable_by(user), label=_("Owner"), initial=user.pk, empty_label=None
        )

    return OwnerForm


def assign_many(*, ids: Sequence[int], owner: User) -> Done:
    """Give them to `owner`. The team, and who is credited with an opening, stay."""

    def change(row: Opportunity) -> str | dict[str, Any]:
        return _("%s owns it already.") % owner if row.owner_id == owner.pk else {"owner": row.owner_id}

    done = _through(ids, change)
    _write(done.before, owner=owner)
    return done


def undo_assign(*, before: Mapping[int, dict[str, Any]], owner_id: int) -> Done:
    """Back to whoever had them, as far as nobody else has them by now and those are still here."""
    here = set(
        User.objects.filter(pk__in={was["owner"] for was in before.values()}, is_active=True).values_list(
            "pk", flat=True
        )
    )

    def change(row: Opportunity) -> str | dict[str, Any]:
        if row.owner_id != owner_id:
            return _("Somebody has changed it since.")
        return (
            before[row.pk] if before[row.pk]["owner"] in here else _("Whoever owned it is not here any more.")
        )

    done = _through(before, change)
    back: dict[int, list[int]] = defaultdict(list)
    for pk in done.before:
        back[before[pk]["owner"]].append(pk)
    for former, ids in back.items():
        _write(ids, owner=former)
    return done


def _assign(ids: Sequence[int], params: Params, by: User) -> Done:
    owner = User.objects.assignable_by(by).filter(pk=params["owner"]).first()
    if owner is None:
        why = _("You may not give work to %s any more.") % params["name"]
        return Done(refused=dict.fromkeys(ids, why))
    return assign_many(ids=ids, owner=owner)


ASSIGN = Action(
    key="assign",
    label=gettext_lazy("Assign"),
    icon="user",
    do=_assign,
    form=_owner_form,
    params=lambda cleaned: {"owner": cleaned["owner"].pk, "name": cleaned["owner"].name},
    undo=lambda before, params, by: undo_assign(before=before, owner_id=params["owner"]),
    may=lambda user: user.is_manager,  # whoever manages nobody could only give them to themselves
    said=lambda params: _("Assigned to %s") % params["name"],
    text=gettext_lazy("Openings that were credited stay with whoever they were credited to."),
)


# --- The next commitment ----------------------------------------------------------------------------------------------


def set_next_many(*, ids: Sequence[int], day: date) -> Done:
    """The day by which the next commitment is sought. What is closed seeks none."""

    def change(row: Opportunity) -> str | dict[str, Any]:
        if not row.is_open:
            return _("It is closed.")
        if row.next_on == day:
            return _("Is so already.")
        return {"next_on": row.next_on.isoformat() if row.next_on else ""}

    done = _through(ids, change)
    _write(done.before, next_on=day)
    return done


def undo_set_next(*, before: Mapping[int, dict[str, Any]], day: date) -> Done:
    """The days that were, unless somebody set another one since."""

    def change(row: Opportunity) -> str | dict[str, Any]:
        return before[row.pk] if row.next_on == day else _("Somebody has changed it since.")

    done = _through(before, change)
    back: dict[str, list[int]] = defaultdict(list)
    for pk in done.before:
        back[before[pk]["next_on"]].append(pk)
    for former, ids in back.items():
        _write(ids, next_on=date.fromisoformat(former) if former else None)
    return done


def _day(params: Params) -> date:
    return date.fromisoformat(params["next_on"])


NEXT = Action(
    key="next",
    label=gettext_lazy("Set next date"),
    icon="calendar",
    do=lambda ids, params, by: set_next_many(ids=ids, day=_day(params)),
    form=lambda user: NextDayForm,
    params=lambda cleaned: {"next_on": cleaned["next_on"].isoformat()},
    undo=lambda before, params, by: undo_set_next(before=before, day=_day(params)),
    said=lambda params: _("Next commitment by %s") % date_format(_day(params), "j M Y"),
    text=gettext_lazy("Those that are won or lost stay as they are."),
)

OpportunityTable.actions.extend([NEXT, ASSIGN, EXPORT])
