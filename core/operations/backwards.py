"""The contents of snapshots, the newest first, each once, and never without end."""

from collections.abc import Callable, Iterator, Sequence

from core.domain.errors import BackupServError
from core.domain.snapshot import Snapshot
from core.ports import Progress
from core.repository.repository import Repository

MOST = 100  # distinct contents that are opened, unless all are asked for


class Backwards:
    """A walk through a source's snapshots. Ask what is left out and what could not be read when it is over."""

    def __init__(
        self, repository: Repository, *, everything: bool, is_late: Callable[[], bool] = lambda: False
    ) -> None:
        self._repository = repository
        self._everything = everything
        self._is_late = is_late
        self._opened: set[str] = set()  # digests, also of what could not be read
        self.older = 0  # snapshots that were not looked at
        self.troubles: list[str] = []

    def look(self, snapshots: Sequence[Snapshot], progress: Progress) -> Iterator[tuple[Snapshot, bytes | None]]:
        """Every snapshot with what it holds; None where that could not be read, or was opened for a newer one."""
        for index, snapshot in enumerate(reversed(snapshots)):
            if snapshot.digest in self._opened:
                yield snapshot, None
                continue
            if not self._everything and (len(self._opened) >= MOST or self._is_late()):
                self.older = len(snapshots) - index
                return
            progress.step(f"looking into {snapshot.tail}, {index + 1} of {len(snapshots)}")
            yield snapshot, self._open(snapshot)

    def _open(self, snapshot: Snapshot) -> bytes | None:
        self._opened.add(snapshot.digest)
        try:
            return self._repository.content(snapshot)
        except BackupServError as error:
            self.troubles.append(str(error))
            return None
