"""Drills: which snapshot out of which storage, what its verdict is noted as, who is told, and that nothing is left."""

import resource
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import pytest

from core.crypto.age import AgeSealer
from core.domain.duty import DEFAULT_DUTIES
from core.domain.errors import (
    ControlFailed,
    LockHeld,
    PlanBlocked,
    RehearsalFailed,
    SnapshotNotFound,
    StorageFull,
    StorageUnavailable,
)
from core.domain.notice import Target
from core.lock import Lock
from core.operations.drilling import course
from core.operations.duty_verbs import carry_out
from core.operations.sync import sync
from core.operations.teller import Teller
from core.ports import Progress, StoredObject
from core.program_ports import Boot, Booted, Question
from core.repository import ledger
from core.repository.heads import Heads
from core.repository.repository import Repository
from core.sources.sqlite import SqliteSettings, SqliteSource
from core.storage.memory import MemoryStorage
from tests.core.operations.drilling import drilled_world, with_boot
from tests.core.operations.world import AFTER, BEFORE, World
from tests.fakes import FakeClock, RecordingProgress


@dataclass
class Living:
    """A program that boots: it knows everybody, and saves back what it was given, unless it is told otherwise."""

    changes: dict[str, object] = field(default_factory=dict)
    raises: Exception | None = None
    asked: list[Question] = field(default_factory=list)
    works: list[Path] = field(default_factory=list)
    name: str = "services"
    swept: int = 0

    def sweep(self) -> int:
        return self.swept

    def with_program(self, program: Path) -> Boot:
        return Living(name=program.name)

    def boot(self, content: bytes, questions: Sequence[Question], *, work: Path, progress: Progress) -> Booted:
        progress.step("booting")
        self.asked += questions
        self.works.append(work)
        (work / "left behind").write_bytes(content)
        assert work.stat().st_mode & 0o077 == 0
        if self.raises is not None:
            raise self.raises
        plain: dict[str, object] = {
            "program": f"{self.name} 7.2.12",
            "booted_seconds": 0.4,
            "asked_seconds": 0.1,
            "saved_seconds": 0.2,
            "saved": content,
            "asked": len(questions),
            "unknown": 0,
        }
        return Booted(**(plain | self.changes))  # type: ignore[arg-type]  # any field may be changed


@pytest.fixture
def living() -> Living:
    return Living()


@pytest.fixture
def drilled(tmp_path: Path, clock: FakeClock, living: Living) -> World:
    return with_boot(drilled_world(tmp_path, clock, BEFORE), living)


def proof(world: World) -> tuple[str, int]:
    """What the ledger says of the newest snapshot."""
    found = world.engine.ledger.latest(world.engine.snapshots()[-1].id)
    assert found is not None
    return found.verdict, found.level


def troubles(world: World) -> dict[str, str]:
    """What goes on, and how grave it is."""
    found = world.engine.teller.notices.incidents()
    return {item.cause: item.trouble.gravity for item in found if item.well_since is None}


