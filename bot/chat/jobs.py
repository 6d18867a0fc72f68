"""What the bot is doing: who asked for it, since when, and the step at work."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from core.domain.errors import BackupServError


class Stopped(BackupServError):
    """Somebody has called it off."""


@dataclass(slots=True, kw_only=True)
class Job:
    """One command at work. It is the Progress of what it does: each step is a place where it may be called off."""

    id: int
    name: str  # "!backup now"
    by: str
    since: float  # on the monotonic clock
    stoppable: bool = True  # nothing is left half-done, wherever it ends
    text: str = ""
    called_off_by: str = ""

    def step(self, text: str) -> None:
        """The step at work.

        Raises:
            Stopped: somebody has called it off.
        """
        self.text = text
        if self.called_off_by and self.stoppable:
            raise Stopped(f"stopped by {self.called_off_by}", hint="what was finished before stays")


@dataclass(slots=True)
class Jobs:
    """All of them, the oldest first."""

    monotonic: Callable[[], float]
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _running: dict[int, Job] = field(default_factory=dict)

    @contextmanager
    def at_work(self, name: str, by: str, *, stoppable: bool) -> Iterator[Job]:
        """A job, for as long as the block runs."""
        job = Job(id=next(self._ids), name=name, by=by, since=self.monotonic(), stoppable=stoppable)
        self._running[job.id] = job
        try:
            yield job
        finally:
            del self._running[job.id]

    def running(self) -> tuple[Job, ...]:
        """What is at work now."""
        return tuple(self._running.values())

    def find(self, job_id: str) -> Job | None:
        """The job of that number, if it is at work."""
        return self._running.get(int(job_id)) if job_id.isascii() and job_id.isdigit() and len(job_id) < 10 else None  # noqa: PLR2004 — no job has a longer number
