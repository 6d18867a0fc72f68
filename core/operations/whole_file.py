"""A database as a whole: read whatever its state, and known by a digest that counts what it holds."""

from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from core.disk import read_whole
from core.domain.errors import BackupServError, SourceDamaged, WriteUnfinished
from core.formats.sqlite import is_sqlite
from core.sqlite_file import BUSY_SECONDS, copy_sqlite, mend, starts_with

# In the header of SQLite: the mode of the journal, counters of changes and schemas, and who wrote last.
_ALIVE = ((18, 20), (24, 28), (40, 44), (92, 100))


def read_now(database: Path, *, limit: int) -> bytes:
    """The bytes of one moment: of SQLite what is committed, where SQLite can read it.

    Raises:
        SourceUnreadable: it cannot be read.
    """
    if is_sqlite(starts_with(database, limit=limit)):
        try:
            return copy_sqlite(database, limit=limit, busy_seconds=BUSY_SECONDS)
        except (SourceDamaged, WriteUnfinished):
            pass
    return read_whole(database, limit=limit)[0]


def take_back_unfinished(database: Path, *, limit: int) -> None:
    """What was cut short inside SQLite is taken back by SQLite; anything else is left alone."""
    with suppress(BackupServError):
        if is_sqlite(starts_with(database, limit=limit)):
            mend(database, busy_seconds=BUSY_SECONDS)


def digest_of(content: bytes) -> str:
    """SHA-256 (hex). Two copies of one SQLite database have the same, whoever wrote them."""
    if not is_sqlite(content):
        return sha256(content).hexdigest()
    held = bytearray(content)
    for begin, end in _ALIVE:
        held[begin:end] = bytes(end - begin)
    return sha256(held).hexdigest()
