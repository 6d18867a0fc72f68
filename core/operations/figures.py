"""What is measured, as values: of each source, copy and place that is told, and of the whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.domain.notice import Gravity
from core.domain.objective import Measured
from core.domain.run import Run
from core.domain.snapshot import Snapshot
from core.repository.ledger import Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """How it went lately with something that is done again and again."""

    last: Run | None = None
    good: Run | None = None  # the last that was

    @property
    def failing(self) -> bool:
        """Whether the last one was not good."""
        return self.last is not None and not self.last.good


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What there is of one source in the repository."""

    newest: Snapshot | None = None
    good: Snapshot | None = None  # the newest that is not held
    snapshots: int = 0
    stored: int = 0  # bytes of all of them, sealed
    proof: Proof | None = None  # of the newest
    proven: Snapshot | None = None  # the newest that means what it should, as was proven
    damaged: int = 0  # snapshots that the last look found so
    held: int = 0  # snapshots that lost too much, and wait for somebody's word


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFigures:
    """One source."""

    name: str
    attempts: Attempts = Attempts()
    succeeded_at: datetime | None = None  # what was written before is in a snapshot; a failure never moves it
    saved_at: datetime | None = None  # of the living database
    kept: Kept = Kept()
    is_certificates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyFigures:
    """One copy, as this host remembers it."""

    name: str
    attempts: Attempts = Attempts()
    behind: int = 0  # snapshots
    behind_since: datetime | None = None  # when the oldest of them was taken


@dataclass(frozen=True, slots=True, kw_only=True)
class StandbyFigures:
    """One standby, as this host remembers it."""

    name: str
    current_at: datetime | None = None  # when it was last seen to be what its source was
    failing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFigures:
    """One job of the schedule."""

    name: str
    begun_at: datetime | None = None  # the last run
    next_at: datetime | None = None  # in the past where it is due and has not begun
    failing: bool = False  # the last run was not good
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFigures:
    """One place where notices go."""

    name: str
    waiting: int = 0
    oldest_at: datetime | None = None  # of what waits
    delivered_at: datetime | None = None
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything, at one moment."""

    at: datetime
    readable: bool  # whether the repository could be listed when it was tried last
    listed_at: datetime | None  # from when what is said of snapshots is
    problems: int = 0  # what of the repository could not be read or does not fit
    services_running: bool | None = None
    sources: tuple[SourceFigures, ...] = ()  # that of services first
    copies: tuple[CopyFigures, ...] = ()
    standbys: tuple[StandbyFigures, ...] = ()
    measured: tuple[Measured, ...] = ()  # against what is wanted, of each source and of the whole
    rules: Mapping[str, bool] = field(default_factory=dict)  # of 3-2-1-1-0: whether each is met
    verbs: Mapping[str, Attempts] = field(default_factory=dict)  # the newest runs by verb, whatever it was done to
    jobs: tuple[JobFigures, ...] = ()
    targets: tuple[TargetFigures, ...] = ()
    incidents: Mapping[Gravity, int] = field(default_factory=dict)
    areas: Mapping[str, int] = field(default_factory=dict)  # open incidents by the first word of their cause
    acknowledged: int = 0
    pinned: int = 0
    frozen: bool = False
    seconds: float = 0  # that it took to gather them
