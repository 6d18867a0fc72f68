"""What was measured against what is wanted, of each source and of everything; and the 3-2-1-1-0 of the copies."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.drill import EVERYTHING, DrillReport
from core.domain.objective import Aims, Measured, Recovered, whole, windows
from core.domain.run import Run
from core.domain.score import Kept, Score, score
from core.domain.snapshot import Snapshot
from core.operations.looks import Looks
from core.operations.recovery.record import RecoveryRecord
from core.repository.ledger import Ledger
from core.repository.repository import Repository

_BEHIND = timedelta(days=1)  # a copy that is further behind is none to count on
_LIVING = frozenset({"database", "ircd"})  # things that users change all day


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What this host knows of what was done."""

    storage: str  # the repository's name
    snapshots: Sequence[Snapshot]  # in it
    runs: Sequence[Run]
    drills: Sequence[DrillReport]
    recovery: RecoveryRecord | None
    ledger: Ledger
    looks: Looks
    now: datetime
    written: Mapping[str, datetime]  # of programs that write their database anew by themselves: when they last did


def measure(sources: Sequence[tuple[str, str]], aims: Aims, seen: Evidence) -> tuple[Measured, ...]:
    """Each source (its name, and the thing that it is), then the whole network."""
    parts = [_source(name, aims, seen, living=thing in _LIVING) for name, thing in sources]
    return (*parts, whole(parts, aims.whole, _last_of_all(seen)))


def _source(name: str, aims: Aims, seen: Evidence, *, living: bool) -> Measured:
    age, window = windows(_covered(name, seen), seen.now)
    drilled = next((item for item in reversed(seen.drills) if item.source == name and _counts(item)), None)
    return Measured(
        what=name,
        objective=aims.of(name, living=living),
        age_seconds=age,
        window_seconds=window,
        recovered=_of_drill(drilled) if drilled is not None else None,
    )


def _covered(name: str, seen: Evidence) -> Iterator[datetime]:
    """Up to which moments a good copy holds all that there was: a source that had not changed is covered by the last.

    What services remember and have not written is in no copy, however often their file is looked at.
    """
    there = sorted((item for item in seen.snapshots if item.source == name), key=lambda item: item.taken_at)
    bad = {item.id for item in there if _is_bad(item, seen)}
    written = seen.written.get(name)
    for item in there:
        if item.id not in bad:
            yield item.taken_at if written is None else min(item.saved_at, item.taken_at)
    for moment in _unchanged(name, there, seen):
        place = bisect_right(there, moment, key=lambda item: item.taken_at)
        if place and there[place - 1].id not in bad:
            yield moment if written is None else min(moment, written)


def _unchanged(name: str, there: Sequence[Snapshot], seen: Evidence) -> Iterator[datetime]:
    """When it was looked at and was what the newest of then holds."""
    yield from (run.at for run in seen.runs if run.verb == "backup" and run.what == name and run.good and not run.new)
    last = seen.looks.unchanged_at(name, there[-1].id) if there else None
    if last is not None:
        yield last


def _is_bad(snapshot: Snapshot, seen: Evidence) -> bool:
    """Whether nobody should count on it: it is held, or damaged."""
    proof = seen.ledger.latest(snapshot.id, seen.storage)
    return bool(snapshot.held) or (proof is not None and proof.verdict == "damaged")


def _counts(drill: DrillReport) -> bool:
    """Whether it says how long a recovery takes: one that could not be done says nothing, nor does another program."""
    return drill.verdict != "unchecked" and not drill.other


def _of_drill(drill: DrillReport) -> Recovered:
    return Recovered(by="drill", at=drill.at, seconds=drill.seconds, good=drill.good)


def _last_of_all(seen: Evidence) -> Recovered | None:
    """The last drill of everything, or the last real recovery."""
    drilled = next((item for item in reversed(seen.drills) if item.source == EVERYTHING and _counts(item)), None)
    found = [_of_drill(drilled)] if drilled is not None else []
    record = seen.recovery
    if record is not None and record.is_whole:
        at = datetime.fromisoformat(record.begun_at)
        found.append(Recovered(by="recovery", at=at, seconds=record.seconds, good=True))
    return max(found, key=lambda item: item.at, default=None)


def score_copies(
    repositories: Sequence[Repository], aims: Aims, snapshots: Sequence[Snapshot], ledger: Ledger, now: datetime
) -> Score:
    """The first of them is the repository that `snapshots` are of; the others are copies of it."""
    said = {place.name: place for place in aims.places}
    current = [place for place in repositories if place is repositories[0] or _is_current(place, snapshots, now)]
    kept = [said.get(place.name) or _unknown(place.name) for place in current if snapshots]
    newest = {snapshot.source: snapshot for snapshot in snapshots}
    errors = [text for place in current for text in _errors(snapshots, place.name, ledger)]
    proofs = [ledger.standing(snapshot.id) for snapshot in newest.values()]
    proven = bool(proofs) and all(
        proof is not None and proof.level > 0 and proof.verdict == "proven" for proof in proofs
    )
    return score(kept, errors=errors, proven=proven)


def _unknown(name: str) -> Kept:
    return Kept(name=name, medium="disk", offsite=False, immutable=False)


def _is_current(copy: Repository, snapshots: Sequence[Snapshot], now: datetime) -> bool:
    """Whether it was reached, and lacks nothing that is older than a day: by this host's own memory of it."""
    heads = copy.heads.known(copy.name) if copy.heads is not None else {}
    return bool(heads) and not any(
        item.sequence > heads.get(item.source, 0) and now - item.taken_at > _BEHIND for item in snapshots
    )


def _errors(snapshots: Sequence[Snapshot], storage: str, ledger: Ledger) -> Iterator[str]:
    for snapshot in snapshots:
        proof = ledger.latest(snapshot.id, storage)
        if proof is not None and proof.verdict == "damaged":
            yield f"{snapshot.tail} of {snapshot.source} on {storage} is damaged"
