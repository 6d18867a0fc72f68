"""The index of a tree: its listing as one file that is read by us whole, and by `grep` line by line."""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

from core.domain.errors import ObjectDamaged
from core.domain.tree import OURS, ROOT, Entry, EntryType, Extent, Frame, Listing, is_safe, order, parent

FORMAT = 1
FRAME_LIMIT = 64 << 20  # bytes that a frame may open to: nobody's number shall make us ask for memory
_TYPES: Mapping[str, EntryType] = {"file": "file", "dir": "dir", "symlink": "symlink", "hardlink": "hardlink"}
_PLAIN = ("mode", "uid", "gid", "user", "group", "mtime_ns", "ctime_ns", "inode", "device", "size", "sparse")
_WORDS = ("target", "head", "tail")


def write_index(listing: Listing) -> bytes:
    """A listing as canonical JSON: the same listing is the same bytes. One entry a line, in order of paths."""
    frames = {piece: [[frame.stored, frame.plain] for frame in made] for piece, made in listing.frames.items()}
    head = {"base": listing.base, "format": FORMAT, "frames": frames, "scanned_at_ns": listing.scanned_at_ns}
    opening = _json({**head, "snapshot": listing.snapshot}).removesuffix("}")
    lines = ",\n".join(_json(_row(entry)) for entry in listing.entries)
    # What is no UTF-8 is a lone surrogate in a name; written as JSON's own escape it is UTF-8 again.
    return f'{opening},"entries":[\n{lines}\n]}}\n'.encode("utf-8", "backslashreplace")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _row(entry: Entry) -> dict[str, Any]:
    """What is empty is left out."""
    row: dict[str, Any] = {name: value for name in (*_PLAIN, *_WORDS) if (value := getattr(entry, name))}
    if entry.xattrs:
        row["xattrs"] = {name: base64.b64encode(value).decode() for name, value in entry.xattrs}
    if entry.extents:
        row["extents"] = [[extent.piece, extent.offset, extent.size, extent.digest] for extent in entry.extents]
    return {"path": entry.path, "type": entry.type, **row}


def read_index(content: bytes) -> Listing:
    """The listing of an index. Whatever somebody wrote into it, its paths stay below the root and its sizes fit.

    Raises:
        ObjectDamaged: it is no index, or one that could not come from a tree.
    """
    try:
        raw = json.loads(content)
        if raw["format"] != FORMAT:
            raise ObjectDamaged(f"the index is of format {raw['format']}, which this version does not know")
        listing = Listing(
            snapshot=str(raw["snapshot"]),
            base=str(raw["base"]),
            scanned_at_ns=int(raw["scanned_at_ns"]),
            entries=tuple(_entry(row) for row in raw["entries"]),
            frames={
                str(piece): tuple(Frame(stored=int(stored), plain=int(plain)) for stored, plain in rows)
                for piece, rows in raw["frames"].items()
            },
        )
        _prove(listing)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ObjectDamaged(f"the index cannot be read: {type(error).__name__}") from None
    return listing


def _entry(row: Mapping[str, Any]) -> Entry:
    xattrs = row.get("xattrs", {})
    return Entry(
        path=row["path"],
        type=_TYPES[row["type"]],
        mode=row.get("mode", 0) & 0o7777,
        uid=row.get("uid", 0),
        gid=row.get("gid", 0),
        user=row.get("user", ""),
        group=row.get("group", ""),
        mtime_ns=row.get("mtime_ns", 0),
        ctime_ns=row.get("ctime_ns", 0),
        inode=row.get("inode", 0),
        device=row.get("device", 0),
        size=row.get("size", 0),
        sparse=row.get("sparse", False),
        target=row.get("target", ""),
        head=row.get("head", ""),
        tail=row.get("tail", ""),
        xattrs=tuple((name, base64.b64decode(value)) for name, value in xattrs.items()) if xattrs else (),
        extents=tuple(
            Extent(piece=piece, offset=offset, size=size, digest=digest)
            for piece, offset, size, digest in row.get("extents", ())
        ),
    )


def _prove(listing: Listing) -> None:
    types: dict[str, str] = {}
    before: list[str] | None = None
    for entry in listing.entries:
        path = entry.path
        if not is_safe(path) or path.split("/")[0] == OURS:
            raise ObjectDamaged(f"the index names {path!a}, which leads out of the tree")
        if before is not None and order(path) <= before:
            raise ObjectDamaged(f"the index names {path!a} twice or out of order")
        if types.get(parent(path), "dir" if path == ROOT else "") != "dir":
            raise ObjectDamaged(f"the index names {path!a} and not its folder")
        if entry.type == "hardlink" and types.get(entry.target) != "file":
            raise ObjectDamaged(f"the index links {path!a} to what is no file before it")
        before, types[path] = order(path), entry.type
    lengths = {piece: _plain_size(frames) for piece, frames in listing.frames.items()}
    for entry in listing.entries:
        if sum(extent.size for extent in entry.extents) != entry.size or not _within(entry.extents, lengths):
            raise ObjectDamaged(f"the index does not say where the bytes of {entry.path!a} lie")


def _plain_size(frames: Iterable[Frame]) -> int:
    size = 0
    for frame in frames:
        if not (0 < frame.stored <= 2 * FRAME_LIMIT and 0 <= frame.plain <= FRAME_LIMIT):
            raise ObjectDamaged("the index has a frame of an impossible size")
        size += frame.plain
    return size


def _within(extents: Iterable[Extent], lengths: Mapping[str, int]) -> bool:
    return all(
        extent.offset >= 0 and extent.size > 0 and extent.offset + extent.size <= lengths.get(extent.piece, -1)
        for extent in extents
    )
