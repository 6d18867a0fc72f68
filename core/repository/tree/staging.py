"""Unpacking a tree beside its place: every byte is proven before anything is put where it belongs."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from hashlib import sha256
from typing import BinaryIO

from core.beneath import create_file, opened_folder, reopen_file
from core.domain.errors import ObjectDamaged, ObjectNotFound
from core.domain.tree import Entry, Extent, Listing, parent
from core.repository.tree.attributes import Attributes
from core.repository.tree.pieces import PieceReader

OpenPiece = Callable[[str], BinaryIO]  # id of a snapshot → its tar as it came out of age: zstd frames
_BLOCK = 4096  # holes are made of whole blocks


class Staging:
    """Fills an empty folder with entries. What cannot be proven is not in it, and stands in `failed`."""

    def __init__(self, root: int, listing: Listing, entries: Sequence[Entry]) -> None:
        self._root = root
        self._listing = listing
        self._entries = entries
        self._files = {entry.path: entry for entry in entries if entry.type == "file"}
        self._missing = {entry.path: len(entry.extents) for entry in self._files.values()}
        self.attributes = Attributes()
        self.failed: dict[str, str] = {}  # path → why

    def fill(self, open_piece: OpenPiece) -> None:
        """Folders, files, links, and last what the folders themselves say."""
        folders = [entry for entry in self._entries if entry.type == "dir"]
        for entry in folders:
            with opened_folder(self._root, entry.path, make=True):
                pass
        self._fill_files(open_piece)
        for entry in self._entries:
            if entry.type in {"symlink", "hardlink"}:
                self._link(entry)
        for entry in reversed(folders):  # what lies in a folder changes its time
            with opened_folder(self._root, entry.path) as folder:
                self.attributes.set_file(folder, entry)

    # --- files -------------------------------------------------------------------------------

    def _fill_files(self, open_piece: OpenPiece) -> None:
        for entry in self._files.values():
            if not entry.extents:
                with create_file(self._root, entry.path) as file:
                    self.attributes.set_file(file.fileno(), entry)
        for piece, places in self._by_piece().items():
            self._unpack(piece, places, open_piece)
        self._drop_failed()

    def _by_piece(self) -> dict[str, dict[Extent, list[tuple[Entry, int]]]]:
        """In which piece which bytes lie, and where in which files they belong: each run is unpacked once."""
        found: dict[str, dict[Extent, list[tuple[Entry, int]]]] = defaultdict(lambda: defaultdict(list))
        for entry in self._files.values():
            start = 0
            for extent in entry.extents:
                found[extent.piece][extent].append((entry, start))
                start += extent.size
        return found

    def _unpack(self, piece: str, places: dict[Extent, list[tuple[Entry, int]]], open_piece: OpenPiece) -> None:
        try:
            with open_piece(piece) as stream:
                reader = PieceReader(stream, self._listing.frames[piece])
                for extent in sorted(places, key=lambda extent: extent.offset):
                    self._put(reader, extent, places[extent])
        except (ObjectDamaged, ObjectNotFound) as error:  # anything else says nothing about the bytes
            for places_of_it in places.values():
                for entry, _ in places_of_it:
                    if self._missing[entry.path]:
                        self.failed.setdefault(entry.path, error.message)

    def _put(self, reader: PieceReader, extent: Extent, places: list[tuple[Entry, int]]) -> None:
        digest = sha256()
        with ExitStack() as stack:
            files = [(stack.enter_context(self._opened(entry)), entry, start) for entry, start in places]
            try:
                done = 0
                for bytes_of_it in reader.read(extent.offset, extent.size):
                    digest.update(bytes_of_it)
                    for file, entry, start in files:
                        _write(file, bytes_of_it, start + done, sparse=entry.sparse)
                    done += len(bytes_of_it)
                why = "" if digest.hexdigest() == extent.digest else "its bytes are not those that were saved"
            except ObjectDamaged as error:
                why = error.message
            if why:
                self.failed.update({entry.path: why for _, entry, _ in files})
            for file, entry, _ in files:
                self._missing[entry.path] -= 1
                if not self._missing[entry.path]:
                    self.attributes.set_file(file.fileno(), entry)

    def _opened(self, entry: Entry) -> BinaryIO:
        if self._missing[entry.path] < len(entry.extents):
            return reopen_file(self._root, entry.path)
        file = create_file(self._root, entry.path)
        os.ftruncate(file.fileno(), entry.size)
        return file

    def _drop_failed(self) -> None:
        for path in self.failed:
            with opened_folder(self._root, parent(path)) as folder:
                try:
                    os.unlink(_name(path), dir_fd=folder)
                except FileNotFoundError:
                    continue

    # --- links -------------------------------------------------------------------------------

    def _link(self, entry: Entry) -> None:
        with opened_folder(self._root, parent(entry.path)) as folder:
            if entry.type == "symlink":
                os.symlink(entry.target, _name(entry.path), dir_fd=folder)
                self.attributes.set_link(folder, _name(entry.path), entry)
            elif entry.target in self.failed:
                self.failed[entry.path] = self.failed[entry.target]
            else:
                with opened_folder(self._root, parent(entry.target)) as other:
                    names = _name(entry.target), _name(entry.path)
                    os.link(*names, src_dir_fd=other, dst_dir_fd=folder, follow_symlinks=False)


def _write(file: BinaryIO, content: bytes | memoryview, start: int, *, sparse: bool) -> None:
    for offset, run in _runs(content) if sparse else [(0, content)]:
        written = 0
        while written < len(run):
            written += os.pwrite(file.fileno(), run[written:], start + offset + written)


def _runs(content: bytes | memoryview) -> Iterator[tuple[int, bytes | memoryview]]:
    """What is not zeros: the file was made of holes, and what is not written stays one."""
    zeros = bytes(_BLOCK)
    for offset in range(0, len(content), _BLOCK):
        block = content[offset : offset + _BLOCK]
        if block != zeros[: len(block)]:
            yield offset, block


def _name(path: str) -> str:
    return path.rpartition("/")[2]
