"""The table of dream clients: what can be shown of them, and which rows a filter means."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from apps.accounts import custom
from apps.accounts.columns import TIERS, account_columns, by_key, or_dash, people, rungs, tag_column, teams
from apps.accounts.models import Account
from apps.accounts.searching import named
from apps.dreamclients import coverage
from apps.dreamclients.models import DreamClient, DreamClientList, Rung
from apps.dreamclients.models.dreamclient import HEIGHT
from apps.tables.cells import link
from apps.tables.columns import Choices, Column, Kind, Remembered
from apps.tables.conditions import WITHOUT_VALUE, yes
from apps.tables.table import Ready, Table, register
from apps.tables.where import WhereError
from apps.users.models import User
from opener.templatetags import ui


@register
class DreamClientTable(Table):
    """All dream clients that are on a list."""

    key = "dream_clients"
    url_name = "dreamclients:all"
    label = _("Dream clients")
    noun = ngettext_lazy("dream client", "dream clients")
    default = ("account", "tier", "owner", "rung", "last_touch", "next", "list", "why")
    default_sort = "tier"
    old_sorts: ClassVar[Mapping[str, str]] = {"name": "account", "last": "last_touch"}
    only = (
        *("tier", "rung", "team", "owner", "last_touch_at", "cold_at", "parked_until", "ruled_out_at"),
        *("account__name", "account__name_key", "account__time_zone"),
    )

    def rows(self) -> QuerySet[DreamClient]:
        """Every dream client on a list that the user may see."""
        return DreamClient.objects.visible_to(self.user).current().select_related("account")

    def editable(self) -> QuerySet[DreamClient]:
        """Every one on a list that the user may change."""
        return DreamClient.objects.editable_by(self.user).current()

    def may_edit(self, row: DreamClient) -> bool:
        """What `editable_by` says."""
        return row.may_edit(self.user)

    def who_may(self, row: DreamClient) -> str:
        """Who works it, and the managers of its team."""
        if row.owner is None:
            return _now("Only %s may change this.") % row.team
        who = {"owner": row.owner.name, "team": row.team}
        return _now("Only %(owner)s and the managers of %(team)s may change this.") % who

    def all_columns(self) -> Iterable[Column]:
        """The account, how it is worked, why it should change, what is known of the account, custom fields."""
        yield Column(
            "account", _("Account"), path="account__name", order=("account__name_key",), width=240,
            test=by_key(_("Account"), "account__name_key"),
            only=("account__name", "account__name_key"),
            show=lambda row, user: format_html(
                '<a class="row-link" href="/accounts/{}/">{}</a>', row.account_id, row.account.name
            ),
        )  # fmt: skip
        yield Column(
            "tier", _("Tier"), Kind.CHOICE, "tier", order=("tier",), choices=Remembered(lambda user: TIERS),
            show=lambda row, user: ui.tier(row.tier), edit="tier", width=80,
        )  # fmt: skip
        yield Column(
            "owner", _("Owner"), Kind.USER, "owner", order=("owner__name",), choices=Remembered(people),
            is_reference=True, value=lambda row: row.owner_id, show=_show_owner, only=("owner__name",),
            related=("owner",), edit="owner", says={"empty": _("Nobody works it")},
        )  # fmt: skip
        yield Column(
            "rung", _("Rung"), Kind.CHOICE, "rung", order=("height",), choices=Remembered(rungs), width=96,
            show=lambda row, user: ui.rung_meter(row),
        )  # fmt: skip
        yield from _touches()
        yield from _of_list()
        yield from _thesis()
        yield from _states()
        yield from account_columns("account__")
        yield tag_column(Account, "account", path="account__")
        yield from custom.columns("dream_client")
        yield from custom.columns("account", through="account__")

    def with_expressions(self, rows: QuerySet[Any], keys: Iterable[str]) -> QuerySet[Any]:
        """With the height of the rung, by which the column of rungs orders."""
        keys = list(keys)
        rows = super().with_expressions(rows, keys)
        return rows.alias(height=HEIGHT) if "rung" in keys else rows

    def shown(self, rows: QuerySet[Any], keys: Iterable[str]) -> QuerySet[Any]:
        """The same for the rows of a page."""
        keys = list(keys)
        rows = super().shown(rows, keys)
        return rows.annotate(height=HEIGHT) if "rung" in keys else rows

    def ready_views(self) -> Sequence[Ready]:
        """One's own book, all that one sees, what nobody works, what is going cold."""
        everybodys = _("Everybody's") if self.user.is_admin else _("Team")
        return [
            Ready("mine", _("Mine"), "owner.is.me"),
            Ready("team", everybodys),
            Ready("nobody", _("Nobody's"), "owner.empty"),
            Ready("cold", _("Going cold"), "cold.is.yes"),
        ]

    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By the words of the account's name."""
        return rows.filter(account__in=named(Account.objects.all(), text, forgiving=True))

    def name_of(self, row: DreamClient) -> str:
        """The account's name."""
        return row.account.name

    def address_of(self, row: DreamClient) -> str:
        """The record."""
        return f"/accounts/{row.account_id}/"

    def panel_of(self, row: DreamClient) -> str:
        """The record beside the table."""
        return f"/accounts/{row.account_id}/?panel=1"

    def row_actions(self, row: DreamClient) -> str:
        """Taking what nobody works."""
        if row.owner_id:
            return ""
        return format_html(
            '<button class="btn btn-small" formaction="{}">{}</button>',
            reverse("dreamclients:take", args=[row.pk]),
            _("Take"),
        )


