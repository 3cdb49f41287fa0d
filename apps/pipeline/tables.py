"""The table of opportunities: what can be shown of them, and which rows a filter means."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from apps.accounts import custom
from apps.accounts.columns import account_columns, by_key, or_dash, people, tag_column, teams
from apps.accounts.models import Account
from apps.accounts.searching import FEW, Typed, named
from apps.accounts.words import Key, Words
from apps.dreamclients.models import DreamClientList
from apps.pipeline.board import may_edit
from apps.pipeline.models import Opportunity, Stage
from apps.tables.cells import link
from apps.tables.columns import Choices, Column, Kind, Remembered, Test
from apps.tables.conditions import WITHOUT_VALUE, yes
from apps.tables.table import Ready, Table, register
from apps.tables.where import WhereError
from apps.users.models import User
from opener.days import local_day
from opener.templatetags import ui

OF_ACCOUNT = ("domain", "industry", "country", "employees")


@register
class OpportunityTable(Table):
    """All opportunities, open and closed."""

    key = "opportunities"
    url_name = "pipeline:list"
    label = _("Opportunities")
    noun = ngettext_lazy("opportunity", "opportunities")
    find_label = _("Find by name or account")
    default = ("name", "account", "stage", "value", "next", "owner", "origin", "created")
    default_sort = "next"
    only = ("name", "owner", "team", "closed_at", "next_on", "account__name", "account__time_zone")

    def rows(self) -> QuerySet[Opportunity]:
        """Every opportunity that the user may see."""
        return Opportunity.objects.visible_to(self.user).select_related("account")

    def editable(self) -> QuerySet[Opportunity]:
        """Every one that the user may change."""
        return Opportunity.objects.editable_by(self.user)

    def may_edit(self, row: Opportunity) -> bool:
        """What `editable_by` says."""
        return may_edit(self.user, row)

    def all_columns(self) -> Iterable[Column]:
        """The opportunity, its account, when what happened, custom fields of both."""
        today = local_day(timezone.now(), self.user.time_zone)
        yield Column(
            "name", _("Opportunity"), path="name", order=("name",), only=("name",), edit="name", width=240,
            show=lambda row, user: link(row.name, f"/opportunities/{row.pk}/", css="row-link"),
        )  # fmt: skip
        yield Column(
            "account", _("Account"), path="account__name", order=("account__name_key",), width=190,
            test=by_key(_("Account"), "account__name_key"), only=("account__name", "account__name_key"),
            show=lambda row, user: link(row.account.name, f"/accounts/{row.account_id}/"),
        )  # fmt: skip
        yield from _standing(today)
        yield from _worth()
        yield from _whose()
        yield from _days()
        yield from (one for one in account_columns("account__") if one.key in OF_ACCOUNT)
        yield tag_column(Account, "account", path="account__")
        yield from custom.columns("opportunity")
        yield from custom.columns("account", through="account__")

    def ready_views(self) -> Sequence[Ready]:
        """What is open, whose it is, what stands still, and how it ended."""
        return [
            Ready("open", _("Open"), "state.is.open"),
            Ready("mine", _("Mine"), "state.is.open,owner.is.me"),
            Ready("stalled", _("Stalled"), "stalled.is.yes"),
            Ready("won", _("Won"), "state.is.won", sort="-closed"),
            Ready("lost", _("Lost"), "state.is.lost", sort="-closed"),
            Ready("all", _("All"), sort="-created"),
        ]

    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By the words of its name, or of the account's.

        Each is asked by its own index, and where few rows match they are named by their ids: an "or" over both would
        read every row. Where many match it is a subquery: PostgreSQL takes words that it finds in the query itself for
        rare, and joins all their rows before it orders them (twice as slow at 217,000 opportunities).
        """
        accounts = named(Account.objects.all(), text, forgiving=True).values("pk")
        of_accounts = Opportunity.objects.filter(account__in=accounts).order_by()
        found = list(of_accounts.values_list("pk", flat=True)[: FEW + 1])
        meant = Q(pk__in=found) if len(found) <= FEW else Q(account__in=accounts)
        if query := Typed(text).query():
            every = Opportunity.objects.alias(words=Words(Key("name"))).filter(words=query).order_by()
            found = list(every.values_list("pk", flat=True)[: FEW + 1])
            meant |= Q(pk__in=found if len(found) <= FEW else every.values("pk"))
        return rows.filter(meant)

    def name_of(self, row: Opportunity) -> str:
        """Its name."""
        return row.name

    def address_of(self, row: Opportunity) -> str:
        """Its page."""
        return f"/opportunities/{row.pk}/"

    def panel_of(self, row: Opportunity) -> str:
        """The record of the account beside the table."""
        return f"/accounts/{row.account_id}/?panel=1"

    def row_actions(self, row: Opportunity) -> str:
        """Moving it to where the buyer stands."""
        if not row.is_open or not self.may_edit(row):
            return ""
        url = f"{reverse('pipeline:move', args=[row.pk])}?next={reverse('pipeline:list')}"
        return format_html(
            '<a class="btn btn-quiet btn-icon btn-small" href="{0}" hx-get="{0}" hx-target="#dialog"'
            ' aria-label="{1}">{2}</a>',
            url,
            _now("Move %s") % row.name,
            ui.icon("arrows-right-left"),
        )


