"""Why something cannot be done to a dream client, in words for whoever tried."""

from django.utils.translation import gettext as _

from apps.dreamclients.models import DreamClient, DreamClientList
from apps.users.models import User


class BookFull(Exception):
    """The book of `owner` holds as many dream clients as it may (`cap`)."""

    def __init__(self, owner: User, cap: int) -> None:
        self.owner, self.cap = owner, cap
        super().__init__(_("%(name)s works %(cap)d dream clients, which is all a book holds.")
                         % {"name": owner, "cap": cap})  # fmt: skip


class AlreadyTargeted(Exception):
    """The account is a dream client already: `existing`. `by` is told the name of the list where they may see it."""

    def __init__(self, existing: DreamClient, by: User | None) -> None:
        self.existing = existing
        said = {"account": existing.account, "list": existing.list, "owner": existing.owner}
        if by is not None and not existing.list.may_see(by):
            if existing.owner is None:
                text = _("%(account)s is on a list of another team already, and nobody works it.")
            else:
                text = _("%(account)s is on a list of another team already: %(owner)s works it.")
            super().__init__(text % said)
        elif existing.owner is None:
            super().__init__(_("%(account)s is on the list %(list)s already, and nobody works it.") % said)
        else:
            super().__init__(_("%(account)s is on the list %(list)s already: %(owner)s works it.") % said)


class ListClosed(Exception):
    """The list is in the bin, or archived: nothing comes onto it."""

    def __init__(self, dream_client_list: DreamClientList) -> None:
        in_bin = dream_client_list.deleted_at is not None
        words = _("The list %s is in the bin.") if in_bin else _("The list %s is archived.")
        super().__init__(words % dream_client_list)


class NeedsApproval(Exception):
    """What this person puts on the list is a proposal (see `approval.propose`): a manager has to approve it."""

    def __init__(self, dream_client_list: DreamClientList) -> None:
        super().__init__(_("A manager has to approve what comes onto %s.") % dream_client_list)


class TakenAlready(Exception):
    """A colleague, `owner`, works this dream client."""

    def __init__(self, owner: User) -> None:
        self.owner = owner
        super().__init__(_("%s works this dream client.") % owner)


class LeftItsList(Exception):
    """The dream client was taken off its list meanwhile."""

    def __init__(self, dream_client: DreamClient) -> None:
        self.dream_client = dream_client
        super().__init__(_("%s was taken off its list meanwhile.") % dream_client.account)
