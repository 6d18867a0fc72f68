"""Speaking with services over IRC, for an engine that works in threads and has never heard of a loop."""

import asyncio
from collections.abc import Coroutine
from typing import Protocol, TypeVar

from core.domain.errors import ControlFailed

T = TypeVar("T")
_GRACE = 5.0  # seconds beyond the question's own deadline before the thread stops waiting for the loop


class Asker(Protocol):
    """What of a connection is needed to ask services something."""

    @property
    def connected(self) -> bool:
        """Whether there is a server to ask."""
        ...

    async def ask_services(self, nick: str, text: str, *, timeout: float) -> list[str]:  # noqa: ASYNC109 — one deadline for the whole question
        """The lines that a service answered with."""
        ...

    async def service_online(self, nick: str, timeout: float) -> bool:  # noqa: ASYNC109 — same
        """Whether a service is there under that nick."""
        ...


class IrcServices:
    """Asks OperServ for a save as the bot's own account, and looks for NickServ on the network."""

    def __init__(
        self, asker: Asker, loop: asyncio.AbstractEventLoop, *, operserv: str, nickserv: str, timeout: float
    ) -> None:
        self._asker = asker
        self._loop = loop
        self._operserv = operserv
        self._nickserv = nickserv
        self._timeout = timeout

    @property
    def can_save(self) -> bool:
        """Only while we are on IRC."""
        return self._asker.connected

    def request_save(self) -> None:
        """`UPDATE` to OperServ. What it answers does not prove a save (newer Atheme saves later): the file does.

        Raises:
            ControlFailed: OperServ did not answer, or refused.
        """
        answer = self._wait(self._asker.ask_services(self._operserv, "UPDATE", timeout=self._timeout))
        if not answer:
            raise ControlFailed(
                f"{self._operserv} did not answer UPDATE within {self._timeout:.0f} s",
                hint="is it there, and has the bot's account the right to UPDATE (general:admin)?",
            )
        refusal = next((line for line in answer if "not authorized" in line.lower() or "denied" in line.lower()), None)
        if refusal is not None:
            raise ControlFailed(
                f"{self._operserv} refused UPDATE",
                hint="give the bot's account an operclass with general:admin, or set ask to another kind",
            )

    def set_property(self, key: str, value: str) -> None:
        """`SET PROPERTY` to NickServ, with the bot's own account; see `core.program_ports.Marking`.

        Raises:
            ControlFailed: NickServ did not answer, or says that we are not logged in.
        """
        words = f"SET PROPERTY {key} {value}"
        answer = self._wait(self._asker.ask_services(self._nickserv, words, timeout=self._timeout))
        if not any(key in line for line in answer):
            why = "refused" if answer else "did not answer"
            raise ControlFailed(
                f"{self._nickserv} {why} SET PROPERTY",
                hint="is the bot logged in to its account, and is nickserv/set_property loaded?",
            )

    def answers(self) -> bool | None:
        """Whether NickServ is on the network; None while we are not."""
        if not self._asker.connected:
            return None
        return self._wait(self._asker.service_online(self._nickserv, self._timeout))

    def _wait(self, question: Coroutine[object, object, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(question, self._loop)
        try:
            return future.result(self._timeout + _GRACE)
        except TimeoutError:
            future.cancel()
            raise ControlFailed("the IRC connection did not answer in time") from None
