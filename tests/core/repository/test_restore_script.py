"""RESTORE.txt, run word by word as it lies beside a repository: everything comes back without us."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.crypto.signing import generate_signing_key
from core.domain.snapshot import RANKS
from core.operations.extract import extract
from core.ports import Capture
from tests.core.repository.test_deltas import save
from tests.core.repository.town import Town
from tests.core.repository.tree.forest import Gardener, picture
from tests.fakes import FakeClock, RecordingProgress


@pytest.fixture
def town(tmp_path: Path, clock: FakeClock) -> Town:
    return Town(tmp_path, clock)


def test_any_snapshot_comes_back_with_the_recovery_key(town: Town) -> None:
    """A full, and what stands on one to five others; by its tail or its whole id; proven by who signed it."""
    day = 24 * 60
    minutes = (0, 5, day, day + 360, day + 420, day + 435, day + 440)
    made = [town.add(number, minute) for number, minute in enumerate(minutes)]
    assert [snapshot.rank for snapshot in made] == ["full", "save", "day", "6h", "hour", "15min", "save"]
    assert len(town.repository.chain(made[-1])) == len(RANKS) == 6
    for number, snapshot in enumerate(made):
        which = snapshot.tail if number % 2 else snapshot.id
        ran = town.run("services", "recovery.key", f"out{number}", which, public=town.public)
        assert ran.returncode == 0, ran.stderr
        assert (town.folder / f"out{number}" / "services.db").read_bytes() == save(number)
        assert [path.name for path in (town.folder / f"out{number}").iterdir()] == ["services.db"]


def test_the_newest_comes_back_if_nobody_says_which(town: Town) -> None:
    """The newest by its number: a clock that stepped back changes nothing."""
    town.add(0, 60 * 24)
    town.add(1, 0)
    ran = town.run("services", str(town.folder / "host.key"), str(town.folder / "out"))
    assert ran.returncode == 0, ran.stderr
    assert "DONE" in ran.stdout
    assert (town.folder / "out" / "services.db").read_bytes() == save(1)


def test_one_that_is_held_is_listed_as_such_and_never_the_newest(town: Town) -> None:
    """Who names it gets it."""
    good = town.add(0, 0)
    capture = Capture(content=save(1), extension="db", saved_at=town.clock.now(), counts={"accounts": 0})
    held = town.repository.add(
        capture,
        source="services",
        kind="atheme",
        reason="",
        progress=RecordingProgress(),
        judge=lambda snapshots, counts: "it has 0 accounts, and the one before had 7",  # noqa: ARG005 — whatever they are
    )
    listed = town.run().stdout.splitlines()
    assert [line.partition(" bytes")[2] for line in listed] == ["", f"  HELD: {held.held}"]
    assert town.run("services", "recovery.key", "out", public=town.public).returncode == 0
    assert (town.folder / "out" / "services.db").read_bytes() == save(0)
    assert town.run("services", "recovery.key", "named", held.tail, public=town.public).returncode == 0
    assert (town.folder / "named" / "services.db").read_bytes() == save(1)
    assert good.held == ""


def test_one_signature_proves_a_database_whatever_it_rests_on(town: Town) -> None:
    """A full from before there was a key, and what was signed above it. The full alone is nobody's."""
    town.repository = town.open(signed=False)
    full = town.add(0, 0)
    town.repository = town.open()
    delta = town.add(1, 5)
    assert delta.base == full.id
    assert town.run("services", "recovery.key", "out", delta.tail, public=town.public).returncode == 0
    assert (town.folder / "out" / "services.db").read_bytes() == save(1)
    assert "is not signed by" in town.run("services", "recovery.key", "no", full.tail, public=town.public).stderr


