"""Snapshots as a life of backups leaves them: full ← day ← hour ← save, made of nothing but numbers."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime

from core.domain.bucket import Span, bucket
from core.domain.snapshot import Rank, Snapshot

_ABOVE: tuple[tuple[Rank, Span], ...] = (("full", "weekly"), ("day", "daily"), ("hour", "hourly"))


def snapshot(number: int, taken_at: datetime, *, base: str = "", rank: Rank = "full", accounts: int = 100) -> Snapshot:
    tail = f"{number:06}"
    return Snapshot(
        id=f"{taken_at:%Y%m%dT%H%M%SZ}-{tail}",
        source="services",
        kind="atheme",
        taken_at=taken_at,
        saved_at=taken_at,
        sequence=number,
        predecessor="",
        size=1000,
        digest="",
        key=f"N/h/databases/services/{tail}",
        stored_size=10,
        stored_digest="",
        counts={"accounts": accounts},
        rank=rank,
        base=base,
    )


class Life:
    """Takes snapshots, each against the first of its hour, that one against the first of its day, and so on."""

    def __init__(self) -> None:
        self.taken: list[Snapshot] = []
        self._bases: dict[Rank, tuple[str, str]] = {}  # its bucket, and its id

    def save(self, taken_at: datetime) -> Snapshot:
        made = snapshot(len(self.taken) + 1, taken_at)
        turned: Rank | None = None
        base = ""
        for rank, span in _ABOVE:
            here = bucket(span, made)
            if turned is None and self._bases.get(rank, ("", ""))[0] == here:
                base = self._bases[rank][1]
                continue
            turned = turned or rank
            self._bases[rank] = (here, made.id)
        made = dataclasses.replace(made, base=base, rank=turned or "save")
        self.taken.append(made)
        return made


def chain(snapshots: Sequence[Snapshot], of: Snapshot) -> Iterable[str]:
    """The ids of all that it rests on."""
    by_id = {item.id: item for item in snapshots}
    while of.base:
        yield of.base
        of = by_id[of.base]
