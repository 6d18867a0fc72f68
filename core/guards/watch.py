"""All guards, one after the other: what they find is told, and its end too."""

import logging
from collections.abc import Sequence

from core.domain.errors import BackupServError
from core.domain.notice import Trouble
from core.guards.guard import Guard

log = logging.getLogger(__name__)

_AGAIN = 300.0  # seconds after which one that could not look tries again, however long a look is good for


class Looked:
    """What one round found."""

    def __init__(self) -> None:
        self.troubles: list[Trouble] = []
        self.looked: list[str] = []  # names of guards that could look
        self.standing: list[Trouble] = []  # of guards whose turn it was not: as they found it last, and nothing new

    def is_well(self, cause: str) -> bool:
        """Whether somebody looked who would have found it, and did not."""
        found = {trouble.cause for trouble in self.troubles}
        return cause not in found and any(cause == name or cause.startswith(f"{name}/") for name in self.looked)


class Rounds:
    """All guards, round after round; one whose look is good for longer is asked more rarely."""

    def __init__(self, guards: Sequence[Guard]) -> None:
        self._guards = tuple(guards)
        self.asked: dict[bool | None, Guard] = {}  # who is looking now, by `rarely`
        self._last: dict[str, tuple[float, list[Trouble]]] = {}  # by guard: when it looks again, and what it found

    def look(self, moment: float, *, rarely: bool | None = None) -> Looked:
        """Ask every guard whose turn it is. `moment` are seconds of a clock that never steps.

        `rarely`: only those whose look costs something, or only the others. Two threads may ask for one kind each.
        """
        seen = Looked()
        for guard in self._guards:
            due, found = self._last.get(guard.name, (moment, []))
            if moment < due or rarely not in {None, guard.every_seconds > 0}:
                seen.standing += found
                continue
            before, self.asked[rarely] = len(seen.troubles), guard
            lasts = guard.every_seconds if _ask(guard, seen) else min(guard.every_seconds, _AGAIN)
            self._last[guard.name] = moment + lasts, seen.troubles[before:]
        self.asked.pop(rarely, None)
        return seen


def look(guards: Sequence[Guard]) -> Looked:
    """Ask every guard. One that cannot look is trouble of its own, and stops no other."""
    return Rounds(guards).look(0)


def _ask(guard: Guard, seen: Looked) -> bool:
    """Whether it could look at everything. What it found before it could not is so in any case."""
    try:
        seen.troubles.extend(guard.look())
    except BackupServError as error:
        seen.troubles.append(_blind(guard, str(error)))
    except Exception as error:
        log.exception("the guard %s cannot look", guard.name)
        seen.troubles.append(_blind(guard, type(error).__name__))
    else:
        seen.looked += (guard.name, f"blind/{guard.name}")
        return True
    return False


def _blind(guard: Guard, why: str) -> Trouble:
    return Trouble(
        cause=f"blind/{guard.name}",
        gravity="warning",
        title=f"the guard {guard.name} cannot look: {why}",
        suggestion=guard.suggestion,
    )
