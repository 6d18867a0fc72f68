"""All guards, one after the other: what they find is told, and its end too."""

import logging
from collections.abc import Sequence

from core.domain.errors import BackupServError
from core.domain.notice import Trouble
from core.guards.guard import Guard

log = logging.getLogger(__name__)


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
        self._last: dict[str, tuple[float, list[Trouble]]] = {}  # by guard: when it looked, and what it found

    def look(self, moment: float, *, rarely: bool | None = None) -> Looked:
        """Ask every guard whose turn it is. `moment` are seconds of a clock that never steps.

        `rarely`: only those whose look costs something, or only the others. Two threads may ask for one kind each.
        """
        seen = Looked()
        for guard in self._guards:
            at, found = self._last.get(guard.name, (None, []))
            is_due = at is None or moment - at >= guard.every_seconds
            if not is_due or rarely not in {None, guard.every_seconds > 0}:
                seen.standing += found
                continue
            before = len(seen.troubles)
            _ask(guard, seen)
            self._last[guard.name] = moment, seen.troubles[before:]
        return seen


def look(guards: Sequence[Guard]) -> Looked:
    """Ask every guard. One that cannot look is trouble of its own, and stops no other."""
    return Rounds(guards).look(0)


def _ask(guard: Guard, seen: Looked) -> None:
    try:
        found = list(guard.look())
    except BackupServError as error:
        seen.troubles.append(_blind(guard, str(error)))
    except Exception as error:
        log.exception("the guard %s cannot look", guard.name)
        seen.troubles.append(_blind(guard, type(error).__name__))
    else:
        seen.troubles += found
        seen.looked += (guard.name, f"blind/{guard.name}")


def _blind(guard: Guard, why: str) -> Trouble:
    return Trouble(
        cause=f"blind/{guard.name}",
        gravity="warning",
        title=f"the guard {guard.name} cannot look: {why}",
        suggestion=guard.suggestion,
    )
