"""What lies beside a tree while it is restored: the new files, and the old ones by another name."""

import errno
import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol

from core.beneath import create_file, open_file, opened_folder, opened_root
from core.domain.errors import ObjectDamaged, PlanOutdated
from core.domain.tree import OURS, parent
from core.operations.things.change import Change
from core.operations.things.node import Node, digest_of, name_of, node_at, same_content, set_attributes, with_digest
from core.operations.things.putting import Side, staged_name, staging_path

_PIECE = 1 << 20
# A link to what lies on another mount, belongs to somebody else, or on a file system without links.
_NO_LINKS = frozenset({errno.EXDEV, errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


class Supply(Protocol):
    """Where the new files come from: a snapshot, or what an earlier restore kept."""

    def fill(self, folder: int, root: int, numbered: Sequence[tuple[int, Change]]) -> tuple[str, ...]:
        """Put each file and link as `new.NUMBER` into an empty folder, proven, with all attributes. Returns remarks.

        Raises:
            ObjectDamaged: its bytes are not those that were saved.
            OSError: the system refused.
        """
        ...


class TreeStage:
    """One restore's own folders below an open root, one for each mount."""

    def __init__(self, root: int, restore_id: str) -> None:
        self._root = root
        self._id = restore_id
        self._seen: dict[str, tuple[int, int, int]] = {}

    def fill(self, changes: Sequence[Change], supply: Supply) -> tuple[tuple[Change, ...], tuple[str, ...]]:
        """Stage what comes. Returns the changes with the digests of what lies there, read back; and remarks."""
        by_anchor: dict[str, list[tuple[int, Change]]] = defaultdict(list)
        for number, change in enumerate(changes):
            if change.moves("new"):
                by_anchor[change.anchor].append((number, change))
        remarks: list[str] = []
        for anchor, numbered in by_anchor.items():
            with self._folder(anchor) as folder:
                remarks += supply.fill(folder, self._root, numbered)
        return tuple(self._read_back(number, change) for number, change in enumerate(changes)), tuple(remarks)

    def _read_back(self, number: int, change: Change) -> Change:
        if not change.moves("new") or change.new is None or change.new.type != "file":
            return change
        place = f"{staging_path(change.anchor, self._id)}/{staged_name(number, 'new')}"
        with open_file(self._root, place) as file:
            digest = digest_of(file)
        if change.new.digest not in {"", digest}:
            raise ObjectDamaged(f"{change.path} does not read back as it was saved")
        return replace(change, new=with_digest(change.new, digest))

    # --- what is there ------------------------------------------------------------------------

    def keep(self, changes: Sequence[Change], before: Path, *, owned: bool) -> tuple[Change, ...]:
        """Copy what will be replaced or removed to `before`, and give it a second name beside the tree.

        Raises:
            PlanOutdated: something is not what the plan rests on; with `owned` only where it is something else.
        """
        before.mkdir(mode=0o700, exist_ok=True)
        with opened_root(before) as kept:
            return tuple(self._keep(number, change, kept, owned=owned) for number, change in enumerate(changes))

    def _keep(self, number: int, change: Change, kept: int, *, owned: bool) -> Change:
        if change.old is None or change.old.type == "dir":
            return change
        lies = node_at(self._root, change.path, digest=False)
        if lies is None or lies.type != change.old.type or lies.target != change.old.target:
            raise outdated(change.path)
        old = replace(lies, link_to=change.old.link_to, digest=change.old.digest)
        if change.action == "attributes":
            return replace(change, old=old)
        with ExitStack() as stack:
            if old.type == "file":
                file = stack.enter_context(open_file(self._root, change.path))
                old = with_digest(old, _copied(file, kept, change.path))
                if not owned and old.digest != change.old.digest:
                    raise outdated(change.path)
                status = os.fstat(file.fileno())
                self._seen[change.path] = (status.st_ino, status.st_size, status.st_mtime_ns)
            self._second_name(number, change, old, kept)
        return replace(change, old=old)

    def _second_name(self, number: int, change: Change, old: Node, kept: int) -> None:
        """The way back without a byte of space: the same file, by another name on the same file system."""
        name = staged_name(number, "old")
        with self._folder(change.anchor) as place, opened_folder(self._root, parent(change.path)) as folder:
            try:
                os.link(name_of(change.path), name, src_dir_fd=folder, dst_dir_fd=place, follow_symlinks=False)
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                put_copy(kept, change.path, place, name, old)
            else:
                inode = os.stat(name, dir_fd=place, follow_symlinks=False).st_ino
                if old.type == "file" and inode != self._seen[change.path][0]:
                    raise outdated(change.path)

    def restock(self, changes: Sequence[Change], before: Path) -> None:
        """Old files that have no second name any more, and do not lie in their place, once more out of `before`."""
        for number, change in enumerate(changes):
            if not change.moves("old") or change.old is None:
                continue
            with self._folder(change.anchor) as place:
                staged = node_at(place, staged_name(number, "old"), digest=False)
                if staged is None and not same_content(node_at(self._root, change.path), change.old):
                    with opened_root(before) as kept:
                        put_copy(kept, change.path, place, staged_name(number, "old"), change.old)

    def join(self, changes: Sequence[Change]) -> None:
        """Old names of one file that are two by now, since one of them had to come out of `before`: one again."""
        for number, change in enumerate(changes):
            if change.moves("old") and change.old is not None and change.old.link_to:
                with suppress(FileNotFoundError, NotADirectoryError):
                    self._join(number, change, change.old.link_to)

    def _join(self, number: int, change: Change, other: str) -> None:
        name = name_of(change.path)
        with opened_folder(self._root, parent(other)) as beside, opened_folder(self._root, parent(change.path)) as ours:
            theirs = os.stat(name_of(other), dir_fd=beside, follow_symlinks=False)
            if os.path.samestat(theirs, os.stat(name, dir_fd=ours, follow_symlinks=False)):
                return
            if not same_content(node_at(self._root, other), node_at(self._root, change.path)):
                return
            staged = staged_name(number, "old")
            with self._folder(change.anchor) as place:
                try:
                    os.link(name_of(other), staged, src_dir_fd=beside, dst_dir_fd=place, follow_symlinks=False)
                except OSError as error:
                    if error.errno not in _NO_LINKS:
                        raise
                    return
                os.rename(staged, name, src_dir_fd=place, dst_dir_fd=ours)
            os.fsync(ours)

    def set_aside(self, paths: Iterable[str], folder: Path) -> None:
        """Copy what a program wrote meanwhile, before it is replaced. What is no file any more is left out."""
        folder.mkdir(mode=0o700, exist_ok=True)
        with opened_root(folder) as kept:
            for path in paths:
                with suppress(FileNotFoundError, NotADirectoryError), open_file(self._root, path) as file:
                    _copied(file, kept, path)

    def lacks(self, changes: Sequence[Change]) -> list[str]:
        """Paths whose new file is neither staged nor in its place."""
        found = []
        for number, change in enumerate(changes):
            if change.moves("new") and change.new is not None:
                place = f"{staging_path(change.anchor, self._id)}/{staged_name(number, 'new')}"
                there = (node_at(self._root, path) for path in (place, change.path))
                if not any(same_content(node, change.new) for node in there):
                    found.append(change.path)
        return found

    # --- the moment before --------------------------------------------------------------------

    def guard(self, folder: int, change: Change) -> None:
        """Raises PlanOutdated where a path is not what was kept a moment ago."""
        try:
            status = os.stat(name_of(change.path), dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            if change.old is not None:
                raise outdated(change.path) from None
            return
        if change.old is None:
            raise outdated(change.path)
        seen = self._seen.get(change.path)
        if seen is not None and seen != (status.st_ino, status.st_size, status.st_mtime_ns):
            raise outdated(change.path)
        if change.old.type == "dir" and not stat.S_ISDIR(status.st_mode):
            raise outdated(change.path)

    @contextmanager
    def _folder(self, anchor: str) -> Iterator[int]:
        with opened_folder(self._root, staging_path(anchor, self._id), make=True) as folder:
            yield folder

    def sweep(self, changes: Sequence[Change]) -> None:
        """Remove it all. Safe to repeat."""
        for anchor in dict.fromkeys([".", *(change.anchor for change in changes)]):
            place = staging_path(anchor, self._id)
            with suppress(FileNotFoundError, NotADirectoryError), opened_folder(self._root, parent(place)) as ours:
                with suppress(FileNotFoundError):
                    _empty(ours, name_of(place))
                    os.rmdir(name_of(place), dir_fd=ours)
                with opened_folder(self._root, parent(parent(place))) as above, suppress(OSError):
                    os.rmdir(OURS, dir_fd=above)  # not while another restore's lie there


def _empty(folder: int, name: str) -> None:
    with opened_folder(folder, name) as opened:
        with os.scandir(opened) as names:
            found = [entry.name for entry in names]
        for entry in found:
            os.unlink(entry, dir_fd=opened)


def outdated(path: str) -> PlanOutdated:
    """Somebody changed what the plan rests on."""
    return PlanOutdated(f"{path} was changed since this plan was shown", hint="ask for the restore again")


def _copied(file: BinaryIO, kept: int, path: str) -> str:
    """Copy a file to the before-image; returns the digest of what was copied."""
    with opened_folder(kept, parent(path), make=True):
        pass
    with suppress(FileNotFoundError), opened_folder(kept, parent(path)) as folder:
        os.unlink(name_of(path), dir_fd=folder)  # of an attempt before
    digest = sha256()
    with create_file(kept, path) as copy:
        while piece := file.read(_PIECE):
            digest.update(piece)
            view = memoryview(piece)
            while view:
                view = view[copy.write(view) :]
    return digest.hexdigest()


def put_copy(kept: int, path: str, place: int, name: str, node: Node) -> None:
    """A file of a before-image under another name, with its attributes; a link as it is written down.

    Raises:
        ObjectDamaged: it is not what was kept.
    """
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=place)  # of an attempt before
    if node.type == "symlink":
        os.symlink(node.target, name, dir_fd=place)
    else:
        with open_file(kept, path) as file:
            digest = _copied(file, place, name)
        if digest != node.digest:
            raise ObjectDamaged(f"{path} is not what was kept of it before the restore")
    set_attributes(place, name, node, times=True)


def side_of(root: int, change: Change) -> frozenset[Side]:
    """Which side's content lies there now; both where only attributes differ, none where somebody changed it."""
    lies = node_at(root, change.path)
    sides: tuple[Side, Side] = ("old", "new")
    return frozenset(side for side in sides if same_content(lies, change.side(side)))
