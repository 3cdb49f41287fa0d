"""The rows behind a figure: their order, and their columns as text for CSV."""

import csv
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.activities.models import Activity
from apps.metrics.definitions import Metric
from apps.metrics.definitions.rungs import OnARung, TouchesPerCommitment
from opener.days import zone
from opener.ui.words import known_name

RUN_BY_SPREADSHEETS = frozenset("=+-@\t\r\n")

type Cell = Callable[[Any], Any]
type Columns = dict[str, Cell]

ORDERS = {
    "activity": ["-at", "-pk"],
    "account": ["name_key", "pk"],
    "rung": ["-at", "-pk"],
    "commitment": ["-at", "-pk"],
    "meeting": ["-starts_at", "-pk"],
    "opening": ["-at", "-pk"],
    "opportunity": ["-created_at", "-pk"],
    "ask": ["-at", "-pk"],
    "dream_client": ["cold_at", "pk"],
    "cohort": ["-targeted_at", "-pk"],
}
"""By kind of row: newest first; accounts by name; the coldest dream clients first."""


def kind_of(metric: Metric, rows: QuerySet[Any]) -> str:
    """Which table shows the rows of `metric`."""
    return "account" if rows.model._meta.model_name == "account" else metric.source.kind


def columns(metric: Metric, kind: str) -> Columns:
    """The columns of the export: name and content."""
    found = {
        "activity": _activity,
        "account": _account,
        "rung": _rung,
        "commitment": _rung,
        "meeting": _meeting,
        "opening": _opening,
        "opportunity": _opportunity,
        "ask": _ask,
        "dream_client": _dream_client,
        "cohort": _cohort,
    }[kind]()
    if isinstance(metric, TouchesPerCommitment):
        found[_("Touches")] = lambda row: row.touches
    if isinstance(metric, OnARung):
        found[_("Went on")] = lambda row: row.next_at
    return found


def _activity() -> Columns:
    return {
        _("When"): lambda row: row.at,
        _("Account"): lambda row: known_name(row.account),
        _("Contact"): lambda row: row.contact and known_name(row.contact),
        _("What"): Activity.get_kind_display,
        _("Channels"): lambda row: ", ".join(row.channels),
        _("Intent"): lambda row: row.intent,
        _("Outcome"): lambda row: row.get_outcome_display(),
        _("Subject"): lambda row: row.subject,
        _("By"): lambda row: row.by,
    }


def _account() -> Columns:
    return {
        _("Account"): lambda row: row.name,
        _("Web domain"): lambda row: row.domain,
        _("Industry"): lambda row: row.get_industry_display(),
        _("Team"): lambda row: row.team,
    }


def _rung() -> Columns:
    return {
        _("When"): lambda row: row.at,
        _("Account"): lambda row: known_name(row.dream_client.account),
        _("Rung"): lambda row: row.get_rung_display(),
        _("Tier"): lambda row: row.dream_client.tier,
        _("List"): lambda row: row.dream_client.list,
        _("Owner"): lambda row: row.owner,
        _("Last touch before"): lambda row: ", ".join(row.touch.channels) if row.touch else "",
    }


def _meeting() -> Columns:
    return {
        _("When"): lambda row: row.starts_at,
        _("Account"): lambda row: known_name(row.account),
        _("Contact"): lambda row: row.contact and known_name(row.contact),
        _("State"): lambda row: row.get_state_display(),
        _("Times moved"): lambda row: row.times_moved,
        _("Owner"): lambda row: row.owner,
    }


def _opening() -> Columns:
    return {
        _("When"): lambda row: row.at,
        _("Account"): lambda row: known_name(row.account),
        _("Opportunity"): lambda row: row.opportunity,
        _("Value"): lambda row: row.value,
        _("Currency"): lambda row: row.currency,
        _("Rep"): lambda row: row.rep,
        _("List"): lambda row: row.list,
        _("Sequence"): lambda row: row.sequence,
        _("Last touch before"): lambda row: ", ".join(row.touch.channels) if row.touch else "",
    }


def _opportunity() -> Columns:
    return {
        _("Created"): lambda row: row.created_at,
        _("Opportunity"): lambda row: row.name,
        _("Account"): lambda row: known_name(row.account),
        _("Origin"): lambda row: row.get_origin_display(),
        _("Stage"): lambda row: row.stage,
        _("Value"): lambda row: row.value,
        _("Currency"): lambda row: row.currency,
        _("Next commitment by"): lambda row: row.next_on,
        _("Closed"): lambda row: row.closed_at,
        _("Owner"): lambda row: row.owner,
    }


def _ask() -> Columns:
    return {
        _("When"): lambda row: row.at,
        _("Account"): lambda row: known_name(row.account),
        _("Contact"): lambda row: row.contact and known_name(row.contact),
        _("Commitment"): lambda row: row.commitment,
        _("Answer"): lambda row: row.get_answer_display(),
        _("Objection"): lambda row: row.objection,
        _("By"): lambda row: row.by,
    }


def _dream_client() -> Columns:
    return {
        _("Account"): lambda row: known_name(row.account),
        _("List"): lambda row: row.list,
        _("Tier"): lambda row: row.tier,
        _("Rung"): lambda row: row.get_rung_display(),
        _("Owner"): lambda row: row.owner,
        _("Last touch"): lambda row: row.last_touch_at,
        _("Cold since"): lambda row: row.cold_at,
    }


def _cohort() -> Columns:
    return {
        _("Account"): lambda row: known_name(row.account),
        _("Targeted"): lambda row: row.targeted_at,
        _("Opened"): lambda row: row.opened_at,
        _("List"): lambda row: row.list,
        _("Tier"): lambda row: row.tier,
        _("Rung"): lambda row: row.get_rung_display(),
        _("Owner"): lambda row: row.owner,
    }


class _Line:
    """What csv writes to: gives each line back."""

    def write(self, text: str) -> str:
        """The line."""
        return text


def csv_lines(rows: QuerySet[Any], shown: Columns, tz: str) -> Iterator[str]:
    """The rows as CSV, with a byte order mark so that spreadsheets read UTF-8; moments in the zone `tz`."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow([plain(name, tz) for name in shown])
    for row in rows.iterator(chunk_size=2000):
        yield writer.writerow([plain(cell(row), tz) for cell in shown.values()])


def plain(value: Any, tz: str) -> str:
    """A value as text. One that a spreadsheet would run as a formula gets an apostrophe before it.

    OWASP, "CSV Injection": a cell that begins with =, +, -, @, tab or carriage return (full-width ones as well) is run.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(zone(tz)).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, int | Decimal):
        return str(value)
    text = str(value)
    return f"'{text}" if unicodedata.normalize("NFKC", text[:1]) in RUN_BY_SPREADSHEETS else text
