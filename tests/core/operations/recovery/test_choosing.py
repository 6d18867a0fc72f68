"""Which sources, from where, of which moment: and what is said where something is not there."""

import shutil
from dataclasses import replace

import pytest

from core.domain.errors import PlanBlocked, SnapshotNotFound
from core.domain.snapshot import Snapshot
from core.operations.recovery.parts import Chosen, choose
from core.operations.recovery.record import RecoveryFile, RecoveryRecord, Step
from core.operations.recovery.survey import choose_place
from core.operations.recovery.terms import RecoveryWish, Terms
from tests.core.operations.recovery.network import Network
from tests.fakes import RecordingProgress


def chosen(network: Network, wish: RecoveryWish | None = None, terms: Terms | None = None) -> Chosen:
    return choose(wish or RecoveryWish(), network.engine._ground, terms or Terms())


def names(found: Chosen) -> list[str]:
    return [part.source for part in found.parts]


def test_files_come_before_what_lives_on_them(saved: Network) -> None:
    """Configuration, files, certificates, databases, the IRCd's own; logs wait until somebody asks for them."""
    found = chosen(saved)
    assert names(found) == ["config", "users", "certificates", "services", "ircd"]
    assert found.left_out == ("logs (logs)",)
    assert "logs" in names(chosen(saved, RecoveryWish(also=("logs",))))
    assert "logs" in names(chosen(saved, terms=Terms(leave=())))


def test_only_what_is_named_by_thing_or_by_source(saved: Network) -> None:
    """Either word will do; one that is nothing says what there is."""
    assert names(chosen(saved, RecoveryWish(only=("services", "tls")))) == ["certificates", "services"]
    assert names(chosen(saved, RecoveryWish(only=("logs",)))) == ["logs"]
    with pytest.raises(PlanBlocked, match="databsae is nothing") as told:
        chosen(saved, RecoveryWish(only=("databsae",)))
    assert "services" in told.value.hint


def test_one_moment_for_all(saved: Network, progress: RecordingProgress) -> None:
    """Of each source what was in force then, however old; an id stands for its time."""
    first = {item.source: item.id for item in saved.engine.snapshots()}
    saved.clock.advance(30 * 86400)
    (saved.folder / "etc" / "inspircd.conf").write_text("<server name=new.example>\n")
    saved.engine.back_up(reason="test", progress=progress)
    newer = next(item for item in saved.engine.snapshots() if item.source == "config" and item.id != first["config"])
    saved.clock.advance(3600)
    assert {part.source: part.snapshot.id for part in chosen(saved).parts} == {
        **{name: snapshot for name, snapshot in first.items() if name != "logs"},
        "config": newer.id,
    }
    for reference in ("3 days ago", first["services"]):
        then = chosen(saved, RecoveryWish(reference=reference))
        assert {part.snapshot.id for part in then.parts} <= set(first.values()), reference
    with pytest.raises(SnapshotNotFound, match="no snapshot zzzzzz"):
        chosen(saved, RecoveryWish(reference="zzzzzz"))


def test_what_was_not_saved_by_then_is_told(saved: Network) -> None:
    """It does not hold up the others, and is not silent."""
    found = chosen(saved, RecoveryWish(reference="3 days ago"))
    assert not found.parts
    assert any(text.startswith("services: the first is of 2026-11-23") for text in found.missing)


def test_what_is_known_to_be_damaged_is_not_chosen(saved: Network, progress: RecordingProgress) -> None:
    """The one before it comes back."""
    old = newest(saved)
    (saved.folder / "etc" / "inspircd.conf").write_text("<server name=new.example>\n")
    saved.engine.back_up(reason="test", progress=progress)
    bad = newest(saved)
    saved.engine.ledger.record(bad.id, level=2, verdict="damaged", at=saved.clock.now(), detail="test", storage="disk")
    part = next(part for part in chosen(saved).parts if part.source == "config")
    assert part.snapshot.id == old.id != bad.id


def newest(network: Network) -> Snapshot:
    return [item for item in network.engine.snapshots() if item.source == "config"][-1]


def test_a_storage_that_is_gone_or_empty_is_passed_over(saved: Network) -> None:
    """The first that has snapshots of this host is read; what each holds is told."""
    engine = saved.engine
    places = (engine.repository, *engine.copies)
    assert choose_place(places, None).name == "disk"
    assert choose_place(places, "copy").name == "copy"
    shutil.rmtree(saved.folder / "disk")
    (saved.folder / "disk").symlink_to("disk")  # a path that leads nowhere
    engine = saved.new_host()
    places = (engine.repository, *engine.copies)
    assert choose_place(places, None).name == "copy"
    first, second = (holding.told(saved.clock.now()) for holding in engine.survey())
    assert first.startswith("disk: CANNOT BE READ: ")
    assert second.startswith("copy: 6 snapshots of certificates, config, ircd, logs, services, users, the newest ")
    with pytest.raises(SnapshotNotFound, match="in what can be read") as told:
        choose_place(places, "disk")
    assert "disk: " in told.value.hint
    with pytest.raises(SnapshotNotFound, match="there is no storage nowhere"):
        choose_place(places, "nowhere")


def test_another_hosts_name_is_found_out(saved: Network) -> None:
    """A new machine has another name: which names there are is in the error."""
    engine = saved.new_host(host="irc2")
    with pytest.raises(SnapshotNotFound, match="no snapshot of host irc2 of TestNet") as told:
        engine.plan_recovery(RecoveryWish(), progress=RecordingProgress())
    assert told.value.hint.startswith("there are snapshots of host1: --host host1")


def test_the_record_is_read_as_it_was_written(saved: Network) -> None:
    """Every step with its restores; one that is broken says so, and what to do."""
    file = RecoveryFile(saved.folder / "state")
    assert file.read() is None
    step = Step(name="config", doing="put", thing="config", snapshot="x", restores=("A", "B"), told="back")
    record = RecoveryRecord(
        id="7Q2F",
        by="carol",
        begun_at="2026-11-23T10:00:00+00:00",
        storage="disk",
        objective=3600,
        exact=False,
        unattended=True,
        ran=("ircd",),
        steps=(step, Step(name="start", doing="start")),
    )
    assert file.write(record) == record
    assert file.read() == record
    assert record.standing == 'recovery 7Q2F of carol was cut short at "start"'
    ended = replace(record, end="done", ended_at="2026-11-23T11:00:41+00:00")
    assert ended.measured == "60:41 of 60:00, MISSED"
    assert ended.restores == ("B",)
    (saved.folder / "state" / "recovery.json").write_text('{"id": 1}')
    status = saved.engine.status()
    assert any("the record of a recovery at" in trouble for trouble in status.troubles)
