"""All certificates and keys of a tree of files, under every name that leads to them."""

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.certificates.certificate import Certificate
from core.certificates.chain import is_bundle
from core.certificates.pem import LIMIT, Key, Pem, read_pem
from core.certificates.words import told
from core.domain.errors import SourceUnreadable
from core.domain.tree import ROOT, Entry, parent

_MOST_FILES = 5000
_MARK = b"-----BEGIN "
_STEPS = 40  # links that lead to links, as the kernel allows


Read = Callable[[str, int], bytes]
"""The bytes of a file or hardlink; SourceUnreadable where it cannot be read, or holds more than so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What lies in a tree. Paths are relative to its root."""

    files: Mapping[str, Pem]  # by path: what has to do with certificates
    names: Mapping[str, str]  # every name of those, also links to them → the path of the file
    loose: tuple[tuple[str, str], ...]  # links to nothing that is in the tree, and what they say
    troubles: tuple[str, ...]  # what could not be looked at, in sentences

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """All of them, each once."""
        found = {item.fingerprint: item for pem in self.files.values() for item in pem.certificates}
        return tuple(found.values())

    @property
    def keys(self) -> tuple[Key, ...]:
        """All of them, those that cannot be read included."""
        return tuple(key for pem in self.files.values() for key in pem.keys)

    def used(self) -> dict[str, dict[str, Pem]]:
        """What is in use, by folder and name in it, without bundles of authorities.

        A folder that links from elsewhere lead into is an archive (Let's Encrypt keeps all that ever was in one): what
        no link leads to there is history.
        """
        linked = {path for name, path in self.names.items() if parent(name) != parent(path)}
        archives = {parent(path) for path in linked}
        found: dict[str, dict[str, Pem]] = defaultdict(dict)
        for name, path in sorted(self.names.items()):
            is_history = name == path and parent(path) in archives
            if not is_history and not is_bundle(self.files[path].certificates):
                found[parent(name)][name] = self.files[path]
        return dict(found)


def take_inventory(entries: Sequence[Entry], read: Read, root: Path) -> Inventory:
    """Read what lies in a tree whose place is `root`. What `read` raises beside SourceUnreadable rises."""
    troubles: list[str] = []
    paths = [entry.path for entry in entries if entry.type == "hardlink" or (entry.type == "file" and _fits(entry))]
    if len(paths) > _MOST_FILES:
        troubles.append(f"only {_MOST_FILES:,} of {len(paths):,} files were looked at for certificates")
    files: dict[str, Pem] = {}
    for path in paths[:_MOST_FILES]:
        try:
            content = read(path, LIMIT)
            pem = read_pem(content) if _MARK in content else Pem()
        except SourceUnreadable as error:
            troubles.append(f"{error}: nobody looked whether it is a key or a certificate")
            continue
        if not pem.is_nothing:
            files[path] = pem
    way = _Way(entries, root)
    links = [entry for entry in entries if entry.type == "symlink"]
    ends = {entry.path: way.end(entry.path) for entry in links}
    names = {name: end for name, end in ends.items() if end in files}
    loose = tuple((entry.path, told(entry.target)) for entry in links if not ends[entry.path])
    return Inventory(
        files=files, names={**{path: path for path in files}, **names}, loose=loose, troubles=tuple(troubles)
    )


def _fits(entry: Entry) -> bool:
    return 0 < entry.size <= LIMIT


def _above(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        steps = path.split("/")
        yield from ("/".join(steps[:depth]) for depth in range(1, len(steps)))


class _Way:
    """Where links lead, by what a tree says alone: the disk is not asked."""

    def __init__(self, entries: Sequence[Entry], root: Path) -> None:
        self._entries = {entry.path: entry for entry in entries}
        self._folders = set(_above(self._entries))  # also where only a part of a tree is looked at
        self._root = root.as_posix()

    def end(self, path: str) -> str:
        """The path of the file or folder that a name leads to; "" where that is not in the tree."""
        steps, done, links = path.split("/"), ROOT, 0
        while steps:
            step = steps.pop(0)
            if step in {"", "."}:
                continue
            if step == "..":
                if done == ROOT:
                    return ""
                done = parent(done)
                continue
            here = step if done == ROOT else f"{done}/{step}"
            entry = self._entries.get(here)
            if entry is None and here not in self._folders:
                return ""
            if entry is None or entry.type != "symlink":
                done = here
                continue
            links += 1
            target = self._inside(entry.target)
            if links > _STEPS or target is None:
                return ""
            done = ROOT if entry.target.startswith("/") else done
            steps = [*target.split("/"), *steps]
        return done

    def _inside(self, target: str) -> str | None:
        """A target relative to where it is followed from; None for an absolute one that is not below the root."""
        if not target.startswith("/"):
            return target
        target = posixpath.normpath(target)
        if target == self._root:
            return ROOT
        return target.removeprefix(f"{self._root}/") if target.startswith(f"{self._root}/") else None
