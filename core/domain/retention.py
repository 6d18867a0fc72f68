"""What a retention policy asks for, what is known when it is applied, and what was decided: a reason for each snapshot.

The rule itself is `core.domain.thinning.decide`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from core.domain.snapshot import Snapshot

Rule = Literal[
    "newest",
    "proven",
    "pinned",
    "within",
    "last",
    "hourly",
    "daily",
    "weekly",
    "monthly",
    "yearly",
    "base",
    "future",
    "retained",
    "few",
    "all",
    "halted",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """How much is kept. A number counts hours, days, … that have a snapshot, the newest first; 0 asks for none."""

    keep_last: int = 0
    within: timedelta = timedelta()  # every snapshot of so long before the newest
    hourly: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0
    everything: bool = False  # nothing goes: the numbers ask for nothing more

    @property
    def largest(self) -> int:
        """The largest of the numbers: nothing is removed where there are no more snapshots than that."""
        return max(self.keep_last, self.hourly, self.daily, self.weekly, self.monthly, self.yearly)

    @property
    def keeps_nothing(self) -> bool:
        """Whether it asks for nothing at all, which is always a mistake."""
        return not self.largest and not self.within and not self.everything


DEFAULT = RetentionPolicy(within=timedelta(hours=48), hourly=7 * 24, daily=7, weekly=4, monthly=12)
EVERYTHING = RetentionPolicy(everything=True)  # of what was imported: nothing makes it again


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the snapshots of one source in one storage, and of who wants what kept."""

    proven: Mapping[str, int] = field(default_factory=dict)  # id → level that holds: 1 stored, 2 opens, 3 means
    damaged: Collection[str] = ()  # ids of those that were seen to be damaged
    pinned: Mapping[str, str] = field(default_factory=dict)  # id → why
    retained: Mapping[str, str] = field(default_factory=dict)  # id → how the storage keeps it: "by a lock until …"
    frozen: str = ""  # why nothing may be removed at all
    held: Collection[str] = ()  # ids of those that look as if something was lost
    shrunk: str = ""  # that the newest is one of them, and why
    unreadable: int = 0  # manifests: what they rest on is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a snapshot stays. `rule` groups, `text` tells."""

    rule: Rule
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """One snapshot: it stays for all of these reasons, or goes because none is left."""

    snapshot: Snapshot
    reasons: tuple[Reason, ...]
    instead: str = ""  # why it may go: what is kept in its place

    @property
    def stays(self) -> bool:
        """Whether anything claims it."""
        return bool(self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of the snapshots of one source, in their order. `halted` says why none may go, or is ""."""

    fates: tuple[Fate, ...]
    halted: str = ""

    @property
    def kept(self) -> tuple[Snapshot, ...]:
        """What stays, oldest first."""
        return tuple(fate.snapshot for fate in self.fates if fate.stays)

    @property
    def doomed(self) -> tuple[Snapshot, ...]:
        """What goes, in the order of removal: newest first, so that a base goes after all that rests on it."""
        return tuple(fate.snapshot for fate in reversed(self.fates) if not fate.stays)
