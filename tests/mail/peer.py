"""A mail server in a thread that does at each stage what a test tells it to: a real SMTP peer, bad on demand."""

import asyncio
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import MISSING, SMTP, AuthResult, Envelope, LoginPassword, Session

STAGES = ("connect", "mail", "rcpt", "data", "content", "stored")
"""At the greeting; at MAIL, RCPT, DATA; with the content received; with the mail stored, before the 250."""


class Drop:
    """Close the connection without a word."""


DROP = Drop()
type Act = str | float | Drop | Callable[[], object]
"""An answer instead of the usual one, seconds to wait before it, the end, or something to do meanwhile."""


@dataclass(frozen=True)
class Stored:
    """A mail that the peer keeps."""

    sender: str
    recipient: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, read by somebody who never saw how it was written."""
        return message_from_bytes(self.content, policy=policy.default)


class Peer:
    """The server. `on("rcpt", "450 later", DROP)`: the first RCPT gets the answer, the second loses its connection."""

    def __init__(self, **options: Any) -> None:
        self.stored: list[Stored] = []
        self.connections = 0
        self.commands: list[str] = []
        self.live: dict[int, str] = {}
        """Whom each open connection wrote to last."""
        self.acts: dict[str, deque[Act]] = defaultdict(deque)
        self.always: dict[str, Act] = {}
        self.implicit_tls: ssl.SSLContext | None = options.pop("implicit_tls", None)
        self.options: dict[str, Any] = {"enable_SMTPUTF8": True, "hostname": "peer"} | options
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def on(self, stage: str, *acts: Act, always: bool = False) -> None:
        """What happens at a stage, once each; or `always`."""
        assert stage in STAGES
        if always:
            (self.always[stage],) = acts
        else:
            self.acts[stage].extend(acts)

    @property
    def url(self) -> str:
        """The SMTP_URL that leads here."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of what is stored, in the order of arrival."""
        return [str(mail.message["Message-ID"]) for mail in self.stored]

    async def act(self, stage: str, server: "_Server") -> str | None:
        """Do what was told for `stage`; the answer to give instead of the usual one, where there is one."""
        acts = self.acts[stage]
        act = acts.popleft() if acts else self.always.get(stage)
        if isinstance(act, Drop):
            if isinstance(server.transport, asyncio.WriteTransport):
                server.transport.abort()
            await asyncio.sleep(60)  # cancelled as the connection ends
        elif isinstance(act, float):
            await asyncio.sleep(act)
        elif isinstance(act, str):
            return act
        elif act is not None:
            await self._loop.run_in_executor(None, act)
        return None

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(
            lambda: _Server(self), "127.0.0.1", 0, ssl=self.implicit_tls
        )
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Server(SMTP):
    """One connection."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        super().__init__(_Handler(peer), loop=peer._loop, **peer.options)

    async def _handle_client(self) -> None:
        self.peer.connections += 1
        if answer := await self.peer.act("connect", self):
            await self.push(answer)
            if self.transport is not None:
                self.transport.close()
            return
        await super()._handle_client()

    def connection_lost(self, error: Exception | None) -> None:
        self.peer.live.pop(id(self), None)
        super().connection_lost(error)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if answer := await self.peer.act("data", self):
            await self.push(answer)
        else:
            await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802
        self.peer.commands.append("quit")
        await super().smtp_QUIT(arg)


class _Handler:
    """What aiosmtpd asks at each stage."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer

    async def handle_MAIL(  # noqa: N802
        self, server: _Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> Any:
        self.peer.commands.append(f"mail {address}")
        return await self.peer.act("mail", server) or MISSING

    async def handle_RCPT(  # noqa: N802
        self, server: _Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> Any:
        self.peer.commands.append(f"rcpt {address}")
        self.peer.live[id(server)] = address
        return await self.peer.act("rcpt", server) or MISSING

    async def handle_DATA(self, server: _Server, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if answer := await self.peer.act("content", server):
            return answer
        content = envelope.original_content
        assert content is not None
        self.peer.stored.append(Stored(str(envelope.mail_from), str(envelope.rcpt_tos[0]), content))
        return await self.peer.act("stored", server) or "250 Kept"


def let_in(username: str, password: str) -> Callable[..., AuthResult]:
    """An authenticator that knows one sign-in."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        known = LoginPassword(username.encode(), password.encode())
        return AuthResult(success=data == known, handled=False)

    return check
