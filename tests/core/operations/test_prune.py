"""Pruning deletes what was shown and nothing else; a crash, a lock or a failure leaves nothing half."""

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Literal

import pytest

from core.crypto.age import AgeSealer, generate_identity, write_identity
from core.domain.errors import ObjectRetained, PlanOutdated, StorageFull, StorageUnavailable
from core.domain.retention import EVERYTHING, Known, RetentionPolicy
from core.domain.shrinking import judged
from core.domain.snapshot import Snapshot
from core.domain.thinning import decide
from core.operations.prune_all import PrunePlan, Pruning
from core.operations.prune_plan import Place, StoragePlan, level_held
from core.operations.restore_record import RestoreFolder, RestoreRecord
from core.ports import Capture, StoredObject
from core.repository.freezes import Freezes
from core.repository.ledger import Ledger
from core.repository.pins import Pins
from core.repository.refusals import Refusals
from core.repository.repository import Repository
from core.repository.roll import Living, Roll
from core.storage.memory import MemoryStorage
from tests.fakes import FakeClock, RecordingProgress

POLICY = RetentionPolicy(keep_last=2, daily=2)


_ROWS = b"".join(sha256(b"%d" % row).hexdigest().encode() + b"\n" for row in range(200))


class Stubborn(MemoryStorage):
    """A storage that keeps, loses contact, or dies, where a test says so."""

    def __init__(self, name: str = "disk") -> None:
        super().__init__(name)
        self.refuse: Callable[[str], Exception | None] = lambda key: None  # noqa: ARG005 — by default it refuses nothing
        self.asked: list[str] = []

    def delete(self, key: str) -> None:
        self.asked.append(key)
        error = self.refuse(key)
        if error is not None:
            raise error
        super().delete(key)

    def keys(self, part: str = "") -> set[str]:
        return {item.key for item in self.list() if part in item.key}


class Farm:
    """A repository with a life of snapshots, and what prunes it."""

    def __init__(self, sealer: AgeSealer, state: Path, clock: FakeClock) -> None:
        self.clock, self.state = clock, state
        self.storage = Stubborn()
        self.repository = Repository(storage=self.storage, sealer=sealer, clock=clock, network="N", host="h")
        self.ledger, self.pins, self.folder = Ledger(state / "ledger.jsonl"), Pins(state), RestoreFolder(state)
        self.rolls: list[tuple[int, int, int]] = []  # living, doomed, and how many deletions were asked for before
        self.place = Place(
            storage=self.storage, root="N/h", policies={"services": POLICY}, otherwise=POLICY, before_deleting=self.roll
        )

    def roll(self, source: str, living: tuple[Snapshot, ...], doomed: tuple[Snapshot, ...]) -> None:
        assert source == "services"
        self.rolls.append((len(living), len(doomed), len(self.storage.asked)))

    def manifest(self, snapshot: Snapshot) -> str:
        return f"N/h/manifests/{snapshot.source}/{snapshot.id}.json"

    def save(self, hours: float = 1, accounts: int = 7) -> Snapshot:
        self.clock.advance(hours * 3600)
        content = _ROWS + self.clock.now().isoformat().encode()
        capture = Capture(content=content, extension="db", saved_at=self.clock.now(), counts={"accounts": accounts})
        progress = RecordingProgress()
        made = self.repository.add(
            capture, source="services", kind="atheme", reason="", progress=progress, judge=judged
        )
        self.ledger.record(made.id, level=1, verdict="proven", at=self.clock.now(), detail="")
        return made

    def pruning(self, *places: Place) -> Pruning:
        return Pruning(
            places=places or (self.place,),
            ledger=self.ledger,
            refusals=Refusals(self.state),
            folder=self.folder,
            held=self.pins.held,
        )

    def plan(self) -> PrunePlan:
        return self.pruning().plan(self.clock.now())

    def prune(self, plan: PrunePlan | None = None) -> str:
        done = self.pruning().carry_out(plan or self.plan(), now=self.clock.now(), progress=RecordingProgress())
        return " | ".join([str(done), *done.all_failures])

    def all_open(self) -> bool:
        """Whether every snapshot that is listed opens, and nobody complains but of holes in the chain."""
        return all(self.repository.content(item) for item in self.repository.snapshots())


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Farm, AgeSealer]:
    """Three days of a save every twenty minutes, so that every rank is there."""
    folder = tmp_path_factory.mktemp("grown")
    identity, recipient = generate_identity()
    write_identity(folder / "host.key", identity)
    sealer = AgeSealer(recipients=[recipient, generate_identity()[1]], identity_file=folder / "host.key")
    made = Farm(sealer, folder / "state", FakeClock())
    for _ in range(3 * 72):
        made.save(hours=1 / 3)
    return made, sealer


