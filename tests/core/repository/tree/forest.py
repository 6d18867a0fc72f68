"""Living trees for tests: changed by random edits, captured, packed, restored, and compared."""

import io
import os
import random
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.domain.tree import Listing
from core.repository.tree.difference import TreeChange, compare
from core.repository.tree.frames import FrameStream
from core.repository.tree.index import read_index, write_index
from core.repository.tree.packing import TreeTar
from core.repository.tree.sealing import listing_of
from core.repository.tree.unpacking import RestoredTree, restore_tree
from core.sources.files import FilesSettings, FilesSource
from core.tree_ports import TreeCapture
from tests.fakes import FakeClock, RecordingProgress

FUTURE = timedelta(minutes=1)  # what is scanned so late was not touched right before


class Chain:
    """A tree, and its snapshots so far: packed but not sealed."""

    def __init__(self, root: Path, *, later: timedelta = FUTURE) -> None:
        self.root = root
        self.packed: dict[str, bytes] = {}
        self.listings: list[Listing] = []
        self.tars: list[TreeTar] = []
        self._later = later

    def scan(self) -> TreeCapture:
        settings = FilesSettings(kind="files", root=self.root, folder="logs")
        clock = FakeClock(time=datetime.now(UTC) + self._later)
        return FilesSource(name="logs", settings=settings, clock=clock).scan(RecordingProgress())

    def compare(self) -> TreeChange:
        return compare(self.scan(), self.listings[-1] if self.listings else None)

    def add(self, change: TreeChange | None = None) -> Listing:
        """One more snapshot, on top of the last."""
        change = change or self.compare()
        snapshot = f"s{len(self.listings)}"
        tar = TreeTar(change, snapshot=snapshot)
        with FrameStream(tar.pieces()) as stream:
            packed = b""
            while piece := stream.read(65536):
                packed += piece
            made = listing_of(change, tar, snapshot=snapshot, frames=tuple(stream.frames))
        listing = read_index(write_index(made))
        assert listing == made
        assert write_index(listing) == write_index(made)
        self.packed[snapshot] = packed
        self.listings.append(listing)
        self.tars.append(tar)
        return listing

    def restore(self, target: Path, number: int = -1, **wishes: object) -> RestoredTree:
        return restore_tree(
            self.listings[number],
            lambda piece: io.BytesIO(self.packed[piece]),
            target,
            progress=RecordingProgress(),
            **wishes,  # type: ignore[arg-type]  # passed on as they are
        )


def picture(root: Path) -> dict[str, tuple[object, ...]]:
    """Everything about a tree that a restore must bring back; names of one file bear the same first name."""
    first: dict[int, str] = {}
    found: dict[str, tuple[object, ...]] = {}
    for place, folders, files in os.walk(root):
        for name in [*folders, *files, ""]:
            path = Path(place, name)
            status = path.lstat()
            content: object = b""
            if stat.S_ISREG(status.st_mode):
                content = path.read_bytes()
            elif stat.S_ISLNK(status.st_mode):
                content = str(path.readlink())
            key = os.path.relpath(path, root)
            same = min(first.setdefault(status.st_ino, key), key) if stat.S_ISREG(status.st_mode) else ""
            first[status.st_ino] = same or key
            found[key] = (status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns, content, status.st_ino)
    groups: dict[object, list[str]] = {}
    for key, row in found.items():
        groups.setdefault(row[-1], []).append(key)
    return {key: (*row[:-1], sorted(groups[row[-1]])) for key, row in found.items()}


NAMES = [
    b"access.log",
    b"access.log.1",
    b"a",
    b"a-b",
    b"-x",
    b"caf\xc3\xa9",
    b"\xff\xfe",
    b"new\nline",
    b"d",
    b"sp ace",
]


EDITS = [
    *("create", "create", "folder", "append", "append", "truncate", "rewrite", "replace", "patch", "rename", "rename"),
    *("delete", "chmod", "chown", "symlink", "hardlink", "rotate", "copy", "touch", "sparse", "swap"),
]


