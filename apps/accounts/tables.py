"""The tables of accounts and of contacts: what can be shown of them, and which rows a filter means."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from apps.accounts import custom, worked
from apps.accounts.columns import WORKED, account_columns, by_key, or_dash, tag_column, worked_columns
from apps.accounts.models import Account, Contact, ContactEmail, ContactPhone, OptOut
from apps.accounts.searching import named
from apps.tables.columns import Column, Kind, Remembered
from apps.tables.conditions import none_of, within, yes
from apps.tables.table import Ready, Table, register
from apps.users.models import User
from opener.templatetags import ui


class WorkedTable(Table):
    """A table that shows who works an account; `path` leads to it from a row ("account__")."""

    path: ClassVar[str] = ""

    def with_expressions(self, rows: QuerySet[Any], keys: Iterable[str]) -> QuerySet[Any]:
        """Joins the dream client before what is computed from it."""
        keys = list(keys)
        rows = self._joined(rows, keys)
        if WORKED.intersection(keys):
            rows = rows.alias(
                worked_owner=F("now_worked__owner__name"), worked_last=F("now_worked__last_touch_at")
            )
        return super().with_expressions(rows, keys)

    def shown(self, rows: QuerySet[Any], keys: Iterable[str]) -> QuerySet[Any]:
        """Joins the dream client before what is computed from it, and fetches what `prepare` reads."""
        keys = list(keys)
        rows = self._joined(rows, keys)
        if WORKED.intersection(keys):
            rows = worked.with_worked(rows, self.path)
        return super().shown(rows, keys)

    def _joined(self, rows: QuerySet[Any], keys: Iterable[str]) -> QuerySet[Any]:
        if not WORKED.intersection(keys):
            return rows
        joined: QuerySet[Any] = rows.alias(
            now_worked=worked.relation(self.path), seen_worked=worked.relation(self.path, self.user)
        )
        return joined

    def prepare(self, rows: list[Any]) -> None:
        """Says of each row who works it, and in `seen` the same where the user may know how far it has come."""
        if rows and hasattr(rows[0], "worked_id"):
            worked.read(rows, self.path)
            for row in rows:
                row.seen = row.worked if row.worked and row.worked.may_see(self.user) else None


def _only(account: Account) -> str:
    return _now("Only %s may change this.") % account.team


@register
class AccountTable(WorkedTable):
    """All companies."""

    key = "accounts"
    url_name = "accounts:list"
    label = _("Accounts")
    noun = ngettext_lazy("company", "companies")
    default = ("name", "domain", "industry", "headquarters", "owner", "rung", "last_touch", "team")
    default_sort = "name"
    only = ("name", "name_key", "team", "time_zone")

    def rows(self) -> QuerySet[Account]:
        """Every account that the user may see."""
        return Account.objects.visible_to(self.user)

    def editable(self) -> QuerySet[Account]:
        """Every account that the user may change."""
        return Account.objects.editable_by(self.user)

    def may_edit(self, row: Account) -> bool:
        """What `editable_by` says."""
        return row.may_edit(self.user)

    def who_may(self, row: Account) -> str:
        """Its team."""
        return _only(row)

    def all_columns(self) -> Iterable[Column]:
        """The name, what is known of the company, who works it, custom fields."""
        yield Column(
            "name", _("Account"), path="name", order=("name_key",), only=("name", "name_key"), edit="name",
            width=260, show=_show_account, test=by_key(_("Account"), "name_key"),
        )  # fmt: skip
        yield from account_columns()
        yield Column("phone", _("Phone"), path="phone", only=("phone",), edit="phone", show=_show_phone)
        yield Column("time_zone", _("Time zone"), path="time_zone", only=("time_zone",), edit="time_zone")
        yield tag_column(Account, "account")
        yield from worked_columns()
        yield Column(
            "created", _("Created"), Kind.MOMENT, "created_at", order=("created_at",), only=("created_at",),
            width=130,
        )  # fmt: skip
        yield from custom.columns("account")

    def ready_views(self) -> Sequence[Ready]:
        """All, one's own, and those that nobody works."""
        return [
            Ready("all", _("All")),
            Ready("mine", _("Mine"), "owner.is.me"),
            Ready("free", _("Nobody's"), "owner.empty"),
        ]

    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By the words of the name."""
        return named(rows, text, forgiving=True)

    def name_of(self, row: Account) -> str:
        """Its name."""
        return row.name

    def address_of(self, row: Account) -> str:
        """The record."""
        return f"/accounts/{row.pk}/"

    def panel_of(self, row: Account) -> str:
        """The record beside the table."""
        return f"/accounts/{row.pk}/?panel=1"


def _show_account(row: Account, user: User) -> str:
    return format_html('<a class="row-link" href="/accounts/{}/">{}</a>', row.pk, row.name)


def _show_phone(row: Account, user: User) -> str:
    return show_number(row.phone)


def show_number(number: str) -> str:
    """A phone number that can be called."""
    return format_html('<a href="tel:{}">{}</a>', number.replace(" ", ""), number) if number else ui.nothing()


@register
class ContactTable(WorkedTable):
    """All people at accounts."""

    key = "contacts"
    url_name = "accounts:contacts"
    label = _("Contacts")
    noun = ngettext_lazy("person", "people")
    find_label = _("Find by name or email")
    path = "account__"
    default = ("name", "title", "account", "role", "email", "phone", "owner")
    default_sort = "name"
    only = (
        "first_name",
        "last_name",
        "name_key",
        "left_at",
        "account__name",
        "account__team",
        "account__time_zone",
    )

    def rows(self) -> QuerySet[Contact]:
        """Every contact that the user may see."""
        return Contact.objects.visible_to(self.user).select_related("account")

    def editable(self) -> QuerySet[Contact]:
        """Every contact that the user may change."""
        return Contact.objects.editable_by(self.user)

    def may_edit(self, row: Contact) -> bool:
        """Whoever may change the account."""
        return row.account.may_edit(self.user)

    def who_may(self, row: Contact) -> str:
        """The team of the account."""
        return _only(row.account)

    def all_columns(self) -> Iterable[Column]:
        """The person, how they are reached, their account, custom fields."""
        yield Column(
            "name", _("Last name"), path="name_key", order=("name_key",), prefetch=("opt_outs",), width=240,
            value=lambda row: row.name, show=_show_contact, test=by_key(_("Last name"), "name_key"),
        )  # fmt: skip
        yield Column("title", _("Job title"), path="title", only=("title",), edit="title", width=200)
        yield Column(
            "account", _("Account"), path="account__name", order=("account__name_key",), width=220,
            test=by_key(_("Account"), "account__name_key"),
            only=("account__name", "account__name_key"),
            show=lambda row, user: format_html(
                '<a class="plain-link" href="/accounts/{}/">{}</a>', row.account_id, row.account.name
            ),
        )  # fmt: skip
        yield Column(
            "role", _("Role"), Kind.CHOICE, "role", choices=Remembered(lambda user: Contact.Role.choices),
            order=("role", "name_key"), only=("role",), edit="role", width=140,
        )  # fmt: skip
        yield from _ways_to_reach()
        yield Column("time_zone", _("Time zone"), path="time_zone", only=("time_zone",), edit="time_zone")
        yield tag_column(Contact, "contact")
        shared = {"industry", "country", "employees", "team", "domain"}
        yield from (one for one in account_columns("account__") if one.key in shared)
        yield from (one for one in worked_columns() if one.key in {"owner", "rung", "tier", "last_touch"})
        yield Column(
            "created", _("Created"), Kind.MOMENT, "created_at", order=("created_at",), only=("created_at",),
            width=130,
        )  # fmt: skip
        yield from custom.columns("contact")
        yield from custom.columns("account", through="account__")

    def ready_views(self) -> Sequence[Ready]:
        """All, and those of the accounts that one works."""
        return [Ready("all", _("All")), Ready("mine", _("Of my accounts"), "owner.is.me")]

    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By the words of the name, or by the beginning of an address."""
        if "@" in text:
            addresses = ContactEmail.objects.filter(address__startswith=text.lower())
            return rows.filter(pk__in=addresses.values("contact_id"))
        return named(rows, text, forgiving=True)

    def name_of(self, row: Contact) -> str:
        """First and last name."""
        return row.name

    def address_of(self, row: Contact) -> str:
        """Their place on the record of the account."""
        return f"{reverse('record', args=[row.account_id])}#contact-{row.pk}"

    def panel_of(self, row: Contact) -> str:
        """The record of the account beside the table."""
        return f"/accounts/{row.account_id}/?panel=1"


