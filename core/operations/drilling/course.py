"""The course of one drill: its steps as they are timed, where it works, and how far it got."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from core.disk import free_space
from core.domain.drill import Step, Verdict
from core.domain.errors import StorageFull
from core.domain.size import show_size
from core.domain.snapshot import Snapshot
from core.ports import Clock, Progress
from core.repository.repository import Repository

_SPARE = 64 << 20  # bytes: logs, and what everybody else writes meanwhile


@dataclass(slots=True)
class Told:
    """What came of a step, filled in while it runs."""

    text: str = ""


@dataclass(slots=True, kw_only=True)
class Course:
    """One snapshot, out of one storage, into one folder."""

    snapshot: Snapshot
    place: Repository
    work: Path  # private, ours, and gone afterwards
    clock: Clock
    progress: Progress
    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str, doing: str) -> Iterator[Told]:
        """One step; timed only if it comes to its end."""
        self.progress.step(doing)
        started, told = self.clock.monotonic(), Told()
        yield told
        self.add(name, self.clock.monotonic() - started, told.text)

    def add(self, name: str, seconds: float, told: str = "") -> None:
        """One that was timed by who did it."""
        self.steps.append(Step(name=name, seconds=max(0.0, seconds), told=told))

    def must_have_room(self, needed: int) -> None:
        """Look before anything is written.

        Raises:
            StorageFull: there is less free than `needed` bytes, and some more.
        """
        free = free_space(self.work)
        if free < needed + _SPARE:
            raise StorageFull(
                f"a drill of {self.snapshot.source} needs {show_size(needed + _SPARE)} in our own state, "
                f"and {show_size(free)} are free",
                hint="free space on the file system of state_dir",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How far it got, and what it proves. `level`: of the ledger; 4 only where all went well."""

    level: int
    verdict: Verdict
    detail: str
    is_whole: bool = False  # it is what was saved, whatever is made of it: then the snapshot is not damaged
    counts: Mapping[str, int] = field(default_factory=dict)
    saved: Mapping[str, int] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    program: str = ""
    untried: bool = False  # nobody has said which program to boot
