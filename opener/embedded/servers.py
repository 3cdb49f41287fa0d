"""Both servers together, shared by whoever uses the same data folder."""

import fcntl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from opener.embedded.errors import explain
from opener.embedded.folder import Folder
from opener.embedded.postgres import Postgres
from opener.embedded.programs import find
from opener.embedded.valkey import Valkey


class Servers:
    """PostgreSQL and Valkey of one data folder. Several processes may use them; the last to leave stops them."""

    def __init__(self, folder: Folder, *, fast: bool = False) -> None:
        """Find the programs; nothing is started. `fast` gives up safety for speed, for tests."""
        programs = find(folder)
        self.folder = folder
        self.postgres = Postgres(folder, programs, fast=fast)
        self.valkey = Valkey(folder, programs, fast=fast)
        self._use: IO[str] | None = None

    def start(self) -> list[str]:
        """Start or adopt both, and hold them until `release` or until this process ends.

        Returns the names of those that were started, as opposed to adopted.
        """
        try:
            with self.folder.lock("servers"):
                if self._use is None:
                    self._use = (self.folder.path / "use.lock").open("a")
                fcntl.flock(self._use, fcntl.LOCK_SH)
                with ThreadPoolExecutor(2) as pool:
                    started = {
                        "PostgreSQL": pool.submit(self.postgres.start),
                        "Valkey": pool.submit(self.valkey.start),
                    }
                    return [name for name, start in started.items() if start.result()]
        except OSError as error:
            raise explain(error, Path(error.filename or self.folder.path)) from None

    def release(self, *, stop: bool = True) -> bool:
        """Use them no longer, and stop them where nobody else does. Returns whether nobody did."""
        with self.folder.lock("servers"):
            if self._use is None:
                self._use = (self.folder.path / "use.lock").open("a")
            try:
                fcntl.flock(self._use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                alone = False
            else:
                alone = True
                if stop:
                    with ThreadPoolExecutor(2) as pool:
                        for end in [pool.submit(self.postgres.stop), pool.submit(self.valkey.stop)]:
                            end.result()
            self._use.close()
            self._use = None
        return alone

    def environment(self) -> dict[str, str]:
        """The settings with which Opener runs on them."""
        secret_key = self.folder.read().get("secret_key", "")
        return {"OPENER_DATA_DIR": str(self.folder.path), "SECRET_KEY": secret_key} | self.addresses()

    def addresses(self) -> dict[str, str]:
        """The settings with which Opener finds them."""
        return {"DATABASE_URL": self.postgres.url(), "REDIS_URL": self.valkey.url()}
