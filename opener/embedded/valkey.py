"""The embedded Valkey, a free Redis: started, adopted, ended."""

import signal
import time

import redis

from opener.embedded import running
from opener.embedded.errors import EmbeddedError
from opener.embedded.folder import Folder, port_is_free
from opener.embedded.programs import Programs

DATABASES = 64
"""How many there are: a test process takes one for itself."""


class Valkey:
    """One server in `home/valkey`, on a port of 127.0.0.1 that is remembered. It forgets nothing and evicts nothing."""

    def __init__(self, folder: Folder, programs: Programs, *, fast: bool = False) -> None:
        """Describe the server; nothing is started."""
        self.folder, self.programs, self.fast = folder, programs, fast
        self.directory = programs.home / "valkey"
        self.log = programs.home / "valkey.log"

    def url(self, database: int = 0) -> str:
        """The REDIS_URL of a database in it."""
        password = self.folder.read().get("password", "")
        return f"redis://:{password}@127.0.0.1:{self.folder.port('valkey')}/{database}"

    def answers(self) -> bool:
        """Whether it is there: only our own server, asked with the password, tells its folder."""
        try:
            with redis.Redis.from_url(self.url(), socket_timeout=5, socket_connect_timeout=2) as client:
                return bool(client.config_get("dir") == {"dir": str(self.directory)})
        except redis.RedisError:
            return False

    def start(self) -> bool:
        """Adopt the server that runs, or start one, replacing what answers no more. Returns whether it started one."""
        if self.answers():
            return False
        running.end(self.directory, "valkey-server", signal.SIGTERM, 5)
        try:
            self._launch()
        except EmbeddedError:
            if not self.directory.exists():
                raise
            # Rows in PostgreSQL say what is due; what was on its way is sent anew. A damaged file must not hold that up.
            aside = self.directory.with_name(f"valkey.damaged-{int(time.time())}")
            self.directory.rename(aside)
            print(f"Valkey could not read its files; they were put aside as {aside}.")
            self._launch()
        return True

    def stop(self) -> None:
        """End it in order: what it holds is on disk."""
        running.end(self.directory, "valkey-server", signal.SIGTERM, 10)

    def _launch(self) -> None:
        self.programs.make(self.directory)
        running.launch(
            lambda: [str(self.programs.valkey), "-"],
            self.answers,
            programs=self.programs,
            directory=self.directory,
            log=self.log,
            configuration=self._configuration,
        )

    def _configuration(self) -> bytes:
        """Given on standard input: a password on the command line could be read by everybody."""
        port = self.folder.port("valkey")
        if not port_is_free("127.0.0.1", port):
            port = self.folder.new_port("valkey")
        lines = [
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {self.folder.read().get('password', '')}",
            f'dir "{self.directory}"',
            f"databases {DATABASES}",
            "maxmemory-policy noeviction",
            'save ""',
            f"appendonly {'no' if self.fast else 'yes'}",
            "appendfsync everysec",
        ]
        return "\n".join(lines).encode()
