"""Proving a tree without writing it anywhere: every byte is unpacked and compared."""

from collections import defaultdict
from hashlib import sha256

from core.domain.errors import ObjectDamaged, ObjectNotFound
from core.domain.tree import Extent, Listing
from core.repository.tree.pieces import PieceReader
from core.repository.tree.staging import OpenPiece


def prove_tree(listing: Listing, open_piece: OpenPiece, *, piece: str | None = None) -> dict[str, str]:
    """The paths whose bytes are not those that were saved, and why; empty is good. With `piece`, only what lies there.

    Raises:
        IdentityMissing, StorageUnavailable: it could not be checked, which says nothing about the bytes.
    """
    wanted: dict[str, dict[Extent, list[str]]] = defaultdict(lambda: defaultdict(list))
    for entry in listing.entries:
        for extent in entry.extents:
            if piece in {None, extent.piece}:
                wanted[extent.piece][extent].append(entry.path)
    damaged: dict[str, str] = {}
    for name, extents in wanted.items():
        try:
            with open_piece(name) as stream:
                reader = PieceReader(stream, listing.frames[name])
                for extent in sorted(extents, key=lambda extent: extent.offset):
                    why = _wrong(reader, extent)
                    damaged.update(dict.fromkeys(extents[extent] if why else (), why))
        except (ObjectDamaged, ObjectNotFound) as error:
            damaged.update({path: error.message for paths in extents.values() for path in paths})
    return damaged


def _wrong(reader: PieceReader, extent: Extent) -> str:
    digest = sha256()
    try:
        for content in reader.read(extent.offset, extent.size):
            digest.update(content)
    except ObjectDamaged as error:
        return error.message
    return "" if digest.hexdigest() == extent.digest else "its bytes are not those that were saved"
