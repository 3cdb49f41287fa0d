"""The views of a table as somebody finds them: tabs of those that are ready and those pinned, and a menu of the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, When
from django.http import QueryDict
from django.utils.functional import Promise

from apps.tables.asking import has_shortcuts
from apps.tables.models import SavedView, ViewChoice
from apps.tables.table import Ready, Table
from apps.users.models import User
from opener.http import id_of

MOST = 200
"""Views of one table that one person is shown."""


@dataclass
class Tab:
    """A view of a table, for one user."""

    view: Ready | SavedView
    choice: ViewChoice | None = None
    is_current: bool = False

    @property
    def key(self) -> str:
        """What the address calls it."""
        return self.view.slug if isinstance(self.view, Ready) else str(self.view.pk)

    @property
    def label(self) -> str | Promise:
        """Its name."""
        return self.view.label if isinstance(self.view, Ready) else self.view.name

    @property
    def is_ready(self) -> bool:
        """True for one that is there from the start."""
        return isinstance(self.view, Ready)

    def may_edit(self, user: User) -> bool:
        """Whether `user` may change it: what `SavedView.editable_by` says."""
        return isinstance(self.view, SavedView) and self.view.may_edit(user)

    @property
    def is_pinned(self) -> bool:
        """Whether it is a tab."""
        return self.is_ready or bool(self.choice and self.choice.is_pinned)

    @property
    def is_default(self) -> bool:
        """Whether the table opens with it."""
        return bool(self.choice and self.choice.is_default)


@dataclass
class Tabs:
    """All views of a table, the current one among them (None where the address means no view)."""

    all: list[Tab]
    current: Tab | None = None
    is_lost: bool = False
    """Whether the address names a view that is not there, or not the user's to see."""

    @property
    def shown(self) -> Sequence[Tab]:
        """The tabs: the ready ones, the pinned ones, and the one that is open."""
        return [tab for tab in self.all if tab.is_pinned or tab.is_current]

    @property
    def more(self) -> Sequence[Tab]:
        """The others."""
        return [tab for tab in self.all if not (tab.is_pinned or tab.is_current)]


def tabs_of(table: Table) -> list[Tab]:
    """The views of a table that its user may see: two queries."""
    choices = list(ViewChoice.objects.filter(user=table.user, table=table.key))
    by_slug = {one.slug: one for one in choices if one.slug}
    by_view = {one.view_id: one for one in choices if one.view_id}
    own = Case(When(owner=table.user, then=0), When(pk__in=list(by_view), then=0), default=1)
    seen = SavedView.objects.visible_to(table.user).filter(table=table.key)
    saved = sorted(seen.order_by(own, "name", "pk")[:MOST], key=lambda view: (view.name, view.pk))
    ready = [Tab(view, by_slug.get(view.slug)) for view in table.ready_views()]
    return [*ready, *(Tab(view, by_view.get(view.pk)) for view in saved)]


def find(table: Table, get: QueryDict) -> Tabs:
    """The views, with the one that the address means: it names it, or means the user's own, or the whole table."""
    tabs = Tabs(tabs_of(table))
    wanted = get.get("view") or ""
    if wanted:
        key = str(id_of(wanted)) if wanted.isdecimal() else wanted
        tabs.current = next((tab for tab in tabs.all if tab.key == key), None)
        tabs.is_lost = tabs.current is None
    elif has_shortcuts(table, get):
        tabs.current = next((tab for tab in tabs.all if tab.is_ready and not tab.view.where), None)
    else:
        usual = [tab for tab in tabs.all if tab.is_default] or tabs.all[:1]
        tabs.current = usual[0] if usual else None
    if tabs.current is not None:
        tabs.current.is_current = True
    return tabs
