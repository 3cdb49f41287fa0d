"""How allauth behaves here: nobody signs up by themselves; an admin invites."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's defaults, without open sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: people come by invitation, the first admin by the set-up page."""
        return False
