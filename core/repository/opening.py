"""Snapshots opened: the chain of up to six objects, each proven, and the content at its end."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

from core.domain.errors import BackupServError, ObjectDamaged
from core.domain.snapshot import Snapshot
from core.ports import Sealer
from core.repository.delta import Base, can_be_base, unpack_delta, unpacked_pieces
from core.repository.digesting import SideDigest
from core.repository.hierarchy import chain
from core.repository.packing import decompress
from core.repository.reading import Readable, read_piece

_REMEMBERED = 48 << 20  # bytes of bases kept between two openings: neighbours share them

Kept = Callable[[Snapshot], bytes | None]  # where the content of a base may lie plainly, proven by its digest


def nothing_kept(_: Snapshot) -> None:
    """All comes out of the storage."""


class Opener:
    """Opens snapshots of one storage. Keeps the last bases, since neighbours stand on the same ones.

    What is remembered is never shown as the content of a snapshot itself: that is read from the storage each time.
    """

    def __init__(self, *, storage: Readable, sealer: Sealer, find: Callable[[str, str], Snapshot | None]) -> None:
        self._storage = storage
        self._sealer = sealer
        self._find = find  # the snapshot of a source and an id
        self._remembered: dict[str, Base] = {}  # the way to the last one, in its order
        self._turn = Lock()  # a backup, a proof and a page that lists snapshots do not ask each other

    def content(self, snapshot: Snapshot, *, kept: Kept = nothing_kept) -> bytes:
        """The plain content, proven to be what the manifest says. `kept` may have bases elsewhere, proven too.

        Raises:
            ObjectDamaged: its own bytes, or those of a base, are not what they were; the message says which.
            ObjectNotFound, IdentityMissing, StorageUnavailable: which of them is the verdict.
        """
        base = self._base_of(snapshot, kept)
        if snapshot.rank != "save":
            self._make_room(snapshot, self.chain(snapshot)[:-1])
        content = self._opened(snapshot, base)
        if snapshot.rank != "save" and can_be_base(content):
            self._remember(snapshot, Base(content))
        return content

    def prove(self, snapshot: Snapshot) -> None:
        """Open it as `content` does, and keep nothing of it that no other rests on. Raises the same."""
        base = self._base_of(snapshot, nothing_kept) if snapshot.rank == "save" else None
        if base is None:
            self.content(snapshot)
            return
        packed = self.unsealed(snapshot)
        with SideDigest() as digest, _telling(snapshot):
            for piece in unpacked_pieces(packed, base, snapshot.size):
                digest.update(piece)
        _refuse_other_content(snapshot, digest.hexdigest())

    def forget(self) -> None:
        """Read everything anew from now on."""
        with self._turn:
            self._remembered.clear()

    def chain(self, snapshot: Snapshot) -> tuple[Snapshot, ...]:
        """What is needed to open it, the full first, itself last.

        Raises:
            ObjectDamaged: a base is gone.
        """
        try:
            return chain(snapshot, lambda base: self._find(snapshot.source, base))
        except KeyError as error:
            gone = str(error.args[0]).rpartition("-")[2]
            raise ObjectDamaged(f"snapshot {snapshot.tail} cannot be opened: its base {gone} is gone") from None

    def _base_of(self, snapshot: Snapshot, kept: Kept) -> Base | None:
        """What it is a delta against; None for a full."""
        below = self.chain(snapshot)[:-1]
        try:
            return self._last(below, kept)
        except ObjectDamaged as error:
            raise ObjectDamaged(f"snapshot {snapshot.tail} cannot be opened: of its base, {error.message}") from None

    def _last(self, steps: Sequence[Snapshot], kept: Kept) -> Base | None:
        """The last of these steps, which begin with a full."""
        if not steps:
            return None
        *below, step = steps
        known = self._remembered.get(step.id)
        if known is None:
            content = kept(step)
            if content is None:
                base = self._last(below, kept)
                self._make_room(step, below)
                content = self._opened(step, base)
            known = Base(content)
            self._remember(step, known)
        return known

    def _opened(self, step: Snapshot, base: Base | None) -> bytes:
        packed = self.unsealed(step)
        with SideDigest() as digest, _telling(step):
            if base is not None:
                content = unpack_delta(packed, base, step.size, sink=digest.update)
            else:
                content = decompress(io.BytesIO(packed), step.size, sink=digest.update)
        _refuse_other_content(step, digest.hexdigest())
        return content

    def unsealed(self, step: Snapshot) -> bytes:
        """The compressed bytes of one snapshot's own object, proven by the manifest and opened by age."""
        packed = io.BytesIO()
        sealed = read_piece(self._storage, step.pieces[0], step.tail)
        with _telling(step):
            self._sealer.open(io.BytesIO(sealed), packed)
        return packed.getvalue()

    def _make_room(self, step: Snapshot, below: Sequence[Snapshot]) -> None:
        """Keep what a step rests on, as much as there is room for beside it, and nothing else."""
        on_the_way = {item.id for item in below}
        with self._turn:
            for name in self._remembered.keys() - on_the_way:
                del self._remembered[name]
            while self._remembered and sum(map(len, self._remembered.values())) + step.size > _REMEMBERED:
                del self._remembered[next(iter(self._remembered))]

    def _remember(self, step: Snapshot, base: Base) -> None:
        if step.size <= _REMEMBERED:
            with self._turn:
                self._remembered[step.id] = base


@contextmanager
def _telling(step: Snapshot) -> Iterator[None]:
    """Damage within is told of that snapshot."""
    try:
        yield
    except ObjectDamaged as error:
        raise ObjectDamaged(f"snapshot {step.tail} does not open: {error.message}") from None


def _refuse_other_content(step: Snapshot, digest: str) -> None:
    if digest != step.digest:
        raise ObjectDamaged(f"snapshot {step.tail} opens to other bytes than its manifest says")


def try_content(opener: Opener, snapshot: Snapshot) -> bytes | None:
    """The content where it can be opened here and now, for who can do without."""
    try:
        return opener.content(snapshot)
    except BackupServError:
        return None
