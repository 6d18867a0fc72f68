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

    def is_well(self, cause: str) -> bool:
        """Whether somebody looked who would have found it, and did not."""
        found = {trouble.cause for trouble in self.troubles}
        return cause not in found and any(cause == name or cause.startswith(f"{name}/") for name in self.looked)


def look(guards: Sequence[Guard]) -> Looked:
    """Ask every guard. One that cannot look is trouble of its own, and stops no other."""
    seen = Looked()
    for guard in guards:
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
    return seen


def _blind(guard: Guard, why: str) -> Trouble:
    return Trouble(
        cause=f"blind/{guard.name}",
        gravity="warning",
        title=f"the guard {guard.name} cannot look: {why}",
        suggestion=guard.suggestion,
    )
