"""A TCP proxy on loopback that does to connections what networks do, at the byte that a test chooses."""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

_CHUNK = 1 << 16
_STEP = 0.02  # seconds between two pieces of a slow connection
_LINGER_NOT = struct.pack("ii", 1, 0)  # closing then is a reset


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to a connection, once `after` bytes went one way since the fault was set.

    `reset`: both ends get RST. `cut`: both ends get an orderly end, whatever was promised. `stall`: nothing moves that
    way any more, until the fault is lifted. `slow`: `rate` bytes a second.
    """

    kind: Literal["reset", "cut", "stall", "slow"]
    after: int = 0
    way: Literal["up", "down"] = "up"  # what the client sends, or what it gets
    times: int | None = None  # how often it strikes; None: always
    rate: int = 1 << 16


class FaultyLink:
    """Listens on 127.0.0.1 and carries everything to `target`; `fault` is what goes wrong from now on.

    Use it as a context manager. All is well with `fault = None`; faults strike open connections too.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self.fault: Fault | None = None
        self.port = 0
        self.struck = 0  # how many connections a fault has hit
        self.carried = 0  # bytes, both ways
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="faulty link", daemon=True)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self.listen()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.refuse()
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def listen(self) -> None:
        """Take connections (again), on the same port."""
        self._run(self._listen())

    def refuse(self) -> None:
        """Refuse new connections, and reset those that are open."""
        self._run(self._refuse())

    def reset_all(self) -> None:
        """Reset what is open now; new connections are taken."""
        self._run(self._reset(list(self._writers)))

    def strikes_no_more(self) -> None:
        """All is well again; what was stalled goes on."""
        self.fault = None

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._reset(list(self._writers))

    async def _end(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _reset(self, writers: list[asyncio.StreamWriter]) -> None:
        for writer in writers:
            with suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pair = _Pair(ends=[writer])
        self._writers.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            pair.ends.append(far_writer)
            self._writers.add(far_writer)
            await asyncio.gather(
                self._pump(reader, far_writer, "up", pair), self._pump(far_reader, writer, "down", pair)
            )
        except (OSError, asyncio.CancelledError):
            await self._reset(pair.ends)
        finally:
            for end in pair.ends:
                end.close()
            self._writers.difference_update(pair.ends)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str, pair: "_Pair") -> None:
        seen: Fault | None = None
        room = 0
        while piece := await reader.read(_CHUNK):
            if pair.cut:
                continue
            if self.fault is not seen:
                seen = self.fault
                room = seen.after if seen is not None else 0
            if seen is None or seen.way != way or len(piece) <= room:
                room -= len(piece)
                await self._send(writer, piece, pair)
            else:
                await self._send(writer, piece[:room], pair)
                await self._strike(seen, writer, piece[room:], pair)
                room = 0
        if not pair.cut:
            writer.write_eof()

    async def _send(self, writer: asyncio.StreamWriter, piece: bytes, pair: "_Pair") -> None:
        if piece and not pair.cut:
            self.carried += len(piece)
            writer.write(piece)
            await writer.drain()

    async def _strike(self, fault: Fault, writer: asyncio.StreamWriter, rest: bytes, pair: "_Pair") -> None:
        if fault.kind == "slow":
            await self._trickle(fault, writer, rest, pair)
            return
        self.struck += 1
        if fault.times is not None and self.struck >= fault.times:
            self.fault = None
        if fault.kind == "reset":
            raise ConnectionResetError
        if fault.kind == "cut":
            pair.cut = True  # what still comes is read and thrown away: closing now would be a reset
            for end in pair.ends:
                end.write_eof()
        else:
            await self._stall(fault)
            await self._send(writer, rest, pair)

    async def _stall(self, fault: Fault) -> None:
        """Until somebody lifts it. One that strikes only so often holds on to what it has struck."""
        while self.fault is fault or fault.times is not None:  # noqa: ASYNC110 — it is lifted from another thread
            await asyncio.sleep(_STEP)

    async def _trickle(self, fault: Fault, writer: asyncio.StreamWriter, rest: bytes, pair: "_Pair") -> None:
        step = max(1, int(fault.rate * _STEP))
        for start in range(0, len(rest), step):
            await self._send(writer, rest[start : start + step], pair)
            if self.fault is fault:
                await asyncio.sleep(_STEP)


@dataclass(kw_only=True)
class _Pair:
    """A connection to us and ours to the target."""

    ends: list[asyncio.StreamWriter]
    cut: bool = False
