"""What people do with imports: upload, confirm, try again, stop."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.custom import remembered
from apps.dreamclients.models import DreamClientList
from apps.imports import custom, reading, tasks
from apps.imports.cleaning import BadRowError, CleanRow, cell, clean_row
from apps.imports.fields import suggest
from apps.imports.models import Import
from apps.users.models import User


def upload(
    *,
    content: bytes,
    file_name: str,
    by: User,
    target_list: DreamClientList | None = None,
    list_name: str = "",
    assign_to: User | None = None,
    tier: str = "B",
) -> Import:
    """Keep a file with how it is read and which columns seem to be what. Raises reading.UnreadableFileError."""
    table = reading.examine(content)
    draft = Import(
        owner=by,
        team_id=target_list.team_id if target_list else by.home_team_id,
        target_list=target_list,
        list_name=list_name,
        assign_to=assign_to,
        tier=tier,
        file_name=file_name[:255],
        content=content,
        encoding=table.encoding,
        delimiter=table.delimiter,
        header=table.header,
        total=table.total,
    )
    fields = custom.known().values()
    draft.mapping = suggest(draft.header, samples(draft), lambda label: custom.match(label, fields))
    draft.save(force_insert=True)
    return draft


def first_rows(draft: Import, count: int = custom.SAMPLED) -> list[reading.Row]:
    """The first rows of the file."""
    return list(islice(reading.rows(bytes(draft.content), draft.encoding, draft.delimiter), count))


def samples(draft: Import, count: int = 30) -> list[list[str]]:
    """For each column some of its different values, first ones first."""
    rows = first_rows(draft)
    columns = []
    for index in range(len(draft.header)):
        values = (row.cells[index].strip() for row in rows if index < len(row.cells))
        columns.append(list(islice(dict.fromkeys(value for value in values if value), count)))
    return columns


def whole_columns(draft: Import, indexes: Iterable[str]) -> dict[str, list[str]]:
    """All the values of some columns, as an import reads them."""
    columns: dict[str, list[str]] = {index: [] for index in indexes}
    for row in reading.rows(bytes(draft.content), draft.encoding, draft.delimiter):
        for index, values in columns.items():
            if text := cell(row.cells, int(index)):
                values.append(text)
    return columns


def preview(draft: Import, rows: list[reading.Row]) -> list[tuple[reading.Row, CleanRow | None, str]]:
    """What would come of `rows`: the values, or None and what is wrong."""
    result: list[tuple[reading.Row, CleanRow | None, str]] = []
    with remembered():
        fields = custom.known()
        for row in rows:
            try:
                result.append((row, clean_row(row, draft.mapping, len(draft.header), fields), ""))
            except BadRowError as error:
                result.append((row, None, str(error)))
    return result


def confirm(*, draft: Import, mapping: Mapping[str, str], by: User) -> Import:
    """Let a worker import the file. The list it goes to and new custom fields are made now; twice is once.

    Raises custom_services.Refused where there would be too many fields.
    """
    wanted = custom.new_labels(mapping, custom.known())
    columns = whole_columns(draft, wanted) if wanted and by.is_admin else {}
    with transaction.atomic():
        row = Import.objects.select_for_update().defer("content").get(pk=draft.pk)
        if row.state != Import.State.MAPPING:
            return row
        if row.target_list_id is None and row.list_name:
            row.target_list = _list_called(row.list_name, by=by, team_id=row.team_id)
        row.mapping = custom.make(mapping, columns, by)
        row.state = Import.State.WAITING
        row.save(update_fields=["target_list", "mapping", "state"])
        transaction.on_commit(tasks.nudge)
    return row


def remember_mapping(*, draft: Import, mapping: Mapping[str, str]) -> None:
    """Keep what was chosen so far, so that it is there after a break. Nothing where the import has started."""
    draft.mapping = dict(mapping)
    Import.objects.filter(pk=draft.pk, state=Import.State.MAPPING).update(mapping=draft.mapping)


def _list_called(name: str, *, by: User, team_id: int | None) -> DreamClientList:
    """The live list of that name that `by` may fill, else a new one."""
    same = DreamClientList.objects.live().visible_to(by).filter(name__iexact=name, team=team_id)
    if (found := same.first()) is not None:
        return found
    try:
        with transaction.atomic():
            return DreamClientList.objects.create(name=name, owner=by, team_id=team_id)
    except IntegrityError:  # somebody made it at this moment
        return same.get()


def retry(*, failed: Import, by: User) -> bool:
    """Go on with an import that broke off, where it stopped. False where it did not break off."""
    with transaction.atomic():
        changed = Import.objects.filter(pk=failed.pk, state=Import.State.FAILED).update(
            state=Import.State.WAITING,
            error="",
            attempts=0,
            claim_token=None,
            claimed_until=None,
            finished_at=None,
        )
        transaction.on_commit(tasks.nudge)
    return bool(changed)


def cancel(*, running: Import, by: User, now: datetime | None = None) -> bool:
    """Stop an import. What it has stored stays. False where it had ended already."""
    open_states = [Import.State.MAPPING, Import.State.WAITING, Import.State.RUNNING]
    return bool(
        Import.objects.filter(pk=running.pk, state__in=open_states).update(
            content=b"",
            state=Import.State.CANCELLED,
            finished_at=now or timezone.now(),
            claim_token=None,
            claimed_until=None,
        )
    )