def _touches() -> Iterable[Column]:
    yield Column(
        "last_touch", _("Last touch"), Kind.MOMENT, "last_touch_at", order=("last_touch_at",),
        show=_show_last, width=150, says={"older": _("Not touched for %s"), "empty": _("Never touched")},
    )  # fmt: skip
    yield Column(
        "next", _("Next"), Kind.MOMENT, "next_touch_at", order=("next_touch_at",), show=_show_next, width=260,
        only=("next_touch_at", "next_touch_channel"),
    )  # fmt: skip
    cold = Column("cold", _("Going cold"), Kind.YES_NO)

    def going_cold(operator: str, values: Sequence[str], user: User) -> Q:
        now = timezone.now()
        found = (
            Q(cold_at__lte=now, owner__isnull=False, ruled_out_at__isnull=True)
            & ~Q(rung=Rung.OPENED)
            & (Q(parked_until__isnull=True) | Q(parked_until__lte=now))
        )
        return found if yes(cold, values) else ~found

    yield Column(
        "cold", _("Going cold"), Kind.YES_NO, test=going_cold, value=_is_cold, width=100,
        show=lambda row, user: _show_cold() if _is_cold(row) else ui.nothing(),
    )  # fmt: skip

    def standing(operator: str, values: Sequence[str], user: User) -> Q:
        known = coverage.conditions(timezone.now())
        if operator in WITHOUT_VALUE:  # everyone stands somehow
            return Q(pk__in=[]) if operator == "empty" else ~Q(pk__in=[])
        found = Q(pk__in=[])
        for value in values:
            if value not in known:
                raise WhereError(_now("“%s” is no way in which a dream client stands.") % value[:40])
            found |= known[value]
        return ~found if operator == "not" else found

    yield Column(
        "standing", _("How it stands"), Kind.CHOICE, test=standing, width=170,
        choices=Remembered(lambda user: list(coverage.LABELS.items())), value=_standing,
        show=lambda row, user: str(coverage.LABELS[_standing(row)]),
    )  # fmt: skip
    yield Column("cold_at", _("Goes cold on"), Kind.MOMENT, "cold_at", order=("cold_at",), width=130)


def _of_list() -> Iterable[Column]:
    def lists(user: User) -> Choices:
        rows = DreamClientList.objects.visible_to(user).order_by("name", "pk")
        return list(rows.values_list("pk", "name"))

    yield Column(
        "list", _("List"), Kind.CHOICE, "list", order=("list__name",), choices=Remembered(lists),
        is_reference=True, value=lambda row: row.list_id, only=("list__name",), related=("list",),
        show=lambda row, user: link(row.list.name, f"/lists/{row.list_id}/"),
    )  # fmt: skip
    yield Column(
        "team", _("Team"), Kind.CHOICE, "team", choices=Remembered(teams), is_reference=True,
        value=lambda row: row.team_id, only=("team__name",), related=("team",),
        show=lambda row, user: or_dash(row.team.name if row.team else ""),
    )  # fmt: skip


def _thesis() -> Iterable[Column]:
    yield Column(
        "why", _("Why change"), path="why_change", only=("why_change",), edit="why_change", width=280,
        show=_show_why,
    )  # fmt: skip
    yield Column("incumbent", _("Incumbent"), path="incumbent", only=("incumbent",), edit="incumbent")
    yield Column(
        "contract_end", _("Contract ends"), Kind.DATE, "contract_end", order=("contract_end",),
        only=("contract_end",), edit="contract_end", width=130,
    )  # fmt: skip
    yield Column(
        "trigger", _("Trigger event"), path="trigger_event", only=("trigger_event",), width=200,
    )  # fmt: skip


def _states() -> Iterable[Column]:
    yield Column(
        "targeted", _("Targeted on"), Kind.MOMENT, "targeted_at", order=("targeted_at",),
        only=("targeted_at",), width=130,
    )  # fmt: skip
    yield Column("parked", _("Parked until"), Kind.MOMENT, "parked_until", width=130)
    yield Column("ruled_out", _("Ruled out on"), Kind.MOMENT, "ruled_out_at", width=130)


def _standing(row: DreamClient) -> str:
    """What the filter means, of one row."""
    if row.is_ruled_out:
        return "ruled_out"
    if row.rung == Rung.OPENED:
        return "opened"
    if row.owner_id is None:
        return "free"
    if row.is_parked:
        return "parked"
    return "cold" if row.is_cold(timezone.now()) else "warm"


def _is_cold(row: DreamClient) -> bool:
    """What the filter means, of one row."""
    resting = row.is_parked or row.is_ruled_out or row.rung == Rung.OPENED
    return row.owner_id is not None and not resting and row.is_cold(timezone.now())


def _show_cold() -> str:
    return format_html('<span class="badge badge-ask">{}</span>', _("cold"))


def _show_why(row: DreamClient, user: User) -> str:
    why = row.why_change[:200]
    return format_html('<span class="muted">{}</span>', why) if why else ui.nothing()


def _show_owner(row: DreamClient, user: User) -> str:
    if row.owner:
        return ui.avatar(row.owner, name=True)
    return format_html('<span class="muted">{}</span>', _("Nobody"))


def _show_last(row: DreamClient, user: User) -> str:
    said = ui.ago(row.last_touch_at)
    return format_html("{} {}", said, _show_cold()) if _is_cold(row) else said


def _show_next(row: DreamClient, user: User) -> str:
    if row.is_ruled_out:
        return format_html('<span class="muted">{}</span>', _("Ruled out"))
    if row.is_parked and row.parked_until:
        until = date_format(timezone.localtime(row.parked_until), "j M")
        return format_html('<span class="muted">{}</span>', _now("Parked until %s") % until)
    return ui.next_chip(row)
