"""Deltas: what is written rests on little, opens exactly, and never on what is not there."""

import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.crypto.age import AgeSealer
from core.domain.errors import ObjectDamaged
from core.domain.snapshot import RANKS, Snapshot
from core.repository.bases import Bases
from core.repository.delta import Base, pack_delta, unpack_delta
from core.repository.hierarchy import PERIODS, choose_place
from core.repository.repository import Repository
from core.repository.writing import DeltaPolicy
from core.storage.memory import MemoryStorage
from tests.conftest import require
from tests.core.repository.shelf import SAVED_AT, Shelf, capture
from tests.fakes import FakeClock, RecordingProgress

MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


def save(number: int, size: int = 2000) -> bytes:
    """The database after `number` steps: most rows as they were, a few other ones."""
    rows = [b"MU AAAA%05d user%d %d" % (row, row, row * 7919) for row in range(size)]
    chance = Random(number)  # noqa: S311 — the same every time
    for _ in range(5):
        place = chance.randrange(size)
        rows[place] += b" %d" % chance.randrange(1 << 30)
    return b"\n".join(rows) + b"\n"


def add_at(shelf: Shelf, at: datetime, content: bytes, deltas: DeltaPolicy | None = None) -> Snapshot:
    shelf.clock.time = at
    return shelf.repository.add(
        capture(content), source="services", kind="atheme", reason="", progress=RecordingProgress(), deltas=deltas
    )


# --- packing -----------------------------------------------------------------------------------


@given(
    st.binary(min_size=1024, max_size=5000),
    st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=40)), max_size=5),
)
def test_a_delta_opens_against_its_base_to_what_was_packed(base: bytes, edits: list[tuple[int, bytes]]) -> None:
    content = bytearray(base)
    for place, new in edits:
        content[place : place + len(new)] = new
    packed = pack_delta(bytes(content), base, note={"base": "x"})
    assert unpack_delta(packed, Base(base), len(content)) == content


def test_a_small_change_costs_little() -> None:
    """Of 60 kB, a few hundred bytes."""
    assert len(pack_delta(save(1), save(0), note={})) < 500


def test_another_base_is_found_out() -> None:
    packed = pack_delta(save(1), save(0), note={})
    with pytest.raises(ObjectDamaged, match="against its base"):
        unpack_delta(packed, Base(save(2)), len(save(1)))


@pytest.mark.parametrize("wrong", [0, 1, -1, 1000, 1 << 30])
def test_no_more_is_unpacked_than_was_promised(wrong: int) -> None:
    content = save(1)
    size = len(content) + wrong if abs(wrong) == 1 else wrong
    packed = pack_delta(content, save(0), note={})
    with pytest.raises(ObjectDamaged, match=r"more than|fewer than"):
        unpack_delta(packed, Base(save(0)), size)


@pytest.mark.parametrize("cut", [0, 1, 10, -1, -30])
def test_a_cut_delta_is_damage(cut: int) -> None:
    content = save(1)
    packed = pack_delta(content, save(0), note={})
    frame = packed[: packed.index(b"\x50\x2a\x4d\x18")]
    with pytest.raises(ObjectDamaged):
        unpack_delta(frame[:cut], Base(save(0)), len(content))


def test_the_stock_tool_opens_a_delta(tmp_path: Path) -> None:
    """With its base; with another one it ends with an error."""
    require("zstd")
    for name, content in (("base", save(0)), ("other", save(2))):
        (tmp_path / name).write_bytes(content)
    packed = pack_delta(save(1), save(0), note={"base": "20261123T000000Z-abcdef"})
    words = ["zstd", "-d", "-c", "--long=31"]
    opened = subprocess.run(
        [*words, f"--patch-from={tmp_path / 'base'}"], input=packed, capture_output=True, check=True, timeout=60
    )
    assert opened.stdout == save(1)
    failed = subprocess.run(
        [*words, f"--patch-from={tmp_path / 'other'}"], input=packed, capture_output=True, check=False, timeout=60
    )
    assert failed.returncode != 0


# --- the hierarchy -----------------------------------------------------------------------------


def simulate(moments: Sequence[datetime], periods: Sequence[str] = PERIODS) -> list[Snapshot]:
    made: list[Snapshot] = []
    for number, at in enumerate(moments, start=1):
        place = choose_place(made, at, periods=periods)  # type: ignore[arg-type]  # names from a table of this test
        made.append(
            Snapshot(
                id=f"{number:06}", source="s", kind="atheme", taken_at=at, saved_at=at, sequence=number, predecessor="",
                size=1, digest="", key="", stored_size=1, stored_digest="", rank=place.rank,
                base=place.base.id if place.base else "",
            )
        )  # fmt: skip
    return made


def depth(snapshot: Snapshot, made: Sequence[Snapshot]) -> int:
    steps = 1
    while snapshot.base:
        snapshot = next(item for item in made if item.id == snapshot.base)
        steps += 1
    return steps


