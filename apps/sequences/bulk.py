"""Letting many contacts into a sequence from the tables of contacts and of dream clients."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Contact
from apps.accounts.tables import ContactTable
from apps.dreamclients.locks import lock_accounts, lock_books
from apps.dreamclients.models import DreamClient
from apps.dreamclients.services import BookFull, LeftItsList, TakenAlready, let_go, take
from apps.dreamclients.tables import DreamClientTable
from apps.sequences import models, services
from apps.sequences.checking import Verdict
from apps.sequences.models import Enrollment
from apps.tables.actions import Action, Checked, Done
from apps.users.models import User

type Params = dict[str, Any]

BATCH = 20
"""How many rows a transaction holds: each takes some thirty queries, and holds its account until the end."""
AT_ONCE = 10
"""How many rows are done in the request itself."""
MOST_CONTACTS = 50
"""How many contacts of one account go in."""


def _form(user: User) -> type[forms.Form]:
    class SequenceForm(forms.Form):
        sequence = forms.ModelChoiceField(
            models.Sequence.objects.visible_to(user).usable().order_by("name"),
            label=_("Sequence"),
            empty_label=None,
        )

    return SequenceForm


def _params(cleaned: Params) -> Params:
    return {"sequence": cleaned["sequence"].pk, "name": cleaned["sequence"].name}


def _sequence(params: Params, by: User) -> models.Sequence | None:
    found = models.Sequence.objects.visible_to(by).usable().select_related("schedule")
    return found.filter(pk=params["sequence"]).first()


def _not_there(ids: Iterable[int]) -> Done:
    return Done(refused=dict.fromkeys(ids, _("The sequence is not active.")))


def _hold(dream_clients: Iterable[DreamClient], by: User) -> None:
    """All accounts of a batch, then the book that nobody's dream clients are taken into, so that nobody waits in a circle."""
    rows = list(dream_clients)
    lock_accounts(row.account_id for row in rows)
    if any(row.owner_id is None for row in rows):
        lock_books([by.pk])


def _enroll_some(
    contacts: list[Contact], sequence: models.Sequence, dream_client: DreamClient, by: User
) -> services.EnrollResult | str:
    """What became of each contact; or, in words, why of none. Nobody's dream client is taken into one's own book.

    The caller holds the account, and where it is nobody's that book (`_hold`).
    """
    try:
        with transaction.atomic():
            if dream_client.owner_id is None:
                take(dream_client=dream_client, by=by)
            result = services.enroll(contacts=contacts, sequence=sequence, dream_client=dream_client, by=by)
            if not result.entered and not result.waiting:
                transaction.set_rollback(True)  # nobody went in: it is not taken either
            return result
    except (BookFull, TakenAlready, LeftItsList) as error:
        return str(error)


def _check_some(
    contacts: list[Contact], sequence: models.Sequence, dream_client: DreamClient, by: User
) -> list[Checked]:
    if dream_client.owner_id is None:
        dream_client.owner = by  # starting takes it
    found = services.check_enrollment(
        contacts=contacts, sequence=sequence, dream_client=dream_client, by=by, now=timezone.now()
    )
    return [
        Checked(
            label=f"{one.contact.name} · {one.contact.account}",
            why=one.why if one.verdict == Verdict.REFUSED else "",
            remark=_remark(one),
        )
        for one in found
    ]


def _remark(one: services.Checked) -> str:
    if one.first_at is None:
        return one.why
    day = date_format(timezone.localtime(one.first_at), "D j M, H:i")
    return " ".join(filter(None, [_("First touch %s.") % day, one.why]))


# --- Contacts -------------------------------------------------------------------------------------------------------


def _by_dream_client(
    ids: Sequence[int], by: User
) -> tuple[list[tuple[DreamClient, list[Contact]]], dict[int, str]]:
    """The contacts by the dream client that they would enter for, and why the others have none."""
    contacts = Contact.objects.visible_to(by).select_related("account").in_bulk(ids)
    accounts = {contact.account_id for contact in contacts.values()}
    rows = DreamClient.objects.editable_by(by).current().filter(account__in=accounts)
    workable = {row.account_id: row for row in rows.select_related("account", "owner", "list", "team")}
    others = DreamClient.objects.current().filter(account__in=accounts).select_related("owner")
    held = {row.account_id: str(TakenAlready(row.owner)) for row in others if row.owner is not None}
    groups: dict[int, list[Contact]] = {}
    why: dict[int, str] = {}
    for pk in ids:
        contact = contacts.get(pk)
        if contact is None:
            continue
        if contact.account_id in workable:
            groups.setdefault(contact.account_id, []).append(contact)
        else:
            why[pk] = held.get(contact.account_id) or _("The company is on no list of dream clients.")
    return [(workable[account], group) for account, group in sorted(groups.items())], why


def _enroll_contacts(ids: Sequence[int], params: Params, by: User) -> Done:
    sequence = _sequence(params, by)
    if sequence is None:
        return _not_there(ids)
    groups, why = _by_dream_client(ids, by)
    _hold((dream_client for dream_client, _contacts in groups), by)
    done = Done(refused=why)
    for dream_client, contacts in groups:
        taken = dream_client.owner_id is None
        result = _enroll_some(contacts, sequence, dream_client, by)
        if isinstance(result, str):
            done.refused |= {contact.pk: result for contact in contacts}
            continue
        for enrollment in [*result.entered, *result.waiting]:
            done.before[enrollment.contact_id] = {"enrollments": [enrollment.pk], "taken": taken}
        for enrollment in result.waiting:
            done.remarks[enrollment.contact_id] = _("Waits until a colleague of theirs ends.")
        done.refused |= {contact.pk: reason for contact, reason in result.refused}
    return done


