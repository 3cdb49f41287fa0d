"""The columns that tables of accounts, of contacts and of dream clients share: those of an account, and who works it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import F, Model, Q
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Account, Industry, Tag
from apps.accounts.names import name_key
from apps.tables.columns import Choices, Column, Kind, Remembered, Test
from apps.tables.conditions import within
from apps.tables.where import WhereError
from apps.users.choices import countries
from apps.users.models import Team, User
from opener.templatetags import ui
from opener.ui.words import RUNGS

TIERS = (("A", "A"), ("B", "B"), ("C", "C"))


def teams(user: User) -> Choices:
    """Every team: accounts are known to all."""
    return list(Team.objects.values_list("pk", "name"))


def people(user: User) -> Choices:
    """Everybody, those who left last: their work is still to be found."""
    rows = User.objects.visible_to(user).order_by("-is_active", "name", "pk")
    return list(rows.values_list("pk", "name"))


def _tags(user: User) -> Choices:
    return list(Tag.objects.values_list("pk", "name"))


def _countries(user: User) -> Choices:
    return [(code, label) for code, label in countries() if code]


def rungs(user: User) -> Choices:
    """The ladder, lowest first."""
    return list(RUNGS.items())


def or_dash(value: str) -> str:
    """A text, escaped, or a dash."""
    return format_html("{}", value) if value else ui.nothing()


def show_tags(names: Sequence[str]) -> str:
    """Tags as marks."""
    if not names:
        return ui.nothing()
    marks = format_html_join(" ", '<span class="badge">{}</span>', ((name,) for name in names))
    return format_html('<span class="cell-badges">{}</span>', marks)


def show_domain(domain: str | None) -> str:
    """The domain as the way to the company's site."""
    if not domain:
        return ui.nothing()
    return format_html(
        '<a class="plain-link" href="https://{0}/" rel="noopener noreferrer" target="_blank">{0}</a>', domain
    )


def by_key(label: str | Promise, path: str, key_of: Callable[[str], str] = name_key) -> Test:
    """Conditions on a text, held against its key at `path`: accents and case make no difference, and it has indexes.

    `key_of` makes the key: that of a name, unless the column holds texts in lower case (`str.lower`).
    """
    lookups = {"has": "contains", "begins": "startswith", "is": "exact", "not": "exact"}

    def ask(operator: str, values: Sequence[str], user: User) -> Q:
        if operator not in lookups:
            nothing = Q(**{path: ""}) | Q(**{f"{path}__isnull": True})
            return nothing if operator == "empty" else ~nothing
        keys = [key_of(value) for value in values]
        if not all(keys):
            raise WhereError(_now("The filter on “%s” needs a value.") % label)
        found = Q()
        for key in keys:
            found |= Q(**{f"{path}__{lookups[operator]}": key})
        return ~found | Q(**{f"{path}__isnull": True}) if operator == "not" else found

    return ask


def tag_column(model: type[Model], back: str, *, path: str = "") -> Column:
    """The tags of `model`, which the rows that tie them to it call `back`; `path` leads to it from another's row."""
    through = model._meta.get_field("tags").remote_field.through  # type: ignore[union-attr]
    choices = Remembered(_tags)
    inner = Column("tags", _("Tags"), Kind.CHOICES, "tag", choices=choices, is_reference=True)
    of_itself = within(through._default_manager.all(), f"{back}_id", inner)

    def of_another(operator: str, values: Sequence[str], user: User) -> Q:
        return Q(
            **{f"{path}in": model._default_manager.filter(of_itself(operator, values, user)).values("pk")}
        )

    def names(row: Any) -> list[str]:
        return [tag.name for tag in (row.account if path else row).tags.all()]

    return Column(
        "tags", _("Tags"), Kind.CHOICES,
        choices=choices, test=of_another if path else of_itself, value=names,
        show=lambda row, user: show_tags(names(row)), prefetch=(f"{path}tags",), edit="" if path else "tags",
    )  # fmt: skip


