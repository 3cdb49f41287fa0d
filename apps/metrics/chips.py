"""The filters in force as sentences, each with its way out."""

from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import Industry
from apps.metrics.filters import Filters
from apps.users.models import User


def chips(filters: Filters, offered: dict[str, Any], *, with_people: bool = True) -> list[dict[str, str]]:
    """A chip for each filter but the period. `offered` holds the choices, by which names are found."""
    found = []
    if with_people and filters.team is not None:
        found.append(("team", _("Team is %s") % _name(offered["team_choices"], filters.team)))
    if with_people and filters.rep is not None and filters.user.is_manager:
        found.append(("rep", _("Rep is %s") % _person(offered["rep_choices"], filters.rep)))
    if filters.list is not None:
        found.append(("list", _("List is %s") % _name(offered["lists"], filters.list)))
    if filters.tier:
        found.append(("tier", _("Tier is %s") % filters.tier))
    if filters.industry:
        found.append(("industry", _("Industry is %s") % Industry(filters.industry).label))
    return [{"text": text, "remove": filters.query(**{name: None})} for name, text in found]


def _name(choices: list[tuple[int, str]], pk: int) -> str:
    return dict(choices).get(pk, _("not one you see"))


def _person(choices: list[tuple[int, str]], pk: int) -> str:
    """Somebody who left is not among the choices, and has a name all the same."""
    return dict(choices).get(pk) or str(User.objects.filter(pk=pk).first() or _("nobody"))


def period_links(filters: Filters) -> list[dict[str, Any]]:
    """The presets, each as the address that asks for it."""
    names = {"30": _("30 days"), "month": _("This month"), "quarter": _("This quarter")}
    return [
        {
            "name": name,
            "url": filters.query(first=None, last=None, period=preset),
            "current": filters.period.preset == preset,
        }
        for preset, name in names.items()
    ]
