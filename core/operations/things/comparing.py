"""A snapshot's tree against the living one: what would have to be done to each path."""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256

from core.beneath import open_file, opened_folder
from core.domain.tree import ROOT, Entry, Listing, chosen, order, parent
from core.operations.things.change import Action, Change
from core.operations.things.node import Node, node_at, node_of, same_attributes
from core.repository.tree.known import Known
from core.repository.tree.selection import select

_PIECE = 1 << 20


@dataclass(slots=True, kw_only=True)
class Compared:
    """What was found."""

    changes: list[Change] = field(default_factory=list)  # by path
    stays: list[str] = field(default_factory=list)  # there, and not in the snapshot
    left_out: list[str] = field(default_factory=list)  # "path: why"
    same: int = 0


class Comparison:
    """Of those paths that were chosen. `root` is open, or None where nothing is there at all."""

    def __init__(
        self, listing: Listing, living: Sequence[Entry], root: int | None, *, paths: Sequence[str], exact: bool
    ) -> None:
        self._known = Known(listing)
        self._root = root
        self._wanted = select(listing, paths) if paths else listing.entries
        self._paths = tuple(paths) or (ROOT,)
        self._living = {entry.path: entry for entry in living}
        self._exact = exact
        self._closed: list[str] = []  # what is left out, with all below it
        self._found = Compared()
        self._moved: set[str] = set()  # files that become another inode

    def run(self) -> Compared:
        """Reads those files whose status does not say that they are the snapshot's.

        Raises:
            SourceUnreadable: one of them cannot be read.
        """
        gone = set(self._gone())
        going = gone if self._exact else set()
        self._found.stays = [] if self._exact else sorted(gone, key=order)
        going -= set(self._kept_folders(going))
        for entry in self._wanted:
            if not chosen(entry.path, self._closed):
                self._compare(entry, going)
        going = {path for path in going if not chosen(path, self._closed)}
        for path in going:
            self._add(path, "remove", self._old(path), None)
        self._found.changes.sort(key=lambda change: order(change.path))
        self._found.changes = list(self._linked(self._found.changes))
        return self._found

    # --- what is there and not in the snapshot ------------------------------------------------

    def _gone(self) -> Iterator[str]:
        for path in self._living:
            if path != ROOT and chosen(path, self._paths) and path not in self._known.entries:
                yield path

    def _kept_folders(self, going: set[str]) -> Iterator[str]:
        """Folders that hold something which this source does not take: they stay, and those above them."""
        kept: set[str] = set()
        for path in sorted(going, key=order, reverse=True):
            if self._living[path].type == "dir" and not all(
                below in going and below not in kept for below in self._below(path)
            ):
                kept.add(path)
                self._found.left_out.append(f"{path}: it holds what is not of this source, and stays")
                yield path

    def _below(self, path: str) -> list[str]:
        if self._root is None:
            return []
        with opened_folder(self._root, path) as folder, os.scandir(folder) as names:
            return [f"{path}/{name.name}" for name in names]

    # --- what is in the snapshot --------------------------------------------------------------

    def _compare(self, entry: Entry, going: set[str]) -> None:
        file = self._known.file(entry.path) if entry.type == "hardlink" else entry
        new = node_of(entry, file or entry)
        there = self._living.get(entry.path)
        if there is None:
            self._not_there(entry, new)
        elif there.type == "dir" and new.type == "dir":
            self._attributes(entry, new)
        elif there.type == "dir":
            self._folder_in_the_way(entry, new, going)
        elif new.type == "dir":
            self._add(entry.path, "replace", self._old(entry.path), new)
        else:
            self._file(entry, file or entry, there, new)

    def _not_there(self, entry: Entry, new: Node) -> None:
        lies = node_at(self._root, entry.path, digest=False) if self._root is not None else None
        if lies is None:
            self._add(entry.path, "create", None, new)
        elif not (lies.type == "dir" and new.type == "dir"):
            self._leave_out(entry.path, "something is there that is not of this source")

    def _folder_in_the_way(self, entry: Entry, new: Node, going: set[str]) -> None:
        if all(path in going for path in self._below(entry.path)):
            self._add(entry.path, "replace", self._old(entry.path), new)
        else:
            self._leave_out(entry.path, "a folder is there now, and what is in it stays")

    def _leave_out(self, path: str, why: str) -> None:
        self._closed.append(path)
        self._found.left_out.append(f"{path}: {why}")

    def _attributes(self, entry: Entry, new: Node) -> None:
        old = self._old(entry.path)
        is_chosen = chosen(entry.path, self._paths)  # else it is only on the way
        if old is not None and is_chosen and not same_attributes(old, new):
            self._add(entry.path, "attributes", old, new)
        else:
            self._found.same += 1

    def _file(self, entry: Entry, file: Entry, there: Entry, new: Node) -> None:
        old = self._old(entry.path, digest=False)
        if old is None:
            self._add(entry.path, "create", None, new)
        elif not self._same_bytes(file, there, new) or not self._same_links(entry, there):
            self._add(entry.path, "replace", self._old(entry.path), new)
        elif same_attributes(old, new):
            self._found.same += 1
        elif new.type == "symlink" or self._shared(entry.path):
            self._add(entry.path, "replace", self._old(entry.path), new)
        else:
            self._add(entry.path, "attributes", self._old(entry.path), new)

    def _same_bytes(self, file: Entry, there: Entry, new: Node) -> bool:
        living = self._living[there.target] if there.type == "hardlink" else there
        if new.type != ("file" if living.type == "hardlink" else living.type):
            return False
        if new.type == "symlink":
            return new.target == living.target
        if living.size != file.size:
            return False
        return self._known.is_untouched(living, file) or self._reads_alike(there.path, file)

    def _reads_alike(self, path: str, file: Entry) -> bool:
        if self._root is None:
            return False
        with open_file(self._root, path) as stream:
            for extent in file.extents:
                digest, left = sha256(), extent.size
                while left and (piece := stream.read(min(left, _PIECE))):
                    digest.update(piece)
                    left -= len(piece)
                if left or digest.hexdigest() != extent.digest:
                    return False
            return not stream.read(1)

    def _same_links(self, entry: Entry, there: Entry) -> bool:
        """Whether a name that was another one of a file is it still, and that file stays where it is."""
        if entry.type != "hardlink":
            return True
        target = self._living.get(entry.target)
        return target is not None and _first(target) == _first(there) and entry.target not in self._moved

    # --- what lies there -----------------------------------------------------------------------

    def _old(self, path: str, *, digest: bool = True) -> Node | None:
        return node_at(self._root, path, digest=digest) if self._root is not None else None

    def _shared(self, path: str) -> bool:
        return len(self._names.get(_first(self._living[path]), ())) > 1

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        names: dict[str, list[str]] = defaultdict(list)
        for entry in self._living.values():
            if entry.type in {"file", "hardlink"}:
                names[_first(entry)].append(entry.path)
        return names

    def _add(self, path: str, action: Action, old: Node | None, new: Node | None) -> None:
        if action in {"create", "replace"}:
            self._moved.add(path)
        self._found.changes.append(Change(path=path, action=action, old=old, new=new))

    def _linked(self, changes: Sequence[Change]) -> Iterator[Change]:
        """What lies there with another name that it has: one that stays, or else the first of them."""
        names, touched = self._names, {change.path for change in changes}
        for change in changes:
            there = self._living.get(change.path)
            if change.old is None or there is None or there.type not in {"file", "hardlink"}:
                yield change
                continue
            others = [name for name in names[_first(there)] if name != change.path]
            stay = [name for name in others if name not in touched]
            before = [name for name in others if order(name) < order(change.path)]
            link_to = (stay or before or [""])[0]
            yield replace(change, old=replace(change.old, link_to=link_to)) if link_to else change


def _first(entry: Entry) -> str:
    return entry.target if entry.type == "hardlink" else entry.path


def selected(paths: Sequence[str], root: str) -> tuple[str, ...]:
    """Paths as somebody wrote them, relative to the root: absolute ones below it lose it."""
    found = []
    for path in paths:
        bare = path.rstrip("/") or path
        if bare == root.rstrip("/"):
            found.append(ROOT)
        elif bare.startswith(f"{root.rstrip('/')}/"):
            found.append(bare[len(root.rstrip("/")) + 1 :])
        else:
            found.append(bare.removeprefix("./"))
    return tuple(dict.fromkeys(found))


def near(path: str, entries: Sequence[Entry]) -> list[str]:
    """Paths of a snapshot that somebody may have meant: of the same name elsewhere, or in the same folder."""
    name = path.rpartition("/")[2].lower()
    alike = [entry.path for entry in entries if entry.path.rpartition("/")[2].lower() == name]
    beside = [entry.path for entry in entries if parent(entry.path) == parent(path) and entry.path != ROOT]
    return list(dict.fromkeys([*alike, *beside]))[:5]
