"""What a restore did, for people: step by step, and where the way back lies."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from core.operations.restore_record import RestoreFolder, RestoreRecord
from core.ports import Clock, Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport:
    """What was done, step by step with its seconds, and where the way back lies."""

    id: str
    what: str  # "account alice"
    outcome: str  # "account alice is back"
    steps: tuple[tuple[str, float], ...]
    seconds: float
    before_image: Path
    undo_until: datetime
    notes: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Steps:
    """The clock of one restore: each step with the seconds it took."""

    clock: Clock
    progress: Progress
    done: list[tuple[str, float]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    begun: float = 0.0

    def begin(self, text: str) -> None:
        """A step begins, and is shown."""
        self.progress.step(text)
        self.begun = self.clock.monotonic()

    def end(self, text: str) -> None:
        """It has ended; `text` is how it is told afterwards."""
        self.done.append((text, self.clock.monotonic() - self.begun))


def report_of(record: RestoreRecord, folder: RestoreFolder, steps: Steps, *, seconds: float) -> RestoreReport:
    """The report of a restore that is done."""
    return RestoreReport(
        id=record.id,
        what=record.what,
        outcome=f"restore {record.undoes} is undone" if record.undoes else f"{record.what} is back",
        undo_until=record.undo_until,
        steps=tuple(steps.done),
        seconds=seconds,
        before_image=folder.before_image(record),
        notes=tuple(steps.notes),
    )
