"""What a snapshot holds, as files in a folder: to look at, or to put in place by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.disk import make_private_folder, write_whole
from core.domain.snapshot import Snapshot
from core.ports import Progress
from core.repository.repository import Repository
from core.repository.tree_reading import TreeReading


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """Where it lies, and what could not be set."""

    snapshot: Snapshot
    path: Path
    remarks: tuple[str, ...] = ()


def extract(
    snapshot: Snapshot,
    repository: Repository,
    folder: Path,
    *,
    work: Path,
    paths: Sequence[str] | None = None,
    progress: Progress,
) -> Extracted:
    """The proven content: of a database `SOURCE.EXTENSION` in `folder`, of a tree (or some of its paths) `SOURCE/`.

    Raises:
        ObjectExists: there is such a file, or the folder is not empty; it is untouched.
        SnapshotNotFound: a path is not in it.
        ObjectDamaged, ObjectNotFound, IdentityMissing, StorageUnavailable: nothing was written.
    """
    make_private_folder(folder)
    if snapshot.index is not None:
        target = folder / snapshot.source
        made = TreeReading(repository, work).restore(snapshot, target, paths=paths, progress=progress)
        return Extracted(snapshot=snapshot, path=target, remarks=(*made.failed, *made.remarks))
    progress.step(f"opening {snapshot.tail}")
    content = repository.content(snapshot, quickly=True)
    extension = snapshot.key.rpartition("-")[2].partition(".")[2].removesuffix(".zst.age")
    path = folder / f"{snapshot.source}.{extension}"
    progress.step(f"writing {path}")
    write_whole(path, [content], exclusive=True)
    return Extracted(snapshot=snapshot, path=path)
