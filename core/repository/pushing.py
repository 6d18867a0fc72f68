"""One repository's snapshots into another storage: what it lacks, in order, proven there. Nothing is ever deleted."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from core.domain.errors import ObjectDamaged, ObjectExists, ObjectNotFound, PlanBlocked, SignatureInvalid
from core.domain.snapshot import Piece, Snapshot
from core.ports import Progress, Storage
from core.repository import layout
from core.repository.catalogue import read_entry
from core.repository.guide import prepare
from core.repository.manifest import LIMIT
from core.repository.reading import prove_piece, read_object
from core.repository.repository import Repository
from core.repository.roll import pruned_there, read_rolls

_CHUNK = 1 << 20


def lacking(repository: Repository, copy: Repository) -> tuple[Snapshot, ...]:
    """What a copy should have and has not, oldest first. What was pruned there by right does not count.

    Raises:
        StorageUnavailable: one of the two cannot be listed.
    """
    root = repository.root
    there = {item.key for item in copy.storage.list(layout.manifests(root))}
    missed = [item for item in repository.snapshots() if layout.manifest_key(root, item.source, item.id) not in there]
    rolls = {
        source: read_rolls(copy.storage, root, source, copy.verifier)[0]
        for source in {snapshot.source for snapshot in missed}
    }
    return tuple(item for item in missed if not pruned_there(rolls[item.source], copy.name, item))


def push(
    repository: Repository,
    copy: Repository,
    snapshots: Sequence[Snapshot],
    *,
    done: Callable[[Snapshot], None],
    progress: Progress,
) -> None:
    """Bring `snapshots` over, oldest first; `done` hears of each when it counts there.

    What an earlier run brought half-way is taken up: an object that lies there whole is only proven.

    Raises:
        StorageUnavailable, StorageFull: this far; everything before it counts.
        ObjectDamaged: what lies in the copy, or in the source, is not what was written.
        PlanBlocked: the copy follows another chain.
    """
    prepare(copy.storage, copy.root)
    _refuse_another_chain(repository, copy, {snapshot.source for snapshot in snapshots})
    for source in {snapshot.source for snapshot in snapshots}:
        _push_roll(repository, copy, source)  # before what it bridges: a run that is cut short leaves no hole
    for number, snapshot in enumerate(snapshots, start=1):
        progress.step(f"copying {snapshot.tail} to {copy.name} ({number} of {len(snapshots)})")
        for piece in snapshot.pieces:
            _push_piece(repository.storage, copy.storage, piece, snapshot.tail)
        _push_manifest(repository, copy, snapshot)
        done(snapshot)


def _refuse_another_chain(repository: Repository, copy: Repository, sources: Collection[str]) -> None:
    """A storage that the snapshots were sealed anew into follows its own chain. Damage there stops nothing here."""
    there = {item.key for item in copy.storage.list(layout.manifests(copy.root))}
    newest = {}
    for entry in repository.catalogue().entries:
        key = layout.manifest_key(copy.root, entry.snapshot.source, entry.snapshot.id)
        if entry.snapshot.source in sources and key in there:
            newest[entry.snapshot.source] = key, entry
    for key, entry in newest.values():
        with suppress(ObjectDamaged, ObjectNotFound, SignatureInvalid):
            if read_entry(copy.storage, copy.root, key, copy.verifier).digest != entry.digest:
                raise PlanBlocked(
                    f"{copy.name} holds snapshot {entry.snapshot.tail} otherwise than {repository.name}",
                    hint=f"after `keys rewrap --to {copy.name}` make it the first storage, and take the others out",
                )


def _push_piece(source: Storage, copy: Storage, piece: Piece, whose: str) -> None:
    with suppress(ObjectExists):
        copy.put(piece.key, Pieces(source, piece.key))
    prove_piece(copy, piece, whose)


def _push_manifest(repository: Repository, copy: Repository, snapshot: Snapshot) -> None:
    manifest = _manifest(repository, snapshot)
    _push_piece(repository.storage, copy.storage, manifest, snapshot.tail)
    if copy.heads is not None:
        copy.heads.note(copy.name, snapshot, digest=manifest.digest)


def _manifest(repository: Repository, snapshot: Snapshot) -> Piece:
    key = layout.manifest_key(repository.root, snapshot.source, snapshot.id)
    content = read_object(repository.storage, key, limit=LIMIT)
    return Piece(key=key, size=len(content), digest=sha256(content).hexdigest())


def note_newest(repository: Repository, copy: Repository) -> None:
    """Remember here what a copy that lacks nothing holds: a run that brought it may have ended before it did so.

    Raises:
        StorageUnavailable, StorageFull: it cannot be read there, or not be remembered here.
        ObjectDamaged: its manifest there is another one.
    """
    if copy.heads is None:
        return
    known = copy.heads.known(copy.name)
    newest = {snapshot.source: snapshot for snapshot in repository.snapshots()}  # they come in their order
    for source, snapshot in newest.items():
        if known.get(source, 0) < snapshot.sequence:
            manifest = _manifest(repository, snapshot)
            with suppress(ObjectNotFound):  # a pruning there took it
                prove_piece(copy.storage, manifest, snapshot.tail)
                copy.heads.note(copy.name, snapshot, digest=manifest.digest)


def _push_roll(repository: Repository, copy: Repository, source: str) -> None:
    """The newest roll of the repository itself: it bridges the holes that a pruning there made."""
    folder = f"{layout.rolls(repository.root, source)}/{repository.name}"
    newest = max((item.key for item in repository.storage.list(folder)), default="")
    if newest and all(item.key != newest for item in copy.storage.list(folder)):
        with suppress(ObjectExists):
            copy.storage.put(newest, Pieces(repository.storage, newest))


@dataclass(frozen=True, slots=True)
class Pieces:
    """An object as something that can be read again and again: an upload that broke begins anew."""

    storage: Storage
    key: str

    def __iter__(self) -> Iterator[bytes]:
        """Chunk by chunk."""
        with self.storage.open(self.key) as file:
            while piece := file.read(_CHUNK):
                yield piece
