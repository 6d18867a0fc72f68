"""What one person did alone is told for a week."""

from datetime import timedelta
from pathlib import Path

from core.operations.broken_glass import BrokenGlass
from tests.fakes import FakeClock


def test_the_last_time_is_told_for_seven_days(tmp_path: Path) -> None:
    clock = FakeClock()
    glass = BrokenGlass(state_dir=tmp_path, clock=clock)
    assert glass.lately() == ""
    glass.note(by="alice", what="plan ABCD: prune")
    clock.advance(timedelta(days=3).total_seconds())
    assert glass.lately() == "glass broken 3d ago by alice (plan ABCD: prune)"
    glass.note(by="carol", what="plan EFGH: restore")
    assert glass.lately() == "glass broken 0s ago by carol (plan EFGH: restore)"
    clock.advance(timedelta(days=7, seconds=1).total_seconds())
    assert glass.lately() == ""