class Gardener:
    """Edits a tree at random, the same way for the same seed."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root = root
        self._chance = random.Random(seed)  # noqa: S311 — chance that is the same every time is what is wanted
        root.mkdir()

    def _paths(self, kind: str) -> list[Path]:
        tests = {
            "file": lambda p: p.is_file() and not p.is_symlink(),
            "dir": lambda p: p.is_dir() and not p.is_symlink(),
        }
        found = [path for path in sorted(self.root.rglob("*")) if kind == "any" or tests[kind](path)]
        return [*found, self.root] if kind == "dir" else found

    def _free(self) -> Path | None:
        folder = self._chance.choice(self._paths("dir"))
        path = folder / os.fsdecode(self._chance.choice(NAMES))
        return None if os.path.lexists(path) else path

    def _bytes(self) -> bytes:
        size = self._chance.choice([0, 1, 700, 5000, 70_000, 200_000])
        return self._chance.randbytes(min(size, 6000)).ljust(size, b"\n")

    def edit(self) -> str:
        """One random edit; its name."""
        name = self._chance.choice(EDITS)
        free = self._free()
        files = self._paths("file")
        getattr(self, f"_{name}")(free, self._chance.choice(files) if files else None)
        return name

    def _create(self, free: Path | None, _: Path | None) -> None:
        if free:
            free.write_bytes(self._bytes())

    def _folder(self, free: Path | None, _: Path | None) -> None:
        if free:
            free.mkdir()

    def _append(self, _: Path | None, file: Path | None) -> None:
        if file:
            with file.open("ab") as stream:
                stream.write(self._bytes())

    def _truncate(self, _: Path | None, file: Path | None) -> None:
        if file:
            os.truncate(file, file.stat().st_size // 2)

    def _rewrite(self, _: Path | None, file: Path | None) -> None:
        if file:
            file.write_bytes(self._bytes())

    def _patch(self, _: Path | None, file: Path | None) -> None:
        """Same size, other bytes somewhere."""
        if file and (size := file.stat().st_size):
            with file.open("r+b") as stream:
                stream.seek(self._chance.randrange(size))
                stream.write(b"!")

    def _replace(self, _: Path | None, file: Path | None) -> None:
        """As an editor saves: another inode under the old name."""
        if file:
            new = file.with_name("editor.tmp")
            new.write_bytes(file.read_bytes() + self._bytes())
            new.replace(file)

    def _rename(self, free: Path | None, _: Path | None) -> None:
        things = self._paths("any")
        if free and things and not free.is_relative_to(thing := self._chance.choice(things)):
            thing.rename(free)

    def _delete(self, _: Path | None, __: Path | None) -> None:
        things = self._paths("any")
        if things:
            thing = self._chance.choice(things)
            subprocess.run(["/bin/rm", "-rf", "--", thing], check=True)

    def _chmod(self, _: Path | None, file: Path | None) -> None:
        if file:
            file.chmod(self._chance.choice([0o600, 0o644, 0o4755, 0o400]))

    def _chown(self, _: Path | None, file: Path | None) -> None:
        if file and os.geteuid() == 0:
            os.chown(file, self._chance.choice([0, 1, 4711]), self._chance.choice([0, 2, 4711]))

    def _symlink(self, free: Path | None, _: Path | None) -> None:
        if free:
            free.symlink_to(self._chance.choice(["a", "../d", "/etc/passwd", "nowhere"]))

    def _hardlink(self, free: Path | None, file: Path | None) -> None:
        if free and file:
            os.link(file, free)

    def _rotate(self, _: Path | None, file: Path | None) -> None:
        if file:
            file.rename(file.with_name("rotated.1"))
            file.write_bytes(self._bytes())

    def _swap(self, _: Path | None, file: Path | None) -> None:
        if file and (other := self._chance.choice(self._paths("file"))) != file:
            spare = self.root / "spare"
            file.rename(spare)
            other.rename(file)
            spare.rename(other)

    def _copy(self, free: Path | None, file: Path | None) -> None:
        if free and file:
            free.write_bytes(file.read_bytes())

    def _touch(self, _: Path | None, file: Path | None) -> None:
        if file:
            os.utime(file, ns=(1, self._chance.randrange(17 * 10**17)))

    def _sparse(self, free: Path | None, _: Path | None) -> None:
        if free:
            with free.open("wb") as stream:
                stream.truncate(300_000)
                stream.seek(150_000)
                stream.write(self._bytes())
