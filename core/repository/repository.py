"""Snapshots over a storage. A snapshot exists if and only if its manifest does; the manifest is written last."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Literal

from core.domain.errors import BackupServError, ObjectNotFound
from core.domain.size import show_size
from core.domain.snapshot import Snapshot
from core.ports import Capture, Clock, Progress, Sealer, Signer, Storage, Verifier
from core.repository import layout
from core.repository.bases import Bases
from core.repository.catalogue import Catalogue, Known, read_catalogue, read_entry
from core.repository.guide import examine, prepare
from core.repository.heads import Heads
from core.repository.hierarchy import FULL, Place, choose_place
from core.repository.judging import Judge, nothing_held
from core.repository.manifest import Manifest
from core.repository.opening import Opener, nothing_kept, try_content
from core.repository.orphans import orphans
from core.repository.reading import prove_piece, read_piece
from core.repository.roll import Living, Roll, leave_roll
from core.repository.trust import Belief
from core.repository.writing import DeltaPolicy, Sealed, chunks, seal_content


class Repository:
    """All snapshots of one host of one network, in one storage."""

    def __init__(
        self,
        *,
        storage: Storage,
        sealer: Sealer,
        clock: Clock,
        network: str,
        host: str,
        signer: Signer | None = None,
        verifier: Verifier | None = None,
        bases: Bases | None = None,
        heads: Heads | None = None,
        released: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        self.storage = storage
        self.sealer = sealer
        self.clock = clock
        self._signer = signer
        self.verifier = verifier
        self.bases = bases
        self.heads = heads
        self.released = released  # ids of those that somebody said are not to be held
        self.root = f"{network}/{host}"
        self._prepared = False
        self._read: Known = {}
        self._known: dict[str, Snapshot] = {}
        self._opener = Opener(storage=storage, sealer=sealer, find=self._find_base)
        self.problems: tuple[str, ...] = ()  # what the last listing could not read, in sentences
        self.unchecked: tuple[str, ...] = ()  # those of them that say nothing against the repository
        self.unnoted: list[BackupServError] = []  # why this host's own memory of what was stored has gaps

    @property
    def name(self) -> str:
        """What people call the place that it lies in: "disk"."""
        return self.storage.name

    @property
    def signs(self) -> bool:
        """Whether this host signs what it writes."""
        return self._signer is not None

    # --- writing -----------------------------------------------------------------------------

    def add(
        self,
        capture: Capture,
        *,
        source: str,
        kind: str,
        reason: str,
        progress: Progress,
        deltas: DeltaPolicy | None = None,
        taken_at: datetime | None = None,
        judge: Judge = nothing_held,
    ) -> Snapshot:
        """Seal and store a capture; it is a snapshot when this returns, and nothing if this raises.

        What was written is read back and compared before the manifest makes it count. The caller holds the lock:
        two writers at once would give the same sequence number.
        """
        self.prepare()
        deltas = deltas or DeltaPolicy()
        catalogue = self.catalogue(source)
        taken_at = (taken_at or self.clock.now()).replace(microsecond=0)
        place = self.place(catalogue, taken_at, deltas)
        sealed = seal_content(
            capture.content,
            place,
            sealer=self.sealer,
            base_content=self._base_content,
            full_size=self._full_size(place),
            progress=progress,
        )
        snapshot = self._describe(capture, sealed, catalogue, source=source, kind=kind, reason=reason, at=taken_at)
        snapshot = replace(snapshot, held=judge(catalogue.snapshots, snapshot.counts))
        progress.step(f"storing {show_size(snapshot.stored_size)} on {self.storage.name}")
        self.storage.put(snapshot.key, chunks(sealed.content))
        read_piece(self.storage, snapshot.pieces[0], snapshot.tail)
        self.publish(snapshot, capture.extension)
        if snapshot.rank != "save":
            self.remember(snapshot, capture.content)
        return snapshot

    def prepare(self) -> None:
        """Say which format this is and how to restore; see `core.repository.guide`."""
        if not self._prepared:
            prepare(self.storage, self.root)
            self._prepared = True

    def publish(self, snapshot: Snapshot, extension: str) -> None:
        """The manifest makes it exist; that it was there is noted beside the repository.

        It is stored whether or not that can be noted: why not is in `unnoted`.
        """
        described = Manifest(snapshot=snapshot, recipients=self.sealer.recipients, extension=extension)
        manifest = described.to_bytes(self._signer)
        self._known[snapshot.id] = snapshot
        self.storage.put(layout.manifest_key(self.root, snapshot.source, snapshot.id), [manifest])
        try:
            if self.heads is not None:
                self.heads.note(self.name, snapshot, digest=sha256(manifest).hexdigest())
        except BackupServError as error:
            self.unnoted.append(error)

    def place(self, catalogue: Catalogue, taken_at: datetime, deltas: DeltaPolicy) -> Place:
        """Where it stands. Who is a recipient now must be able to open everything that it stands on."""
        if deltas.full:
            return FULL
        now = set(self.sealer.recipients)
        closed = {entry.snapshot.id for entry in catalogue.entries if not now <= set(entry.recipients)}
        return choose_place(
            catalogue.snapshots, taken_at, periods=deltas.periods, distrusted={*deltas.distrusted, *closed}
        )

    def _full_size(self, place: Place) -> int:
        """Stored bytes of the full at the start of the chain."""
        return self._opener.chain(place.base)[0].stored_size if place.base is not None else 0

    def _base_content(self, base: Snapshot) -> bytes | None:
        kept = self.bases.content(base) if self.bases is not None else None
        return kept if kept is not None else try_content(self._opener, base)

    def remember(self, snapshot: Snapshot, content: bytes) -> None:
        """Keep what the next ones may rest on, and nothing else."""
        if self.bases is not None:
            self.bases.keep(snapshot, content)
            self.bases.drop_all_but(snapshot.source, {step.id for step in self._opener.chain(snapshot)})

    def _describe(
        self,
        capture: Capture,
        sealed: Sealed,
        catalogue: Catalogue,
        *,
        source: str,
        kind: str,
        reason: str,
        at: datetime,
    ) -> Snapshot:
        snapshot_id = layout.new_id(at)
        sequence, predecessor = catalogue.next_link()
        base, folder = sealed.place.base, layout.default_folder(kind)
        return Snapshot(
            id=snapshot_id,
            source=source,
            kind=kind,
            taken_at=at,
            saved_at=capture.saved_at,
            sequence=sequence,
            predecessor=predecessor,
            size=len(capture.content),
            digest=sha256(capture.content).hexdigest(),
            key=layout.object_key(self.root, folder, source, snapshot_id, capture.extension, full=base is None),
            stored_size=len(sealed.content),
            stored_digest=sealed.digest,
            reason=reason,
            counts=dict(capture.counts),
            rank=sealed.place.rank,
            base=base.id if base is not None else "",
        )

    def write_roll(self, source: str, left: Collection[str]) -> None:
        """Before a pruning deletes: sign which snapshots (ids) of a source it leaves, so that no theft looks like it.

        Raises:
            StorageFull, StorageUnavailable: it was not written; nothing may be deleted.
        """
        living = [
            Living(id=entry.snapshot.id, sequence=entry.snapshot.sequence, digest=entry.digest)
            for entry in self.catalogue(source).entries
            if entry.snapshot.id in left
        ]
        roll = Roll(source=source, storage=self.name, made_at=self.clock.now(), living=tuple(living))
        leave_roll(self.storage, self.root, roll, self._signer)

    # --- reading -----------------------------------------------------------------------------

    def snapshots(self, source: str | None = None) -> tuple[Snapshot, ...]:
        """All snapshots, by source and sequence. What cannot be read is told in `problems` and hides nothing else.

        Raises:
            StorageUnavailable: nothing can be said about what there is.
        """
        return self.catalogue(source).snapshots

    def catalogue(self, source: str | None = None) -> Catalogue:
        """All manifests, or one source's; what is wrong with them is in `problems` then. Raises as `snapshots`."""
        noted = self.heads.digests(self.name) if self.heads is not None else {}
        belief = Belief(verifier=self.verifier, noted=noted, upgrading=self._signer is not None)
        catalogue = read_catalogue(self.storage, self.root, source, belief=belief, known=self._read)
        if any(snapshot.held for snapshot in catalogue.snapshots):
            catalogue = catalogue.released(self.released())
        self._opener.forget()  # every run starts with a listing, and proves what it reads
        self.problems, self.unchecked = catalogue.problems, catalogue.unchecked
        if self.heads is not None and not catalogue.unreadable:
            self.problems += tuple(self.heads.gone(self.name, source, catalogue.entries))
        self._known = {snapshot.id: snapshot for snapshot in catalogue.snapshots}
        return catalogue

    def find(self, reference: str, *, source: str | None = None) -> Snapshot:
        """The snapshot of that id, or short id, or "latest", which is never one that is held.

        Raises:
            SnapshotNotFound: there is none; near ones are named.
        """
        return self.catalogue(source).find(reference)

    def at(self, moment: datetime, *, source: str) -> Snapshot:
        """The newest snapshot that was taken by then and is not held.

        Raises:
            SnapshotNotFound: none is that old; the first one is named.
        """
        return self.catalogue(source).at(moment)

    def content(self, snapshot: Snapshot, *, quickly: bool = False) -> bytes:
        """The plain content, proven to be what the manifest says; `quickly` by bases that this host has kept, too.

        Raises:
            ObjectDamaged, ObjectNotFound, IdentityMissing, StorageUnavailable: which of them is the verdict.
        """
        return self._opener.content(snapshot, kept=self.bases.content if quickly and self.bases else nothing_kept)

    def chain(self, snapshot: Snapshot) -> tuple[Snapshot, ...]:
        """What is needed to open it, the full first, itself last; at most six.

        Raises:
            ObjectDamaged: a base is gone.
        """
        return self._opener.chain(snapshot)

    def _find_base(self, source: str, snapshot_id: str) -> Snapshot | None:
        if snapshot_id not in self._known and layout.is_id(snapshot_id):
            key = layout.manifest_key(self.root, source, snapshot_id)
            try:
                self._known[snapshot_id] = read_entry(self.storage, self.root, key).snapshot
            except ObjectNotFound:
                return None
        return self._known.get(snapshot_id)

    def verify(self, snapshot: Snapshot, level: Literal[1, 2]) -> None:
        """Prove its own stored bytes (1), and that they open to what was saved (2). Raises as `content` does."""
        self._read.clear()  # its manifest is read anew with the next listing
        if level == 1:
            for piece in snapshot.pieces:
                prove_piece(self.storage, piece, snapshot.tail)
        else:
            self._opener.prove(snapshot)

    def examine(self) -> tuple[str, ...]:
        """What is wrong with the whole, beyond single snapshots; `unchecked` are those that prove nothing.

        Raises:
            StorageUnavailable: nothing can be said about what there is.
        """
        self.catalogue()
        return (*self.problems, *examine(self.storage, self.root))

    # --- after a crash -----------------------------------------------------------------------

    def sweep(self) -> tuple[str, ...]:
        """Remove what a crash left half-written; returns what was removed."""
        return self.storage.sweep()

    def orphans(self) -> tuple[str, ...]:
        """What a backup that was cut short left behind: told, never deleted here."""
        return orphans(self.storage, self.root, self.clock.now())