def account_columns(path: str = "") -> Iterable[Column]:
    """What is known of an account but its name; `path` leads to it from a row of another ("account__")."""

    def of(row: Any) -> Account:
        found: Account = row.account if path else row
        return found

    def column(key: str, label: str | Promise, kind: Kind = Kind.TEXT, **more: Any) -> Column:
        more.setdefault("edit", "" if path else key)
        name = f"{path}{key}"
        if more.pop("sorts", False):
            more["order"] = (name,) if path or key not in ("industry", "country") else (name, "name_key")
        return Column(
            key, label, kind, name, only=(name,), related=(path.rstrip("_"),) if path else (), **more
        )

    yield column(
        "domain", _("Domain"), sorts=not path, show=lambda row, user: show_domain(of(row).domain),
        test=by_key(_("Domain"), f"{path}domain", str.lower),
    )  # fmt: skip
    yield column(
        "industry",
        _("Industry"),
        Kind.CHOICE,
        choices=Remembered(lambda user: Industry.choices),
        sorts=True,
        width=180,
    )
    yield column("headquarters", _("Headquarters"))
    yield column("country", _("Country"), Kind.CHOICE, choices=Remembered(_countries), sorts=True)
    yield column("employees", _("Employees"), Kind.NUMBER, sorts=True, is_whole=True, width=110)
    yield Column(
        "team", _("Team"), Kind.CHOICE, f"{path}team",
        choices=Remembered(teams), is_reference=True,
        value=lambda row: of(row).team_id, show=lambda row, user: or_dash(getattr(of(row).team, "name", "")),
        only=(f"{path}team__name",), related=(f"{path}team",), edit="" if path else "team",
    )  # fmt: skip


WORKED = frozenset({"owner", "rung", "tier", "last_touch", "next_touch"})
"""The columns for which the table joins the dream client that an account is: see `worked`."""


def worked_columns() -> Iterable[Column]:
    """Who works the account; and how far that has come, where it is the user's to know."""

    def column(
        key: str, label: str | Promise, kind: Kind, source: str, show: Callable[[Any, User], str], **more: Any
    ) -> Column:
        name = source.replace("__", "_")
        return Column(key, label, kind, name, F(source), show=show, **more)

    def seen(attribute: str) -> Callable[[Any], Any]:
        return lambda row: getattr(row.seen, attribute, None) if row.seen else None

    yield column(
        "owner", _("Worked by"), Kind.USER, "now_worked__owner_id", _show_owner,
        value=lambda row: row.worked.owner_id if row.worked else None,
        choices=Remembered(people), is_reference=True, order=("worked_owner",),
        says={"empty": _("Nobody works it"), "is.me": _("Worked by me")},
    )  # fmt: skip
    yield column(
        "rung", _("Rung"), Kind.CHOICE, "seen_worked__rung",
        lambda row, user: ui.rung_meter(row.seen) if row.seen else ui.nothing(),
        value=seen("rung"), choices=Remembered(rungs), width=96,
    )  # fmt: skip
    yield column(
        "tier", _("Tier"), Kind.CHOICE, "seen_worked__tier",
        lambda row, user: ui.tier(row.seen.tier) if row.seen else ui.nothing(),
        value=seen("tier"), choices=Remembered(lambda user: TIERS), order=("seen_worked_tier",), width=80,
    )  # fmt: skip
    yield column(
        "last_touch", _("Last touch"), Kind.MOMENT, "now_worked__last_touch_at",
        lambda row, user: ui.ago(row.worked.last_touch_at) if row.worked else ui.nothing(),
        value=lambda row: row.worked.last_touch_at if row.worked else None, order=("worked_last",), width=130,
        says={"older": _("Not touched for %s"), "empty": _("Never touched")},
    )  # fmt: skip
    yield column(
        "next_touch", _("Next touch"), Kind.MOMENT, "seen_worked__next_touch_at", _show_next,
        value=seen("next_touch_at"), order=("seen_worked_next_touch_at",), width=220,
    )  # fmt: skip


def _show_owner(row: Any, user: User) -> str:
    if row.worked and row.worked.owner:
        return ui.avatar(row.worked.owner, name=True)
    said = _("Nobody") if row.worked else _("On no list")
    return format_html('<span class="muted">{}</span>', said)


def _show_next(row: Any, user: User) -> str:
    return ui.next_chip(row.seen) if row.seen and row.seen.next_touch_at else ui.nothing()
