"""What lies beside the snapshots: which format this is, and RESTORE.txt, the way back without us.

RESTORE.txt is a script that reads as a page. It is the same in every repository of this format, and kept current.
"""

from contextlib import suppress
from pathlib import Path

from core.domain.errors import ObjectExists, ObjectNotFound, ObjectRetained, StorageUnavailable
from core.ports import Storage
from core.repository import layout
from core.repository.reading import read_object

_TEXT = Path(__file__).with_name("RESTORE.txt")
_FORMAT_FILE = b"BackupServ repository, format 1\n"  # of the layout; manifests have a number of their own
_LIMIT = 1 << 20


def guide() -> bytes:
    """RESTORE.txt."""
    return _TEXT.read_bytes()


def prepare(storage: Storage, root: str) -> None:
    """Say which format this is and how to restore, or stop before writing among what a newer version wrote.

    Raises:
        StorageUnavailable: it is of a newer version, or what the port says.
        StorageFull: see the port.
    """
    key = layout.format_key(root)
    found = _read(storage, key)
    if found is None:
        with suppress(ObjectExists):  # somebody else was first, with the same words
            storage.put(key, [_FORMAT_FILE])
    elif found != _FORMAT_FILE:
        raise StorageUnavailable(
            f"{key} on {storage.name} does not say format 1, which this version writes",
            hint="update BackupServ, or name another folder",
        )
    _keep_current(storage, layout.guide_key(root), guide())


def examine(storage: Storage, root: str) -> tuple[str, ...]:
    """What is wrong with the two files, in sentences: whoever has nothing else left does what RESTORE.txt says.

    Raises:
        StorageUnavailable: they cannot be read.
    """
    wanted = {layout.format_key(root): _FORMAT_FILE, layout.guide_key(root): guide()}
    return tuple(
        f"{key} on {storage.name} is not what this version writes: it was changed, or is of another version"
        for key, text in wanted.items()
        if _read(storage, key) not in {None, text}
    )


def _keep_current(storage: Storage, key: str, text: bytes) -> None:
    """The only object that is ever replaced; where a lock keeps the old one, it stays."""
    found = _read(storage, key)
    if found == text:
        return
    with suppress(ObjectExists, ObjectRetained):
        if found is not None:
            storage.delete(key)
        storage.put(key, [text])


def _read(storage: Storage, key: str) -> bytes | None:
    try:
        return read_object(storage, key, limit=_LIMIT)
    except ObjectNotFound:
        return None
