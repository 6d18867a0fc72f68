"""What the page rests on, asked of a real engine: what was saved, copied, proven, drilled, and what comes next."""

import os
from pathlib import Path

from bot.http.drawing import draw_page
from bot.http.known import look
from bot.http.overview import draw
from core.domain.notice import Trouble
from core.domain.snapshot import Snapshot
from core.repository.heads import Heads
from core.repository.repository import Repository
from core.storage.local import LocalSettings, LocalStorage
from tests.bot.http.shelves import timetable, with_drills, with_incidents
from tests.core.operations.world import AFTER, make_world
from tests.fakes import FakeClock, RecordingProgress


def test_all_of_it_is_asked_of_the_engine(tmp_path: Path, clock: FakeClock, progress: RecordingProgress) -> None:
    world = make_world(tmp_path, clock)
    engine = world.engine
    engine.copies = (
        Repository(
            storage=LocalStorage("attic", LocalSettings(kind="local", path=tmp_path / "attic")),
            sealer=engine.repository.sealer,
            clock=clock,
            network="TestNet",
            host="host1",
            heads=Heads(world.state / "heads.json"),
        ),
    )
    engine.back_up(reason="asked by alice", progress=progress)
    engine.sync(progress=progress)
    engine.verify("latest", storage="attic", progress=progress)
    clock.advance(600)
    world.database.write_bytes(AFTER)
    engine.back_up(reason="scheduled", progress=progress)
    engine.verify("latest", progress=progress)
    with_drills(with_incidents(engine, "the disk is nearly full"))
    listed, snapshots = [], engine.repository.snapshots

    def noted(source: str | None = None) -> tuple[Snapshot, ...]:
        listed.append(source)
        return snapshots(source)

    engine.repository.snapshots = noted  # type: ignore[method-assign]  # a far bucket answers slowly
    known = look(engine, timetable(engine))
    assert listed == [None], "once"
    disk, attic = known.places
    assert (disk.name, disk.standing, disk.proven, disk.is_copy) == ("disk", "2 snapshots", 1, False)
    assert (attic.name, attic.standing, attic.proven, attic.is_copy) == ("attic", "behind by 0s (1 snapshot)", 1, True)
    assert [snapshot.reason for snapshot in known.snapshots] == ["asked by alice", "scheduled"]
    assert [known.proofs[snapshot.id].level >= 3 for snapshot in known.snapshots] == [False, True]
    assert [run.verb for run in known.runs] == ["backup", "sync", "backup"]
    assert {drill.source for drill in known.drills} == {"services", "config"}
    assert {row.job for row in known.jobs} == {"full", "hourly", "sync"}
    assert [item.what for item in known.objectives] == ["services", "network"]
    shown = {"network": "TestNet", "host": "host1", "has_door": False, "trouble": "", "age": 0, "every": 0, "path": "/"}
    page = draw_page("status.html", overview=draw(known), **shown).decode()
    for said in ("behind by 0s (1 snapshot)", "the disk is nearly full", "came back", "in 20m", "content proven"):
        assert said in page


def test_an_incident_is_told_once_and_names_nobody(tmp_path: Path, clock: FakeClock) -> None:
    """The status says who knows of it; the page is read over shoulders."""
    engine = with_incidents(make_world(tmp_path, clock).engine, "services do not save")
    engine.teller.notices.trouble(Trouble(cause="x/y", gravity="warning", title="it is slow"))
    engine.teller.notices.ack("all", "alice")
    assert any("alice knows" in text for text in engine.status().troubles)
    known = look(engine, timetable(engine))
    assert known.troubles == ("there is no snapshot yet: `backup now` makes one",)
    assert [item.trouble.title for item in known.incidents] == ["services do not save", "it is slow"]
    assert not known.ok


def test_a_name_that_is_no_text_hides_no_page(tmp_path: Path, clock: FakeClock) -> None:
    """A file may be named by any bytes; a run that failed over one is shown for a week."""
    engine = make_world(tmp_path, clock).engine
    engine.state_dir.mkdir(exist_ok=True)
    with engine.runs.timed("backup", "files") as outcome:
        outcome.detail = os.fsdecode(b"/srv/caf\xe9 cannot be read")
    shown = {"network": "TestNet", "host": "host1", "has_door": False, "trouble": "", "age": 0, "every": 0, "path": "/"}
    page = draw_page("status.html", overview=draw(look(engine, timetable(engine))), **shown).decode()
    assert "caf\\udce9 cannot be read" in page
