"""What the bin does: throwing away, restoring, and emptying it after its time."""

from apps.bin.purging import purge
from apps.bin.restoring import Restored, restore
from apps.bin.throwing import (
    Thrown,
    obstacles,
    throw_away_accounts,
    throw_away_contacts,
    throw_away_list,
    throw_away_written,
)

__all__ = [
    "Restored",
    "Thrown",
    "obstacles",
    "purge",
    "restore",
    "throw_away_accounts",
    "throw_away_contacts",
    "throw_away_list",
    "throw_away_written",
]
