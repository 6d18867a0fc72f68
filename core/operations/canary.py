"""A canary: a property of the bot's own account that is changed again and again, and that the next saves must have.

A save that is whole, new and of another database, or of one that services do not live on any more, shows in nothing
else: services say that they saved, and a file is there.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from core.disk import make_private_folder, write_whole
from core.domain.errors import BackupServError, ControlFailed, IdentityMissing
from core.domain.moment import show
from core.domain.notice import Trouble
from core.domain.snapshot import Snapshot
from core.operations.site import Site
from core.ports import Clock
from core.program_ports import Marking
from core.repository.repository import Repository

KEY = "backupserv-canary"  # Atheme leaves keys with a colon to its operators
_SLACK = timedelta(seconds=5)  # a save that had begun before
_AGAIN = timedelta(minutes=10)  # after services did not take it
_LIMIT = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memory:
    """What was said to services, and what was found since."""

    value: str = ""
    set_at: str = ""  # ISO 8601: when services had taken it
    looked: str = ""  # id of the snapshot that was opened for it; "" = none yet
    missing: str = ""  # why that one is no copy of what services live on; "" = it is


class Canary:
    """Of one services database. What it remembers lies in the state directory; losing it costs one rotation."""

    def __init__(self, site: Site, repository: Repository, *, state_dir: Path, clock: Clock, every: timedelta) -> None:
        self._site = site
        self._repository = repository
        self._path = state_dir / "canary.json"
        self._clock = clock
        self._every = every
        self._refused: tuple[datetime, BackupServError] | None = None

    def look(self) -> Iterator[Trouble]:
        """Change it when it is time, and see whether the first save after that has it. Opens one snapshot a rotation.

        Raises:
            ControlFailed: services cannot be asked, or did not take it.
            StorageUnavailable, ObjectDamaged: a snapshot cannot be read.
        """
        memory = self._read()
        if memory.value and not memory.looked:
            memory = self._sought(memory)
        if memory.missing:
            yield Trouble(
                cause=f"canary/{self._site.name}",
                gravity="error",
                title=memory.missing,
                detail=(
                    "Services may live on another file than the one that is saved, or save somewhere else. If they "
                    "were killed or restored at that time, they have lost it: the next is there then, and this ends."
                ),
                suggestion="backupserv check",
            )
        if self._is_due(memory):
            self._rotate(memory)

    def _is_due(self, memory: _Memory) -> bool:
        """Not before the last one was looked for, unless no save comes: that is for others to tell."""
        if not memory.value:
            return True
        age = self._clock.now() - datetime.fromisoformat(memory.set_at)
        return not timedelta() <= age < (self._every if memory.looked else 2 * self._every)

    def _rotate(self, memory: _Memory) -> None:
        services, now = self._site.services, self._clock.now()
        if self._refused is not None and timedelta() <= now - self._refused[0] < _AGAIN:
            raise self._refused[1]
        try:
            if not isinstance(services, Marking):
                raise ControlFailed(
                    "the canary needs services that can be told something",
                    hint=f'set sources.{self._site.name}.ask to "jsonrpc" or "irc", or guards.canary.enabled to false',
                )
            value = secrets.token_hex(8)
            services.set_property(KEY, value)
        except BackupServError as error:
            self._refused = now, error
            raise
        self._refused = None
        self._write(_Memory(value=value, set_at=self._clock.now().isoformat(), missing=memory.missing))

    def _sought(self, memory: _Memory) -> _Memory:
        snapshot = self._first_after(datetime.fromisoformat(memory.set_at))
        if snapshot is None:
            return memory
        with suppress(IdentityMissing):  # a host that only seals cannot look
            found = memory.value.encode() in self._repository.content(snapshot, quickly=True)
            missing = "" if found else self._missing(snapshot, datetime.fromisoformat(memory.set_at))
            memory = _Memory(value=memory.value, set_at=memory.set_at, looked=snapshot.id, missing=missing)
            self._write(memory)
        return memory

    def _missing(self, snapshot: Snapshot, set_at: datetime) -> str:
        which = f"{snapshot.tail} of {snapshot.source}, saved {show(snapshot.saved_at)},"
        return f"{which} lacks the canary that services took {show(set_at)}: it is no copy of what they live on"

    def _first_after(self, set_at: datetime) -> Snapshot | None:
        snapshots = reversed(self._repository.snapshots(self._site.name))
        after = [snapshot for snapshot in snapshots if snapshot.saved_at >= set_at + _SLACK]
        return after[-1] if after else None

    def _read(self) -> _Memory:
        with suppress(OSError, ValueError, TypeError, RecursionError), self._path.open("rb") as file:
            memory = _Memory(**json.loads(file.read(_LIMIT)))
            if all(isinstance(text, str) for text in asdict(memory).values()):
                set_at = datetime.fromisoformat(memory.set_at) if memory.value else self._clock.now()
                return memory if set_at.tzinfo is not None else _Memory()
        return _Memory()

    def _write(self, memory: _Memory) -> None:
        make_private_folder(self._path.parent)
        write_whole(self._path, [json.dumps(asdict(memory)).encode()])