@pytest.fixture
def farm(grown: tuple[Farm, AgeSealer], tmp_path: Path) -> Farm:
    """A copy of that."""
    template, sealer = grown
    copy = Farm(sealer, tmp_path / "state", FakeClock(time=template.clock.time))
    copy.storage._objects.update(template.storage._objects)
    shutil.copytree(template.state, copy.state)
    return copy


def test_while_something_is_wrong_nothing_goes_at_all(farm: Farm) -> None:
    """Also what was shown and agreed to before."""
    shown, before = farm.plan(), farm.storage.keys()
    Freezes(farm.state).hold("saving/services", "services do not save", at=farm.clock.now())
    assert farm.plan().empty
    with pytest.raises(PlanOutdated, match=r"would stay now \(frozen: services do not save"):
        farm.prune(shown)
    assert farm.storage.keys() == before
    Freezes(farm.state).release("saving/services")
    assert farm.prune(shown).startswith("disk: ")


def test_what_is_shown_goes_and_all_that_stays_opens(farm: Farm) -> None:
    before = farm.storage.keys()
    plan = farm.plan()
    assert farm.storage.keys() == before, "a plan changes nothing"
    assert not farm.storage.asked
    (storage,) = plan.storages
    told = farm.prune(plan)
    assert told.startswith(f"disk: {len(storage.doomed)} snapshots removed")
    assert {item.id for item in farm.repository.snapshots()} == {item.id for item in storage.kept}
    assert farm.all_open()
    assert len(farm.storage.keys(".age")) == len(storage.kept)
    assert farm.rolls == [(len(storage.kept), len(storage.doomed), 0)]
    assert storage.bytes_freed == sum(item.stored_size for item in storage.doomed) > 0
    assert farm.plan().empty


def test_each_manifest_goes_before_its_object_and_each_base_after_what_rests_on_it(farm: Farm) -> None:
    (storage,) = farm.plan().storages
    farm.prune()
    place = {key: number for number, key in enumerate(farm.storage.asked)}
    for item in storage.doomed:
        assert place[farm.manifest(item)] < place[item.key]
        above = [other for other in storage.doomed if other.base == item.id]
        assert all(place[farm.manifest(other)] < place[farm.manifest(item)] for other in above)
    assert any(item.base for item in storage.doomed)
    assert any(item.rank == "hour" for item in storage.doomed)


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("after", [0, 1, 2, 3, 10, 33, 178])
def test_killed_anywhere_everything_that_is_listed_opens_and_a_day_later_nothing_is_left_over(
    farm: Farm, after: int
) -> None:
    whole = {item.id for item in farm.plan().storages[0].kept}

    def die(key: str) -> Exception | None:
        if len(farm.storage.asked) > after:
            raise Killed(key)
        return None

    farm.storage.refuse = die
    with pytest.raises(Killed):
        farm.prune()
    assert farm.all_open()
    farm.storage.refuse = lambda key: None  # noqa: ARG005 — it refuses nothing any more
    farm.prune()
    assert {item.id for item in farm.repository.snapshots()} == whole
    farm.clock.advance(5 * 86400)
    farm.prune()
    assert len(farm.storage.keys(".age")) == len(farm.repository.snapshots())


