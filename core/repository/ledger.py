"""What was proven when: append-only, beside the repository and not in it, since it is this host's own knowledge."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from core.jsonl import append, read

Verdict = Literal["proven", "damaged", "unchecked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One look at one snapshot. Levels: 1 stored bytes, 2 opens, 3 means what it should; 0 nothing."""

    snapshot_id: str
    level: int
    verdict: Verdict
    at: datetime
    detail: str


class Ledger:
    """All proofs of this host."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: tuple[int, int] | None = None
        self._latest: dict[str, Proof] = {}
        self.bad_lines: tuple[int, ...] = ()

    def record(self, snapshot_id: str, *, level: int, verdict: Verdict, at: datetime, detail: str) -> None:
        """Write down one look."""
        proof = Proof(snapshot_id=snapshot_id, level=level, verdict=verdict, at=at, detail=detail)
        append(self._path, asdict(proof) | {"at": at.astimezone(UTC).isoformat()})

    def latest(self, snapshot_id: str) -> Proof | None:
        """The last look at a snapshot, or None."""
        self._refresh()
        return self._latest.get(snapshot_id)

    def _refresh(self) -> None:
        """Read the file again only if it changed: a list of 300 snapshots asks 300 times."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._latest = {}
            return
        mark = (status.st_ino, status.st_size)
        if mark == self._read_at:
            return
        lines, bad = read(self._path)
        self.bad_lines = tuple(bad)
        self._latest = {proof.snapshot_id: proof for proof in map(_proof, lines) if proof is not None}
        self._read_at = mark


def _proof(fields: dict[str, Any]) -> Proof | None:
    try:
        return Proof(**{**fields, "at": datetime.fromisoformat(fields["at"])})
    except (KeyError, TypeError, ValueError):
        return None
