"""Snapshots opened: the chain of up to six objects, each proven, and the content at its end."""

import io
from collections import OrderedDict
from collections.abc import Callable

from core.domain.errors import BackupServError, ObjectDamaged
from core.domain.snapshot import Snapshot
from core.ports import Sealer, Storage
from core.repository.delta import unpack_delta
from core.repository.digesting import SideDigest
from core.repository.hierarchy import chain
from core.repository.packing import decompress
from core.repository.reading import read_piece

_REMEMBERED = 32 << 20  # bytes of bases kept between two openings: those of a day share them


class Opener:
    """Opens snapshots of one storage. Keeps the last bases, since neighbours stand on the same ones.

    What is remembered is never shown as the content of a snapshot itself: that is read from the storage each time.
    """

    def __init__(self, *, storage: Storage, sealer: Sealer, find: Callable[[str, str], Snapshot | None]) -> None:
        self._storage = storage
        self._sealer = sealer
        self._find = find  # the snapshot of a source and an id
        self._remembered: OrderedDict[str, bytes] = OrderedDict()

    def content(self, snapshot: Snapshot) -> bytes:
        """The plain content, proven to be what the manifest says.

        Raises:
            ObjectDamaged: its own bytes, or those of a base, are not what they were; the message says which.
            ObjectNotFound, IdentityMissing, StorageUnavailable: which of them is the verdict.
        """
        steps = self.chain(snapshot)
        known = next((step for step in reversed(steps[:-1]) if step.id in self._remembered), None)
        content = b""
        if known is not None:
            content = self._remembered[known.id]
            self._remembered.move_to_end(known.id)
            steps = steps[steps.index(known) + 1 :]
        for step in steps:
            content = self._step(step, content, whose=snapshot)
        return content

    def forget(self) -> None:
        """Read everything anew from now on."""
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

    def _step(self, step: Snapshot, base: bytes, *, whose: Snapshot) -> bytes:
        try:
            content = self._opened(step, base)
        except ObjectDamaged as error:
            if step.id == whose.id:
                raise
            raise ObjectDamaged(f"snapshot {whose.tail} cannot be opened: of its base, {error.message}") from None
        if step.rank != "save":
            self._remember(step, content)
        return content

    def _opened(self, step: Snapshot, base: bytes) -> bytes:
        packed = self.unsealed(step)
        with SideDigest() as digest:
            try:
                if step.base:
                    content = unpack_delta(packed, base, step.size, sink=digest.update)
                else:
                    content = decompress(io.BytesIO(packed), step.size, sink=digest.update)
            except ObjectDamaged as error:
                raise ObjectDamaged(f"snapshot {step.tail} does not open: {error.message}") from None
        if digest.hexdigest() != step.digest:
            raise ObjectDamaged(f"snapshot {step.tail} opens to other bytes than its manifest says")
        return content

    def unsealed(self, step: Snapshot) -> bytes:
        """The compressed bytes of one snapshot's own object, proven by the manifest and opened by age."""
        packed = io.BytesIO()
        sealed = read_piece(self._storage, step.pieces[0], step.tail)
        try:
            self._sealer.open(io.BytesIO(sealed), packed)
        except ObjectDamaged as error:
            raise ObjectDamaged(f"snapshot {step.tail} does not open: {error.message}") from None
        return packed.getvalue()

    def _remember(self, step: Snapshot, content: bytes) -> None:
        self._remembered[step.id] = content
        while len(self._remembered) > 1 and sum(map(len, self._remembered.values())) > _REMEMBERED:
            self._remembered.popitem(last=False)
        if len(content) > _REMEMBERED:
            self._remembered.clear()


def try_content(opener: Opener, snapshot: Snapshot) -> bytes | None:
    """The content where it can be opened here and now, for who can do without."""
    try:
        return opener.content(snapshot)
    except BackupServError:
        return None
