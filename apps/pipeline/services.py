"""What happens to an opportunity: it comes into being, gains commitments, is won or lost.

Every function locks the opportunity's row, so that two people who move it at once do so one after the other, and
writes its activities in the same transaction. With `version` (what the mover saw) it raises `MovedMeanwhile` where
somebody was quicker.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts.models import Account, Contact
from apps.activities.models import Activity
from apps.activities.services import record
from apps.dreamclients.services import current_for
from apps.meetings.models import Meeting
from apps.pipeline.credit import credit_opening
from apps.pipeline.defaults import default_pipeline
from apps.pipeline.models import Commitment, Opportunity, OpportunityContact, Stage
from apps.sequences.services import lock_account, stop_account
from apps.users.models import Organisation, User

__all__ = [
    "MovedMeanwhile",
    "NotPossible",
    "default_pipeline",
    "lose",
    "move",
    "open_opportunity",
    "prove",
    "reopen",
    "undo",
    "update",
    "win",
]

Kind = Activity.Kind


class MovedMeanwhile(Exception):
    """Somebody changed the opportunity after the mover had looked at it. `last` tells of it, where it was a move."""

    def __init__(self, opportunity: Opportunity, last: Activity | None) -> None:
        self.opportunity, self.last = opportunity, last
        super().__init__(str(opportunity))


class NotPossible(Exception):
    """What was asked for cannot be done to this opportunity as it stands; the message says why."""


def open_opportunity(
    *,
    account: Account,
    name: str,
    value: Decimal | int,
    origin: str,
    owner: User,
    by: User,
    contact: Contact | None = None,
    next_on: date | None = None,
    meeting: Meeting | None = None,
    evidence: str = "",
    custom: dict[str, Any] | None = None,
    now: datetime | None = None,
) -> Opportunity:
    """Bring an opportunity into being, in the first stage: *Time*.

    A held meeting (the one given, else the last one with the account) proves that commitment, as does whoever came
    to us by themselves; without either it is marked as passed over. An origin of *created* is credited as an opening
    once the opening stage is reached, which by default is now. The contact's sequences end.
    """
    now = now or timezone.now()
    with transaction.atomic():
        lock_account(account.pk)
        pipeline = default_pipeline()
        stage = pipeline.stages.filter(kind=Stage.Kind.OPEN)[0]
        dream_client = current_for(account)
        meeting = meeting or _last_held(account, now)
        opportunity = Opportunity.objects.create(
            name=name,
            account=account,
            contact=contact or (meeting.contact if meeting else None),
            dream_client=dream_client,
            team_id=dream_client.team_id if dream_client else account.team_id or owner.home_team_id,
            owner=owner,
            pipeline=pipeline,
            stage=stage,
            value=value,
            currency=Organisation.current().currency,
            origin=origin,
            next_on=next_on,
            custom=custom or {},
            created_by=by,
            created_at=now,
            last_commitment_at=now,
        )
        if opportunity.contact is not None:
            OpportunityContact.objects.create(
                opportunity=opportunity, contact=opportunity.contact, role=opportunity.contact.role
            )
        _gain(opportunity, stage, evidence or _proof_of_time(opportunity, meeting), by, now)
        _count_skipped(opportunity)
        opportunity.save(update_fields=["skipped"])
        _record(opportunity, Kind.OPPORTUNITY, by, now, subject=name, to=stage.pk, origin=origin)
        credit_opening(opportunity, by=by, at=now)
        stop_account(
            account=account,
            contact=opportunity.contact,
            reason=_("opportunity opened"),
            by=by,
            pause_others=True,
            now=now,
        )
    return opportunity


def move(
    *,
    opportunity: Opportunity,
    stage: Stage,
    by: User,
    evidence: str = "",
    next_on: date | None = None,
    version: int | None = None,
    now: datetime | None = None,
) -> Opportunity:
    """Put it where the buyer stands. Returns the row as it is now.

    Forward: every commitment on the way without evidence is marked as passed over, the one moved to included.
    Backward: the commitments behind it no longer count. To where it stands: evidence proves that stage.
    To the won stage it is won; to lose it, call `lose`.
    """
    if stage.kind == Stage.Kind.WON:
        return win(opportunity=opportunity, by=by, evidence=evidence, version=version, now=now)
    if stage.kind == Stage.Kind.LOST:
        raise NotPossible(_("Say why it was lost."))
    now = now or timezone.now()
    with transaction.atomic():
        row = _locked(opportunity, version)
        if not row.is_open:
            raise NotPossible(_("It is closed. Reopen it first."))
        if stage.pipeline_id != row.pipeline_id:
            raise NotPossible(_("That stage belongs to another pipeline."))
        before, date_before = row.stage, row.next_on
        moves = stage.pk != before.pk
        if moves or evidence.strip():
            _stand_in(row, stage, evidence, by, now)
        # A date that has passed was that of the commitment just gained, not of the next one.
        if next_on is not None or (moves and date_before and date_before < timezone.localdate(now)):
            row.next_on = next_on
        _save(row)
        if moves:
            _record_move(row, Kind.STAGE, by, now, before, evidence, date_before=_written(date_before))
            credit_opening(row, by=by, at=now)
    return row


def win(
    *,
    opportunity: Opportunity,
    by: User,
    evidence: str = "",
    version: int | None = None,
    now: datetime | None = None,
) -> Opportunity:
    """They said yes. Commitments on the way that nobody proved are marked, as in any move."""
    now = now or timezone.now()
    with transaction.atomic():
        row = _locked(opportunity, version)
        before = _still_open(row)
        _stand_in(row, row.pipeline.stages.get(kind=Stage.Kind.WON), evidence or _("They said yes."), by, now)
        row.closed_at = now
        _save(row)
        _record_move(row, Kind.WON, by, now, before, evidence)
        credit_opening(row, by=by, at=now)
    return row


def lose(
    *,
    opportunity: Opportunity,
    reason: str,
    by: User,
    version: int | None = None,
    now: datetime | None = None,
) -> Opportunity:
    """They said no, or nothing any more. NotPossible without a reason."""
    if not reason.strip():
        raise NotPossible(_("Say why it was lost."))
    now = now or timezone.now()
    with transaction.atomic():
        row = _locked(opportunity, version)
        before = _still_open(row)
        row.stage = row.pipeline.stages.get(kind=Stage.Kind.LOST)
        row.closed_at, row.lost_reason = now, reason.strip()[:300]
        _save(row)
        _record_move(row, Kind.LOST, by, now, before, row.lost_reason)
    return row


def reopen(
    *, opportunity: Opportunity, by: User, version: int | None = None, now: datetime | None = None
) -> Opportunity:
    """Take a win or a loss back: it stands where it stood before. What was credited stays credited."""
    now = now or timezone.now()
    with transaction.atomic():
        row = _locked(opportunity, version)
        if row.is_open:
            raise NotPossible(_("It is open already."))
        before = row.stage
        row.stage = _stage_before(row)
        row.closed_at, row.lost_reason = None, ""
        _drop_beyond(row)
        _save(row)
        _record_move(row, Kind.STAGE, by, now, before, "", reopened=True)
    return row


def undo(*, opportunity: Opportunity, by: User, version: int) -> Opportunity:
    """Take back the last move, as long as nothing was changed since: back to the stage and date before it."""
    with transaction.atomic():
        row = _locked(opportunity, version)
        last = _last_move(row)
        if last is None or last.data.get("version") != version:
            raise NotPossible(_("There is nothing to undo."))
        if not row.is_open:
            return reopen(opportunity=row, by=by)
        before, stage = row.stage, row.pipeline.stages.filter(pk=last.data["from"]).first()
        if stage is None or stage.kind != Stage.Kind.OPEN:
            raise NotPossible(_("There is nothing to undo."))
        row.stage = stage
        _drop_beyond(row)
        if (written := last.data.get("date_before")) is not None:
            row.next_on = date.fromisoformat(written) if written else None
        _save(row)
        _record_move(row, Kind.STAGE, by, timezone.now(), before, "", undone=True)
    return row


def prove(
    *, opportunity: Opportunity, stage: Stage, evidence: str, by: User, now: datetime | None = None
) -> Opportunity:
    """Add the evidence of a commitment that was passed over, so that it is no risk any more."""
    now = now or timezone.now()
    with transaction.atomic():
        row = _locked(opportunity, None)
        _gain(row, stage, evidence, by, now)
        _count_skipped(row)
        row.last_commitment_at = now
        _save(row)
    return row


def update(*, opportunity: Opportunity, by: User, now: datetime | None = None) -> Opportunity:
    """Store what an edit form put into `opportunity` (its version is the form's business).

    Where its origin became *created* and it has come far enough, the opening is credited now.
    """
    with transaction.atomic():
        opportunity.save()
        credit_opening(opportunity, by=by, at=now or timezone.now())
    return opportunity


def _locked(opportunity: Opportunity, version: int | None) -> Opportunity:
    """The row as it stands now, held until the transaction ends.

    Locked without its relations: a row that changed while we waited would no longer match the ones joined before.
    """
    Opportunity.objects.select_for_update(no_key=True).get(pk=opportunity.pk)
    row = Opportunity.objects.select_related(
        "account", "contact", "owner", "stage", "pipeline", "dream_client__list"
    ).get(pk=opportunity.pk)
    if version is not None and row.version != version:
        raise MovedMeanwhile(row, _last_move(row))
    return row


def _still_open(row: Opportunity) -> Stage:
    if not row.is_open:
        raise NotPossible(_("It is closed already."))
    return row.stage


def _save(row: Opportunity) -> None:
    row.version += 1
    row.save()


def _stand_in(row: Opportunity, stage: Stage, evidence: str, by: User, now: datetime) -> None:
    """Put `row` into `stage`; forward gains or marks what lies between, backward drops it. Does not save."""
    before = row.stage.position
    row.stage = stage
    if stage.position < before:
        _drop_beyond(row)
        return
    on_the_way = row.pipeline.stages.filter(position__gt=before, position__lt=stage.position)
    for passed in on_the_way.exclude(kind=Stage.Kind.LOST):
        _gain(row, passed, "", by, now)
    _gain(row, stage, evidence, by, now)
    if evidence.strip():
        row.last_commitment_at = now
    _count_skipped(row)


def _gain(row: Opportunity, stage: Stage, evidence: str, by: User, now: datetime) -> None:
    """Note the commitment of `stage`: with evidence as gained, without as passed over. Evidence given stays."""
    evidence = evidence.strip()
    commitment, is_new = Commitment.objects.get_or_create(
        opportunity=row,
        stage=stage,
        defaults={"at": now, "evidence": evidence, "is_skipped": not evidence, "by": by},
    )
    if not is_new and evidence:
        commitment.at, commitment.evidence, commitment.is_skipped, commitment.by = now, evidence, False, by
        commitment.save()


def _drop_beyond(row: Opportunity) -> None:
    """Commitments of later stages are no longer given. What was said about them stays in the activities."""
    row.commitments.filter(stage__position__gt=row.stage.position).delete()
    last = row.commitments.filter(is_skipped=False).order_by("-at").first()
    row.last_commitment_at = last.at if last else row.created_at
    _count_skipped(row)


def _count_skipped(row: Opportunity) -> None:
    row.skipped = row.commitments.filter(is_skipped=True).count()


def _record(row: Opportunity, kind: str, by: User, at: datetime, **fields: Any) -> Activity:
    texts = {name: fields.pop(name) for name in ("subject", "body") if name in fields}
    return record(
        kind=kind,
        account=row.account,
        contact=row.contact,
        by=by,
        at=at,
        team_id=row.team_id,
        data={"opportunity": row.pk, "version": row.version, **fields},
        **texts,
    )


def _record_move(
    row: Opportunity, kind: str, by: User, at: datetime, before: Stage, body: str, **more: Any
) -> Activity:
    skipped = list(row.commitments.filter(is_skipped=True).values_list("stage_id", flat=True))
    return _record(
        row,
        kind,
        by,
        at,
        subject=f"{row.name}: {before.name} → {row.stage.name}"[:300],
        body=body,
        to=row.stage_id,
        skipped=skipped,
        **{"from": before.pk},
        **more,
    )


def _written(day: date | None) -> str:
    return day.isoformat() if day else ""


def _last_move(row: Opportunity) -> Activity | None:
    """The last time it changed its stage, with who did it."""
    moves = Activity.objects.filter(
        account=row.account_id, kind__in=[Kind.STAGE, Kind.WON, Kind.LOST], data__opportunity=row.pk
    )
    return moves.select_related("by").order_by("-at", "-id").first()


def _stage_before(row: Opportunity) -> Stage:
    """The open stage in which it was closed; where that is gone, the first."""
    last = _last_move(row)
    stages = row.pipeline.stages.filter(kind=Stage.Kind.OPEN)
    found = stages.filter(pk=last.data.get("from")).first() if last else None
    return found or stages[0]


def _last_held(account: Account, now: datetime) -> Meeting | None:
    held = account.meetings.filter(state=Meeting.State.HELD, starts_at__lte=now)
    return held.select_related("contact").order_by("-starts_at").first()


def _proof_of_time(opportunity: Opportunity, meeting: Meeting | None) -> str:
    if meeting is not None:
        day = date_format(timezone.localtime(meeting.starts_at), "j M Y")
        return _("Meeting with %(name)s on %(day)s.") % {"name": meeting.contact.name, "day": day}
    return _("They came to us.") if opportunity.origin == Opportunity.Origin.CAPTURED else ""
