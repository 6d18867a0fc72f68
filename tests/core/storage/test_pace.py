"""A bandwidth limit holds over time, and is even."""

from core.storage.pace import Pace


class Watch:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def paced(limit: int | None) -> tuple[Pace, Watch]:
    watch = Watch()
    return Pace(limit, monotonic=lambda: watch.now, sleep=watch.sleep), watch


def test_bytes_wait_for_those_before_them() -> None:
    """The first ones go at once; ten seconds' worth takes no less than nine and a block."""
    pace, watch = paced(1000)
    for _ in range(40):
        pace.wait(250)
    assert watch.now == 100 + 9.75


def test_what_was_not_used_is_not_saved_up() -> None:
    """A pause earns no burst."""
    pace, watch = paced(1000)
    pace.wait(1000)
    watch.now += 3600
    pace.wait(1000)
    pace.wait(1000)
    assert watch.now == 100 + 3600 + 1


def test_a_slow_pace_has_small_blocks() -> None:
    """Four a second at least, and never none."""
    assert [paced(limit)[0].block(1000) for limit in (None, 1_000_000, 400, 1)] == [1000, 1000, 100, 1]


def test_no_limit_never_sleeps() -> None:
    pace, watch = paced(None)
    pace.wait(10**12)
    assert watch.now == 100
