"""What an admin changes about custom fields. Each change is written to the audit log in the same transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts import tasks
from apps.accounts.custom_cache import forget, remembered
from apps.accounts.custom_indexes import model_of
from apps.accounts.custom_values import clean_value, say
from apps.accounts.models import ChoiceChange, CustomField
from apps.accounts.models.custom import MOST_CHOICES, MOST_FIELDS, custom_key
from apps.users.models import User
from apps.users.services import audit

MOST_CONVERTED = 20_000
"""How many values may get another type at once: it is done while the admin waits."""


class Refused(Exception):
    """It cannot be done; the message says why and what to do instead."""


def holders(field: CustomField) -> QuerySet[Any]:
    """The rows that hold a value of `field`, in the bin too."""
    return model_of(field.model)._base_manager.filter(custom__has_key=field.key)


def holders_of(field: CustomField, choice: str) -> QuerySet[Any]:
    """The rows that hold `choice`."""
    held = [choice] if field.type == CustomField.Type.CHOICES else choice
    return model_of(field.model)._base_manager.filter(custom__contains={field.key: held})


def add_field(*, field: CustomField, by: User | None, key: str = "") -> CustomField:
    """Add `field` (not saved yet) as the last of its model. Its key is made from its label. Raises Refused."""
    with transaction.atomic():
        _lock()
        others = CustomField.objects.filter(model=field.model)
        if others.count() >= MOST_FIELDS:
            raise Refused(
                _("There are %d fields already, and more are not possible. Delete one for good first.")
                % MOST_FIELDS
            )
        check_label(field)
        field.key = key or _free_key(field)
        field.position = (others.aggregate(last=Max("position"))["last"] or 0) + 1
        field.save(force_insert=True)
        audit(by=by, action="field added", subject=field.label, detail=_told(field))
        _done()
    return field


def check_label(field: CustomField) -> None:
    """Raises Refused where another field that is shown has this label."""
    same = CustomField.objects.filter(
        model=field.model, label__iexact=field.label, archived_at=None, is_going=False
    )
    if same.exclude(pk=field.pk).exists():
        raise Refused(_("There is a field “%s” already. Choose another label.") % field.label)


def save_field(
    *,
    field: CustomField,
    before: CustomField,
    becomes: Mapping[str, str],
    by: User,
    changes: Mapping[str, Any],
) -> CustomField:
    """Keep what was changed of `field`; `before` is how it stood, `becomes` what is held instead of choices that went.

    Where its type changed, the values become those of the new type, all of them or none. Raises Refused.
    """
    with transaction.atomic():
        _lock()
        check_label(field)
        _check_choices(field, before)
        if field.type != before.type:
            _convert(field, before)
            field.indexed_as = ""
        elif field.indexed_as == CustomField.FAILED:
            field.indexed_as = ""  # saving it is how an admin asks for another attempt
        field.save()
        if field.type == before.type:
            ChoiceChange.objects.bulk_create(
                ChoiceChange(field=field, before=gone, after=after) for gone, after in becomes.items()
            )
        detail = {**changes, **{f"choice {gone}": ["", after] for gone, after in becomes.items()}}
        audit(by=by, action="field changed", subject=field.label, detail=detail)
        _done()
    return field


def _check_choices(field: CustomField, before: CustomField) -> None:
    if not field.has_choices:
        return
    new = set(field.choices) - set(before.choices)
    changes = ChoiceChange.objects.filter(field=field, before__in=new)
    waiting = changes.filter(followed_at=None).first()
    if waiting is not None:
        raise Refused(
            _("“%s” is being replaced in the rows at this moment. Add it again in a minute.") % waiting.before
        )
    changes.delete()  # the name is a choice again: whoever still writes it is right


def _convert(field: CustomField, before: CustomField) -> None:
    """Have all values be of the new type. Choices that an admin named none of become what is there."""
    rows = list(
        holders(before)
        .select_for_update(no_key=True)
        .only("pk", "custom")
        .order_by("pk")[: MOST_CONVERTED + 1]
    )
    if len(rows) > MOST_CONVERTED:
        raise Refused(
            _("More than %d rows hold a value: add a new field of that type, and import the values into it.")
            % MOST_CONVERTED
        )
    texts = {row.pk: say(before, row.custom[field.key]) for row in rows}
    if field.has_choices and not field.choices:
        field.choices = sorted({" ".join(text.split()) for text in texts.values() if text.strip()})
        if len(field.choices) > MOST_CHOICES or any(len(choice) > 80 for choice in field.choices):
            raise Refused(
                _("The values are too many or too long to be choices. Shorten them, or keep the type.")
            )
    unfit: list[str] = []
    with remembered():
        for row in rows:
            _convert_row(row, field, texts[row.pk], unfit)
    if unfit:
        raise Refused(
            _("%(count)d values do not fit this type. The first: %(why)s")
            % {"count": len(unfit), "why": unfit[0]}
        )
    model_of(field.model)._base_manager.bulk_update(rows, ["custom"], batch_size=500)


def _convert_row(row: Any, field: CustomField, text: str, unfit: list[str]) -> None:
    try:
        value = clean_value(field, text)
    except ValidationError as error:
        unfit.append(error.messages[0])
    else:
        row.custom.pop(field.key)
        if value is not None:
            row.custom[field.key] = value


def shift_field(*, field: CustomField, by: User, up: bool) -> bool:
    """Change places with the field before it (`up`) or after it; False where there is none."""
    with transaction.atomic():
        _lock()
        ids = list(_shown(field.model).values_list("pk", flat=True))
        at = ids.index(field.pk) if field.pk in ids else -1
        to = at - 1 if up else at + 1
        if at < 0 or not 0 <= to < len(ids):
            return False
        ids[at], ids[to] = ids[to], ids[at]
        _renumber(ids)
        audit(
            by=by, action="field moved", subject=field.label, detail={"position": [str(at + 1), str(to + 1)]}
        )
        _done()
    return True


def order_fields(*, model: str, ids: Sequence[int], by: User) -> None:
    """Put the fields of a model into this order; those that are not named keep theirs, behind."""
    with transaction.atomic():
        _lock()
        known = list(_shown(model).values_list("pk", flat=True))
        named = [pk for pk in dict.fromkeys(ids) if pk in known]
        new = [*named, *(pk for pk in known if pk not in named)]
        if new != known:
            _renumber(new)
            labels = dict(_shown(model).values_list("pk", "label"))
            detail = {"order": ", ".join(labels[pk] for pk in new)}
            audit(by=by, action="fields ordered", subject=CustomField.Model(model).label, detail=detail)
            _done()


def archive_field(*, field: CustomField, by: User) -> None:
    """Show it nowhere any more; its values are kept."""
    with transaction.atomic():
        changed = CustomField.objects.filter(pk=field.pk, archived_at=None).update(archived_at=timezone.now())
        if changed:
            audit(by=by, action="field archived", subject=field.label, detail=_told(field))
        _done()


def restore_field(*, field: CustomField, by: User) -> None:
    """Show it again, with the values it had. Raises Refused where another one has its label by now."""
    with transaction.atomic():
        _lock()
        check_label(field)
        archived = CustomField.objects.filter(pk=field.pk, is_going=False).exclude(archived_at=None)
        if archived.update(archived_at=None):
            audit(by=by, action="field restored", subject=field.label, detail=_told(field))
        _done()


def delete_field(*, field: CustomField, by: User) -> None:
    """Delete an archived field for good: a worker takes its values out of the rows. Raises Refused."""
    with transaction.atomic():
        archived = CustomField.objects.filter(pk=field.pk, is_going=False).exclude(archived_at=None)
        if not archived.update(is_going=True):
            raise Refused(_("Only what is in the archive can be deleted for good."))
        audit(by=by, action="field deleted", subject=field.label, detail=_told(field))
        _done()


def _shown(model: str) -> QuerySet[CustomField]:
    return CustomField.objects.filter(model=model, archived_at=None)


def _renumber(ids: Sequence[int]) -> None:
    fields = CustomField.objects.in_bulk(ids)
    for position, pk in enumerate(ids, start=1):
        fields[pk].position = position
    CustomField.objects.bulk_update(fields.values(), ["position"])


def _free_key(field: CustomField) -> str:
    """A key that no field of the model has or had: archived ones keep theirs."""
    key, number = custom_key(field.label), 1
    taken = set(CustomField.objects.filter(model=field.model).values_list("key", flat=True))
    while key in taken:
        number += 1
        key = f"{custom_key(field.label)[:56]}_{number}"
    return key


def _told(field: CustomField) -> dict[str, str]:
    """What the audit log says of it."""
    told = {"of": str(field.get_model_display()), "type": str(field.get_type_display()), "key": field.key}
    return told | ({"choices": ", ".join(field.choices)[:1000]} if field.has_choices else {})


def _lock() -> None:
    """One change of the fields at a time."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('opener.custom_fields.change'))")


def _done() -> None:
    """What was read of the fields is out of date, and a worker may have something to do."""
    forget()
    transaction.on_commit(tasks.nudge)
