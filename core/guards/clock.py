"""A clock that jumped: the order of snapshots, what retention keeps and when jobs run all rest on it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.moment import ago, show
from core.domain.notice import Trouble
from core.domain.snapshot import Snapshot
from core.ports import Clock

_JUMP = timedelta(minutes=2)  # less is what a time server mends at a start
_TOLD_FOR = 600.0  # seconds that a jump is told
_HOURLY = 3600.0  # seconds between two looks at all snapshots


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The snapshot with the latest time of all."""

    taken_at: datetime
    followed: bool  # by another of its source, which was made after it


def latest_of(snapshots: Sequence[Snapshot]) -> Latest | None:
    """None where there is no snapshot."""
    if not snapshots:
        return None
    last = max(snapshots, key=lambda item: item.taken_at)
    followed = any(item.source == last.source and item.sequence > last.sequence for item in snapshots)
    return Latest(taken_at=last.taken_at, followed=followed)


class ClockJumps:
    """The guard: the time of day against the time that passes, and against what was saved before."""

    def __init__(self, clock: Clock, latest: Callable[[], Latest | None]) -> None:
        self._clock = clock
        self._find = latest
        self._looked: tuple[datetime, float] | None = None
        self._jump = timedelta()
        self._jumped_at = float("-inf")
        self._asked_at = float("-inf")
        self._latest: Latest | None = None

    def look(self) -> Iterator[Trouble]:
        """What is found."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        if self._looked is not None:
            jump = now - self._looked[0] - timedelta(seconds=monotonic - self._looked[1])
            if abs(jump) > _JUMP:
                self._jump, self._jumped_at = jump, monotonic
        self._looked = now, monotonic
        if monotonic - self._jumped_at < _TOLD_FOR:
            yield self._jumped()
        yield from self._behind(now, monotonic)

    def _jumped(self) -> Trouble:
        forward = self._jump > timedelta()
        far = ago(abs(self._jump).total_seconds())
        slept = ", or the machine slept" if forward else ""
        return Trouble(
            cause="clock/jumped",
            gravity="warning",
            title=f"the clock of this host went {'forward' if forward else 'back'} by {far}: somebody set it{slept}",
            detail="Jobs may have been missed or run twice, and the times of snapshots may be wrong.",
            suggestion="timedatectl",
        )

    def _behind(self, now: datetime, monotonic: float) -> Iterator[Trouble]:
        if monotonic - self._asked_at >= _HOURLY:
            self._latest, self._asked_at = self._find(), monotonic
        if self._latest is not None and self._latest.taken_at - now > _JUMP:
            yield _ahead(self._latest.taken_at, now) if self._latest.followed else _behind(self._latest.taken_at, now)


def _behind(latest: datetime, now: datetime) -> Trouble:
    return Trouble(
        cause="clock/behind",
        gravity="error",
        title=f"the clock of this host is behind: it says {show(now)}, a snapshot is of {show(latest)}",
        detail="What is saved now would count as older than that one.",
        suggestion="timedatectl",
    )


def _ahead(latest: datetime, now: datetime) -> Trouble:
    """Others were made since: it is more likely that the clock was wrong then than that it is now."""
    return Trouble(
        cause="clock/behind",
        gravity="info",
        title=f"a snapshot is of {show(latest)}, and the clock of this host says {show(now)}",
        detail=(
            "If that is right, the clock was ahead when the snapshot was made: it is kept until its time has come, "
            "and nothing needs to be done."
        ),
        suggestion="timedatectl",
    )
