"""Who is uploading an object: a file beside it, made exclusively, that says so.

SFTP has no locks. On the same host the kernel knows whether the claim's process lives. Of another host (or another
container) only its silence is known: a claim and an upload that did not change for `LEASE` seconds are nobody's.
"""

import hashlib
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

from core.domain.errors import StorageUnavailable
from core.storage.sftp_answer import Refused
from core.storage.sftp_connection import Connection

LEASE = 900  # seconds
_PAUSE = 300  # seconds after which a writer asks whether it still has the claim, well before anybody may take it
_LONGEST = 200

_ours: set[str] = set()  # what threads of this process are uploading
_ours_lock = Lock()


class Claim:
    """A context: as long as it lasts nobody else uploads to `partial`."""

    def __init__(self, server: Connection, path: str, partial: str) -> None:
        self._server = server
        self._path = path
        self._partial = partial
        self._story = f"{_place()} {os.getpid()} {_started(os.getpid())} {secrets.token_hex(8)}"
        settings = server.settings
        self._name = f"{settings.user}@{settings.host}:{settings.port}:{path}"
        self._asked_at = 0.0

    def __enter__(self) -> Self:
        """Take it.

        Raises:
            StorageUnavailable: somebody else has it and lives, or may live.
        """
        with _ours_lock:
            if self._name in _ours:
                raise self._taken("another thread of this process")
            _ours.add(self._name)
        try:
            if not self._make():
                self._take_over()
        except BaseException:
            self._let_go()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._server.tidy(self._path)
        self._let_go()

    def _let_go(self) -> None:
        with _ours_lock:
            _ours.discard(self._name)

    def hold(self) -> None:
        """Before each block: after a pause it is asked whether the claim is still ours.

        Raises:
            StorageUnavailable: somebody took it over meanwhile.
        """
        now = time.monotonic()
        if now - self._asked_at > _PAUSE and self._read(self._path) != self._story:
            raise self._taken("another run, since this one was silent for too long")
        self._asked_at = now

    def _make(self) -> bool:
        file = self._server.create(self._path)
        if file is None:
            return False
        try:
            file.write(0, self._story.encode())
        except Refused as refused:
            self._server.tidy(self._path)
            raise self._server.refusal(refused, self._path, "written") from None
        finally:
            file.close()
        self._asked_at = time.monotonic()
        return True

    def _take_over(self) -> None:
        """Put our claim in the place of one whose writer is gone.

        One at a time: a claim that was just made anew must never be taken for the dead one that stood there before.
        """
        holder = self._read(self._path)
        if not self._is_gone(holder) or not self._is_alone():
            raise self._taken("another run")
        try:
            taken = self._read(self._path) == holder
            if taken:
                self._server.remove(self._path)
                taken = self._make()
        finally:
            self._server.tidy(self._turn)
        if not taken:
            raise self._taken("another run")

    @property
    def _turn(self) -> str:
        """A file that one of those who take over has at a time."""
        digest = hashlib.sha256(f"turn {self._path}".encode()).hexdigest()[:12]
        return f"{self._path.rsplit('.', 2)[0]}.{digest}.tmp"

    def _is_alone(self) -> bool:
        """Whether it is our turn. One that a crash left holds for a lease, since taking over takes a blink."""
        for _ in range(2):
            file = self._server.create(self._turn)
            if file is not None:
                file.close()
                return True
            if not self._is_silent(self._turn):
                return False
            self._server.tidy(self._turn)
        return False

    def _read(self, path: str) -> str:
        try:
            file = self._server.open(path, "rb")
        except Refused:
            return ""
        try:
            return file.read(0, _LONGEST).decode(errors="replace")
        finally:
            file.close()

    def _is_gone(self, holder: str) -> bool:
        place, _, rest = holder.partition(" ")
        pid, started = [*rest.split(), "", ""][:2]
        if place == _place() and pid.isdigit():
            # Our own pid: an attempt that lost its connection. A thread that lives would have been found in `_ours`.
            return int(pid) == os.getpid() or _started(int(pid)) != started
        return self._is_silent(self._path, self._partial)

    def _is_silent(self, *paths: str) -> bool:
        """Whether nothing happened to files for a lease, by the server's own clock."""
        seen = [self._server.look(path) for path in paths]
        last = max((found.st_mtime or 0 for found in seen if found is not None), default=0)
        return server_time(self._server, self._path.rpartition("/")[0]) - last > LEASE

    def _taken(self, by: str) -> StorageUnavailable:
        return StorageUnavailable(
            f"{self._partial} on {self._server.settings.host} is being written by {by}",
            hint=f"try again when that has ended; a writer that was killed is forgotten after {LEASE // 60} minutes",
        )


def server_time(server: Connection, folder: str) -> int:
    """What time it is there: our clocks may differ. Needs a file for a blink."""
    path = f"{folder}/.time.{secrets.token_hex(6)}.tmp"
    file = server.create(path)
    try:
        found: Any = server.look(path)
        return int(found.st_mtime)
    finally:
        if file is not None:
            file.close()
        server.tidy(path)


def _place() -> str:
    """This boot of this kernel, and the numbering of processes that we see."""
    boot, space = "?", 0
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        space = os.stat("/proc/self/ns/pid").st_ino  # noqa: PTH116 — Path.stat is the same with more words
    return f"{boot}/{space}"


def _started(pid: int) -> str:
    """When a process began, in ticks since the host did; "" if there is none. A pid that is used again differs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
