"""Restores that die: a process of its own forks for each of them, and kills it at its n-th call that changes a file.

`python -m tests.core.operations.things.felling FOLDER WHAT` ends with 0 when the promise held everywhere.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from unittest.mock import patch

from core.operations.restore_record import RestoreFolder
from tests.core.operations.things.grove import Grove, Looks, make_grove, plant
from tests.core.operations.things.spoiling import replant, spoil
from tests.fakes import FakeClock

_CALLS = frozenset(
    {"open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.chmod", "os.chown",
     "os.utime", "os.truncate", "os.setxattr"}
)  # fmt: skip


def killed(verb: Callable[[], object], number: int) -> bool:
    """Run it in a child that is killed right before its call of that number; False = it got through."""
    pid = os.fork()
    if pid == 0:
        left = iter(range(number))

        def strike(event: str, words: tuple[object, ...]) -> None:
            changes = event in _CALLS and (event != "open" or (isinstance(words[2], int) and words[2] & os.O_ACCMODE))
            if changes and next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(strike)
        verb()
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert ended in {0, -signal.SIGKILL}, ended
    return ended != 0


class Felling:
    """One world, in which a restore dies again and again."""

    def __init__(self, folder: Path) -> None:
        self.grove: Grove = make_grove(folder, FakeClock())
        plant(self.grove.root)
        self.grove.save()
        self.new = self.grove.looks()
        spoil(self.grove.root)
        self.old = self.grove.looks()

    def again(self) -> None:
        """The tree as it was spoiled, and no restore that is remembered."""
        replant(self.grove.root, plant)
        spoil(self.grove.root)
        assert self.grove.looks() == self.old

    def restore(self) -> None:
        self.grove.restore(exact=True)

    def open_ids(self) -> list[str]:
        return [record.id for record in RestoreFolder(self.grove.state).unfinished()]

    def must_look(self, *wanted: Looks) -> None:
        assert self.grove.looks() in wanted, (wanted, self.grove.looks())

    def revived(self) -> None:
        """After the bot's start: all old. Then it is settled, and a restore does all of it."""
        self.grove.engine.revive()
        self.must_look(self.old)
        self.grove.engine.revive()
        self.settled(undo=False)
        self.must_look(self.old)

    def settled(self, *, undo: bool) -> None:
        for one in self.open_ids():
            self.grove.engine.settle(one, undo=undo)
        assert not self.open_ids()

    def at_each_call(self, stride: int = 1) -> int:
        """Killed everywhere; then revived, settled, or settled backwards."""
        for number in count(step=stride):
            self.again()
            if not killed(self.restore, number):
                self.must_look(self.new)
                return number
            if not self.open_ids():  # it died before its first step, or after its last one
                self.must_look(self.old, self.new)
            elif number % 3 == 0:
                self.revived()
            elif number % 3 == 1:
                self.settled(undo=False)
                self.must_look(self.old, self.new)
            else:
                self.settled(undo=True)
                self.must_look(self.old)
            if number % 9 == 0:
                self.restore()
                self.must_look(self.new)
        raise AssertionError

    def twice(self, stride: int = 1) -> int:
        """Killed in the midst, and then each way to end it is killed everywhere, and run again."""
        ends: tuple[Callable[[], object], ...] = (
            self.grove.engine.revive,
            partial(self.settled, undo=False),
            partial(self.settled, undo=True),
        )
        done = 0
        middle = self._middle()
        for place, end in enumerate(ends):
            for number in count(place, stride):
                self.again()
                assert killed(self.restore, middle + 5 * place)
                through = not killed(end, number)
                end()
                self.must_look(*((self.old,) if place != 1 else (self.old, self.new)))
                self.settled(undo=True)
                done += 1
                if through:
                    break
        return done

    def _middle(self) -> int:
        """The first call at which files are being replaced."""
        for number in count(30, 5):
            self.again()
            assert killed(self.restore, number)
            steps = [record.step for record in RestoreFolder(self.grove.state).unfinished()]
            mixed = self.grove.looks() not in (self.old, self.new) and "replacing" in steps
            self.settled(undo=True)
            if mixed:
                return number + 1
        raise AssertionError


def _nothing(descriptor: int = 0) -> None:
    """What a power cut would do is not seen here: nobody waits for the disk."""


if __name__ == "__main__":
    with patch.object(os, "fsync", _nothing), patch.object(os, "sync", _nothing):
        world, stride = Felling(Path(sys.argv[1])), int(sys.argv[3])
        sys.stdout.write(f"{world.at_each_call(stride) if sys.argv[2] == 'each' else world.twice(stride)}\n")
