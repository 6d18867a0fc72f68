"""A roll: the signed list of the snapshots that a pruning left, so that what is gone by right is told from theft."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from core.domain.errors import ObjectDamaged, ObjectNotFound, ObjectRetained, SignatureInvalid
from core.domain.snapshot import Snapshot
from core.ports import Signer, Storage, Verifier
from core.repository import layout
from core.repository.reading import read_object
from core.repository.signed import read_signed, split_signature, write_signed

FORMAT = 1
_LIMIT = 16 << 20  # bytes: a hundred for each living snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Living:
    """A snapshot that was there."""

    id: str
    sequence: int
    digest: str  # SHA-256 (hex) of its manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """What one source had in one storage after a pruning, oldest first."""

    source: str
    storage: str
    made_at: datetime
    living: tuple[Living, ...]

    def to_bytes(self, signer: Signer | None) -> bytes:
        """Canonical: the same roll always gives the same bytes."""
        fields = {
            "format": FORMAT,
            "source": self.source,
            "storage": self.storage,
            "made_at": self.made_at.astimezone(UTC).isoformat(),
            "living": [{"id": item.id, "sequence": item.sequence, "digest": item.digest} for item in self.living],
        }
        return write_signed(fields, signer, comment=f"what is left of {self.source} on {self.storage}")

    @property
    def bridges(self) -> Iterator[tuple[str, str]]:
        """Digests of manifests of which the second follows the first by right."""
        return pairwise(item.digest for item in self.living)


def read_rolls(
    storage: Storage, root: str, source: str, verifier: Verifier | None
) -> tuple[tuple[Roll, ...], tuple[str, ...]]:
    """All rolls of a source by their time, and what is wrong with the others, in sentences.

    Raises:
        StorageUnavailable: they cannot be listed or read.
    """
    found, problems = [], []
    for item in storage.list(layout.rolls(root, source)):
        try:
            found.append(_read(storage, item.key, source, verifier))
        except ObjectNotFound:
            continue  # a newer one has come instead
        except (ObjectDamaged, SignatureInvalid) as error:
            problems.append(f"{item.key}: {error.message}")
    return tuple(sorted(found, key=lambda roll: roll.made_at)), tuple(problems)


def _read(storage: Storage, key: str, source: str, verifier: Verifier | None) -> Roll:
    content = read_object(storage, key, limit=_LIMIT)
    if verifier is not None:
        verifier.verify(*split_signature(content))
    try:
        roll = _roll(read_signed(content, key))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ObjectDamaged(f"it is not a roll ({type(error).__name__})") from None
    if roll.source != source:
        raise ObjectDamaged("it is of another source")
    return roll


def _roll(fields: Mapping[str, Any]) -> Roll:
    made_at = datetime.fromisoformat(fields["made_at"])
    if fields["format"] != FORMAT or made_at.tzinfo is None:
        raise ValueError(fields["format"])
    return Roll(
        source=str(fields["source"]),
        storage=str(fields["storage"]),
        made_at=made_at,
        living=tuple(_living(item) for item in fields["living"]),
    )


def _living(item: Mapping[str, Any]) -> Living:
    return Living(id=str(item["id"]), sequence=int(item["sequence"]), digest=str(item["digest"]))


def leave_roll(storage: Storage, root: str, roll: Roll, signer: Signer | None) -> None:
    """Write a roll down, then remove those of this storage that it supersedes.

    Raises:
        StorageFull, StorageUnavailable: it was not written, or an old one not removed (which harms nobody).
    """
    older = [item.key for item in storage.list(f"{layout.rolls(root, roll.source)}/{roll.storage}")]
    storage.put(layout.roll_key(root, roll.source, roll.storage, roll.made_at), [roll.to_bytes(signer)])
    for key in older:
        with suppress(ObjectRetained):
            storage.delete(key)


def pruned_there(rolls: Sequence[Roll], storage: str, snapshot: Snapshot) -> bool:
    """Whether the last pruning of that storage had the snapshot before it, and did not leave it."""
    mine = [roll for roll in rolls if roll.storage == storage and roll.living]
    if not mine:
        return False
    living = mine[-1].living
    return snapshot.sequence <= living[-1].sequence and all(item.id != snapshot.id for item in living)


def missing(rolls: Sequence[Roll], storage: str, there: set[str]) -> tuple[str, ...]:
    """Ids that the last pruning of this storage left, and that are gone."""
    mine = [roll for roll in rolls if roll.storage == storage]
    return tuple(item.id for item in mine[-1].living if item.digest not in there) if mine else ()
