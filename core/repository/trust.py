"""Which manifests count, and what is missing: signatures, the chain of predecessors, rolls of prunings. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.domain.snapshot import Snapshot
from core.ports import Verifier
from core.repository.roll import Roll, missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A snapshot, and the SHA-256 of its manifest, which its successor names."""

    snapshot: Snapshot
    digest: str
    recipients: tuple[str, ...] = ()
    signer: str = ""  # the public key that signed it; "" where it is not signed, or nobody asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """Whom this host believes. Without a verifier everybody, for want of anything to tell them apart by."""

    verifier: Verifier | None = None
    noted: Mapping[str, str] = field(default_factory=dict)  # digests of the last manifests that it wrote, by source
    upgrading: bool = False  # it signs from now on


def sort_out(entries: Sequence[Entry], rolls: Sequence[Roll], belief: Belief) -> tuple[list[Entry], list[str]]:
    """The entries of one source, oldest first, that somebody whom we trust stands behind; and what is wrong.

    A manifest without a signature counts if a signed one, or a roll, names it: the snapshots from before signing. Or
    if this host noted that it wrote it. Where nothing is signed and nothing noted, they count on a host that is
    upgrading. A new machine believes none of them.
    """
    if belief.verifier is None:
        return list(entries), []
    told, noted = [], belief.noted.get(_source(entries), "")
    if not any(entry.signer for entry in entries):
        told = [f"no snapshot of {_source(entries)} is signed: a backup now will stand behind them"]
        if belief.upgrading and not noted:
            return list(entries), told
    vouched = {noted, *(item.digest for roll in rolls for item in roll.living)}
    kept, problems = [], []
    for entry in reversed(entries):
        if entry.signer or entry.digest in vouched:
            vouched.add(entry.snapshot.predecessor)
            kept.append(entry)
        else:
            problems.append(f"snapshot {entry.snapshot.tail} of {entry.snapshot.source} is not signed: it is left out")
    return kept[::-1], problems + told * bool(kept)


def _source(entries: Sequence[Entry]) -> str:
    return entries[0].snapshot.source


def broken_links(entries: Iterable[Entry], rolls: Sequence[Roll]) -> Iterator[str]:
    """Snapshots of one source that name a predecessor which is not here. What was before the oldest may be gone."""
    bridges = {pair for roll in rolls for pair in roll.bridges}
    seen: set[str] = set()
    last = ""
    for entry in entries:
        snapshot = entry.snapshot
        bridged = not seen or snapshot.predecessor in seen or (last, entry.digest) in bridges
        if not bridged and not any(_was_going(entry, seen, roll) for roll in rolls):
            yield f"snapshot {snapshot.tail} of {snapshot.source} follows one that is gone or was replaced"
        seen.add(entry.digest)
        last = entry.digest


def _was_going(entry: Entry, seen: Collection[str], roll: Roll) -> bool:
    """Whether a pruning that was cut short took its predecessor: all that it was to leave before this one is there.

    It removed some of what lay between two that stay, and not yet the others.
    """
    sequence = entry.snapshot.sequence
    before = [item.digest for item in roll.living if item.sequence < sequence]
    behind = [item for item in roll.living if item.sequence >= sequence]
    if not behind or (behind[0].sequence == sequence and behind[0].digest != entry.digest):
        return False  # written since, or another one than was left
    return not before or before[-1] in seen


def gone(entries: Iterable[Entry], rolls: Sequence[Roll], storage: str) -> Iterator[str]:
    """Snapshots of one source that the last pruning left here, and somebody else took."""
    there = {entry.digest for entry in entries}
    for snapshot_id in missing(rolls, storage, there):
        yield f"snapshot {snapshot_id} is gone from {storage} or was replaced, and no pruning took it"


def hanging(entries: Iterable[Entry]) -> Iterator[str]:
    """Snapshots of one source whose base is gone: they cannot be opened."""
    there = {entry.snapshot.id for entry in entries}
    for entry in entries:
        snapshot = entry.snapshot
        if snapshot.base and snapshot.base not in there:
            base = snapshot.base.rpartition("-")[2]
            yield f"snapshot {snapshot.tail} of {snapshot.source} cannot be opened: its base {base} is gone"