# --- Where it stands --------------------------------------------------------------------------------------------------


def _stages(user: User) -> Choices:
    """In their order; with the pipeline where there are several."""
    found = list(
        Stage.objects.order_by("-pipeline__is_default", "pipeline__name", "position").values_list(
            "pk", "name", "pipeline__name"
        )
    )
    has_several = len({pipeline for _pk, _name, pipeline in found}) > 1
    return [(pk, f"{name} ({pipeline})" if has_several else name) for pk, name, pipeline in found]


def _state_test(operator: str, values: Sequence[str], user: User) -> Q:
    """By the very conditions of the indexes. Every opportunity is in some state."""
    if operator in WITHOUT_VALUE:
        return Q(pk__in=[]) if operator == "empty" else ~Q(pk__in=[])
    found = Q()
    for value in values:
        if value not in Stage.Kind.values:
            raise WhereError(_now("“%s” is no state of an opportunity: open, won or lost.") % value[:40])
        if value == Stage.Kind.OPEN:
            found |= Q(closed_at__isnull=True)
        else:
            found |= Q(closed_at__isnull=False, stage__kind=value)
    return ~found if operator == "not" else found


def _standing(today: date) -> Iterable[Column]:
    yield Column(
        "stage", _("Stage"), Kind.CHOICE, "stage", order=("stage__position",), width=120,
        choices=Remembered(_stages), is_reference=True, value=lambda row: row.stage_id,
        show=lambda row, user: or_dash(row.stage.name), only=("stage__name",), related=("stage",),
    )  # fmt: skip
    yield Column(
        "state", _("State"), Kind.CHOICE, test=_state_test, width=90,
        choices=Remembered(lambda user: Stage.Kind.choices), value=_state, show=_show_state,
        only=("stage__kind",), related=("stage",),
    )  # fmt: skip

    def standing_still(operator: str, values: Sequence[str], user: User) -> Q:
        if yes(stalled, values):
            return Q(closed_at__isnull=True) & (Q(next_on__isnull=True) | Q(next_on__lt=today))
        return Q(closed_at__isnull=False) | Q(next_on__gte=today)

    yield Column(
        "next", _("Next commitment by"), Kind.DATE, "next_on", order=("next_on",), only=("next_on",),
        edit="next_on", width=170, show=lambda row, user: _show_next(row, today),
    )  # fmt: skip
    stalled = Column("stalled", _("Stalled"), Kind.YES_NO)
    yield Column(
        "stalled", _("Stalled"), Kind.YES_NO, test=standing_still, width=100,
        value=lambda row: row.is_stalled(today),
        show=lambda row, user: _stalled_mark() if row.is_stalled(today) else ui.nothing(),
    )  # fmt: skip
    yield Column(
        "skipped", _("Skipped"), Kind.NUMBER, "skipped", order=("skipped",), only=("skipped",),
        is_whole=True, width=100,
    )  # fmt: skip


def _state(row: Opportunity) -> str:
    return Stage.Kind.OPEN if row.is_open else row.stage.kind


def _show_state(row: Opportunity, user: User) -> str:
    state = _state(row)
    css = {"won": "badge-gift", "lost": "badge-outline"}.get(state, "badge-info")
    return format_html('<span class="badge {}">{}</span>', css, Stage.Kind(state).label)


def _stalled_mark() -> str:
    return format_html(
        '<span class="badge badge-danger" title="{}">{}</span>',
        _now("No next commitment with a day to come"),
        _now("stalled"),
    )