def _show_contact(row: Contact, user: User) -> str:
    name = f"{row.last_name}, {row.first_name}" if row.first_name else row.last_name
    marks = ""
    if row.opt_outs.all():
        marks = format_html(
            ' <span class="badge badge-danger">{}{}</span>', ui.icon("no-symbol"), _("opted out")
        )
    if row.left_at:
        marks = format_html('{} <span class="badge">{}</span>', marks, _("left"))
    return format_html(
        '<a class="row-link" href="/accounts/{}/#contact-{}">{}</a>{}', row.account_id, row.pk, name, marks
    )


def _ways_to_reach() -> Iterable[Column]:
    email = Column("email", _("Email"), path="address", test=by_key(_("Email"), "address", str.lower))
    yield Column(
        "email", _("Email"), test=within(ContactEmail.objects.all(), "contact_id", email),
        value=lambda row: row.email, prefetch=("emails",), width=230,
        show=lambda row, user: (
            format_html('<a href="mailto:{}">{}</a>', quote(row.email, safe="@"), row.email) if row.email else ui.nothing()
        ),
    )  # fmt: skip
    phone = Column("phone", _("Phone"), path="number")
    yield Column(
        "phone", _("Phone"), test=within(ContactPhone.objects.all(), "contact_id", phone),
        value=lambda row: row.phone, prefetch=("phones",), show=lambda row, user: show_number(row.phone),
    )  # fmt: skip

    opted_out = Column("opted_out", _("Opted out"), Kind.YES_NO)

    def said_no(operator: str, values: Sequence[str], user: User) -> Q:
        rows = OptOut.objects.all()
        return Q(pk__in=rows.values("contact_id")) if yes(opted_out, values) else none_of(rows, "contact_id")

    yield Column(
        "opted_out", _("Opted out"), Kind.YES_NO, test=said_no, prefetch=("opt_outs",), width=110,
        value=lambda row: bool(row.opt_outs.all()),
        show=lambda row, user: or_dash(", ".join(one.channel for one in row.opt_outs.all())),
    )  # fmt: skip
