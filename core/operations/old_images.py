"""Whole databases that restores kept for their undo, and that no undo can use any more."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.disk import write_error
from core.operations.restore_record import RestoreFolder, RestoreRecord

_STAYS = "record.json"  # what was restored by whom, and what undid it: a page, for good


@dataclass(frozen=True, slots=True, kw_only=True)
class OldImage:
    """What one restore kept."""

    restore_id: str
    paths: tuple[Path, ...]
    size: int


def old_images(folder: RestoreFolder, now: datetime) -> tuple[OldImage, ...]:
    """Of restores that are ended and too long ago to be undone. One that was cut short keeps everything, however old.

    Raises:
        StorageUnavailable: a record cannot be read, so nothing is known of what it needs.
    """
    return tuple(_old(folder, now))


def _old(folder: RestoreFolder, now: datetime) -> Iterator[OldImage]:
    for record in folder.all():
        if record.finished and now > record.undo_until and (paths := _kept(folder, record)):
            yield OldImage(restore_id=record.id, paths=paths, size=sum(_size(path) for path in paths))


def _kept(folder: RestoreFolder, record: RestoreRecord) -> tuple[Path, ...]:
    return tuple(path for path in sorted(folder.before_image(record).parent.iterdir()) if path.name != _STAYS)


def _size(path: Path) -> int:
    below = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
    return sum(one.lstat().st_size for one in (path, *below))


def remove(image: OldImage) -> None:
    """Remove what one restore kept; its record stays.

    Raises:
        StorageUnavailable: something could not be removed.
    """
    for path in image.paths:
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise write_error(path, error) from error
