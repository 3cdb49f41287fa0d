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
from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from apps.users.models import User


class ScopedQuerySet[M: models.Model](models.QuerySet[M]):
    """A queryset of rows that belong to a team and, within it, to one person.

    `team_path` and `owner_path` are the look-ups that lead to them. Admins: every row. Managers: see and edit the
    rows of the teams they lead. Reps: see the rows of their teams, edit their own and those nobody owns. A row
    without a team is everybody's to see, and its owner's to edit.
    """

    team_path = "team"
    owner_path = "owner"

    def visible_to(self, user: "User") -> Self:
        """The rows that `user` may see."""
        if user.is_admin:
            return self
        team, owner = self.team_path, self.owner_path
        mine = models.Q(**{f"{team}__in": user.team_ids}) | models.Q(**{f"{team}__isnull": True})
        return self.filter(mine | models.Q(**{owner: user})) if owner else self.filter(mine)

    def editable_by(self, user: "User") -> Self:
        """The rows that `user` may change."""
        if user.is_admin:
            return self
        team, owner = self.team_path, self.owner_path
        may = models.Q(**{f"{team}__in": user.led_team_ids})
        if owner:
            may |= models.Q(**{owner: user})
            may |= models.Q(**{f"{owner}__isnull": True, f"{team}__in": user.team_ids})
        return self.filter(may)


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
