"""A mail server that delivers nothing: it keeps each mail as a file, for the demo and for trying out.

`python -m opener.embedded.catcher FOLDER PORT` serves until it is told to stop. A mail is answered with 250 when its
file is on disk, so an accepted mail is a file and a file is an accepted mail.
"""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

MAX_BYTES = 32 * 1024 * 1024


class Keeper:
    """What aiosmtpd calls with each mail."""

    def __init__(self, folder: Path) -> None:
        """Keep mails in `folder`."""
        self.folder = folder
        self.count = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Store the mail, with its envelope in front, and accept it."""
        self.count += 1
        name = f"{time.time_ns()}-{os.getpid()}-{self.count}.eml"
        content = envelope.original_content or b""
        head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
        try:
            keep(self.folder, name, head.encode("utf-8", "surrogateescape") + content)
        except OSError as error:
            return f"452 The mail could not be kept: {error.strerror}"
        return f"250 Kept as {name}"


def keep(folder: Path, name: str, content: bytes) -> None:
    """Write a file that is either whole and on disk, or not there."""
    draft = folder / f".{name}.tmp"
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder / name)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def serve(folder: Path, port: int) -> None:
    """Listen on 127.0.0.1 until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    keeper = Keeper(folder)
    server = await loop.create_server(
        lambda: SMTP(keeper, data_size_limit=MAX_BYTES, enable_SMTPUTF8=True, hostname="catcher", loop=loop),
        "127.0.0.1",
        port,
    )
    async with server:
        await stop.wait()


if __name__ == "__main__":
    os.umask(0o077)
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