def test_a_week_of_saves_stands_as_the_format_says() -> None:
    """Every five minutes from a Monday: one full, and the first of each day, quarter of a day, hour and quarter."""
    made = simulate([MONDAY + timedelta(minutes=5 * step) for step in range(7 * 288)])
    counts = {rank: sum(snapshot.rank == rank for snapshot in made) for rank in RANKS}
    assert counts == {"full": 1, "day": 6, "6h": 7 * 3, "hour": 7 * 20, "15min": 7 * 72, "save": 7 * 192}
    assert max(depth(snapshot, made) for snapshot in made[-300:]) == 6
    assert simulate([MONDAY + timedelta(days=7, minutes=5 * step) for step in range(2)])[0].rank == "full"


def test_where_only_days_are_saved_it_is_weekly_and_daily() -> None:
    made = simulate([MONDAY + timedelta(days=day, hours=2) for day in range(14)])
    assert [snapshot.rank for snapshot in made] == ["full", *["day"] * 6] * 2
    assert max(depth(snapshot, made) for snapshot in made) == 2


@pytest.mark.parametrize(
    ("periods", "ranks"),
    [((), ["full"] * 4), (("day",), ["full", "save", "save", "full"]), (("week",), ["full", *["save"] * 3])],
)
def test_a_source_may_have_other_periods(periods: tuple[str, ...], ranks: list[str]) -> None:
    moments = [MONDAY, MONDAY + timedelta(minutes=5), MONDAY + timedelta(hours=2), MONDAY + timedelta(days=1)]
    assert [snapshot.rank for snapshot in simulate(moments, periods)] == ranks


@given(st.lists(st.integers(0, 60 * 24 * 21), min_size=1, max_size=60))
def test_whatever_the_clock_does_six_objects_open_everything(minutes: list[int]) -> None:
    """Also when it steps back: a base is older by its number, and of a rank before."""
    made = simulate([MONDAY + timedelta(minutes=minute) for minute in minutes])
    for snapshot in made:
        assert depth(snapshot, made) <= 6
        if snapshot.base:
            base = made[int(snapshot.base) - 1]
            assert base.sequence < snapshot.sequence
            assert RANKS.index(base.rank) < RANKS.index(snapshot.rank)


def test_what_is_distrusted_or_stands_on_it_is_no_base() -> None:
    made = simulate([MONDAY + timedelta(minutes=minutes) for minutes in (0, 5, 60, 65)])
    assert [snapshot.rank for snapshot in made] == ["full", "save", "hour", "save"]
    at = MONDAY + timedelta(minutes=70)
    assert choose_place(made, at).base is made[2]
    assert choose_place(made, at, distrusted=[made[2].id]).base is made[0]
    assert choose_place(made, at, distrusted=[made[0].id]).base is None
    assert choose_place(made[1:], at).base is None


# --- in a repository ---------------------------------------------------------------------------


def test_a_day_of_saves_comes_back_save_by_save(shelf: Shelf) -> None:
    """Whatever rests on what; and a day costs little more than a full."""
    contents = [save(number) for number in range(30)]
    made = [add_at(shelf, MONDAY + timedelta(minutes=10 * step), content) for step, content in enumerate(contents)]
    assert {snapshot.rank for snapshot in made} == {"full", "hour", "15min", "save"}
    assert [shelf.repository.content(snapshot) for snapshot in made] == contents
    assert [shelf.repository.content(snapshot) for snapshot in reversed(made)] == contents[::-1]
    assert shelf.repository.snapshots() == tuple(made)
    assert not shelf.repository.problems
    assert sum(snapshot.stored_size for snapshot in made[1:]) < 29 * 2000
    assert max(len(shelf.repository.chain(snapshot)) for snapshot in made) == 4


def test_a_delta_that_does_not_pay_becomes_a_full_and_the_next_base(shelf: Shelf) -> None:
    first = add_at(shelf, MONDAY, save(0))
    other = Random(7).randbytes(60_000)  # noqa: S311 — the same every time
    second = add_at(shelf, MONDAY + timedelta(minutes=5), other)
    third = add_at(shelf, MONDAY + timedelta(minutes=10), other + b"more")
    assert [snapshot.rank for snapshot in (first, second, third)] == ["full", "full", "save"]
    assert third.base == second.id


def test_a_full_is_made_when_it_is_asked_for(shelf: Shelf) -> None:
    add_at(shelf, MONDAY, save(0))
    assert add_at(shelf, MONDAY, save(1), DeltaPolicy(full=True)).rank == "full"
    assert add_at(shelf, MONDAY, save(2), DeltaPolicy(periods=())).rank == "full"


