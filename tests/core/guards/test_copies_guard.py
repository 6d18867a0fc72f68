"""A copy that lacks something for too long is told by its age, whoever should have brought it there."""

from datetime import timedelta
from pathlib import Path

from core.guards.copies import behind, look_at_copies
from tests.core.operations.test_copies import Two
from tests.fakes import FakeClock


def test_a_copy_is_told_when_what_it_lacks_is_too_old(tmp_path: Path, clock: FakeClock) -> None:
    two = Two(tmp_path, clock)

    def look() -> list[tuple[str, str, str]]:
        found = look_at_copies(lambda: behind(two.disk, [two.copy]), clock.now, after=timedelta(hours=6))
        return [(item.cause, item.gravity, item.title) for item in found]

    assert look() == []
    two.save(1)
    two.sync()
    clock.advance(timedelta(days=9).total_seconds())
    assert look() == [], "nothing new was saved: it lacks nothing"
    two.save(2)
    clock.advance(timedelta(hours=6).total_seconds())
    assert look() == []
    two.save(3)
    assert look() == [("copies/far", "warning", "the copy far is behind by 6h (2 snapshots)")]
    clock.advance(timedelta(days=1).total_seconds())
    assert [gravity for _, gravity, _ in look()] == ["error"]
    two.sync()
    assert look() == []
