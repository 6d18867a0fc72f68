"""Services that do not run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from core.domain.moment import ago
from core.domain.notice import Trouble
from core.guards.guard import each
from core.ports import Clock, Control

_PATIENCE = 60.0  # seconds: a restart takes less, and so does a restore


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that should run."""

    name: str  # of the source that it owns
    what: str  # "services"
    control: Control


class Running:
    """The guard: programs that are down for more than a minute."""

    def __init__(self, programs: Sequence[Program], clock: Clock) -> None:
        self._programs = tuple(programs)
        self._clock = clock
        self._down_since: dict[str, float] = {}

    def look(self) -> Iterator[Trouble]:
        """Each of them. One that its operator has said stays down is no trouble."""
        yield from each(partial(self._look_at, program) for program in self._programs)

    def _look_at(self, program: Program) -> Iterator[Trouble]:
        if not program.control.can_act or program.control.is_running():
            self._down_since.pop(program.name, None)
            return
        now = self._clock.monotonic()
        down = now - self._down_since.setdefault(program.name, now)
        if down > _PATIENCE:
            yield Trouble(
                cause=f"services/{program.name}",
                gravity="error",
                title=f"{program.what} are not running, for {ago(down)} at least",
                detail="Start them as you always do. If a restore was cut short, `!status` says what ends it.",
                suggestion="backupserv check",
            )
