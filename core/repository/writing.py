"""What becomes a new snapshot's object: a delta where one pays, a full otherwise."""

import io
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256

from core.domain.size import show_size
from core.domain.snapshot import Snapshot
from core.ports import Progress, Sealer
from core.repository.delta import can_be_base, pack_delta
from core.repository.hierarchy import FULL, PERIODS, Period, Place
from core.repository.packing import compress

_CHUNK = 1 << 20  # bytes handed over at once
_PAYS = 4  # a delta must be this many times smaller than a full


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaPolicy:
    """When a snapshot may rest on another one."""

    periods: Sequence[Period] = PERIODS  # a full for each of the first; () = every snapshot is a full
    full: bool = False  # asked for
    distrusted: Collection[str] = ()  # ids of snapshots that are no base: damaged, or never proven


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """An object that is ready to be stored."""

    place: Place
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the bytes as they will be stored."""
        return sha256(self.content).hexdigest()


def seal_content(
    content: bytes,
    place: Place,
    *,
    sealer: Sealer,
    base_content: Callable[[Snapshot], bytes | None],
    full_size: int,
    progress: Progress,
) -> Sealed:
    """The sealed object of `content`. It becomes a full where the base is not at hand, or a delta does not pay.

    `full_size` are the stored bytes of the full that the chain begins with.
    """
    if place.base is not None and can_be_base(content):
        base = base_content(place.base)
        if base is not None and can_be_base(base):
            progress.step(f"packing what changed of {show_size(len(content))}")
            note = {"base": place.base.id, "base_digest": place.base.digest}
            sealed = _seal(pack_delta(content, base, note=note), sealer)
            if len(sealed) * _PAYS <= full_size:
                return Sealed(place=place, content=sealed)
    progress.step(f"sealing {show_size(len(content))}")
    return Sealed(place=FULL, content=_seal(b"".join(compress(content)), sealer))


def _seal(packed: bytes, sealer: Sealer) -> bytes:
    sealed = io.BytesIO()
    sealer.seal(io.BytesIO(packed), sealed)
    return sealed.getvalue()


def chunks(content: bytes) -> list[bytes]:
    """In pieces, and more than once: an upload that broke begins anew."""
    return [content[start : start + _CHUNK] for start in range(0, len(content), _CHUNK)]
