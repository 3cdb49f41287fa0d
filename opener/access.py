"""Who may see and who may change what.

Teams see their own work; admins see everything; accounts and contacts are known to the whole organisation, so that
nobody writes to a company unawares of a colleague. Views fetch rows through `visible_to` and `editable_by` and
through nothing else: somebody else's row is then a 404 like one that does not exist, a missing role is a 403.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Self, cast

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse

if TYPE_CHECKING:
    from apps.users.models import User


class InTheBin(Http404):
    """What is to be changed went into the bin meanwhile. The page of apps.bin says so, and what was typed."""


class ScopedQuerySet[M: models.Model](models.QuerySet[M]):
    """A queryset of rows that belong to a team and, within it, to one person.

    `team_path` and `owner_path` are the look-ups that lead to them. Admins: every row. Managers: see and edit the
    rows of the teams they lead. Reps: see the rows of their teams, edit their own and those nobody owns. A row
    without a team is everybody's to see, and its owner's to edit.

    `bin_paths` lead to what a row belongs to (an account, a contact): where one of those is in the bin, the row hides
    with it. Whoever locks such rows locks `of=("self",)`.
    """

    team_path = "team"
    owner_path = "owner"
    bin_paths: tuple[str, ...] = ()

    def kept(self) -> Self:
        """The rows of nothing that is in the bin. What is queried past the two below must ask for it."""
        return self.filter(**{f"{path}__deleted_at": None for path in self.bin_paths})

    def visible_to(self, user: "User") -> Self:
        """The rows that `user` may see."""
        return self.kept().in_sight_of(user)

    def in_sight_of(self, user: "User") -> Self:
        """The rows of whose being there `user` may know, in the bin or not."""
        if user.is_admin:
            return self
        team, owner = self.team_path, self.owner_path
        mine = models.Q(**{f"{team}__in": user.team_ids}) | models.Q(**{f"{team}__isnull": True})
        return self.filter(mine | models.Q(**{owner: user}) if owner else mine)

    def editable_by(self, user: "User") -> Self:
        """The rows that `user` may change."""
        if user.is_admin:
            return self.kept()
        team, owner = self.team_path, self.owner_path
        may = models.Q(**{f"{team}__in": user.led_team_ids})
        if owner:
            may |= models.Q(**{owner: user})
            may |= models.Q(**{f"{owner}__isnull": True, f"{team}__in": user.team_ids})
        return self.kept().filter(may)


type View[**P] = Callable[Concatenate[HttpRequest, P], HttpResponse]


def _require(test: Callable[["User"], bool]) -> Callable[[Any], Any]:
    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not test(cast("User", request.user)):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return wrapped

    return decorate


require_manager = _require(lambda user: user.is_manager)
"""Only managers and admins: everybody else gets 403."""

require_admin = _require(lambda user: user.is_admin)
"""Only admins: everybody else gets 403."""
