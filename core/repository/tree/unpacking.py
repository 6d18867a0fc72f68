"""Bringing a tree back: unpacked beside its place, proven, and then put there."""

import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.beneath import opened_folder, opened_root
from core.disk import flush_folder, free_space, write_error
from core.domain.errors import ObjectDamaged, ObjectExists, StorageFull
from core.domain.size import show_size
from core.domain.tree import ROOT, Entry, Listing, parent
from core.ports import Progress
from core.repository.tree.selection import select
from core.repository.tree.staging import OpenPiece, Staging

_TOLD = 3  # damaged files that are told; the report has all


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredTree:
    """What a restore did to each path."""

    created: tuple[str, ...]
    skipped: tuple[str, ...]  # something was there already and was left alone
    failed: tuple[str, ...]  # "path: why"; nothing of it was written
    remarks: tuple[str, ...]  # what could not be set: owners, where we are not root


def restore_tree(
    listing: Listing,
    open_piece: OpenPiece,
    target: Path,
    *,
    progress: Progress,
    paths: Sequence[str] | None = None,
    into: bool = False,
    replace: bool = False,
    partial: bool = False,
) -> RestoredTree:
    """Bring back a tree, or those of its paths, as it was: bytes, links, modes, owners, times.

    `target` must be empty or new. With `into` it may hold other things: what is missing is put there, and what is there
    is left alone, or replaced with `replace` (never a folder). With `partial`, damaged files are left out and told;
    else nothing at all is put in place. No path and no link leads out of the target while this works.

    Raises:
        ObjectExists: the target is not empty.
        ObjectDamaged: bytes are not those that were saved; nothing was put in place.
        SnapshotNotFound: a path is not in it.
        StorageFull, StorageUnavailable: the target's file system refused; nothing was put in place.
    """
    entries = listing.entries if paths is None else select(listing, paths)
    target = Path(os.path.abspath(target))  # noqa: PTH100 — resolve() would follow links
    with _beside(target) as place, opened_root(place) as root:
        _must_be_free(target, into=into)
        _must_fit(entries, target)
        progress.step(f"unpacking {show_size(sum(entry.size for entry in entries))} beside {target}")
        staging = Staging(root, listing, entries)
        staging.fill(open_piece)
        if staging.failed and not partial:
            raise _damaged(staging.failed)
        os.sync()
        ready = [entry.path for entry in entries if entry.path not in staging.failed]
        created, skipped = _publish(place, root, target, ready, merge=into and target.exists(), replace=replace)
    failed = tuple(f"{path}: {why}" for path, why in sorted(staging.failed.items()))
    remarks = staging.attributes.remarks
    return RestoredTree(created=tuple(created), skipped=tuple(skipped), failed=failed, remarks=remarks)


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A folder for us alone on the same file system, gone afterwards, whatever happens."""
    place = target.with_name(f".{target.name[:50]}.{secrets.token_hex(6)}.restoring")
    try:
        place.mkdir(mode=0o700)
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)
        flush_folder(target.parent)
    except OSError as error:
        raise write_error(target, error) from error


def _must_be_free(target: Path, *, into: bool) -> None:
    if not os.path.lexists(target):
        return
    if target.is_symlink() or not target.is_dir():
        raise ObjectExists(f"{target} is there and is no folder", hint="name a new folder")
    if not into and any(target.iterdir()):
        raise ObjectExists(f"{target} is not empty", hint="name a new folder, or ask to put files into this one")


def _must_fit(entries: Sequence[Entry], target: Path) -> None:
    needed = sum(entry.size for entry in entries if not entry.sparse)
    free = free_space(target.parent)
    if needed > free:
        raise StorageFull(
            f"{target.parent} has {show_size(free)} left, and {show_size(needed)} come back",
            hint="name a folder on a larger file system, or fewer paths",
        )


def _damaged(failed: dict[str, str]) -> ObjectDamaged:
    told = "; ".join(f"{path!a}: {why}" for path, why in sorted(failed.items())[:_TOLD])
    more = f"; and {len(failed) - _TOLD} more" if len(failed) > _TOLD else ""
    return ObjectDamaged(
        f"{len(failed)} of the files cannot be brought back: {told}{more}",
        hint="nothing was put in place; ask for the others alone, or for an older snapshot",
    )


def _publish(
    place: Path, root: int, target: Path, ready: Sequence[str], *, merge: bool, replace: bool
) -> tuple[list[str], list[str]]:
    if not merge:
        place.rename(target)
        return list(ready), []
    with opened_root(target) as there:
        return _merge(root, there, ready, replace=replace)


def _merge(root: int, there: int, ready: Sequence[str], *, replace: bool) -> tuple[list[str], list[str]]:
    """Put what is missing in its place, whole folders at once; what is there already stays."""
    created: list[str] = []
    skipped: list[str] = []
    done = ""  # the folder that was put in place as a whole, or left alone
    outcome = created
    for path in ready:
        if path == ROOT or (done and path.startswith(f"{done}/")):
            outcome.extend(() if path == ROOT else [path])
            continue
        with opened_folder(root, parent(path)) as ours, opened_folder(there, parent(path)) as theirs:
            name = path.rpartition("/")[2]
            kinds = _kind(ours, name), _kind(theirs, name)
            if kinds == ("dir", "dir"):
                continue
            fits = kinds[1] == "" or (replace and "dir" not in kinds)
            outcome = created if fits else skipped
            if fits:
                os.rename(name, name, src_dir_fd=ours, dst_dir_fd=theirs)
        outcome.append(path)
        done = path
    return created, skipped


def _kind(folder: int, name: str) -> str:
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return ""
    return "dir" if stat.S_ISDIR(mode) else "file"
