"""What a snapshot holds, as files in a folder: to look at, or to put in place by hand."""

from dataclasses import dataclass
from pathlib import Path

from core.disk import make_private_folder, write_whole
from core.domain.snapshot import Snapshot
from core.ports import Progress
from core.repository.repository import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """Where it lies."""

    snapshot: Snapshot
    path: Path


def extract(snapshot: Snapshot, repository: Repository, folder: Path, *, progress: Progress) -> Extracted:
    """The proven content of a database, as `SOURCE.EXTENSION` in `folder`.

    Raises:
        ObjectExists: there is such a file; it is untouched.
        ObjectDamaged, ObjectNotFound, IdentityMissing, StorageUnavailable: nothing was written.
    """
    progress.step(f"opening {snapshot.tail}")
    content = repository.content(snapshot)
    make_private_folder(folder)
    extension = snapshot.key.rpartition("-")[2].partition(".")[2].removesuffix(".zst.age")
    path = folder / f"{snapshot.source}.{extension}"
    progress.step(f"writing {path}")
    write_whole(path, [content], exclusive=True)
    return Extracted(snapshot=snapshot, path=path)
