"""What the tables of dream clients and of accounts offer to do to many dream clients at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.accounts import bulk as accounts
from apps.accounts.models import Account
from apps.accounts.tables import AccountTable
from apps.dreamclients import bulk_changes, bulk_targeting
from apps.dreamclients.forms import ParkForm, ReasonForm
from apps.dreamclients.models import DreamClient, DreamClientList, Tier
from apps.dreamclients.tables import DreamClientTable
from apps.tables.actions import Action, Done
from apps.tables.exporting import EXPORT
from apps.users.models import Organisation, User

type Params = dict[str, Any]


class TierForm(forms.Form):
    """Which tier."""

    tier = forms.ChoiceField(
        label=gettext_lazy("Tier"), choices=Tier.choices, initial=Tier.B, widget=forms.RadioSelect
    )


def _owner_form(user: User) -> type[forms.Form]:
    class OwnerForm(forms.Form):
        owner = forms.ModelChoiceField(
            User.objects.assignable_by(user), label=_("Owner"), initial=user.pk, empty_label=None
        )

    return OwnerForm


class _ListField(forms.ModelChoiceField[DreamClientList]):
    """A list; those on which a manager has to approve what this person adds say so."""

    def __init__(self, user: User) -> None:
        lists = DreamClientList.objects.visible_to(user).live()
        asks = not user.is_admin and Organisation.current().approve_targets
        self.approved_without = None if not asks else set(user.led_team_ids)
        super().__init__(lists, label=_("List"), empty_label=None)
        if asks and lists.exclude(team__in=user.led_team_ids).exists():
            self.help_text = _(
                "Where it says “to be approved”, they are proposed: a manager has to approve them."
            )

    def label_from_instance(self, obj: DreamClientList) -> str:
        """Its name."""
        if self.approved_without is None or obj.team_id in self.approved_without:
            return str(obj)
        return _("%s (to be approved)") % obj


def _list_form(user: User) -> type[forms.Form]:
    class PutOnListForm(forms.Form):
        dream_client_list = _ListField(user)
        tier = forms.ChoiceField(label=_("Tier"), choices=Tier.choices, initial=Tier.B)
        owner = forms.ModelChoiceField(
            User.objects.assignable_by(user),
            label=_("Owner"),
            required=False,
            empty_label=_("Nobody for now"),
            help_text=_("As many as the book has room for; the rest are nobody's for now."),
        )

    return PutOnListForm


def _named(params: Params) -> str:
    return str(params.get("name", ""))


# --- Dream clients --------------------------------------------------------------------------------------------------


def _assign(ids: Sequence[int], params: Params, by: User) -> Done:
    owner = User.objects.assignable_by(by).filter(pk=params["owner"]).first()
    if owner is None:
        why = _("You may not give work to %s any more.") % _named(params)
        return Done(refused=dict.fromkeys(ids, why))
    return bulk_changes.assign_many(ids=ids, owner=owner, by=by)


ASSIGN = Action(
    key="assign",
    label=gettext_lazy("Assign"),
    icon="user",
    do=_assign,
    form=_owner_form,
    params=lambda cleaned: {"owner": cleaned["owner"].pk, "name": cleaned["owner"].name},
    undo=lambda before, params, by: bulk_changes.undo_assign(before=before, owner_id=params["owner"], by=by),
    said=lambda params: _("Assigned to %s") % _named(params),
    text=gettext_lazy("As many as the book has room for; the others stay as they are."),
)

TIER = Action(
    key="tier",
    label=gettext_lazy("Set tier"),
    icon="star",
    do=lambda ids, params, by: bulk_changes.set_tiers(ids=ids, tier=params["tier"]),
    form=lambda user: TierForm,
    undo=lambda before, params, by: bulk_changes.undo_tiers(before=before, tier=params["tier"]),
    said=lambda params: _("Tier %s") % params["tier"],
)


def _until(params: Params) -> datetime:
    return cast("datetime", parse_datetime(params["until"]))


PARK = Action(
    key="park",
    label=gettext_lazy("Park"),
    icon="pause",
    do=lambda ids, params, by: bulk_changes.park_many(ids=ids, until=_until(params), by=by),
    form=lambda user: ParkForm,
    params=lambda cleaned: {"until": cleaned["until"].isoformat()},
    undo=lambda before, params, by: bulk_changes.undo_park(before=before, until=_until(params), by=by),
    said=lambda params: _("Parked until %s") % date_format(localtime(_until(params)), "j M Y"),
    text=gettext_lazy("They stay in their books, and nobody is asked to touch them until then."),
)

REVIVE = Action(
    key="revive",
    label=gettext_lazy("Take up again"),
    icon="play",
    do=lambda ids, params, by: bulk_changes.revive_many(ids=ids, by=by),
    undo=lambda before, params, by: bulk_changes.undo_revive(before=before, by=by),
    said=lambda params: _("Taken up again"),
)

RULE_OUT = Action(
    key="rule_out",
    label=gettext_lazy("Rule out"),
    icon="no-symbol",
    do=lambda ids, params, by: bulk_changes.rule_out_many(ids=ids, reason=params["reason"], by=by),
    form=lambda user: ReasonForm,
    undo=lambda before, params, by: bulk_changes.undo_rule_out(before=before, reason=params["reason"], by=by),
    said=lambda params: _("Ruled out: %s") % params["reason"],
    text=gettext_lazy("They make room in the books. You can take them up again at any time."),
)

TAKE_OFF = Action(
    key="take_off",
    label=gettext_lazy("Take off the list"),
    icon="minus-circle",
    do=lambda ids, params, by: bulk_changes.take_off_many(ids=ids, reason=params["reason"], by=by),
    form=lambda user: ReasonForm,
    undo=lambda before, params, by: bulk_changes.undo_take_off(before=before, by=by),
    undo_rows=DreamClient.objects.editable_by,  # those taken off as well
    said=lambda params: _("Taken off their lists: %s") % params["reason"],
    text=gettext_lazy("Their ladders end here. Put on a list again, they start from the first rung."),
)


def _account_ids(ids: Sequence[int], by: User) -> tuple[dict[int, int], Done]:
    """The accounts behind dream clients, by the dream client; those that `by` may not change are refused."""
    pairs = dict(DreamClient.objects.filter(pk__in=ids).values_list("pk", "account"))
    may = set(Account.objects.editable_by(by).filter(pk__in=pairs.values()).values_list("pk", flat=True))
    why = _("Your team may not change this account.")
    done = Done(refused={pk: why for pk, account in pairs.items() if account not in may})
    return {pk: pairs[pk] for pk in ids if pairs.get(pk) in may}, done


def _tag(ids: Sequence[int], params: Params, by: User) -> Done:
    accounts_of, done = _account_ids(ids, by)
    tagged = accounts.add_tags(model=Account, ids=list(accounts_of.values()), names=params["tags"])
    for pk, account in accounts_of.items():
        if account in tagged.before:
            done.before[pk] = {"account": account, **tagged.before[account]}
        else:
            done.refused[pk] = tagged.refused.get(account, "")
    return done


def _untag(before: dict[int, Any], params: Params, by: User) -> Done:
    accounts_of, done = _account_ids(list(before), by)
    undone = accounts.undo_add_tags(
        model=Account, before={account: before[pk] for pk, account in accounts_of.items()}
    )
    for pk, account in accounts_of.items():
        if account in undone.before:
            done.before[pk] = None
        else:
            done.refused[pk] = undone.refused[account]
    return done


TAG = Action(
    key="tag",
    label=gettext_lazy("Tag the accounts"),
    icon="tag",
    do=_tag,
    form=accounts.tag_form,
    undo=_untag,
    said=lambda params: _("Tagged %s") % ", ".join(params["tags"]),
)

# --- Accounts ---------------------------------------------------------------------------------------------------------


def _put_on_list(ids: Sequence[int], params: Params, by: User) -> Done:
    chosen = DreamClientList.objects.visible_to(by).live().filter(pk=params["list"]).first()
    if chosen is None:
        return Done(refused=dict.fromkeys(ids, _("The list is not there any more.")))
    owner = None
    if params["owner"] is not None:
        owner = User.objects.assignable_by(by).filter(pk=params["owner"]).first()
    return bulk_targeting.put_on_list(
        dream_client_list=chosen, ids=ids, tier=params["tier"], owner=owner, by=by
    )


def _told_list(params: Params, done: int, remarks: dict[str, int]) -> list[str]:
    """What is on the list now, and what is proposed for it."""
    proposed = remarks.pop(bulk_targeting.proposed_words(), 0)
    said, sentences = {"list": _named(params)}, []
    if placed := done - proposed:
        text = ngettext(
            "Put on the list %(list)s: %(number)d row.", "Put on the list %(list)s: %(number)d rows.", placed
        )
        sentences.append(text % {**said, "number": placed})
    if proposed:
        text = ngettext(
            "%(number)d account is proposed for the list %(list)s: a manager has to approve it.",
            "%(number)d accounts are proposed for the list %(list)s: a manager has to approve them.",
            proposed,
        )
        sentences.append(text % {**said, "number": proposed})
    return sentences


PUT_ON_LIST = Action(
    key="put_on_list",
    label=gettext_lazy("Add to a list"),
    icon="star",
    do=_put_on_list,
    form=_list_form,
    params=lambda cleaned: {
        "list": cleaned["dream_client_list"].pk,
        "name": cleaned["dream_client_list"].name,
        "tier": cleaned["tier"],
        "owner": cleaned["owner"].pk if cleaned["owner"] else None,
    },
    undo=lambda before, params, by: bulk_targeting.undo_put_on_list(before=before, by=by),
    said=lambda params: _("Put on the list %s") % _named(params),
    told=_told_list,
)

DREAM_CLIENTS = [ASSIGN, TIER, TAG, PARK, REVIVE, EXPORT, RULE_OUT, TAKE_OFF]

DreamClientTable.actions.extend(DREAM_CLIENTS)
AccountTable.actions.insert(0, PUT_ON_LIST)
