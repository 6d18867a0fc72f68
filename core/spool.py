"""A file for what is too large for memory and is on its way elsewhere: private, and gone whatever happens."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from core.disk import write_error


@contextmanager
def spool(folder: Path, name: str) -> Iterator[BinaryIO]:
    """An empty file to write, rewind and read, removed at the end.

    It is named and locked as every file that is being written: after a crash `sweep_temporaries` removes it.

    Raises:
        StorageFull, StorageUnavailable: it cannot be made, or what was written within the block did not fit.
    """
    path = folder / f".{name[:50]}.{secrets.token_hex(6)}.tmp"
    try:
        file = open(path, "x+b", opener=_private)  # noqa: SIM115 — Path.open knows no opener; closed below
    except OSError as error:
        raise write_error(path, error) from error
    try:
        with file:
            with suppress(OSError):  # not every file system has locks; then nobody sweeps there either
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield file
    except OSError as error:
        if error.filename is not None:  # of another file, which says so itself
            raise
        raise write_error(path, error) from error
    finally:
        with suppress(OSError):
            path.unlink()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)