def test_it_lists_what_there_is(town: Town, tmp_path: Path) -> None:
    """Databases, what was imported, and trees; each by its number, also where somebody types `sh`."""
    made = [town.add(0, 60 * 24), town.add(1, 0), town.add(0, 0, "services.imported")]
    (tmp_path / "tree").mkdir()
    made.insert(0, town.add_tree(tmp_path / "tree", datetime.now(UTC)))
    for shell in ("/bin/bash", "/bin/sh"):
        ran = town.run(shell=shell)
        assert ran.returncode == 0, ran.stderr
        listed = [line.split() for line in ran.stdout.splitlines()]
        assert [row[:2] for row in listed] == [[item.source, item.id] for item in made]
        assert [row[3:] for row in listed] == [[f"{item.kind},", str(item.size), "bytes"] for item in made]


def plant(root: Path) -> None:
    """Two logs, weird names, a link, and a file of the name that increments use for themselves."""
    (root / "log/old").mkdir(parents=True)
    (root / "log/access.log").write_bytes(b"".join(b"%08d a line of a log\n" % n for n in range(10_000)))
    (root / "log/error.log").write_bytes(b"an error\n" * 5_000)
    for name in (b"new\nline", b"sp ace", b"-x", b"\xff\xfe", b"caf\xc3\xa9", b"end\n"):
        (root / os.fsdecode(name)).write_bytes(b"x" * 5_000 + name)
    (root / "log/.backupserv").write_bytes(b"not ours")
    (root / "link").symlink_to("/etc/passwd")
    (root / "gone").mkdir()
    (root / "gone/file").write_bytes(b"soon")


def grow(root: Path, step: int) -> None:
    """Something of all that can happen between two looks, another part at each."""
    with (root / "log/access.log").open("ab") as file:
        file.write(b"step %d\n" % step)
    if step == 1:
        (root / "log/error.log").rename(root / "log/old/error.log.1")
        (root / "log/error.log").write_bytes(b"a new one\n")
        (root / "sp ace").rename(root / "gone/sp\nace")
    elif step == 2:
        (root / "gone/sp\nace").rename(root / "end\n")
        (root / "gone/file").unlink()
        (root / "gone").rmdir()
        (root / "link").unlink()
        (root / "link").mkdir(mode=0o750)
        (root / "link/-x").write_bytes((root / "-x").read_bytes())
    else:
        (root / "-x").chmod(0o4711)
        (root / "more").symlink_to("log")
        (root / "log/old/error.log.1").rename(root / "error.log.2")
        with (root / "error.log.2").open("ab") as file:
            file.write(b"and more\n")


def planted(town: Town, root: Path) -> list[tuple[str, dict[str, tuple[object, ...]]]]:
    """A full and three increments, each with what the tree was."""
    plant(root)
    today = datetime.now(UTC) + timedelta(minutes=1)
    monday = today - timedelta(days=today.weekday())
    first = town.add_tree(root, monday + timedelta(days=7))
    made = [(first.id, picture(root))]
    bases, ranks = [first.base], [first.rank]
    for step, later in ((1, timedelta(days=1)), (2, timedelta(days=1, hours=1)), (3, timedelta(days=1, hours=1))):
        grow(root, step)
        moment = (monday + timedelta(days=7)).replace(hour=5, minute=step) + later
        snapshot = town.add_tree(root, moment)
        made.append((snapshot.id, picture(root)))
        bases.append(snapshot.base)
        ranks.append(snapshot.rank)
    assert ranks == ["full", "day", "6h", "save"]
    assert bases == ["", *[name for name, _ in made[:-1]]]
    return made


def test_a_tree_comes_back_as_our_own_program_brings_it_back(town: Town, tmp_path: Path) -> None:
    """A full, and one, two and three increments above it: renames, removals, tails, links, names of any bytes."""
    root = tmp_path / "tree"
    for number, (name, was) in enumerate(planted(town, root)):
        ran = town.run("config", "recovery.key", f"out{number}", name, public=town.public)
        assert ran.returncode == 0, ran.stderr
        assert [path.name for path in (town.folder / f"out{number}").iterdir()] == ["config"]
        assert {line.split()[0] for line in ran.stderr.splitlines()} == {"opening"}
        ours = extract(
            town.repository.find(name, source="config"), town.repository, town.folder / f"ours{number}",
            work=town.folder / "work", progress=RecordingProgress(),
        )  # fmt: skip
        assert picture(town.folder / f"out{number}" / "config") == picture(ours.path) == was


