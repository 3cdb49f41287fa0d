"""Telling whoever started work on many rows that a worker has finished it."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.activities.services import notify
from apps.tables.jobs import at_once
from apps.tables.models import BulkJob


def tell_owner(job: BulkJob) -> None:
    """One line in the bell. What was done in the request that asked for it was said there."""
    if job.total <= at_once(job) and not job.result:
        return
    notify(
        user=job.owner,
        key=f"bulk:{job.pk}:{'undo' if job.is_undo else 'do'}:{job.finished_at:%Y%m%d%H%M%S}",
        text=_("%(said)s: %(what)s") % {"said": job.said[:150], "what": _what(job)},
        url=reverse("tables:job", args=[job.pk]),
    )


def _what(job: BulkJob) -> str:
    if job.state == BulkJob.State.FAILED:
        return job.error
    if job.is_undo:
        return ngettext("%d row taken back.", "%d rows taken back.", job.undone) % job.undone
    done = ngettext("%d row done.", "%d rows done.", job.done) % job.done
    if not job.refused:
        return done
    stayed = ngettext("%d stayed as it was.", "%d stayed as they were.", job.refused) % job.refused
    return f"{done} {stayed}"
