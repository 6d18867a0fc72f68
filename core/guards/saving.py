"""Services that have stopped saving: the worst losses were silent, since every copy of the old file "succeeded".

Atheme writes its database anew at every `general::commit_interval`, also when nothing has changed (facts: 59 to 60
seconds where it is one minute). Where that does not come, what is new lives in its memory alone.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.disk import modified_at
from core.domain.errors import SourceUnreadable
from core.domain.notice import Trouble
from core.domain.objective import short
from core.guards.guard import each
from core.ports import Clock, Control
from core.program_ports import Living

_LATE = 1.5  # intervals: within the second one people are told, with time for the look that finds it
_LONG_AGO = float("-inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Saver:
    """A program that writes its database whole, again and again."""

    name: str  # the source's
    database: Path
    every_seconds: float
    control: Control


@dataclass(slots=True)
class _Seen:
    """What was seen of one of them; times are monotonic, so that a clock that jumps hurts nobody."""

    life: str | None = None  # None: it does not run
    running_since: float = _LONG_AGO
    is_excused: bool = False  # one new life since its last save has its time, and not one after the other
    mark: tuple[int, int] | None = None  # of the last save
    saved_at: float = _LONG_AGO


class Saving:
    """The guard. `standing` tells which causes held when the bot was last up: a restart makes nothing well."""

    def __init__(self, savers: Sequence[Saver], clock: Clock, standing: Callable[[], Collection[str]] = tuple) -> None:
        self._savers = tuple(savers)
        self._clock = clock
        self._standing = standing
        self._seen = {saver.name: _Seen() for saver in savers}

    def look(self) -> Iterator[Trouble]:
        """Every program that runs and has not saved for longer than it should."""
        yield from each(partial(self._look_at, saver) for saver in self._savers)

    def _look_at(self, saver: Saver) -> Iterator[Trouble]:
        late = self._late(saver, self._seen[saver.name])
        if late is not None:
            yield _trouble(saver, late)

    def _late(self, saver: Saver, seen: _Seen) -> float | None:
        """Seconds since the last save, where they are too many."""
        now = self._clock.monotonic()
        self._note_save(saver, seen, now)
        life = _life(saver.control)
        if life is None:
            seen.life = None
            return None
        if seen.life is None or (life != seen.life and not seen.is_excused):
            seen.running_since = _LONG_AGO if _cause(saver) in self._standing() else now
            seen.is_excused = seen.life is not None
        seen.life = life
        waited = now - max(seen.running_since, seen.saved_at)
        return now - seen.saved_at if waited > _LATE * saver.every_seconds else None

    def _note_save(self, saver: Saver, seen: _Seen, now: float) -> None:
        mark = _mark(saver.database)
        if mark == seen.mark:
            return
        if mark is not None:
            # The first time that we look, the file's own time is all that there is.
            age = (self._clock.now() - modified_at(saver.database)).total_seconds() if seen.mark is None else 0.0
            seen.saved_at, seen.is_excused = now - max(0.0, age), False
        seen.mark = mark


def _life(control: Control) -> str | None:
    """Which life of its program this is, as far as it can be told; None while it does not run."""
    if isinstance(control, Living):
        return control.life()
    return "" if control.is_running() else None


def _mark(database: Path) -> tuple[int, int] | None:
    try:
        status = database.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SourceUnreadable(f"{database} cannot be looked at: {error.strerror}") from None
    return status.st_ino, status.st_mtime_ns


def _cause(saver: Saver) -> str:
    return f"saving/{saver.name}"


def _trouble(saver: Saver, seconds: float) -> Trouble:
    last = (
        f"have not saved {saver.name} for {short(seconds)}" if seconds != float("inf") else f"never saved {saver.name}"
    )
    return Trouble(
        cause=_cause(saver),
        gravity="emergency",
        title=f"services {last}, and should every {short(saver.every_seconds)}",
        detail=(
            "What is new lives in their memory alone: do not restart them. Look for a full disk, and whether their "
            "user may write to that folder. The good copies are kept: nothing is removed until a save comes."
        ),
        suggestion="!save",
        freezes=True,
    )
