"""What a database's files look like from outside: enough to see that it was saved, without opening it.

Opening is not for lookers-on: who closes a file gives up all locks that this process holds on it, and a restore into an
SQLite database rests on them.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Another one after every save. Two that are equal may be one file that nobody wrote to."""

    inode: int  # another one where the database was put in place whole, by a rename
    written: tuple[int, ...] = ()  # times and sizes, of what lies beside it too
    trouble: str = ""  # why it cannot be seen


def is_empty(database: Path) -> bool:
    """Whether nothing lies in it: a full disk leaves such a file, and that is no save."""
    try:
        return database.stat().st_size == 0
    except OSError:
        return False


def mark(database: Path) -> Mark | None:
    """How it lies there now; None where there is none."""
    try:
        status = database.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return Mark(inode=0, trouble=error.strerror or type(error).__name__)
    written = [status.st_mtime_ns, status.st_size]
    for end in ("-wal", "-journal"):  # where SQLite puts what is new
        try:
            beside = database.with_name(database.name + end).stat()
        except OSError:
            written += (0, 0)
        else:
            written += (beside.st_mtime_ns, beside.st_size)
    return Mark(inode=status.st_ino, written=tuple(written))
