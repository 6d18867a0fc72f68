"""Lines of one priority that wait: whoever is spoken to has their turn, so that a list to one delays nobody else."""

from collections import deque


def head_of(line: bytes) -> bytes:
    """What a line is and to whom: "NOTICE alice"."""
    return line.partition(b" :")[0]


class Lane:
    """First in, first out for each that is spoken to; one line each in turn."""

    def __init__(self) -> None:
        self._waiting: dict[bytes, deque[bytes]] = {}  # whose turn it is stands first

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def count(self, head: bytes) -> int:
        """How many wait for one that is spoken to."""
        return len(self._waiting.get(head, ()))

    def put(self, line: bytes) -> None:
        """One line more."""
        self._waiting.setdefault(head_of(line), deque()).append(line)

    @property
    def first(self) -> bytes:
        """The line whose turn it is; there must be one."""
        return next(iter(self._waiting.values()))[0]

    def take(self) -> bytes:
        """The same, which then waits no longer."""
        head = next(iter(self._waiting))
        lines = self._waiting.pop(head)
        line = lines.popleft()
        if lines:
            self._waiting[head] = lines  # to the end: others come first
        return line

    def forget(self, head: bytes) -> None:
        """None of those that wait for one that is spoken to is said any more."""
        self._waiting.pop(head, None)

    def drop(self) -> bytes:
        """The oldest line of where most wait, which is never said."""
        head = max(self._waiting, key=lambda each: len(self._waiting[each]))
        lines = self._waiting[head]
        line = lines.popleft()
        if not lines:
            del self._waiting[head]
        return line
