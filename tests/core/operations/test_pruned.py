"""What a pruned snapshot leaves behind: no trouble of its own, and nothing in the memory of who lives for months."""

from datetime import timedelta
from pathlib import Path

from core.domain.notice import Target
from core.domain.retention import RetentionPolicy
from core.operations.teller import Teller
from core.repository import layout
from tests.core.operations.world import AFTER, make_world
from tests.fakes import FakeClock, RecordingProgress

_QUIET = timedelta(hours=1)


def test_what_was_damaged_and_is_pruned_is_resolved(
    tmp_path: Path, clock: FakeClock, progress: RecordingProgress
) -> None:
    world = make_world(tmp_path, clock)
    engine = world.engine
    engine.policies = lambda storage, source: RetentionPolicy(keep_last=3)  # noqa: ARG005 — one for all
    engine.teller = Teller(world.state, [Target(name="irc")], clock)
    made = []
    for number in range(6):
        world.save(AFTER.replace(b"https://alice.example.net/", b"https://alice.example.net/%d" % number))
        made += [report.snapshot for report in engine.back_up(reason="test", progress=progress, full=True)]
        clock.advance(600)
    for snapshot in (made[1], made[-2]):
        (tmp_path / "repository" / snapshot.key).write_bytes(b"not what was stored")
        assert engine.verify(snapshot.id, progress=progress).verdict == "damaged"
    assert {f"proof/disk/{snapshot.tail}" for snapshot in (made[1], made[-2])} == _open(engine.teller)
    clock.advance(3600)
    engine.retention.prune(engine.retention.plan(), by="test", progress=progress)
    assert made[1].id not in {snapshot.id for snapshot in engine.snapshots()}
    assert made[-2].id in {snapshot.id for snapshot in engine.snapshots()}
    clock.advance(_QUIET.total_seconds())
    engine.teller.notices.tick()
    assert _open(engine.teller) == {f"proof/disk/{made[-2].tail}"}


def _open(teller: Teller) -> set[str]:
    return {incident.cause for incident in teller.notices.incidents()}


def test_what_is_gone_is_remembered_no_longer_and_what_is_there_is(
    tmp_path: Path, clock: FakeClock, progress: RecordingProgress
) -> None:
    engine = make_world(tmp_path, clock).engine
    made = [report.snapshot for _ in range(3) for report in engine.back_up(reason="t", progress=progress, full=True)]
    engine.snapshots()
    known = engine.repository._read
    assert {entry.snapshot.id for entry in known.values()} == {snapshot.id for snapshot in made}
    engine.repository.storage.delete(layout.manifest_key(engine.repository.root, "services", made[0].id))
    engine.repository.snapshots("another")  # of which nothing is listed: what is known of others stays
    assert len(known) == 3
    engine.repository.snapshots("services")
    assert {entry.snapshot.id for entry in known.values()} == {snapshot.id for snapshot in made[1:]}
