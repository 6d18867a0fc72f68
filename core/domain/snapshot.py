"""A snapshot: the finished, immutable, dated result of a backup."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Rank = Literal["full", "day", "6h", "hour", "15min", "save"]  # a snapshot rests on one of a rank before its own
RANKS: tuple[Rank, ...] = ("full", "day", "6h", "hour", "15min", "save")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One sealed object of a snapshot."""

    key: str  # where it lies in the storage
    size: int  # bytes as stored
    digest: str  # SHA-256 (hex) of the bytes as stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One snapshot of one source, as its manifest describes it.

    `sequence` and `predecessor` give the order; times only help people, since clocks step.
    """

    id: str  # "20261123T140500Z-7q2fk3": sorts by time, unique by its tail
    source: str  # the source's configured name, "services"
    kind: str  # the source's kind, "atheme"
    taken_at: datetime  # aware, UTC: when the copy was read
    saved_at: datetime  # aware, UTC: when the program wrote what was copied (its mtime)
    sequence: int  # 1, 2, 3 … per source
    predecessor: str  # SHA-256 (hex) of the predecessor's manifest; "" for the first
    size: int  # bytes of the plain content
    digest: str  # SHA-256 (hex) of the plain content
    key: str  # where the sealed object lies in the storage
    stored_size: int  # bytes of the sealed object
    stored_digest: str  # SHA-256 (hex) of the sealed object
    reason: str = ""  # "scheduled", "asked by alice", "before restore 7Q2F"
    counts: Mapping[str, int] = field(default_factory=dict)  # {"accounts": 7, "channels": 6, …}
    rank: Rank = "full"
    base: str = ""  # id of the snapshot that it is a delta against; "" for a full
    held: str = ""  # why it looks as if something was lost; such a one is never the latest, unless somebody released it
    index: Piece | None = None  # of a tree: the sealed listing of its files, whose plain bytes `digest` is of

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Its own sealed objects, without those of its bases."""
        content = Piece(key=self.key, size=self.stored_size, digest=self.stored_digest)
        return (content,) if self.index is None else (content, self.index)

    @property
    def tail(self) -> str:
        """The short id that people type."""
        return self.id.rpartition("-")[2]