def test_a_gone_base_is_named_and_the_next_snapshot_is_a_full(shelf: Shelf) -> None:
    """Nobody adds to a chain that cannot be opened."""
    full, delta = add_at(shelf, MONDAY, save(0)), add_at(shelf, MONDAY, save(1))
    shelf.storage.delete(shelf.manifest_key(full))
    fresh = Repository(storage=shelf.storage, sealer=shelf.sealer, clock=shelf.clock, network="N", host="h")
    assert fresh.snapshots() == (delta,)
    assert fresh.problems == (f"snapshot {delta.tail} of services cannot be opened: its base {full.tail} is gone",)
    with pytest.raises(ObjectDamaged, match=f"its base {full.tail} is gone"):
        fresh.content(delta)
    assert add_at(shelf, MONDAY, save(2)).rank == "full"


def test_damage_in_a_base_is_told_of_what_stands_on_it(shelf: Shelf) -> None:
    full, delta = add_at(shelf, MONDAY, save(0)), add_at(shelf, MONDAY, save(1))
    shelf.spoil(full.key, b"x" * full.stored_size)
    fresh = Repository(storage=shelf.storage, sealer=shelf.sealer, clock=shelf.clock, network="N", host="h")
    fresh.verify(delta, 1)
    with pytest.raises(ObjectDamaged, match=f"{delta.tail} cannot be opened: of its base, .*{full.tail}"):
        fresh.verify(delta, 2)


def test_a_host_that_only_seals_makes_deltas_from_what_it_kept(shelf: Shelf, tmp_path: Path) -> None:
    """And opens nothing. What was spoiled or is missing there makes a full, never a wrong delta."""
    sealing = AgeSealer(recipients=shelf.sealer.recipients, identity_file=None)
    bases = Bases(tmp_path / "bases")
    host = Repository(storage=shelf.storage, sealer=sealing, clock=shelf.clock, network="N", host="h", bases=bases)
    here = Shelf(host, shelf.storage, sealing, shelf.clock)
    full, delta = add_at(here, MONDAY, save(0)), add_at(here, MONDAY, save(1))
    assert [full.rank, delta.rank] == ["full", "save"]
    assert [path.name for path in (tmp_path / "bases" / "services").iterdir()] == [full.id]
    assert (tmp_path / "bases" / "services" / full.id).stat().st_mode & 0o777 == 0o600
    assert shelf.repository.content(delta) == save(1)
    (tmp_path / "bases" / "services" / full.id).write_bytes(save(9))
    assert add_at(here, MONDAY, save(2)).rank == "full"


def test_a_snapshot_of_another_time_may_be_added(shelf: Shelf) -> None:
    """What was saved before there was a repository keeps its time."""
    at = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
    snapshot = shelf.repository.add(
        capture(b"GDBV 12\n"), source="old", kind="atheme", reason="", progress=RecordingProgress(), taken_at=at
    )
    assert (snapshot.taken_at, snapshot.saved_at) == (at, SAVED_AT)
    assert snapshot.id.startswith("20250102T030405Z-")


@given(st.data())
def test_any_history_opens_with_any_periods(sealer: AgeSealer, data: st.DataObject) -> None:
    """Whole chains through real seals, at random times, in any order."""
    shelf = Shelf(
        Repository(storage=MemoryStorage(), sealer=sealer, clock=(clock := FakeClock()), network="N", host="h"),
        MemoryStorage(), sealer, clock,
    )  # fmt: skip
    periods = data.draw(st.sampled_from([PERIODS, ("day", "hour"), ("week",), ("day", "6h", "15min"), ()]))
    minutes = data.draw(st.lists(st.integers(0, 60 * 24 * 10), min_size=1, max_size=8))
    made = [
        (add_at(shelf, MONDAY + timedelta(minutes=minute), save(number, 100), DeltaPolicy(periods=periods)), number)
        for number, minute in enumerate(minutes)
    ]
    for snapshot, number in data.draw(st.permutations(made)):
        assert shelf.repository.content(snapshot) == save(number, 100)


def test_a_base_that_was_kept_here_saves_the_way_to_it(shelf: Shelf, tmp_path: Path) -> None:
    """Where somebody waits; a proof goes the whole way. What was kept is believed as far as its digest goes."""
    bases = Bases(tmp_path / "bases")
    host = Repository(storage=shelf.storage, sealer=shelf.sealer, clock=shelf.clock, network="N", host="h", bases=bases)
    here = Shelf(host, shelf.storage, shelf.sealer, shelf.clock)
    full, delta = add_at(here, MONDAY, save(0)), add_at(here, MONDAY, save(1))
    shelf.spoil(full.key, b"x" * full.stored_size)
    host.snapshots()
    with pytest.raises(ObjectDamaged, match="of its base"):
        host.verify(delta, 2)
    with pytest.raises(ObjectDamaged, match="of its base"):
        host.content(delta)
    assert host.content(delta, quickly=True) == save(1)
    (tmp_path / "bases" / "services" / full.id).write_bytes(save(2))
    host.snapshots()
    with pytest.raises(ObjectDamaged, match="of its base"):
        host.content(delta, quickly=True)
