"""kill -9 at the calls that write, flush, rename and link, of each verb that brings something back as a whole.

Every day some points of each verb are tried, spread over its run; `make crash` tries as many as wanted, or all.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.config import load
from bot.wiring import build_engine
from core.operations.restore_record import RestoreFolder
from tests.conftest import require
from tests.core.operations.things.grove import Looks
from tests.faults.household import Household
from tests.faults.striking import KILLED, Run, Striker

POINTS = int(os.environ.get("BACKUPSERV_CRASH_POINTS", "1"))  # of each verb
pytestmark = [pytest.mark.fault, pytest.mark.timeout(60 + 10 * POINTS)]

RESTORES = {
    "database": ("restore", "database", "--yes"),
    "config": ("restore", "config", "--exact", "--yes"),
    "tls": ("restore", "tls", "--anyway", "older", "--yes"),
    "ircd": ("restore", "ircd", "--exact", "--yes"),
    "files": ("restore", "files", ".", "--of", "users", "--exact", "--yes"),
    "promote": ("promote", "--yes"),
}
UNDONE = ("config", "ircd", "database")
WHOLE = ("database", "promote")  # whichever whole database lies there is lived on


@pytest.fixture(scope="module")
def striker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Striker]:
    require("strace")
    with Striker(tmp_path_factory.mktemp("striker")) as striker:
        yield striker


@pytest.fixture
def household(tmp_path: Path, striker: Striker) -> Iterator[Household]:
    """It was saved, with a standby."""
    household = Household(tmp_path / "w")
    household.plant(0)
    try:
        must(striker.run(household.words("backup")))
        yield household
    finally:
        household.end()


def must(run: Run) -> str:
    assert run.code == 0, run.said
    return run.said


@dataclass
class Verb:
    """A verb in a world that is made anew for each run."""

    household: Household
    striker: Striker
    words: list[str]
    points: tuple[tuple[str, int], ...] = ()

    def learn(self) -> tuple[Looks, Looks]:
        """All old and all new: the world before and after a run that nothing hit."""
        self.household.again()
        old = self.household.looks()
        self.points = self.striker.census(self.words)
        new = self.household.looks()
        assert new != old
        assert not self.household.open_ids()
        self.household.must_be_lived_on()
        return old, new

    def killed(self) -> Iterator[str]:
        """Yields where, after each run that was killed."""
        stride = max(1, len(self.points) / POINTS)
        chosen = sorted({int(stride * (number + 0.5)) for number in range(POINTS)})
        for call, number in (self.points[place] for place in chosen if place < len(self.points)):
            self.household.again()
            done = self.striker.run(self.words, call=call, strike=f"signal=KILL:when={number}")
            assert done.code in {0, KILLED}, (call, number, done)
            if done.code == KILLED:
                yield f"killed at {call} {number}"


@pytest.mark.parametrize("thing", RESTORES)
def test_a_restore_that_is_killed_anywhere_is_told_and_ends_all_old_or_all_new(
    household: Household, striker: Striker, thing: str
) -> None:
    """By the bot's start, by `settle`, or by `settle --undo`; and every program lives on what lies there."""
    household.plant(1)
    household.keep()
    _try(Verb(household, striker, household.words(*RESTORES[thing])), revived_to_old=thing not in WHOLE)


@pytest.mark.parametrize("thing", UNDONE)
def test_an_undo_that_is_killed_anywhere_is_told_and_ends_all_old_or_all_new(
    household: Household, striker: Striker, thing: str
) -> None:
    household.plant(1)
    household.live()
    must(striker.run(household.words(*RESTORES[thing])))
    (record,) = RestoreFolder(household.state).all()
    household.end()
    household.keep()
    _try(Verb(household, striker, household.words("undo", record.id, "--yes")), revived_to_old=thing not in WHOLE)


def _try(verb: Verb, *, revived_to_old: bool) -> None:
    household = verb.household
    old, new = verb.learn()
    told: Counter[str] = Counter()
    for count, where in enumerate(verb.killed()):
        ids = household.open_ids()
        told["told" if ids else "not begun or done"] += 1
        if ids:
            _end(verb, ids[0], count, where, old if revived_to_old else None)
        lies = household.looks()
        assert lies in (old, new), (where, _difference(lies, old), _difference(lies, new))
        assert not household.open_ids(), where
        household.must_be_lived_on()
        _saves_again(verb, where)
    assert told["told"] > sum(told.values()) / 4, told


def _end(verb: Verb, restore: str, count: int, where: str, revived: Looks | None) -> None:
    """Told first; then each of the three ways in turn."""
    household, striker = verb.household, verb.striker
    said = striker.run(household.words("status")).said
    assert restore in said, (where, said)
    if count % 3 == 0:
        build_engine(load(household.folder / "bot.toml")).revive()
        if revived is not None:
            assert household.looks() == revived, (where, _difference(household.looks(), revived))
        household.must_be_lived_on()
    before = household.looks()
    must(striker.run(household.words("restore", "settle", restore, *(["--undo"] if count % 3 == 2 else []))))
    if count % 3 == 0 and revived is not None:
        assert household.looks() == before, where


def _saves_again(verb: Verb, where: str) -> None:
    household, striker = verb.household, verb.striker
    must(striker.run(household.words("backup")))
    said = striker.run(household.words("verify", "all"))
    assert said.code == 0, (where, said.said)


def _difference(one: Looks, other: Looks) -> list[str]:
    return sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))


def test_a_recovery_that_is_killed_anywhere_is_told_and_goes_on_to_its_end(
    household: Household, striker: Striker
) -> None:
    """Also where the bot was started in between: all of it is there afterwards, and everybody lives on it."""
    household.plant(1)
    household.keep()
    verb = Verb(household, striker, household.words("recover", "--exact", "--yes"))
    _, new = verb.learn()
    for count, where in enumerate(verb.killed()):
        record = household.state / "recovery.json"
        if record.exists() and not json.loads(record.read_text())["end"]:
            assert "recover" in striker.run(household.words("status")).said, where
        if count % 2:
            build_engine(load(household.folder / "bot.toml")).revive()
        must(striker.run(verb.words))
        assert household.looks() == new, (where, _difference(household.looks(), new))
        assert not household.open_ids(), where
        household.must_be_lived_on()
        _saves_again(verb, where)
