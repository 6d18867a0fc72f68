"""The benchmark of the repository measures what it says; its peers need not be here."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.day import Day
from benchmarks.goals import Goal, goals, table
from benchmarks.lag import measure as measure_lag
from benchmarks.launcher import Launcher, Order, Run
from benchmarks.logs import Logs
from benchmarks.ours import Ours
from benchmarks.programs import BORG, OURS, RESTIC, at
from benchmarks.record import Bench, Record, stored_bytes
from benchmarks.repository import QUICK, results
from benchmarks.town import TODAY, make_town
from tests.conftest import require

RUN = Run(seconds=2, processor=1, megabytes=100, code=0)


@pytest.fixture
def launcher() -> Iterator[Launcher]:
    with Launcher() as launcher:
        yield launcher


@pytest.fixture
def bench(tmp_path: Path, launcher: Launcher) -> Bench:
    return Bench(folder=tmp_path, launcher=launcher, record=Record(), say=lambda _: None, against=())


def python(code: str, folder: Path) -> Order:
    return Order(commands=[[sys.executable, "-I", "-S", "-c", code]], folder=str(folder))


def test_a_town_has_the_size_that_is_said() -> None:
    assert 1_450_000 < len(make_town(2_000).render()) < 1_650_000


@pytest.mark.parametrize("share", [0.002, 0.01])
def test_five_minutes_change_a_share_of_the_accounts_and_few_rows_beside(share: float) -> None:
    town = make_town(2_000)
    before = town.render()
    for step in range(1, 4):
        town.live(share=share)
        after = town.render()
        new = set(after.split(b"\n")) - set(before.split(b"\n"))
        logged_in = [
            row for row in new if row.startswith(b"MU ") and row.split(b" ")[6] == b"%d" % (TODAY + 300 * step)
        ]
        assert 2_000 * share - 3 <= len(logged_in) <= 2_000 * share
        assert len(new) < 2_000 * share * 12 + 60
        before = after


def test_the_memory_of_who_measures_is_not_counted(tmp_path: Path, launcher: Launcher) -> None:
    held = bytearray(os.urandom(1 << 20) * 200)
    run = launcher.run(python("pass", tmp_path))
    assert 1 < run.megabytes < 50
    assert launcher.run(python("bytearray(b'x' * 100_000_000)", tmp_path)).megabytes > 100
    assert len(held) == 200 << 20


def test_each_program_of_an_order_reads_what_the_one_before_it_writes(tmp_path: Path, launcher: Launcher) -> None:
    words = [["printf", r"one\ntwo\n"], ["grep", "w"]]
    run = launcher.run(Order(commands=words, folder=str(tmp_path), output=str(tmp_path / "out")))
    assert run.code == 0
    assert (tmp_path / "out").read_bytes() == b"two\n"


def test_what_a_program_refuses_is_told_in_its_own_words_and_not_asked_again(bench: Bench, tmp_path: Path) -> None:
    ours = Ours(tmp_path / "ours", tmp_path / "services.db")
    code = f"import sys; open('asked', 'a').write('x'); sys.exit('no such verb in {tmp_path}/bot.toml')"
    assert bench.measure("day/save", ours, python(code, tmp_path)) is None
    assert bench.measure("day/save", ours, python(code, tmp_path)) is None
    assert (tmp_path / "asked").read_text() == "x"
    assert bench.record.refused["day/save", OURS] == "exit 1: no such verb in bot.toml"


def test_all_programs_see_the_time_of_the_town(tmp_path: Path, launcher: Launcher) -> None:
    require("faketime")
    order = replace(python("import time; print(int(time.time()))", tmp_path), output=str(tmp_path / "now"))
    assert launcher.run(at(order, TODAY)).code == 0
    assert int((tmp_path / "now").read_text()) in range(TODAY, TODAY + 60)


def test_a_day_is_lived_through_and_measured(bench: Bench) -> None:
    """Every save becomes a snapshot, and what an old one holds of an account is found in it."""
    day = Day(bench, "day", accounts=60)
    day.live_through(2, somebody_at=2)
    day.one_account(times=1)
    assert not bench.record.refused
    assert len(bench.record.runs["day/first", OURS]) == 1
    assert len(bench.record.runs["day/save", OURS]) == 1
    assert 1_000 < bench.record.stored["day", OURS] < 200_000
    assert (bench.record.peak("day/", OURS) or 0) > 10
    document = results(bench.record, QUICK, day.programs)
    assert "day/account · ours" in str(document["measured"])


class Forgetful(Ours):
    """A program that keeps nothing and brings back something else."""

    def save(self) -> Order:
        return python("pass", self.repository.parent)

    def restore_newest(self, into: Path) -> Order:
        return python(f"open('{into}/services.db', 'w').write('something else')", into)


def test_what_comes_back_must_be_what_was_saved(bench: Bench) -> None:
    day = Day(bench, "day", accounts=60)
    day.programs = [Forgetful(bench.folder / "day" / "ours", day.database)]
    day.live_through(1)
    with pytest.raises(ValueError, match="restored something else"):
        day.restore(times=1)


def test_logs_grow_at_their_ends_only(tmp_path: Path) -> None:
    logs = Logs(tmp_path / "logs")
    logs.fill(4_000_000)
    before = {path: path.read_bytes() for path in logs.folder.rglob("*.log")}
    assert 4_000_000 <= stored_bytes(logs.folder) < 12_000_000
    logs.append(10)
    after = {path: path.read_bytes() for path in logs.folder.rglob("*.log")}
    assert sum(after[path] != before[path] for path in before) == 16
    assert all(after[path].startswith(before[path]) for path in before)


async def test_the_lag_of_the_loop_is_measured_while_a_backup_is_made(tmp_path: Path) -> None:
    (tmp_path / "services.db").write_bytes(make_town(300).render())
    ours = Ours(tmp_path / "ours", tmp_path / "services.db")
    ours.set_up()
    figures = await measure_lag(ours.config)
    assert figures["ticks"] >= 1
    assert 0 <= figures["median_milliseconds"] <= figures["99th_milliseconds"] <= figures["worst_milliseconds"]
    assert [*ours.repository.rglob("*-full.*")]


def test_the_table_says_what_is_met_what_is_not_and_what_was_not_measured() -> None:
    record = Record()
    record.stored |= {("day", OURS): 10_000_000, ("day", RESTIC): 1_500_000_000, ("day", BORG): 900_000_000}
    record.runs |= {("day/save", OURS): [RUN], ("day/save", RESTIC): [replace(RUN, seconds=6)]}
    promised = goals(record, accounts=20_000)
    told = {(goal.what, goal.against): goal.met for goal in promised}
    assert told["stored, a day of saves", RESTIC] is True
    assert told["stored, a day of saves", BORG] is False
    assert told["a save", RESTIC] is True
    assert told["a save", BORG] is None
    lines = table(promised).splitlines()
    assert [line.rsplit("  ", 1)[-1].strip() for line in lines[1:5]] == ["met", "NOT MET", "met", "not measured"]
    assert "1/150" in lines[1]


def test_a_promise_without_a_peer_is_held_against_its_limit() -> None:
    late = Goal(what="lag", unit="ms", figures={OURS: 51.0}, most=50)
    assert late.met is False
    assert replace(late, figures={OURS: 50.0}).met is True
    assert replace(late, figures={}).met is None
