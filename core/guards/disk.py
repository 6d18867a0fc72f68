"""Before a disk is full: less free than what the next saves need."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.domain.errors import StorageUnavailable
from core.domain.notice import Trouble
from core.domain.size import show_size
from core.guards.guard import each

_SAVES = 3  # the next one, the one that is half written beside it, and one more
_SPARE = 64 << 20  # bytes: what logs and everybody else write meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder in which somebody will write."""

    name: str  # "where services save"
    folder: Path
    cause: str  # "disk/services"
    file: Path | None = None  # what is written there; as large as it is now, and again beside itself


def look_at_disks(places: tuple[Place, ...]) -> Iterator[Trouble]:
    """Each place that has too little room. Services that cannot save go on as if nothing were: facts/field.md."""
    yield from each(partial(_look_at, place) for place in places)


def _look_at(place: Place) -> Iterator[Trouble]:
    needed = _SAVES * _size_of(place.file) + _SPARE
    free = _free(place.folder)
    if free < needed:
        yield Trouble(
            cause=place.cause,
            gravity="emergency" if free < _size_of(place.file) else "error",
            title=f"{place.name}: {show_size(free)} free, and {show_size(needed)} may be needed",
            detail="A program that cannot write its database goes on without a word, and loses what is new.",
            suggestion="df -h",
        )


def _free(folder: Path) -> int:
    try:
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent  # it will be made there
        status = os.statvfs(folder)
    except OSError as error:
        raise StorageUnavailable(f"{folder} cannot be looked at: {error.strerror}") from None
    if status.f_files and not status.f_favail:
        return 0  # no inode left: nothing new can be made, whatever is free
    return status.f_bavail * status.f_frsize


def _size_of(file: Path | None) -> int:
    try:
        return file.stat().st_size if file is not None else 0
    except OSError:
        return 0