def test_a_drill_that_went_well_is_level_4_and_is_remembered(
    drilled: World, living: Living, progress: Progress
) -> None:
    made = drilled.engine.drill(progress=progress)
    assert proof(drilled) == ("proven", 4)
    assert drilled.engine.drills() == (made,)
    run = drilled.engine.runs.last("drill", "services")
    assert run is not None
    assert (run.good, run.detail) == (True, "7 accounts, 6 channels as saved")
    assert {question[0] for question in living.asked} == {"NickServ", "ChanServ"}
    assert 4 <= len(living.asked) <= 10
    assert not living.works[0].exists()
    assert drilled.engine.objectives()[0].recovery_met
    drilled.clock.advance(7200)
    drilled.engine.verify("latest", progress=progress)
    assert " · proven by boot 2h ago · " in str(drilled.engine.status()), "whatever was looked at since"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"lost": {"ME": 2, "CA": 7}}, "does not give back 9 rows: 7 CA, 2 ME"),
        ({"added": {"MC": 1}}, "adds 1 row: 1 MC"),
        ({"unknown": 1}, "does not know 1 of"),
        ({"complaint": "db-h-me: line 3"}, "complains: db-h-me: line 3"),
        ({"saved": AFTER, "lost": {"MU": 1}}, "6 channels were restored, and 5 saved back"),
    ],
)
def test_what_does_not_come_back_fails_a_drill_and_damages_no_snapshot(
    drilled: World, living: Living, progress: Progress, changes: dict[str, object], told: str
) -> None:
    """Its content is what was saved: that is proven; that a recovery would lose something is told."""
    living.changes = changes
    drilled.engine.teller = Teller(drilled.state, [Target(name="irc")], drilled.clock)
    made = drilled.engine.drill(progress=progress)
    assert (made.verdict, told in made.detail) == ("damaged", True), made.detail
    assert proof(drilled) == ("proven", 3)
    assert troubles(drilled) == {"drill/services": "error"}
    assert any("the last drill of services failed" in text for text in drilled.engine.status().troubles)
    living.changes = {}
    drilled.clock.advance(60)
    assert drilled.engine.drill(progress=progress).good
    assert troubles(drilled) == {}


def test_whoever_answers_nothing_is_not_said_to_know(drilled: World, living: Living, progress: Progress) -> None:
    """In the one line of the channel too: a drill that asked nobody is not one that got good answers."""
    living.changes = {"unanswered": 2}
    asked = {step.name: step.told for step in drilled.engine.drill(progress=progress).steps}["asked"]
    assert asked == f"{len(living.asked) - 2} of {len(living.asked)} known"
    living.changes = {"asked": 0, "mute": "nobody answered"}
    assert " · 7 accounts, 6 channels as saved, and nobody could be asked · " in str(
        drilled.engine.drill(progress=progress)
    )


