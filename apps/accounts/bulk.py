"""What the tables of accounts and contacts offer to do to many rows at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Account, Contact, Tag
from apps.accounts.tables import AccountTable, ContactTable
from apps.accounts.tagging import TagsField, suggestions, tags_named
from apps.tables.actions import Action, Done
from apps.tables.exporting import EXPORT
from apps.users.models import Team, User

type Params = dict[str, Any]
type Tagged = type[Account | Contact]


# --- Tags -----------------------------------------------------------------------------------------------------------


def tag_form(user: User) -> type[forms.Form]:
    """Asks for tags, and suggests those that there are."""

    class TagForm(forms.Form):
        tags = TagsField()

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.suggestions = {"tags": suggestions()}

    return TagForm


def _existing_tag_form(user: User) -> type[forms.Form]:
    class ExistingTagForm(forms.Form):
        tag = forms.ModelChoiceField(Tag.objects.all(), label=_("Tag"), empty_label=None)

    return ExistingTagForm


def _lock(model: Tagged, ids: Iterable[int]) -> dict[int, Any]:
    """Those that are not in the bin, as they stand now, locked in the order of their ids."""
    found: QuerySet[Any] = model.objects.kept()
    rows = found.filter(pk__in=ids).select_for_update(of=("self",), no_key=True).order_by("pk")
    return {row.pk: row for row in rows.only("pk", "version", *_SET_BY_ONE[model])}


_SET_BY_ONE: Mapping[Tagged, tuple[str, ...]] = {Account: ("team",), Contact: ("role",)}


def _pairs(model: Tagged, ids: Iterable[int], tag_ids: Iterable[int]) -> set[tuple[int, int]]:
    through, name = model.tags.through, model._meta.model_name
    found = through._default_manager.filter(**{f"{name}__in": ids, "tag__in": tag_ids})
    return set(found.values_list(f"{name}_id", "tag_id"))


def _join(model: Tagged, pairs: Iterable[tuple[int, int]]) -> None:
    through, name = model.tags.through, model._meta.model_name
    rows: list[Any] = [through(**{f"{name}_id": pk, "tag_id": tag}) for pk, tag in pairs]
    through._default_manager.bulk_create(rows, ignore_conflicts=True)


def _part(model: Tagged, pairs: Iterable[tuple[int, int]]) -> None:
    by_tag: dict[int, list[int]] = defaultdict(list)
    for pk, tag in pairs:
        by_tag[tag].append(pk)
    through, name = model.tags.through, model._meta.model_name
    for tag, ids in by_tag.items():
        through._default_manager.filter(**{f"{name}__in": ids, "tag": tag}).delete()


def add_tags(*, model: Tagged, ids: Sequence[int], names: Iterable[str]) -> Done:
    """Give rows tags. Those that have them all stay as they are."""
    tag_ids = [tag.pk for tag in tags_named(names)]
    rows, done = _lock(model, ids), Done()
    there = _pairs(model, ids, tag_ids)
    for pk in ids:
        missing = [tag for tag in tag_ids if (pk, tag) not in there]
        if pk in rows and missing:
            done.before[pk] = {"added": missing}
        elif pk in rows:
            done.refused[pk] = _("Has this tag already.")
    _join(model, ((pk, tag) for pk, was in done.before.items() for tag in was["added"]))
    return done


def undo_add_tags(*, model: Tagged, before: Mapping[int, dict[str, Any]]) -> Done:
    """Take away the tags that were added."""
    rows = _lock(model, before)
    _part(model, ((pk, tag) for pk, was in before.items() if pk in rows for tag in was["added"]))
    gone = {pk: _("Is in the bin now.") for pk in before if pk not in rows}
    return Done(before=dict.fromkeys(rows), refused=gone)


def remove_tag(*, model: Tagged, ids: Sequence[int], tag_id: int) -> Done:
    """Take a tag away. Rows without it stay as they are."""
    rows, done = _lock(model, ids), Done()
    there = _pairs(model, ids, [tag_id])
    for pk in ids:
        if (pk, tag_id) in there:
            done.before[pk] = {"removed": [tag_id]}
        elif pk in rows:
            done.refused[pk] = _("Does not have this tag.")
    _part(model, ((pk, tag_id) for pk in done.before))
    return done


def undo_remove_tag(*, model: Tagged, before: Mapping[int, dict[str, Any]]) -> Done:
    """Give back the tag that was taken away, where it and the row are still there."""
    rows = _lock(model, before)
    there = set(
        Tag.objects.filter(pk__in={was["removed"][0] for was in before.values()}).values_list("pk", flat=True)
    )
    done = Done()
    for pk, was in before.items():
        if pk in rows and was["removed"][0] in there:
            done.before[pk] = None
        else:
            done.refused[pk] = _("The tag is not there any more.")
    _join(model, ((pk, before[pk]["removed"][0]) for pk in done.before))
    return done


def _tagging(model: Tagged) -> list[Action]:
    return [
        Action(
            key="tag",
            label=gettext_lazy("Add tag"),
            icon="tag",
            do=lambda ids, params, by: add_tags(model=model, ids=ids, names=params["tags"]),
            form=tag_form,
            undo=lambda before, params, by: undo_add_tags(model=model, before=before),
            said=lambda params: _("Tagged %s") % ", ".join(params["tags"]),
        ),
        Action(
            key="untag",
            label=gettext_lazy("Remove tag"),
            icon="x-mark",
            do=lambda ids, params, by: remove_tag(model=model, ids=ids, tag_id=params["tag"]),
            form=_existing_tag_form,
            params=lambda cleaned: {"tag": cleaned["tag"].pk, "name": cleaned["tag"].name},
            undo=lambda before, params, by: undo_remove_tag(model=model, before=before),
            said=lambda params: _("Tag %s removed") % params["name"],
        ),
    ]


# --- One value for all ------------------------------------------------------------------------------------------------


def set_value(*, model: Tagged, ids: Sequence[int], field: str, value: Any) -> Done:
    """Write one value into a column (`field`). Rows that hold it stay as they are."""
    rows, done = _lock(model, ids), Done()
    for pk in ids:
        if pk not in rows:
            continue
        if (former := getattr(rows[pk], field)) == value:
            done.refused[pk] = _("Is so already.")
        else:
            done.before[pk] = {"was": former}
    _write(model, done.before, field, value)
    return done


def undo_set_value(*, model: Tagged, before: Mapping[int, dict[str, Any]], field: str, value: Any) -> Done:
    """Write back what each held, unless somebody wrote something else since."""
    rows, done = _lock(model, before), Done()
    back: dict[Any, list[int]] = defaultdict(list)
    for pk, was in before.items():
        if pk in rows and getattr(rows[pk], field) == value:
            done.before[pk] = None
            back[was["was"]].append(pk)
        else:
            done.refused[pk] = _("Somebody has changed it since.")
    for former, ids in back.items():
        _write(model, ids, field, former)
    return done


def _write(model: Tagged, ids: Iterable[int], field: str, value: Any) -> None:
    model._default_manager.filter(pk__in=list(ids)).update(**{field: value, "version": F("version") + 1})


def _team_form(user: User) -> type[forms.Form]:
    class TeamForm(forms.Form):
        team = forms.ModelChoiceField(
            Team.objects.all() if user.is_admin else Team.objects.filter(pk__in=user.team_ids),
            label=_("Team"),
            required=False,
            empty_label=_("Nobody's yet"),
        )

    return TeamForm


def _team_params(cleaned: Params) -> Params:
    team = cleaned["team"]
    return {"team": team.pk, "name": team.name} if team else {"team": None, "name": _("nobody")}


TEAM = Action(
    key="team",
    label=gettext_lazy("Give to a team"),
    icon="user-group",
    do=lambda ids, params, by: set_value(model=Account, ids=ids, field="team_id", value=params["team"]),
    form=_team_form,
    params=_team_params,
    undo=lambda before, params, by: undo_set_value(
        model=Account, before=before, field="team_id", value=params["team"]
    ),
    said=lambda params: _("Given to the team %s") % params["name"],
)


class RoleForm(forms.Form):
    """Which part in the change they have."""

    role = forms.ChoiceField(
        label=gettext_lazy("Stakeholder role"),
        choices=[("", gettext_lazy("None")), *Contact.Role.choices],
        required=False,
    )


def _role_said(params: Params) -> str:
    role = params["role"]
    return _("Role: %s") % (Contact.Role(role).label if role else _("none"))


ROLE = Action(
    key="role",
    label=gettext_lazy("Set role"),
    icon="identification",
    do=lambda ids, params, by: set_value(model=Contact, ids=ids, field="role", value=params["role"]),
    form=lambda user: RoleForm,
    undo=lambda before, params, by: undo_set_value(
        model=Contact, before=before, field="role", value=params["role"]
    ),
    said=_role_said,
)

ACCOUNTS = [*_tagging(Account), TEAM, EXPORT]
CONTACTS = [ROLE, *_tagging(Contact), EXPORT]

AccountTable.actions.extend(ACCOUNTS)
ContactTable.actions.extend(CONTACTS)
