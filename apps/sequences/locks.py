"""Who waits for whom. Whatever changes the enrollments or touches of an account holds the account's row first.

So the caps of an account and of its contacts hold exactly, waves let in as many as they may, and nobody waits in a
circle: the order is account, then list, book, dream client, enrollment, touch, email (docs/decisions/0017-many-rows.md).
The lock lets rows that point at the account be written meanwhile (FOR NO KEY UPDATE).
"""

from collections.abc import Iterable

from django.db import connection

from apps.accounts.models import Account


def lock_account(account_id: int) -> Account:
    """The account's row, held until the transaction ends. Call it before any other lock."""
    return Account.objects.select_for_update(no_key=True).get(pk=account_id)


def claim_accounts(account_ids: Iterable[int]) -> set[int]:
    """Those of the accounts that nobody holds now; they are held from here on. The tick waits for nobody."""
    free = Account.objects.select_for_update(no_key=True, skip_locked=True)
    return set(free.filter(pk__in=set(account_ids)).order_by("pk").values_list("pk", flat=True))


def hold_version(version_id: int) -> None:
    """Nobody changes the steps of a version until the transaction ends; others may enroll on it meanwhile.

    The foreign key of an enrollment takes the same lock, but too late: Django's are checked at the commit.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM sequences_sequenceversion WHERE id = %s FOR KEY SHARE", [version_id])
