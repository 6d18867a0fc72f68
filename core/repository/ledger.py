"""What was proven when: append-only, beside the repository and not in it, since it is this host's own knowledge."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from core.disk import write_whole
from core.domain.errors import StorageUnavailable
from core.jsonl import append, line, read

Verdict = Literal["proven", "damaged", "unchecked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One look at one snapshot in one storage. Levels: 1 stored bytes, 2 opens, 3 means what it should; 0 nothing."""

    snapshot_id: str
    level: int
    verdict: Verdict
    at: datetime
    detail: str
    storage: str = ""  # "" in ledgers from before there were copies


class Ledger:
    """All proofs of this host.

    `bad_lines` are the numbers of lines that a crash tore or that were changed since; they prove nothing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: tuple[int, int, int] | None = None
        self._proofs: dict[str, list[Proof]] = {}
        self.bad_lines: tuple[int, ...] = ()

    def record(
        self, snapshot_id: str, *, level: int, verdict: Verdict, at: datetime, detail: str, storage: str = ""
    ) -> None:
        """Write down one look.

        Raises:
            StorageFull, StorageUnavailable: it was not written.
        """
        proof = Proof(snapshot_id=snapshot_id, level=level, verdict=verdict, at=at, detail=detail, storage=storage)
        append(self._path, _fields(proof))

    def latest(self, snapshot_id: str, storage: str | None = None) -> Proof | None:
        """The last look at a snapshot, in one storage or anywhere, or None."""
        proofs = self.proofs(snapshot_id, storage)
        return proofs[-1] if proofs else None

    def standing(self, snapshot_id: str, storage: str | None = None) -> Proof | None:
        """What is known of a snapshot: the last look; where that was good, the one of the good ones that went furthest.

        What was good before a look that was not counts no more.
        """
        best: Proof | None = None
        for proof in reversed(self.proofs(snapshot_id, storage)):
            if proof.verdict != "proven":
                return best or proof
            if best is None or proof.level > best.level:
                best = proof
        return best

    def proofs(self, snapshot_id: str, storage: str | None = None) -> tuple[Proof, ...]:
        """Every look at a snapshot, in one storage or anywhere, the last one last.

        Raises:
            StorageUnavailable: the ledger cannot be read.
        """
        self._refresh()
        found = self._proofs.get(snapshot_id, ())
        return tuple(proof for proof in found if storage is None or proof.storage in {storage, ""})

    def keep_only(self, snapshot_ids: Collection[str]) -> None:
        """Forget what was proven of snapshots that are gone everywhere. The caller holds the lock.

        Raises:
            StorageFull, StorageUnavailable: it was not written; the old ledger stays.
        """
        self._refresh()
        kept = [proof for name in self._proofs if name in snapshot_ids for proof in self._proofs[name]]
        kept.sort(key=lambda proof: proof.at)
        write_whole(self._path, (line(_fields(proof)) for proof in kept))

    def _refresh(self) -> None:
        """Read the file again only if it changed: a list of 300 snapshots asks 300 times."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._proofs, self._read_at, self.bad_lines = {}, None, ()
            return
        except OSError as error:
            raise StorageUnavailable(f"{self._path} cannot be read: {error.strerror}") from None
        mark = (status.st_ino, status.st_size, status.st_mtime_ns)
        if mark != self._read_at:
            self._read_all()
            self._read_at = mark

    def _read_all(self) -> None:
        lines, bad = read(self._path)
        proofs: dict[str, list[Proof]] = {}
        for number, fields in lines:
            try:
                proof = _proof(fields)
            except (KeyError, TypeError, ValueError):
                bad.append(number)
            else:
                proofs.setdefault(proof.snapshot_id, []).append(proof)
        self._proofs, self.bad_lines = proofs, tuple(sorted(bad))


def _fields(proof: Proof) -> dict[str, Any]:
    return asdict(proof) | {"at": proof.at.astimezone(UTC).isoformat()}


def _proof(fields: Mapping[str, Any]) -> Proof:
    verdict, at = fields["verdict"], datetime.fromisoformat(fields["at"])
    if verdict not in get_args(Verdict) or at.tzinfo is None:
        raise ValueError(verdict)
    return Proof(
        snapshot_id=str(fields["snapshot_id"]),
        level=int(fields["level"]),
        verdict=verdict,
        at=at,
        detail=str(fields["detail"]),
        storage=str(fields.get("storage", "")),
    )
