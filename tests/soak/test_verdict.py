"""A soak that finds nothing must have been able to find it."""

from tests.soak.program import Weight
from tests.soak.verdict import Soak

MB = 1_000_000


def _soak(*, growth: int = 0, files: int = 0, tasks: int = 0, lag: float = 1.0, copies: int = 3) -> Soak:
    weights = [
        Weight(seconds=at, memory=100 * MB + growth * at, files=20 + files * at, threads=18) for at in range(100)
    ]
    return Soak(weights=weights, tasks=[12 + tasks * at for at in range(100)], lags=[0.5, lag], saves=3, copies=copies)


def test_what_stays_as_it_is_has_no_fault() -> None:
    assert _soak().failures() == []
    assert _soak(growth=MB // 20).failures() == []


def test_whatever_grows_is_named() -> None:
    assert "memory grew" in _soak(growth=MB // 10).failures()[0]
    assert "open files grew" in _soak(files=1).failures()[0]
    assert "tasks grew" in _soak(tasks=1).failures()[0]


def test_a_copy_that_is_late_or_missing_is_named() -> None:
    assert "1 of 2 copies came later than 10 s: 11.0" in _soak(lag=11.0).failures()
    assert "1 of 3 saves have no copy" in _soak(copies=2).failures()
