"""What a guard is: a name, and a look that finds trouble."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from core.domain.errors import BackupServError
from core.domain.notice import Trouble

Look = Callable[[], Iterable[Trouble]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One question. Whatever `look` finds is so now; what it does not find any more is well.

    `look` changes nothing, takes no lock, ends within seconds, and raises a `BackupServError` where it cannot look:
    that is told, and is never taken for "all is well".
    """

    name: str  # "disk": the cause of everything that it finds is this, or begins with "disk/"
    look: Look
    suggestion: str = "backupserv check"  # where it cannot look
    every_seconds: float = 0  # how long a look is good for; 0 = it looks in every round, and waits for no storage


def each(looks: Iterable[Look]) -> Iterator[Trouble]:
    """What all of them find. One that cannot look hides nothing that another finds.

    Raises: at the end, what the first of those raised.
    """
    failures: list[BackupServError] = []
    for look in looks:
        try:
            yield from look()
        except BackupServError as error:
            failures.append(error)
    if failures:
        raise failures[0]
