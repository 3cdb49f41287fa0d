"""What goes wrong before there is an application to report it."""

import errno
from pathlib import Path


class EmbeddedError(Exception):
    """One line for the person at the terminal: what is wrong and what to do about it."""


def explain(error: OSError, path: Path) -> EmbeddedError:
    """Turn an operating system's error about `path` into a line that says what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return EmbeddedError(f"The disk that holds {path} is full. Free some space, then start again.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return EmbeddedError(
            f"The data folder {path} cannot be written to. Give yourself the right to write there, "
            "or name another folder with OPENER_DATA_DIR."
        )
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return EmbeddedError(f"{path} is not a folder. Name a folder with OPENER_DATA_DIR.")
    return EmbeddedError(
        f"The data folder {path} cannot be used ({error.strerror}). Name another with OPENER_DATA_DIR."
    )
