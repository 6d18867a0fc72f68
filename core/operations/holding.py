"""Snapshots that look as if something was lost: while the newest of a source is one, nothing is removed anywhere."""

from collections.abc import Sequence
from datetime import datetime

from core.domain.errors import PlanBlocked
from core.domain.notice import Trouble
from core.domain.snapshot import Snapshot
from core.operations.backup import BackupReport
from core.repository.freezes import Freezes
from core.repository.pins import Pins


def cause_of(source: str) -> str:
    """Of the trouble, and of the freeze."""
    return f"held/{source}"


def note_held(reports: Sequence[BackupReport], freezes: Freezes, now: datetime) -> None:
    """Begin and end what freezes pruning, as what was just saved says.

    Raises:
        StorageFull, StorageUnavailable: it could not be written down.
    """
    for report in reports:
        snapshot = report.snapshot
        if snapshot.held:
            freezes.hold(cause_of(snapshot.source), f"snapshot {snapshot.tail} of {snapshot.source} is held", at=now)
        else:
            freezes.release(cause_of(snapshot.source))


def trouble_of(snapshot: Snapshot) -> Trouble:
    """What people are told of one that is held."""
    return Trouble(
        cause=cause_of(snapshot.source),
        gravity="emergency" if snapshot.held.startswith("it has 0 ") else "error",
        title=sentence(snapshot),
        detail=(
            "It is stored and is never the latest: restores, standbys and recoveries take the good one before it. "
            f"Nothing is removed. If so much was meant to go: !release {snapshot.tail}"
        ),
        suggestion=f"!diff latest {snapshot.tail}" if snapshot.index is None else f"!show {snapshot.tail}",
    )


def sentence(snapshot: Snapshot) -> str:
    """That it is held, and why."""
    return f"snapshot {snapshot.tail} of {snapshot.source} is held: {snapshot.held}"


def release(snapshot: Snapshot, pins: Pins, *, by: str, at: datetime) -> None:
    """So much was meant to go.

    Raises:
        PlanBlocked: it is not held.
        StorageFull, StorageUnavailable: it could not be written down.
    """
    if not snapshot.held:
        raise PlanBlocked(f"snapshot {snapshot.tail} is not held", hint="`snapshots` says which are")
    pins.release(snapshot.id, by=by, at=at)
