"""The files of a chain: the one that is written, and those that were put aside before it."""

import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, cast

from core.domain.errors import StorageUnavailable
from core.journal.walk import Loose, Step, walk

_ASIDE = re.compile(r"\.(\d{1,6})(?:\.gz)?")


def aside(path: Path) -> list[Path]:
    """What logrotate put aside (audit.jsonl.1, audit.jsonl.2.gz, …), the newest first."""
    names = {item: _ASIDE.fullmatch(item.name.removeprefix(path.name)) for item in path.parent.glob(f"{path.name}.*")}
    numbers = {item: int(match[1]) for item, match in names.items() if match}
    return sorted(numbers, key=lambda item: numbers[item])


def all_files(path: Path) -> list[Path]:
    """Every file of the chain, the oldest first."""
    return [*reversed(aside(path)), *([path] if path.exists() else [])]


def open_file(path: Path) -> BinaryIO:
    """Its bytes, unpacked where it was packed.

    Raises:
        OSError: as open does.
    """
    return cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def walk_all(path: Path) -> Iterator[Step]:
    """Every line of the whole chain, the oldest first. Loose lines at the very end are a step of their own.

    Raises:
        StorageUnavailable: a file cannot be read.
    """
    last: Step | None = None
    for item in all_files(path):
        before, loose = (last.digest, last.loose if last.link is None else None) if last is not None else ("", None)
        for step in _walk_one(item, before, loose):
            last = step
            if step.link is not None:
                yield step
    if last is not None and last.link is None:
        yield last


def _walk_one(path: Path, before: str, loose: Loose | None) -> Iterator[Step]:
    try:
        with closing(open_file(path)) as stream:
            yield from walk(path.name, stream, before=before, loose=loose)
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: Exception) -> StorageUnavailable:
    """What a refused or broken read means to an operator."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else "it does not unpack"
    return StorageUnavailable(f"{path} cannot be read: {why}")
