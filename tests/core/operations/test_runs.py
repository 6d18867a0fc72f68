"""What ran is remembered, bounded, and never in the way of what runs."""

from pathlib import Path

import pytest

from core.domain.errors import StorageFull
from core.operations import runs as module
from core.operations.runs import Runs
from core.run_id import run_id
from tests.fakes import FakeClock


def test_a_run_is_noted_with_how_long_it_took(tmp_path: Path, clock: FakeClock) -> None:
    runs = Runs(tmp_path, clock)
    begun = clock.now()
    with runs.timed("backup", "services") as outcome:
        clock.advance(1.5)
        outcome.size, outcome.new = 812, True
    (run,) = runs.all()
    assert (run.verb, run.what, run.at, run.seconds) == ("backup", "services", begun, 1.5)
    assert run.good
    assert run.new
    assert run.size == 812


def test_one_that_fails_is_noted_and_still_fails(tmp_path: Path, clock: FakeClock) -> None:
    runs = Runs(tmp_path, clock)
    with pytest.raises(StorageFull), runs.timed("backup", "services"):
        raise StorageFull("the disk is full")
    with runs.timed("backup", "services"):
        clock.advance(1)
    bad = runs.last("backup", "services", good=False)
    assert bad is not None
    assert bad.detail == "the disk is full"
    good = runs.last("backup", "services")
    assert good is not None
    assert good.good
    assert runs.last("sync", "offsite") is None


def test_a_figure_that_cannot_be_kept_fails_nothing(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "runs.jsonl").mkdir()
    runs = Runs(tmp_path, clock)
    with runs.timed("backup", "services"):
        pass
    assert runs.all() == ()


def test_the_oldest_go_when_there_are_too_many(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 10)
    runs = Runs(tmp_path, clock)
    for number in range(25):
        with runs.timed("backup", "services") as outcome:
            outcome.size = number
    kept = [run.size for run in runs.all()]
    assert kept[-1] == 24
    assert len(kept) <= 11
    assert kept == list(range(kept[0], 25))


def test_what_is_seldom_done_is_not_forgotten_for_what_is_done_each_minute(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a certificate's backup that failed a week ago would be one that never was, and no failure."""
    monkeypatch.setattr(module, "MOST", 10)
    runs = Runs(tmp_path, clock)
    for good in (True, True, False, False):
        clock.advance(60)
        with runs.timed("backup", "tls") as outcome:
            outcome.good = good
    before = runs.last("backup", "tls"), runs.last("backup", "tls", good=True)
    for _ in range(100):
        clock.advance(60)
        with runs.timed("backup", "services"):
            pass
    assert (runs.last("backup", "tls"), runs.last("backup", "tls", good=True)) == before
    kept = runs.all()
    assert len(kept) <= 13
    assert list(kept) == sorted(kept, key=lambda run: run.at)


def test_one_that_breaks_in_a_way_that_nobody_foresaw_was_not_good(tmp_path: Path, clock: FakeClock) -> None:
    runs = Runs(tmp_path, clock)
    with pytest.raises(RuntimeError), runs.timed("backup", "services"):
        raise RuntimeError("/private/path")
    (run,) = runs.all()
    assert (run.good, run.detail) == (False, "RuntimeError")


def test_each_has_an_id_that_holds_while_it_is_at_work_and_no_longer(tmp_path: Path, clock: FakeClock) -> None:
    runs = Runs(tmp_path, clock)
    seen = [run_id()]
    with runs.timed("backup", "services"):
        seen.append(run_id())
        with runs.timed("sync", "offsite"):
            seen.append(run_id())
        seen.append(run_id())
    seen.append(run_id())
    inner, outer = runs.all()
    assert seen == ["", outer.id, inner.id, outer.id, ""]
    assert len({inner.id, outer.id, ""}) == 3


def test_of_a_long_memory_only_the_end_is_read(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All from then on, and what was before it; torn lines and a first look that is too short hide nothing."""
    monkeypatch.setattr(module, "_FIRST_LOOK", 600)
    runs = Runs(tmp_path, clock)
    assert runs.since(clock.now()) == ()
    for _ in range(60):
        with runs.timed("backup", "services"):
            clock.advance(60)
    with (tmp_path / "runs.jsonl").open("ab") as file:
        file.write(b'{"verb": "backup", "wh')
    begun = runs.all()[40].at
    found = runs.since(begun)
    assert found == runs.all()[-len(found) :]
    assert found[0].at < begun
    assert len(found) < 60
    assert runs.since(begun.replace(year=2000)) == runs.all()
