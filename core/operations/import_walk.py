"""The files of a backup folder, without following links and without end."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.domain.errors import SourceUnreadable

MOST = 20_000  # files
_DEEPEST = 6  # folders below the one that was named: databases/ is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One name in the folder."""

    path: Path
    name: str  # below the folder
    size: int  # bytes, as it lies there
    modified: float  # seconds since 1970
    trouble: str = ""  # why it is not even looked at


def walk(folder: Path) -> tuple[Candidate, ...]:
    """Everything in the folder that is no folder, by name.

    Raises:
        SourceUnreadable: the folder cannot be read, or holds more files than any backup folder.
    """
    found = []
    if not folder.is_dir():
        raise SourceUnreadable(f"{folder} cannot be read: it is no folder, or not there")
    for candidate in _walk(folder, folder, depth=0):
        found.append(candidate)
        if len(found) > MOST:
            raise SourceUnreadable(
                f"{folder} holds more than {MOST:,} files", hint="name the folder that holds `databases`, and no other"
            )
    return tuple(sorted(found, key=lambda item: item.name))


def _walk(top: Path, folder: Path, *, depth: int) -> Iterator[Candidate]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False) and depth < _DEEPEST:
                    yield from _walk(top, Path(entry.path), depth=depth + 1)
                else:
                    yield _candidate(top, entry)
    except OSError as error:
        if not depth:
            raise SourceUnreadable(f"{folder} cannot be read: {error.strerror}") from None
        name, why = str(folder.relative_to(top)), f"the folder cannot be read by uid {os.geteuid()}: {error.strerror}"
        yield Candidate(path=folder, name=name, size=0, modified=0, trouble=why)


def _candidate(top: Path, entry: "os.DirEntry[str]") -> Candidate:
    path = Path(entry.path)
    status = entry.stat(follow_symlinks=False)
    trouble = ""
    if stat.S_ISLNK(status.st_mode):
        trouble = "it is a link, and links are not followed"
    elif stat.S_ISDIR(status.st_mode):
        trouble = f"it is a folder more than {_DEEPEST} folders down"
    elif not stat.S_ISREG(status.st_mode):
        trouble = "it is not a regular file"
    return Candidate(
        path=path,
        name=str(path.relative_to(top)),
        size=status.st_size,
        modified=status.st_mtime,
        trouble=trouble,
    )