def test_an_object_without_a_manifest_stays_a_day_and_no_other_key_is_touched(farm: Farm) -> None:
    farm.prune()
    young = farm.save()
    farm.storage._objects.pop(farm.manifest(young))
    farm.storage.put("N/h/databases/services/notes.age", [b"somebody's own"])
    assert not farm.plan().storages[0].orphans
    farm.clock.advance(86401)
    (orphan,) = farm.plan().storages[0].orphans
    assert orphan.key == young.key
    assert "1 object without one removed" in farm.prune()
    assert farm.storage.keys("notes.age")
    assert farm.storage.keys("FORMAT")


def test_objects_of_a_snapshot_whose_manifest_somebody_took_are_no_orphans(farm: Farm) -> None:
    """The last roll says that it lives: what is left of it is kept, and told."""
    there = farm.repository.snapshots()
    roll = Roll(
        source="services",
        storage="disk",
        made_at=farm.clock.now(),
        living=tuple(Living(id=item.id, sequence=item.sequence, digest="0" * 64) for item in there),
    )
    farm.storage.put("N/h/rolls/services/20261123T093000Z-aaaaaa.json", [roll.to_bytes(None)])
    taken = there[0]
    farm.storage._objects.pop(farm.manifest(taken))
    (storage,) = farm.plan().storages
    assert not storage.orphans
    assert f"the manifest of snapshot {taken.tail} is gone, and pruning did not take it" in storage.troubles


def test_what_a_lock_keeps_is_a_state_and_is_not_asked_for_again_before_the_lock_ends(farm: Farm) -> None:
    until = farm.clock.now() + timedelta(days=3)
    farm.storage.refuse = lambda key: ObjectRetained(f"{key} is locked", until=until)
    (storage,) = farm.plan().storages
    told = farm.prune()
    assert told == f"disk: 0 snapshots removed, 0 B freed, {len(farm.storage.asked)} retained by a lock"
    assert farm.rolls[-1][1] == 0, "what stayed against expectation is in the next roll"
    asked = len(farm.storage.asked)
    assert asked < len(storage.doomed), "nobody asks for the bases of what stays"
    farm.clock.advance(86400)
    again = farm.plan().storages[0]
    assert any("retained by a lock until" in str(reason) for fate in _fates(again) for reason in fate)
    farm.prune()
    assert len(farm.storage.asked) == asked, "it is known how long"
    farm.clock.advance(2 * 86400)
    farm.storage.refuse = lambda key: None  # noqa: ARG005 — the lock has ended
    assert "retained" not in farm.prune()
    assert {item.id for item in farm.repository.snapshots()} == {item.id for item in storage.kept}


def _fates(storage: StoragePlan) -> Iterator[tuple[object, ...]]:
    for part in storage.sources:
        for fate in part.decision.fates:
            yield fate.reasons


def test_one_failure_is_told_and_the_rest_goes_on_but_never_a_base_of_what_stayed(farm: Farm) -> None:
    (storage,) = farm.plan().storages
    stuck = next(item for item in storage.doomed if item.rank in {"15min", "save"})
    farm.storage.refuse = lambda key: StorageUnavailable("no answer") if key == farm.manifest(stuck) else None
    told = farm.prune()
    assert told.endswith("| disk: no answer")
    left = {item.id for item in farm.repository.snapshots()}
    assert stuck.id in left
    assert stuck.base in left
    assert len(left) < len(storage.kept) + 6
    assert farm.all_open()


def test_a_storage_that_is_down_is_left_alone_after_a_few_tries(farm: Farm) -> None:
    farm.storage.refuse = lambda key: StorageUnavailable(f"{key}: no answer")
    assert "left alone after 5 failures" in farm.prune()
    assert len(farm.storage.asked) == 5


