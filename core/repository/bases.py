"""Plain copies of the newest bases, for this host alone: what is sealed here cannot always be opened here.

They save opening up to four objects before each save and where somebody waits for an old one, and let a host without an
identity make deltas. Each is proven by its digest, and no proof of a snapshot rests on them. Nothing is lost with them:
without its base a snapshot is a full. The database itself lies on this host as plainly.
"""

from collections.abc import Collection
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from core.disk import make_private_folder, read_whole, write_whole
from core.domain.errors import BackupServError
from core.domain.snapshot import Snapshot
from core.repository.packing import INDEX_LIMIT


class Bases:
    """A folder of plain contents (of a tree: its index) by snapshot id, mode 0600."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, snapshot: Snapshot, content: bytes) -> None:
        """Keep what may become a base. A disk that is full keeps nothing, which is no error."""
        with suppress(BackupServError):
            make_private_folder(self._folder / snapshot.source)
            write_whole(self._path(snapshot), [content])

    def content(self, snapshot: Snapshot) -> bytes | None:
        """What `digest` is of, proven by it; None where it is not here or not what it was."""
        limit = snapshot.size if snapshot.index is None else INDEX_LIMIT
        try:
            content, _ = read_whole(self._path(snapshot), limit=limit)
        except BackupServError:
            return None
        return content if sha256(content).hexdigest() == snapshot.digest else None

    def drop_all_but(self, source: str, ids: Collection[str]) -> None:
        """Remove what can be no base any more."""
        with suppress(OSError):
            for path in (self._folder / source).iterdir():
                if path.name not in ids:
                    path.unlink(missing_ok=True)

    def _path(self, snapshot: Snapshot) -> Path:
        return self._folder / snapshot.source / snapshot.id
