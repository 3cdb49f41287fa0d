"""Writing saved views, and what somebody chose to do with them."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.tables.models import SavedView, ViewChoice
from apps.users.models import User

KEEP = timedelta(days=30)
PARTS = ("q", "where", "sort", "columns")
"""What a view keeps of an address."""


@transaction.atomic
def keep(*, view: SavedView, state: dict[str, str], by: User) -> SavedView:
    """Save a new view, as a tab of whoever made it."""
    view.owner = by
    view.version = 1
    _take_over(view, state)
    view.save()
    pin(table=view.table, view=view, slug="", by=by, pinned=True)
    return view


def overwrite(*, view: SavedView, state: dict[str, str], by: User) -> None:
    """Let a view, which the caller holds locked, mean what its reader has made of it."""
    _take_over(view, state)
    view.version += 1
    view.changed_by = by
    view.save(update_fields=[*PARTS, "version", "changed_by"])


def means(view: SavedView, state: dict[str, str]) -> bool:
    """Whether a view means that already."""
    return all(getattr(view, name) == state.get(name, "") for name in PARTS)


def _take_over(view: SavedView, state: dict[str, str]) -> None:
    view.q, view.where = state.get("q", "")[:200], state.get("where", "")
    view.sort, view.columns = state.get("sort", "")[:80], state.get("columns", "")


def delete(*, view: SavedView) -> None:
    """Throw a view away; it can be taken back for a while. What was thrown away long ago goes for good."""
    now = timezone.now()
    view.deleted_at = now
    view.save(update_fields=["deleted_at"])
    SavedView.objects.filter(deleted_at__lt=now - KEEP).delete()


def restore(*, view: SavedView) -> bool:
    """Take a view back, with everybody who pinned it; False where its name was given to another one meanwhile."""
    view.deleted_at = None
    try:
        with transaction.atomic():
            view.save(update_fields=["deleted_at"])
    except IntegrityError:
        return False
    return True


@transaction.atomic
def pin(*, table: str, view: SavedView | None, slug: str, by: User, pinned: bool) -> None:
    """Make a view a tab of `by`, or no longer. Ready ones are named by their slug, and always are."""
    row, _new = ViewChoice.objects.select_for_update().get_or_create(
        user=by, table=table, view=view, slug=slug
    )
    row.is_pinned = pinned
    row.save(update_fields=["is_pinned"])


@transaction.atomic
def open_with(*, table: str, view: SavedView | None, slug: str, by: User) -> None:
    """Let the table open with this view for `by`; with neither view nor slug it opens as for everybody."""
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)  # one at a time: there is one default
    ViewChoice.objects.filter(user=by, table=table, is_default=True).update(is_default=False)
    if view is None and not slug:
        return
    row, _new = ViewChoice.objects.get_or_create(user=by, table=table, view=view, slug=slug)
    row.is_default = True
    row.save(update_fields=["is_default"])