def test_without_its_roll_nothing_goes(farm: Farm) -> None:
    def fail(source: str, living: tuple[Snapshot, ...], doomed: tuple[Snapshot, ...]) -> None:
        raise StorageFull(f"no space for the roll of {source}: {len(living)}, {len(doomed)}")

    farm.place = dataclasses.replace(farm.place, before_deleting=fail)
    assert "nothing of services was removed: no space" in farm.prune()
    assert not farm.storage.asked


def test_a_pin_between_plan_and_agreement_ends_the_plan_and_a_new_save_does_not(farm: Farm) -> None:
    plan = farm.plan()
    for _ in range(4):
        farm.save(hours=1 / 3)
    shown = {item.id for item in plan.storages[0].doomed}
    later = {item.id for item in farm.plan().storages[0].doomed}
    assert shown < later
    farm.pins.pin(next(iter(shown)), "wait", by="alice", at=farm.clock.now())
    with pytest.raises(PlanOutdated, match="would stay now"):
        farm.prune(plan)
    assert not farm.storage.asked
    farm.pins.unpin(next(iter(shown)), by="alice", at=farm.clock.now())
    farm.prune(plan)
    assert {item.id for item in farm.repository.snapshots()} & later == later - shown, "exactly what was shown"


def test_nothing_goes_while_frozen_orphans_and_before_images_included(farm: Farm) -> None:
    _old_restore(farm, "7Q2F", "done", farm.clock.now() - timedelta(days=30))
    farm.pins.freeze("alice is looking", by="alice", at=farm.clock.now())
    plan = farm.plan()
    assert plan.empty
    assert "! disk: frozen: alice is looking (by alice)" in plan.summary()
    assert "nothing goes" in plan.headline


def test_who_freezes_while_it_runs_ends_it_between_two_snapshots(farm: Farm) -> None:
    """An incident is opened while a slow bucket is pruned: what has begun is whole, and nothing more goes."""
    plan = farm.plan()
    going = sum(len(part.keys) for part in plan.storages)
    assert going > 10

    def freeze(key: str) -> None:
        if len(farm.storage.asked) == 5:
            Freezes(farm.state).hold("incident/7Q2F", "incident 7Q2F is open", at=farm.clock.now())
        del key

    farm.storage.refuse = freeze
    told = farm.prune(plan)
    assert "disk: frozen while it was pruned, and no more was removed: incident 7Q2F is open" in told
    assert 5 <= len(farm.storage.asked) <= 7
    assert farm.all_open()
    assert not {item.key for part in farm.plan().storages for item in part.orphans}


def test_a_manifest_that_cannot_be_read_stops_all_removal(farm: Farm) -> None:
    key = min(farm.storage.keys("manifests/"))
    farm.storage._objects[key] = b"{"
    plan = farm.plan()
    assert plan.empty
    assert any("cannot be read" in line for line in plan.summary())


def test_a_database_that_lost_its_accounts_stops_all_removal_until_it_is_whole_again(farm: Farm) -> None:
    held = farm.save(accounts=0)
    assert farm.plan().empty
    assert (
        f"! disk: the newest snapshot of services, {held.tail}, is held: it has 0 accounts" in farm.plan().summary()[0]
    )
    farm.clock.advance(30 * 86400)
    assert farm.plan().empty
    farm.save()
    assert not farm.plan().empty


def test_or_until_somebody_releases_it(farm: Farm) -> None:
    held = farm.save(accounts=0)
    assert farm.plan().empty
    farm.pins.release(held.id, by="alice", at=farm.clock.now())
    assert not farm.plan().empty
    assert farm.pins.held(farm.clock.now()).released == {held.id}


