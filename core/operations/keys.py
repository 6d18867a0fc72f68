"""Which identity opens what, proven by opening it, and when that was last done."""

import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.domain.errors import IdentityMissing
from core.jsonl import append, read
from core.ports import Clock, Progress, Sealer
from core.repository.repository import Repository

_PROBE = b"probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyProof:
    """An identity opened what is sealed to a recipient."""

    recipient: str
    at: datetime
    snapshot: str  # id of the snapshot that it opened; "" where there was none


class KeyProofs:
    """All proofs of this host, append-only."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / "keys.jsonl"

    def record(self, proof: KeyProof) -> None:
        """Write down one proof.

        Raises:
            StorageFull, StorageUnavailable: it was not written.
        """
        at = proof.at.astimezone(UTC).isoformat(timespec="seconds")
        append(self._path, {"recipient": proof.recipient, "at": at, "snapshot": proof.snapshot})

    def latest(self) -> dict[str, KeyProof]:
        """The last proof for each recipient. A line that cannot be read proves nothing.

        Raises:
            StorageUnavailable: the file cannot be read.
        """
        proofs = {}
        for _, fields in read(self._path)[0]:
            try:
                at, recipient = datetime.fromisoformat(fields["at"]), str(fields["recipient"])
                proofs[recipient] = KeyProof(recipient=recipient, at=at, snapshot=str(fields["snapshot"]))
            except (KeyError, TypeError, ValueError):
                continue
        return proofs


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A recipient, and what is known of who opens what is sealed to it."""

    recipient: str
    snapshots: int  # that are sealed to it
    proven_at: datetime | None  # when an identity was last seen to open it
    is_current: bool  # new snapshots are sealed to it


def holdings(repository: Repository, state_dir: Path) -> tuple[Holding, ...]:
    """Those of now, then those of old snapshots. Opens nothing."""
    proofs = KeyProofs(state_dir).latest()
    sealed = Counter(one for entry in repository.catalogue().entries for one in entry.recipients)
    now = repository.sealer.recipients
    return tuple(
        Holding(
            recipient=one,
            snapshots=sealed[one],
            proven_at=proofs[one].at if one in proofs else None,
            is_current=one in now,
        )
        for one in dict.fromkeys([*now, *sealed])
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReport:
    """What some identities were seen to open."""

    opened: tuple[str, ...]  # recipients
    others: tuple[str, ...]  # recipients that somebody else opens
    snapshot: str  # id of the newest snapshot, opened with all that it rests on; "" where there is none
    trouble: str  # why the newest snapshot was not opened


def opens(sealer: Sealer) -> bool:
    """Whether what is sealed to its recipients is opened by its identities: tried, not guessed."""
    sealed, opened = io.BytesIO(), io.BytesIO()
    sealer.seal(io.BytesIO(_PROBE), sealed)
    sealed.seek(0)
    try:
        sealer.open(sealed, opened)
    except IdentityMissing:
        return False
    return opened.getvalue() == _PROBE


def prove_keys(
    recipients: Sequence[str],
    sealer_for: Callable[[str], Sealer],
    repository: Repository,
    proofs: KeyProofs,
    *,
    clock: Clock,
    progress: Progress,
) -> KeyReport:
    """Seal a probe to each recipient alone and open it, then open the newest snapshot; what was seen is recorded.

    `sealer_for` gives what seals to one recipient, and `repository` opens, both with the identities in question.

    Raises:
        ObjectDamaged, ObjectNotFound, StorageUnavailable: about the snapshot, and not about the identities.
    """
    progress.step("opening a probe")
    opened = [recipient for recipient in recipients if opens(sealer_for(recipient))]
    others = tuple(recipient for recipient in recipients if recipient not in opened)
    snapshot, trouble = _newest_opened(repository, progress) if opened else ("", "")
    for recipient in opened:
        proofs.record(KeyProof(recipient=recipient, at=clock.now(), snapshot=snapshot))
    return KeyReport(opened=tuple(opened), others=others, snapshot=snapshot, trouble=trouble)


def _newest_opened(repository: Repository, progress: Progress) -> tuple[str, str]:
    databases = [snapshot for snapshot in repository.snapshots() if snapshot.index is None]
    if not databases:
        return "", ""
    newest = max(databases, key=lambda item: (item.taken_at, item.sequence))
    progress.step("opening the newest snapshot of a database")
    try:
        repository.content(newest)
    except IdentityMissing:
        return "", f"snapshot {newest.tail}, or one that it rests on, was sealed before: not to these recipients"
    return newest.id, ""