@pytest.mark.parametrize("seed", range(3))
def test_any_tree_comes_back(seed: int, town: Town, tmp_path: Path) -> None:
    gardener = Gardener(tmp_path / "tree", seed)
    at = datetime.now(UTC) + timedelta(days=7)
    for step in range(3):
        for _ in range(12):
            gardener.edit()
        town.add_tree(tmp_path / "tree", at + timedelta(days=step))
    ran = town.run("config", "host.key", "out", public=town.public)
    assert ran.returncode == 0, ran.stderr
    assert picture(town.folder / "out" / "config") == picture(tmp_path / "tree")


def test_of_a_damaged_or_unsigned_tree_nothing_comes_out(town: Town, tmp_path: Path) -> None:
    """Also where the piece belongs to a snapshot beneath it; and a tree that nobody signed is not unpacked unasked."""
    made = planted(town, tmp_path / "tree")
    ran = town.run("config", "host.key", "out")
    assert ran.returncode != 0
    assert "config is a tree: say PUBLIC" in ran.stderr
    assert not (town.folder / "out").exists()
    assert town.run("config", "host.key", "asked", public="unchecked").returncode == 0
    for name, says in ((made[0][0], "damaged"), (made[2][0], "is gone")):
        place = town.folder / "repository" / town.repository.find(name).key
        good = place.read_bytes()
        place.unlink()
        if says == "damaged":
            place.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        ran = town.run("config", "host.key", "out", public=town.public)
        assert ran.returncode != 0
        assert f"{place} {'is damaged' if says == 'damaged' else says}" in ran.stderr
        assert not (town.folder / "out").exists()
        place.unlink(missing_ok=True)
        place.write_bytes(good)


def test_nothing_damaged_forged_or_written_over_comes_out(town: Town) -> None:
    """Each ends with a sentence, and leaves no content."""
    full, delta = town.add(0, 0), town.add(1, 5)
    manifest = town.place / "manifests" / "services" / f"{delta.id}.json"
    good = manifest.read_bytes()

    def fails(says: str, out: str, *, public: str = "") -> None:
        ran = town.run("services", "recovery.key", out, public=public)
        assert ran.returncode != 0
        assert says in ran.stderr
        assert not (town.folder / out / "services.db").exists()

    _, other = generate_signing_key()
    fails("is not signed by", "a", public=other)
    manifest.write_bytes(good.replace(b'"reason": "test"', b'"reason": "best"'))
    fails("was changed", "b")
    manifest.write_bytes(re.sub(rb' "checksum".*\n', b"", good))
    fails("was changed", "b")
    other_name = town.place / "manifests" / "services" / "20991231T000000Z-zzzzzz.json"
    manifest.rename(other_name)
    other_name.write_bytes(good)
    fails("of another snapshot than its name says", "b")
    other_name.rename(manifest)
    place = town.folder / "repository" / full.key
    place.write_bytes(b"x" * full.stored_size)
    fails("is damaged", "c")
    (town.folder / "d").mkdir()
    fails("exists already", "d")
    assert "there is no such snapshot" in town.run("services", "recovery.key", "e", "zzzzzz").stderr
    assert "there is no source" in town.run("servces", "recovery.key", "e").stderr
    assert "there is no key" in town.run("services", "recovry.key", "e").stderr
    assert sorted(path.name for path in town.folder.iterdir() if len(path.name) == 1) == ["d"]


def test_the_text_is_kept_current(town: Town) -> None:
    """A newer version replaces it at its first backup."""
    town.add(0, 0)
    text = town.place / "RESTORE.txt"
    current = text.read_bytes()
    text.write_bytes(b"an older one")
    town.repository = town.open()
    town.add(1, 5)
    assert text.read_bytes() == current