def test_each_storage_is_thinned_on_its_own_and_one_that_does_not_answer_stops_no_other(farm: Farm) -> None:
    class Dead(Stubborn):
        def list(self, prefix: str = "") -> Iterator[StoredObject]:
            raise StorageUnavailable(f"no route to {self.name}: {prefix}")

    copy = Stubborn("copy")
    for item in farm.storage.list():
        copy.put(item.key, [farm.storage.open(item.key).read()])
    before = copy.keys()
    generous = Place(storage=copy, root="N/h", policies={}, otherwise=RetentionPolicy(keep_last=999))
    dead = Place(storage=Dead("far"), root="N/h", policies={}, otherwise=POLICY)
    pruning = farm.pruning(dead, farm.place, generous)
    plan = pruning.plan(farm.clock.now())
    done = pruning.carry_out(plan, now=farm.clock.now(), progress=RecordingProgress())
    assert copy.keys() == before
    assert len(farm.repository.snapshots()) < 10
    assert done.all_failures == ("far: no route to far: N/h/manifests",)


def test_what_was_imported_stays_whole_where_nobody_says_otherwise(farm: Farm) -> None:
    told = RetentionPolicy(monthly=1)
    place = Place(storage=farm.storage, root="N/h", policies={"x.imported": told}, otherwise=POLICY)
    assert [place.policy(name) for name in ("x.imported", "y.imported", "y")] == [told, EVERYTHING, POLICY]
    there = farm.repository.snapshots()
    decision = decide(there, EVERYTHING, farm.clock.now(), Known(proven={there[-1].id: 1}))
    assert decision.kept == there
    assert not decision.halted


def test_seen_to_be_damaged_counts_until_it_is_proven_again_and_unchecked_takes_nothing_back(farm: Farm) -> None:
    newest = farm.repository.snapshots()[-1].id

    def look(level: int, verdict: Literal["proven", "damaged", "unchecked"]) -> int:
        farm.ledger.record(newest, level=level, verdict=verdict, at=farm.clock.now(), detail="")
        return level_held(farm.ledger, newest, "disk")

    assert [look(3, "proven"), look(1, "unchecked"), look(0, "unchecked")] == [3, 3, 3]
    assert [look(1, "damaged"), look(0, "unchecked"), look(2, "proven")] == [-1, 0, 2]
    assert level_held(farm.ledger, "another", "disk") == 0


def _old_restore(farm: Farm, code: str, step: str, begun: datetime) -> Path:
    record = RestoreRecord(
        id=code,
        kind="account",
        name="alice",
        snapshot="",
        by="alice",
        begun_at=begun.isoformat(),
        source="services",
        step="stopping",
        was_running=True,
    )
    farm.folder.keep_before(record, b"a whole database")
    farm.folder.write(record, step)  # type: ignore[arg-type]  # a step, from the test's table
    return farm.folder.before_image(record)


@pytest.mark.parametrize(
    ("step", "days", "goes"),
    [
        ("done", 8, True),
        ("rolled back", 8, True),
        ("abandoned", 8, True),
        ("done", 6, False),
        ("replacing", 400, False),
        ("stopping", 400, False),
    ],
)
def test_what_a_restore_kept_goes_when_it_cannot_be_undone_and_never_while_it_is_unsettled(
    farm: Farm, step: str, days: int, *, goes: bool
) -> None:
    image = _old_restore(farm, "7Q2F", step, farm.clock.now() - timedelta(days=days))
    plan = farm.plan()
    assert bool(plan.images) is goes
    farm.prune(plan)
    assert image.exists() is not goes
    assert image.with_name("record.json").exists(), "who restored what is told for good"
    assert [record.id for record in farm.folder.all()] == ["7Q2F"]


def test_a_folder_that_a_restore_kept_counts_with_all_that_is_in_it(farm: Farm) -> None:
    """Of a tree there is a folder of files, and what its going frees is told."""
    image = _old_restore(farm, "7Q2F", "done", farm.clock.now() - timedelta(days=8))
    kept = image.with_name("before") / "conf.d"
    kept.mkdir(parents=True)
    (kept / "motd").write_bytes(b"x" * 100_000)
    (found,) = farm.plan().images
    assert found.size > 100_000