def test_clearing_away_is_no_part_of_the_time(
    drilled: World, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it on the worst night."""
    remove = shutil.rmtree

    def slow(path: Path, *, ignore_errors: bool) -> None:
        drilled.clock.advance(7200 if path.exists() else 0)
        remove(path, ignore_errors=ignore_errors)

    monkeypatch.setattr(shutil, "rmtree", slow)
    assert drilled.engine.drill(progress=progress).seconds < 3600


def test_what_the_program_refuses_is_damaged(drilled: World, living: Living, progress: Progress) -> None:
    living.raises = RehearsalFailed("the real program would not start: line 3")
    assert drilled.engine.drill(progress=progress).verdict == "damaged"
    assert proof(drilled) == ("damaged", 3)


def test_what_could_not_be_tried_is_neither_good_nor_damaged(
    drilled: World, living: Living, progress: Progress
) -> None:
    """What was proven on the way there holds; the objective keeps what was measured before."""
    living.raises = ControlFailed("it did not end", hint="more time")
    drilled.engine.teller = Teller(drilled.state, [Target(name="irc")], drilled.clock)
    made = drilled.engine.drill(progress=progress)
    assert (made.verdict, made.detail) == ("unchecked", "it did not end — more time")
    assert proof(drilled) == ("proven", 3)
    assert troubles(drilled) == {"drill/services": "warning"}
    assert drilled.engine.objectives()[0].recovered is None


def test_without_a_program_it_is_read_and_not_called_drilled(drilled: World, progress: Progress) -> None:
    made = with_boot(drilled, None).engine.drill(progress=progress)
    assert (made.verdict, made.untried) == ("unchecked", True)
    assert "[sources.services.rehearsal]" in made.detail
    assert proof(drilled) == ("proven", 3)
    assert drilled.engine.objectives()[0].recovery == "never drilled"


def test_where_nobody_has_said_what_to_boot_the_schedule_is_none_the_worse(drilled: World, progress: Progress) -> None:
    """A dead man's switch that rings because of a setting that was never made is one that nobody hears any more."""
    with_boot(drilled, None)
    drilled.engine.teller = Teller(drilled.state, [Target(name="irc")], drilled.clock)
    done = [carry_out(drilled.engine, duty, progress) for duty in DEFAULT_DUTIES if duty.verb == "drill"]
    assert [item.good for item in done] == [True, True]
    assert "services was read and not booted" in done[1].detail
    assert troubles(drilled) == {}


def test_a_host_that_only_seals_drills_nothing(drilled: World, progress: Progress) -> None:
    """It has no identity on purpose, and is no worse for it."""
    sealer = drilled.engine.repository.sealer
    drilled.engine.repository.sealer = AgeSealer(recipients=sealer.recipients, identity_file=None)
    (weekly,) = (duty for duty in DEFAULT_DUTIES if duty.name == "drill")
    done = carry_out(drilled.engine, weekly, progress)
    assert (done.good, done.detail) == (True, "this host only seals: what it cannot open it cannot drill")
    assert drilled.engine.drills() == ()


def test_bytes_that_are_damaged_are_told_as_such(drilled: World, progress: Progress) -> None:
    (stored,) = drilled.state.parent.joinpath("repository").rglob("*.db.zst.age")
    stored.write_bytes(stored.read_bytes()[:-9] + b"overwrite")
    made = drilled.engine.drill(progress=progress)
    assert (made.verdict, made.steps) == ("damaged", ())
    assert proof(drilled) == ("damaged", 0)


def test_the_newest_that_opens_is_drilled_and_never_one_that_is_held_or_damaged(
    drilled: World, progress: Progress
) -> None:
    first = drilled.engine.snapshots()[0]
    drilled.engine.verify(first.id, level=2, progress=progress)
    drilled.clock.advance(3600)
    drilled.database.write_bytes(AFTER)
    drilled.engine.back_up(reason="test", progress=progress)
    second = drilled.engine.snapshots()[-1]
    assert drilled.engine.drill(progress=progress).snapshot == first.id, "the newest is not known to open"
    drilled.engine.verify(second.id, level=2, progress=progress)
    assert drilled.engine.drill(progress=progress).snapshot == second.id
    drilled.engine.ledger.record(
        second.id, level=0, verdict="damaged", at=drilled.clock.now(), detail="", storage="disk"
    )
    assert drilled.engine.drill(progress=progress).snapshot == first.id


class Away(MemoryStorage):
    """A storage that may not answer."""

    broken = False

    def open(self, key: str) -> BinaryIO:
        if self.broken:
            raise StorageUnavailable("far does not answer")
        return super().open(key)

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        if self.broken:
            raise StorageUnavailable("far does not answer")
        return super().list(prefix)


def with_copy(world: World, storage: MemoryStorage) -> Repository:
    """A copy of the repository, up to date."""
    world.engine.repository.heads = Heads(world.state / "heads.json")
    copy = Repository(
        storage=storage,
        sealer=world.engine.repository.sealer,
        clock=world.clock,
        network="TestNet",
        host="host1",
        heads=world.engine.repository.heads,
    )
    world.engine.copies = (*world.engine.copies, copy)
    return copy


def test_storages_take_turns_and_one_that_is_away_has_had_its_turn(drilled: World, progress: Progress) -> None:
    """A copy that nobody ever restores from is a hope; an outage is told, and the others are still drilled."""
    far = Away("far")
    with_copy(drilled, far)
    with_copy(drilled, MemoryStorage("empty"))
    sync(
        drilled.engine.repository,
        drilled.engine.copies[0],
        drilled.engine.ledger,
        clock=drilled.clock,
        progress=progress,
    )
    turns = []
    for number in range(4):
        drilled.clock.advance(60)
        far.broken = number == 3
        made = drilled.engine.drill(progress=progress)
        turns.append((made.storage, made.verdict))
    assert turns == [("disk", "proven"), ("far", "proven"), ("disk", "proven"), ("far", "unchecked")]
    drilled.clock.advance(60)
    assert drilled.engine.drill(progress=progress).storage == "disk"
    assert drilled.engine.drill(storage="empty", progress=progress).verdict == "unchecked"


def test_everything_out_of_a_storage_that_is_away_has_had_its_turn(drilled: World, progress: Progress) -> None:
    far = Away("far")
    copy = with_copy(drilled, far)
    sync(drilled.engine.repository, copy, drilled.engine.ledger, clock=drilled.clock, progress=progress)
    far.broken = True
    made = drilled.engine.drill("all", storage="far", progress=progress)
    assert (made.verdict, made.source, made.storage) == ("unchecked", "all", "far"), made
    assert drilled.engine.drill("all", progress=progress).storage == "disk"


def test_what_is_wished_must_be_there(drilled: World, progress: Progress) -> None:
    with pytest.raises(PlanBlocked, match="there is no source moon"):
        drilled.engine.drill("moon", progress=progress)
    with pytest.raises(SnapshotNotFound, match="there is no storage moon"):
        drilled.engine.drill(storage="moon", progress=progress)
    with pytest.raises(PlanBlocked, match="on one database"):
        drilled.engine.drill("all", program=Path("/bin/true"), progress=progress)
    assert drilled.engine.drills() == ()


def test_one_drill_at_a_time_and_no_backup_waits_for_it(drilled: World, progress: Progress) -> None:
    with Lock(drilled.state / "lock.drill", purpose="drill"):
        with pytest.raises(LockHeld):
            drilled.engine.drill(progress=progress)
        drilled.engine.back_up(reason="meanwhile", progress=progress)


def test_what_a_killed_drill_left_goes_before_the_next(drilled: World, living: Living, progress: Progress) -> None:
    """It holds a whole database in the clear."""
    left = drilled.state / "drill" / "backupserv-rehearsal-x" / "services.db"
    left.parent.mkdir(parents=True)
    left.write_bytes(BEFORE)
    drilled.engine.tidy()
    assert not (drilled.state / "drill").exists()
    left.parent.mkdir(parents=True)
    living.raises = ControlFailed("it did not end")
    drilled.engine.drill(progress=progress)
    assert not (drilled.state / "drill").exists()


def test_what_a_killed_program_left_goes_at_the_next_start(drilled: World, living: Living) -> None:
    assert not [line for line in drilled.engine.tidy() if "drill" in line]
    living.swept = 1
    assert "swept what a drill had left when it was killed" in drilled.engine.tidy()


def test_a_copy_of_which_nobody_can_tell_how_old_it_is_has_a_report(drilled: World, progress: Progress) -> None:
    """What was drilled is not forgotten because the last question was not answered."""

    class Fading(Living):
        def boot(self, content: bytes, questions: Sequence[Question], *, work: Path, progress: Progress) -> Booted:
            far.broken = True
            return super().boot(content, questions, work=work, progress=progress)

    far = Away("far")
    copy = with_copy(with_boot(drilled, Fading()), far)
    sync(drilled.engine.repository, copy, drilled.engine.ledger, clock=drilled.clock, progress=progress)
    made = drilled.engine.drill(storage="far", progress=progress)
    assert (made.verdict, made.source) == ("unchecked", "services")
    assert made.detail.endswith("as saved, but how old it is: far does not answer")


def test_a_stale_copy_fails_though_it_comes_back_whole(drilled: World, progress: Progress) -> None:
    """What it lacks would be lost by a recovery out of it; the snapshot itself is as good as it was."""
    far = MemoryStorage("far")
    copy = with_copy(drilled, far)
    engine = drilled.engine
    sync(engine.repository, copy, engine.ledger, clock=drilled.clock, progress=progress)
    drilled.clock.advance(2400)
    drilled.database.write_bytes(AFTER)
    engine.back_up(reason="test", progress=progress)
    assert engine.drill(storage="far", progress=progress).good, "40 minutes behind are within the hour"
    drilled.clock.advance(7200)
    engine.back_up(reason="test", progress=progress, full=True)
    made = engine.drill(storage="far", progress=progress)
    assert made.verdict == "damaged"
    assert made.detail.endswith("as saved, but far lacks the last 2h 40m: `sync`")
    proven = engine.ledger.latest(made.snapshot, "far")
    assert proven is not None
    assert (proven.verdict, proven.level) == ("proven", 4)


def test_whoever_calls_it_off_leaves_nothing(drilled: World, living: Living) -> None:
    class CalledOff(BaseException):
        """As jobs are."""

    living.raises = CalledOff()  # type: ignore[assignment]  # no error of ours
    with pytest.raises(CalledOff):
        drilled.engine.drill(progress=RecordingProgress())
    assert not (drilled.state / "drill").exists()
    assert drilled.engine.drills() == ()


def test_without_room_nothing_is_begun(
    drilled: World, living: Living, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "free_space", lambda _: 1000)
    made = drilled.engine.drill(progress=progress)
    assert made.verdict == "unchecked"
    assert "state_dir" in made.detail
    assert living.works == []


def test_a_ledger_that_cannot_be_written_undoes_no_drill(
    drilled: World, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, fields: object) -> None:
        del path, fields
        raise StorageFull("no space left")

    monkeypatch.setattr(ledger, "append", full)
    made = drilled.engine.drill(progress=progress)
    assert made.good
    assert made.detail.endswith("as saved; this host could not note it: no space left")


def test_another_program_measures_nothing_for_tonight(drilled: World, progress: Progress) -> None:
    before = proof(drilled)
    made = drilled.engine.drill(program=Path("/opt/newer-services"), progress=progress)
    assert (made.good, made.other, made.program) == (True, True, "newer-services 7.2.12")
    assert "in newer-services 7.2.12" in str(made)
    assert proof(drilled) == before
    assert drilled.engine.runs.last("drill", "services") is None
    assert drilled.engine.objectives()[0].recovered is None


def test_the_schedule_drills_databases_and_everything(drilled: World, progress: Progress) -> None:
    weekly, quarterly = (duty for duty in DEFAULT_DUTIES if duty.verb == "drill")
    assert carry_out(drilled.engine, weekly, progress).good
    assert carry_out(drilled.engine, quarterly, progress).good
    assert sorted(item.source for item in drilled.engine.drills()) == ["all", "services", "services"]


def sqlite_world(world: World) -> World:
    database = world.state.parent / "bans.sqlite"
    with closing(sqlite3.connect(database)) as live, live:
        live.execute("CREATE TABLE ban (mask TEXT, reason TEXT)")
        live.executemany("INSERT INTO ban VALUES (?, ?)", [(f"m{number}", "spam") for number in range(500)])
    settings = SqliteSettings(kind="sqlite", database=database)
    site = replace(
        world.engine.site,
        source=SqliteSource(name="bans", settings=settings, is_services=False),
        database=database,
        boot=None,
        is_services=False,
    )
    world.engine.sites = (*world.engine.sites, site)
    return world


def test_sqlite_itself_lives_on_an_sqlite_database(drilled: World, progress: Progress) -> None:
    world = sqlite_world(drilled)
    world.engine.back_up(reason="test", progress=progress)
    made = world.engine.drill("bans", progress=progress)
    assert made.verdict == "proven", made
    assert {step.name: step.told for step in made.steps}["asked"] == "500 rows in 1 table"
    assert made.program.startswith("SQLite 3.")
    assert not (world.state / "drill").exists()


def test_where_sqlite_cannot_write_its_log_nothing_is_called_damaged(drilled: World, progress: Progress) -> None:
    """A disk of ours that is full by then says nothing of the snapshot."""

    class Filling(RecordingProgress):
        def step(self, text: str) -> None:
            _may_write(0 if text == "having SQLite prove it" else resource.RLIM_INFINITY)

    world = sqlite_world(drilled)
    with closing(sqlite3.connect(world.engine.sites[-1].database)) as live:
        live.execute("PRAGMA journal_mode=WAL")
    world.engine.back_up(reason="test", progress=progress)
    try:
        made = world.engine.drill("bans", progress=Filling())
    finally:
        _may_write(resource.RLIM_INFINITY)
    assert made.verdict == "unchecked", made
    assert "SQLite cannot work here: disk I/O error" in made.detail


def _may_write(size: int) -> None:
    """Files of at most so many bytes, from now on."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
