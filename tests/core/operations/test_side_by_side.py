"""What is asked of one repository from several threads: a backup, a proof, and pages and guards that list snapshots."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from threading import Event

import pytest

from core.ports import Progress
from tests.core.operations.world import AFTER, BEFORE, World

_READS = 300


@pytest.fixture(autouse=True)
def impatient() -> Iterator[None]:
    """Threads take turns at every step, so that what can go wrong does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_whoever_lists_snapshots_is_not_in_the_way_of_who_opens_them(world: World, progress: Progress) -> None:
    """A listing begins with nothing remembered, also while somebody stands on what is remembered."""
    for number in range(8):
        world.clock.advance(901)
        world.database.write_bytes(BEFORE if number % 2 else AFTER)
        world.engine.back_up(reason="test", progress=progress)
    repository, done = world.engine.repository, Event()
    snapshots = repository.snapshots()

    def forget() -> None:
        while not done.is_set():
            repository._opener.forget()  # as every listing does, and nothing of what takes its time

    def read() -> int:
        return sum(len(repository.content(item)) > 0 for item in islice(cycle(snapshots), _READS))

    with ThreadPoolExecutor(4) as threads:
        forgetting = [threads.submit(forget) for _ in range(2)]
        readers = [threads.submit(read), threads.submit(read)]
        try:
            assert [reader.result() for reader in readers] == [_READS, _READS]
        finally:
            done.set()
        assert [item.result() for item in forgetting] == [None, None]
