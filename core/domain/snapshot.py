"""A snapshot: the finished, immutable, dated result of a backup."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


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

    @property
    def tail(self) -> str:
        """The short id that people type."""
        return self.id.rpartition("-")[2]