def _check_contacts(ids: Sequence[int], params: Params, by: User) -> list[Checked]:
    sequence = _sequence(params, by)
    if sequence is None:
        return []
    groups, why = _by_dream_client(ids, by)
    found = [one for dream_client, some in groups for one in _check_some(some, sequence, dream_client, by)]
    refused = Contact.objects.filter(pk__in=why).select_related("account")
    return found + [Checked(f"{one.name} · {one.account}", why[one.pk]) for one in refused]


# --- Dream clients --------------------------------------------------------------------------------------------------


def _dream_clients(ids: Sequence[int], by: User) -> list[DreamClient]:
    rows = DreamClient.objects.editable_by(by).current().filter(pk__in=ids)
    return list(rows.select_related("account", "owner", "list", "team").order_by("account_id"))


def _contacts_of(dream_client: DreamClient) -> list[Contact]:
    rows = Contact.objects.kept().filter(account=dream_client.account_id, left_at=None)
    return list(rows.select_related("account").prefetch_related("emails", "opt_outs")[:MOST_CONTACTS])


def _enroll_dream_clients(ids: Sequence[int], params: Params, by: User) -> Done:
    sequence, done = _sequence(params, by), Done()
    if sequence is None:
        return _not_there(ids)
    dream_clients = _dream_clients(ids, by)
    _hold(dream_clients, by)
    for dream_client in dream_clients:
        contacts, taken = _contacts_of(dream_client), dream_client.owner_id is None
        result = _enroll_some(contacts, sequence, dream_client, by)
        if isinstance(result, str):
            done.refused[dream_client.pk] = result
        elif went_in := [*result.entered, *result.waiting]:
            done.before[dream_client.pk] = {"enrollments": [one.pk for one in went_in], "taken": taken}
        elif result.refused:
            done.refused[dream_client.pk] = _nobody(result.refused)
        else:
            done.refused[dream_client.pk] = _("Nobody is known there.")
    return done


def _nobody(refused: list[tuple[Contact, str]]) -> str:
    """Why none of its contacts could: their reasons, each once."""
    reasons = list(dict.fromkeys(why for _contact, why in refused))
    return _("Nobody there can go in. %s") % " ".join(reasons[:3])


def _check_dream_clients(ids: Sequence[int], params: Params, by: User) -> list[Checked]:
    sequence, found = _sequence(params, by), []
    for dream_client in _dream_clients(ids, by) if sequence is not None else []:
        contacts = _contacts_of(dream_client)
        checks = _check_some(contacts, sequence, dream_client, by) if sequence else []
        found += checks or [Checked(str(dream_client.account), _("Nobody is known there."))]
    return found


# --- Back -----------------------------------------------------------------------------------------------------------


def _exit(before: dict[int, Any], params: Params, by: User) -> Done:
    """End what was started and still runs, and let go of what was taken for it. What was sent stays sent."""
    ids = [pk for was in before.values() for pk in was["enrollments"]]
    lock_accounts(Enrollment.objects.filter(pk__in=ids).values_list("account", flat=True))
    rows, done = Enrollment.objects.select_related("dream_client").in_bulk(ids), Done()
    taken: dict[int, DreamClient] = {}
    for pk, was in before.items():
        mine = [rows[one] for one in was["enrollments"] if one in rows]
        if was.get("taken"):
            taken |= {one.dream_client_id: one.dream_client for one in mine}
        running = [one for one in mine if one.is_running]
        for enrollment in running:
            services.exit_enrollment(enrollment=enrollment, reason=_("taken back"), by=by)
        if running:
            done.before[pk] = None
        else:
            done.refused[pk] = _("It has ended by itself since.")
    _let_go(taken, by)
    return done


def _let_go(taken: dict[int, DreamClient], by: User) -> None:
    """What was taken in order to enroll is nobody's again, where nothing else runs there or is to be done."""
    still = DreamClient.objects.current().filter(pk__in=taken, owner=by, next_touch_at=None)
    others = Enrollment.objects.running().filter(dream_client=OuterRef("pk"))
    rows = still.filter(~Exists(others)).order_by("pk").select_for_update(of=("self",), no_key=True)
    for pk in rows.values_list("pk", flat=True):
        with suppress(LeftItsList):
            let_go(dream_client=taken[pk], by=by, reason=_("Taken back"))


def _said(params: Params) -> str:
    return _("Enrolled in %s") % str(params["name"])


ENROLL_CONTACTS = Action(
    key="enroll",
    label=gettext_lazy("Enroll"),
    icon="paper-airplane",
    do=_enroll_contacts,
    form=_form,
    params=_params,
    undo=_exit,
    said=_said,
    check=_check_contacts,
    batch=BATCH,
    at_once=AT_ONCE,
)

ENROLL_DREAM_CLIENTS = Action(
    key="enroll",
    label=gettext_lazy("Enroll"),
    icon="paper-airplane",
    do=_enroll_dream_clients,
    form=_form,
    params=_params,
    undo=_exit,
    said=_said,
    check=_check_dream_clients,
    batch=BATCH,
    at_once=AT_ONCE,
    text=gettext_lazy(
        "Every contact who can goes in, as many at once as an account has places; the others wait."
    ),
)

ContactTable.actions.insert(0, ENROLL_CONTACTS)
DreamClientTable.actions.insert(1, ENROLL_DREAM_CLIENTS)
