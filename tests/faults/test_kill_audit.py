"""kill -9 and a full disk while a line of the audit trail is written: the chain is whole, nothing is lost silently."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.domain.audit import Wanted
from core.journal.file import FileJournal
from tests.conftest import require
from tests.faults.premises import Premises
from tests.faults.striking import Striker

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]


@pytest.fixture
def striker(tmp_path: Path) -> Iterator[Striker]:
    require("strace")
    with Striker(tmp_path) as striker:
        yield striker


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    return Premises(tmp_path / "w", copy=False)


def look(premises: Premises, where: object) -> list[str]:
    """Nothing that was written is lost, and the next line closes off what a crash tore; the new events."""
    path = premises.folder / "state" / "audit.jsonl"
    before, found = (premises.folder / "kept" / "state" / "audit.jsonl").read_bytes(), path.read_bytes()
    assert found.startswith(before), where
    journal = FileJournal(path, clock=SystemClock())
    fault = journal.verify().fault
    assert fault is None or fault.wrong == "torn", (where, fault)
    journal.record("afterwards")
    assert journal.verify().fault is None, where
    events = [entry.event for entry in journal.entries(Wanted())]
    assert events[-1] == "afterwards"
    return events[before.count(b"\n") : -1]


@pytest.mark.parametrize("verb", [["freeze", "it", "burns"], ["backup"]], ids=lambda words: words[0])
def test_a_kill_at_every_write_and_flush_leaves_a_whole_chain(
    premises: Premises, striker: Striker, verb: list[str]
) -> None:
    """Of the verb, its lock and its lines alike: each line is there, or is not."""
    premises.back_up(1)
    premises.change(2)
    premises.keep()
    seen = set()
    for where in striker.killed(premises.words(*verb), {"write": 1, "fsync": 1}):
        seen.add(tuple(look(premises, where)))
        premises.again()
    assert () in seen
    assert max(seen, key=len)[0] in {"freeze", "stale lock cleared", "backup done"}


def test_no_space_at_any_write_is_told_and_the_chain_stays_whole(premises: Premises, striker: Striker) -> None:
    """Whatever was full: an error, or all is done and written down. No half line is left."""
    premises.back_up(1)
    premises.keep()
    outcomes = set()
    for number in range(1, 60):
        done = striker.run(premises.words("freeze", "x"), call="write", strike=f"error=ENOSPC:when={number}")
        held = premises.engine().retention.held().frozen
        events = look(premises, (number, done))
        outcomes.add((done.code, bool(held), tuple(events)))
        if events:
            assert held
        if "audit trail lacks it" in done.said:
            assert held
            assert not events
        premises.again()
        if done.code == 0 and number > 10:
            break
    assert (1, True, ()) in outcomes  # the line alone found no room
    assert (0, True, ("freeze",)) in outcomes
    assert (1, False, ()) in outcomes
