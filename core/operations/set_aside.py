"""Saves that come while somebody else is at work for long: kept, and taken in their order as soon as that is over.

They lie in the state directory, for our own user alone. Only of databases that are written whole and renamed.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.disk import free_space, make_private_folder, read_whole, write_error, write_whole
from core.domain.errors import SourceDamaged, SourceUnreadable, StorageFull
from core.domain.finding import Finding, Severity
from core.operations.site import Site
from core.ports import Capture, Progress, Source

_MOST = 60  # of one database: at one a minute, an hour of them
_ROOM = 4  # times its size must be free: what we keep must not be what fills the disk


class SetAside:
    """Over the state directory."""

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / "saves"

    def keep(self, site: Site) -> None:
        """The save that lies there now.

        Raises:
            SourceUnreadable: it cannot be read.
            StorageFull, StorageUnavailable: there is no room for it.
        """
        content, status = read_whole(site.database, limit=site.limit)
        folder = self._folder / site.name
        make_private_folder(folder)
        if free_space(folder) < _ROOM * len(content):
            raise StorageFull(f"no room to set a save of {site.name} aside")
        path = folder / f"{status.st_mtime_ns:020}.db"
        write_whole(path, [content])
        os.utime(path, ns=(status.st_mtime_ns, status.st_mtime_ns))
        for old in self.waiting(site.name)[:-_MOST]:
            _remove(old)

    def waiting(self, name: str) -> tuple[Path, ...]:
        """Those of one database, in their order."""
        return tuple(sorted((self._folder / name).glob("*.db")))

    def take(self, site: Site, back_up: Callable[[Source], object]) -> None:
        """Each of them becomes a snapshot, and goes; one that is worth nothing goes without. The caller holds the lock.

        Raises: what `back_up` does; then it stays, with those after it.
        """
        for path in self.waiting(site.name):
            with suppress(SourceDamaged, SourceUnreadable):  # what lives is judged on its own
                back_up(_KeptSave(source=site.source, path=path, limit=site.limit))
            _remove(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeptSave:
    """A source as it was."""

    source: Source
    path: Path
    limit: int

    @property
    def name(self) -> str:
        """Of the source."""
        return self.source.name

    @property
    def kind(self) -> str:
        """The same."""
        return self.source.kind

    def capture(self, progress: Progress, *, ask: bool = True) -> Capture:
        """See the port. Nobody can be asked."""
        del ask
        progress.step("taking a save that was set aside")
        content, status = read_whole(self.path, limit=self.limit)
        counts, findings = self.inspect(content)
        if not content or any(finding.severity > Severity.WARNING for finding in findings):
            raise SourceDamaged(f"a save of {self.name} that was set aside is damaged")
        saved_at = datetime.fromtimestamp(status.st_mtime, UTC)
        return Capture(content=content, extension="db", saved_at=saved_at, counts=counts, findings=findings)

    def inspect(self, content: bytes) -> tuple[Mapping[str, int], tuple[Finding, ...]]:
        """See the port."""
        return self.source.inspect(content)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise write_error(path, error) from error
