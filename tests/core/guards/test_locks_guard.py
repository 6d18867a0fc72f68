"""The newest copy that nobody can delete must stay so: with all that it rests on."""

from datetime import datetime, timedelta
from pathlib import Path

from core.domain.errors import ObjectNotFound
from core.guards.locks import LockedPlace, look_at_locks
from tests.core.operations.test_copies import Two
from tests.fakes import FakeClock


class Locks:
    """A storage that keeps each object for so long after it came."""

    def __init__(self) -> None:
        self.until: dict[str, datetime | None] = {}

    def locked_until(self, key: str) -> datetime | None:
        if key not in self.until:
            raise ObjectNotFound(key)
        return self.until[key]


def test_the_newest_with_all_that_it_rests_on_is_locked_or_told(tmp_path: Path, clock: FakeClock) -> None:
    two, locks, lasts = Two(tmp_path, clock), Locks(), timedelta(days=30)
    place = LockedPlace(
        name="far", repository=two.disk, reached=lambda: two.heads.known("far"), storage=locks, lasts=lasts
    )

    def look() -> list[tuple[str, str]]:
        return [
            (item.gravity, item.title.partition(", with what it rests on, ")[2])
            for item in look_at_locks([place], clock.now)
        ]

    def save(number: int) -> None:
        (made,) = two.save(number)
        locks.until[made.key] = clock.now() + lasts

    assert look() == [], "there is nothing yet"
    save(1)
    assert look() == [], "nothing is there yet: that is for others to tell"
    two.sync()
    assert look() == []
    clock.advance(timedelta(days=6).total_seconds())
    save(2)
    two.sync()
    assert two.disk.snapshots()[1].base, "it rests on the first"
    clock.advance(timedelta(days=20).total_seconds())
    assert look() == []
    clock.advance(timedelta(days=2).total_seconds())
    assert look() == [("warning", "is locked only until 2026-12-23 09:50Z")]
    locks.until[two.disk.snapshots()[1].key] = None
    assert look() == [("error", "is not locked")]
    del locks.until[two.disk.snapshots()[1].key]
    assert look() == [("error", "is not locked")]
