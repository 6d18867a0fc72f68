"""Snapshots sealed anew, to the recipients of now, into another storage. The old ones are not touched.

Objects are never changed once written, and every manifest names the one before it: so all that changes together
(objects, digests, the chain, signatures) is written together, in a place of its own: docs/decisions/0012.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, cast

from core.disk import write_error
from core.domain.errors import (
    IdentityMissing,
    ObjectDamaged,
    ObjectExists,
    ObjectNotFound,
    ObjectRetained,
    OnlySeals,
    PlanBlocked,
)
from core.domain.snapshot import Piece, Snapshot
from core.ports import Progress
from core.repository import layout
from core.repository.catalogue import Catalogue, read_entry
from core.repository.reading import prove_piece
from core.repository.repository import Repository
from core.repository.tree_reading import Proven
from core.repository.tree_writing import SpooledChunks
from core.repository.trust import Entry, broken_links
from core.spool import spool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrapped:
    """What came of one snapshot. `left` says why it was not sealed anew, or is empty."""

    snapshot: Snapshot
    was_there: bool = False  # an earlier run had done it
    left: str = ""


class Rewrapping:
    """From one repository into another storage. `work` is a private folder on this host, for what is on its way."""

    def __init__(self, repository: Repository, target: Repository, work: Path, progress: Progress) -> None:
        self._repository = repository
        self._target = target
        self._work = work
        self._progress = progress
        self._there: dict[str, Entry] = {}
        self._last: dict[str, str] = {}  # by source: the SHA-256 of the last manifest in the new place

    def run(self) -> Iterator[Rewrapped]:
        """Each snapshot, oldest first; one that counts in the new place already is only named.

        Raises:
            PlanBlocked: the new place holds other things than an earlier run left.
            OnlySeals, StorageUnavailable, StorageFull: this far; everything before it counts. Another run goes on.
        """
        entries = self._repository.catalogue().entries
        target = self._target.catalogue()
        self._refuse_others(entries, target)
        self._there = {entry.snapshot.id: entry for entry in target.entries}
        self._target.prepare()
        for number, entry in enumerate(entries, start=1):
            self._progress.step(f"sealing {entry.snapshot.tail} anew ({number} of {len(entries)})")
            yield self._one(entry.snapshot)
        self._bridge()

    def _bridge(self) -> None:
        """One that was mended, and came after its successor, is in no chain: a roll says that all is well."""
        entries = sorted(self._there.values(), key=lambda entry: (entry.snapshot.source, entry.snapshot.sequence))
        for source, group in groupby(entries, key=lambda entry: entry.snapshot.source):
            found = list(group)
            if any(broken_links(found, ())):
                self._target.write_roll(source, {entry.snapshot.id for entry in found})

    def _refuse_others(self, entries: tuple[Entry, ...], target: Catalogue) -> None:
        name, copied = self._target.name, {entry.digest for entry in entries}
        hint = "name a storage that is empty: a new folder, or a new prefix in the bucket"
        if any(entry.digest in copied for entry in target.entries):
            raise PlanBlocked(f"{name} holds copies of the snapshots as they are", hint=hint)
        if target.unreadable:
            raise PlanBlocked(f"{name} holds what does not count: {target.problems[0]}", hint=hint)
        now = set(self._repository.sealer.recipients)
        if any(set(entry.recipients) != now for entry in target.entries):
            raise PlanBlocked(
                f"{name} holds snapshots that are sealed to other recipients than those of now", hint=hint
            )

    def _one(self, snapshot: Snapshot) -> Rewrapped:
        known = self._there.get(snapshot.id)
        try:
            entry = known or self._anew(snapshot)
        except OnlySeals:
            raise
        except (ObjectDamaged, ObjectNotFound, IdentityMissing, ObjectRetained) as error:
            return Rewrapped(snapshot=snapshot, left=str(error))
        self._there[snapshot.id] = entry
        self._last[snapshot.source] = entry.digest
        return Rewrapped(snapshot=entry.snapshot, was_there=known is not None)

    def _anew(self, snapshot: Snapshot) -> Entry:
        if snapshot.base and snapshot.base not in self._there:
            raise ObjectDamaged(
                f"its base {snapshot.base.rpartition('-')[2]} was left, and without it this one is nothing"
            )
        content, *index = [self._piece(piece, snapshot.tail) for piece in snapshot.pieces]
        changed = replace(
            snapshot,
            predecessor=self._last.get(snapshot.source, ""),
            stored_size=content.size,
            stored_digest=content.digest,
            index=index[0] if index else None,
        )
        target = self._target
        target.publish(changed, layout.extension_of(snapshot.key))
        key = layout.manifest_key(target.root, snapshot.source, snapshot.id)
        return read_entry(target.storage, target.root, key, target.verifier)

    def _piece(self, piece: Piece, whose: str) -> Piece:
        """One object, opened, sealed, stored and read back; never more of it in memory than a chunk."""
        with spool(self._work, "rewrap") as plain, spool(self._work, "rewrap") as sealed:
            try:
                self._open(piece, whose, plain)
                plain.seek(0)
                self._repository.sealer.seal(plain, sealed)
                plain.flush()
                sealed.flush()
            except OSError as error:
                raise write_error(self._work, error) from error
            made = Piece(key=piece.key, size=os.fstat(sealed.fileno()).st_size, digest=_digest(sealed))
            self._store(made, sealed)
            self._prove(made, whose, plain=_digest(plain))
        return made

    def _open(self, piece: Piece, whose: str, plain: BinaryIO) -> None:
        storage = self._repository.storage
        try:
            with storage.open(piece.key) as stored:
                proven = Proven(stored, piece, whose)
                self._repository.sealer.open(cast("BinaryIO", proven), plain)
                proven.finish()
        except OnlySeals:
            raise
        except (ObjectDamaged, IdentityMissing):
            prove_piece(storage, piece, whose)  # other bytes than were written are damage, whatever age makes of them
            raise

    def _store(self, piece: Piece, sealed: BinaryIO) -> None:
        """What lies there without a manifest is what a killed run left: it gives way."""
        storage = self._target.storage
        try:
            storage.put(piece.key, SpooledChunks(sealed))
        except ObjectExists:
            storage.delete(piece.key)
            storage.put(piece.key, SpooledChunks(sealed))

    def _prove(self, piece: Piece, whose: str, *, plain: str) -> None:
        """It opens to the same bytes, where an identity of this host opens it; in any case it is what was written."""
        storage, opened = self._target.storage, _Hashing()
        try:
            prove_piece(storage, piece, whose)
            with storage.open(piece.key) as stored:
                self._target.sealer.open(stored, cast("BinaryIO", opened))
        except IdentityMissing:
            return
        except ObjectDamaged as error:
            raise ObjectDamaged(f"{storage.name} gave back something else: {error.message}") from None
        if opened.digest.hexdigest() != plain:
            raise ObjectDamaged(f"what {storage.name} gave back of snapshot {whose} opens to other bytes")


class _Hashing:
    """Where bytes go of which only the digest matters."""

    def __init__(self) -> None:
        self.digest = sha256()

    def write(self, content: bytes) -> int:
        """As any stream."""
        self.digest.update(content)
        return len(content)

    def flush(self) -> None:
        """Nothing is held back."""


def _digest(file: BinaryIO) -> str:
    digest = sha256()
    for chunk in SpooledChunks(file):
        digest.update(chunk)
    return digest.hexdigest()
