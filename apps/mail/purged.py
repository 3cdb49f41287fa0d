"""What stands for an address once the person is gone: enough to know it again, too little to read it."""

import hashlib


def stand_in(address: str) -> str:
    """The same for the same address, and not to be turned back. Nothing is ever sent there (RFC 2606: .invalid)."""
    digest = hashlib.sha256(address.strip().lower().encode()).hexdigest()
    return f"{digest}@purged.invalid"