def _show_next(row: Opportunity, today: date) -> str:
    said = ui.moment(row.next_on) if row.next_on else ui.nothing()
    return format_html("{} {}", said, _stalled_mark()) if row.is_stalled(today) else said


# --- What it is worth, and whose it is --------------------------------------------------------------------------------


def _worth() -> Iterable[Column]:
    yield Column(
        "value", _("Value"), Kind.MONEY, "value", order=("value",), only=("value", "currency"),
        show=lambda row, user: ui.money(row.value, row.currency), edit="value", width=110,
    )  # fmt: skip
    yield Column("currency", _("Currency"), path="currency", only=("currency",), width=90)
    yield Column(
        "origin", _("Origin"), Kind.CHOICE, "origin", order=("origin",), only=("origin",), width=110,
        choices=Remembered(lambda user: Opportunity.Origin.choices), show=_show_origin,
    )  # fmt: skip


def _show_origin(row: Opportunity, user: User) -> str:
    css = "badge-gift" if row.origin == Opportunity.Origin.CREATED else "badge-outline"
    return format_html('<span class="badge {}">{}</span>', css, row.get_origin_display())


def _whose() -> Iterable[Column]:
    yield Column(
        "owner", _("Owner"), Kind.USER, "owner", order=("owner__name",), choices=Remembered(people),
        is_reference=True, value=lambda row: row.owner_id, only=("owner__name",), related=("owner",),
        show=lambda row, user: ui.avatar(row.owner, name=True), edit="owner",
    )  # fmt: skip
    yield Column(
        "team", _("Team"), Kind.CHOICE, "team", choices=Remembered(teams), is_reference=True,
        value=lambda row: row.team_id, only=("team__name",), related=("team",),
        show=lambda row, user: or_dash(row.team.name if row.team else ""),
    )  # fmt: skip
    yield Column(
        "contact", _("Contact"), path="contact__name_key", test=_with_contact(), width=180,
        value=_contact_name, show=lambda row, user: or_dash(_contact_name(row)), edit="contact",
        only=("contact__first_name", "contact__last_name", "contact__deleted_at"), related=("contact",),
    )  # fmt: skip
    lists = Remembered(_lists)
    yield Column(
        "list", _("List that opened it"), Kind.CHOICE, "opening__list", choices=lists, is_reference=True,
        value=_list_id, show=lambda row, user: _show_list(row, lists.labels(user)), width=180,
        only=("opening__list__name",), related=("opening__list",),
    )  # fmt: skip


def _contact_name(row: Opportunity) -> str:
    """Nobody where they are in the bin."""
    return row.contact.name if row.contact and row.contact.deleted_at is None else ""


def _with_contact() -> Test:
    """Who is in the bin is nobody's contact."""
    by_name = by_key(_("Contact"), "contact__name_key")

    def ask(operator: str, values: Sequence[str], user: User) -> Q:
        positive = {"not": "is", "empty": "set"}.get(operator, operator)
        found = Q(contact__deleted_at__isnull=True, contact__isnull=False) & by_name(positive, values, user)
        if positive == operator:
            return found
        return ~Q(pk__in=Opportunity.objects.filter(found).values("pk"))

    return ask


def _lists(user: User) -> Choices:
    rows = DreamClientList.objects.visible_to(user).order_by("name", "pk")
    return list(rows.values_list("pk", "name"))


def _list_id(row: Opportunity) -> int | None:
    opening = getattr(row, "opening", None)
    return opening.list_id if opening else None


def _show_list(row: Opportunity, labels: Any) -> str:
    """The list, where it is there and the user's to see."""
    pk = _list_id(row)
    name = labels.get(str(pk), "")
    return link(name, f"/lists/{pk}/") if name else ui.nothing()


# --- When -------------------------------------------------------------------------------------------------------------


def _days() -> Iterable[Column]:
    def moment(key: str, label: Any) -> Column:
        name = f"{key}_at"
        return Column(key, label, Kind.MOMENT, name, order=(name,), only=(name,), width=130)

    yield moment("created", _("Created"))
    yield moment("closed", _("Closed"))
    yield moment("last_commitment", _("Last commitment"))
    yield Column("lost_reason", _("Why it was lost"), path="lost_reason", only=("lost_reason",), width=200)
